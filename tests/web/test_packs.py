"""The policy read, edited, tried and adopted through the desk."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.test_nasty import NASTY, encoded

Open = Callable[[str], Client]
MEASURE = "measures/06a_keep_allowance_poor.toml"
PARTS = ["measures", "parameters", "facts", "indicators", "alerts", "checks", "examples", "documents", "files"]


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def version(county: Client) -> Any:
    from doudi.policy import versions

    return versions.in_force("pengxi_2020")


@pytest.fixture
def draft(county: Client, version: Any) -> str:
    """The address of a draft the county officer began."""
    answer = county.post(f"/packs/{version.hash[:12]}/drafts/", {"title": "抬高兜底线"})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def seen(client: Client, draft: str, file: str = MEASURE) -> tuple[str, str]:
    """The mark and the text of a file as the editor has them."""
    page = client.get(f"{draft}file/?file={file}").content.decode()
    mark = re.search(r'name="seen" value="([^"]*)"', page)
    body = re.search(r'<textarea[^>]*id="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert mark
    assert body
    return mark[1], html.unescape(body[1])


def save(client: Client, draft: str, old: str, new: str, file: str = MEASURE) -> Any:
    mark, body = seen(client, draft, file)
    assert old in body
    return client.post(f"{draft}file/", {"file": file, "seen": mark, "text": body.replace(old, new)})


@pytest.mark.parametrize(
    "name", ["county", "town", "village", "bureau", "bank", "supervisor", "auditor", "admin", "helper"]
)
def test_everybody_signed_in_reads_the_policy_and_only_the_county_changes_it(
    reading_as: Open, version: Any, name: str
) -> None:
    client, here = reading_as(name), f"/packs/{version.hash[:12]}/"
    assert version.hash[:12] in text(client.get("/packs/"))
    assert "兜底" in text(client.get(here))
    begun = client.post(f"{here}drafts/", {"title": "x"}).status_code
    assert begun == (302 if name == "county" else 403)
    assert client.get("/proposals/").status_code == (200 if name in ("county", "supervisor", "auditor") else 403)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_read_in_words(county: Client, version: Any, part: str) -> None:
    page = text(county.get(f"/packs/{version.hash[:12]}/?part={part}"))
    said = {
        "measures": "person.age <= params.post_age_limit",
        "parameters": "未核实",
        "facts": "春耕农资没有备齐",
        "indicators": "分子",
        "alerts": "什么情况下提醒",
        "checks": "DQ01",
        "examples": "不满足:属于建档立卡贫困户",
        "documents": "report:measure-4",
        "files": "measures/04_village_posts.toml",
    }
    assert said[part] in page
    assert page.count("<h1") == 1


def test_search_leads_to_the_line(county: Client, version: Any) -> None:
    page = text(county.get(f"/packs/{version.hash[:12]}/?q=post_age_limit"))
    assert "measures/04_village_posts.toml:" in page
    file = text(county.get(f"/packs/{version.hash[:12]}/?part=files&file=measures/04_village_posts.toml"))
    lines = version.files["measures/04_village_posts.toml"].splitlines()
    (line,) = [number for number, each in enumerate(lines, 1) if "<= params" in each]
    assert f'id="L{line}"' in file


ABSENT = ["/packs/ffffff/", "/packs/zz/", "/packs/../", "/packs/{}/?part=x", "/packs/{}/?file=x", "/drafts/999999/"]


@pytest.mark.parametrize("address", [*ABSENT, "/drafts/x/", "/proposals/999999/"])
def test_what_is_not_there_is_not_found(county: Client, version: Any, address: str) -> None:
    assert county.get(address.format(version.hash[:12])).status_code == 404


def test_a_complaint_has_file_line_column_and_the_nearest_word(county: Client, draft: str) -> None:
    mark, body = seen(county, draft)
    typed = body.replace("params.allowance_line_registered", "params.alowance_line_registered")
    line = 1 + body[: body.index("params.allowance_line_registered")].count("\n")
    column = body.splitlines()[line - 1].index("params.allowance") + 1 + len("params.")
    told = text(county.post(f"{draft}check/", {"file": MEASURE, "seen": mark, "text": typed}))
    assert f'data-line="{line}" data-column="{column}"' in told
    assert "allowance_line_registered" in told
    assert seen(county, draft)[1] == body, "checking saves nothing"
    assert "读得通" in text(county.post(f"{draft}check/", {"file": MEASURE, "text": body}))


def test_two_editors_see_both_texts_and_lose_nothing(reading_as: Open, county: Client, draft: str) -> None:
    mark, body = seen(county, draft)
    assert save(reading_as("county2"), draft, "2019年", "二〇一九年").status_code == 302
    answer = county.post(f"{draft}file/", {"file": MEASURE, "seen": mark, "text": body + "# 我的\n"})
    page = text(answer)
    assert answer.status_code == 422
    assert "county2" in page
    assert "# 我的" in page
    assert "二〇一九年" in page
    again, _ = re.search(r'name="seen" value="([^"]*)"', page), None
    assert again
    merged = {"file": MEASURE, "seen": again[1], "text": body.replace("2019年", "二〇一九年") + "# 我的\n"}
    assert county.post(f"{draft}file/", merged).status_code == 302


def test_from_draft_to_a_version_in_force_takes_two(reading_as: Open, county: Client, draft: str, version: Any) -> None:
    from doudi.policy import pack_trials, packs, versions
    from doudi.trail import jobs
    from doudi.web.desk import effects

    assert save(county, draft, "params.allowance_line_registered", "yuan(100000)").status_code == 302
    held = county.get(draft)
    assert "yuan(100000)" in text(held)
    assert county.post(f"{draft}propose/", {"reason": "", "from_day": "2020-02-27"}).status_code == 422
    answer = county.post(f"{draft}propose/", {"reason": "县长办公会", "from_day": "2020-02-27"})
    here = answer.headers["Location"]
    files = {**version.files, MEASURE: seen(county, draft)[1]}
    assert jobs.drain() == 1, "putting it forward compares it with the run in force"
    ground = effects.ground_in_force("pengxi_2020")
    assert ground is not None
    found = pack_trials.read(ground, packs.hash_of(files))
    assert found is not None
    own = text(county.get(here))
    assert "您自己提请的" in own
    assert 'name="act"' not in own
    assert county.post(f"{here}decide/", {"act": "adopt"}).status_code == 422
    assert reading_as("town").post(f"{here}decide/", {"act": "adopt"}).status_code == 403
    second = reading_as("county2")
    assert "等您核对" in text(second.get("/packs/"))
    page = text(second.get(here))
    gains = next(each.gains for each in found.effects if each.measure == "06a_keep_allowance_poor")
    assert f"新增 {gains}" in page
    who = text(second.get(f"{here}who/?side=gains&measure=06a_keep_allowance_poor"))
    assert "/households/" in who
    assert "**" in who, "names are masked"
    assert second.post(f"{here}decide/", {"act": "return", "answer": ""}).status_code == 422
    assert second.post(f"{here}decide/", {"act": "adopt", "answer": "同意"}).status_code == 302
    assert versions.in_force("pengxi_2020").hash == packs.hash_of(files)
    assert "已采用" in text(second.get(here))
    difference = text(county.get(f"/packs/{packs.hash_of(files)[:12]}/against/{version.hash[:12]}/"))
    assert "yuan(100000)" in difference


def test_a_proof_runs_the_examples_and_names_broken_rules_nobody_notices(county: Client, draft: str) -> None:
    from doudi.trail import jobs

    cases = "examples/06a_keep_allowance_poor.toml"
    mark, _ = seen(county, draft, cases)
    county.post(f"{draft}file/", {"file": cases, "seen": mark, "act": "remove"})
    assert "试算并证明" in text(county.get(draft))
    assert county.post(f"{draft}trial/").status_code == 302
    assert "hx-get" in county.get(f"{draft}trial/").content.decode(), "under way: the page asks again"
    jobs.drain()
    told = text(county.get(f"{draft}trial/"))
    assert "没有任何对象的结论会改变" in told
    assert "改错无人发现" in told
    assert "缺例子" in told
    assert "hx-get" not in told


def test_a_number_is_set_by_a_form_with_its_day_and_source(county: Client, draft: str) -> None:
    form = {"name": "posts_per_village", "value": "3", "from_day": "2020-03-01", "source": "会议", "named_by": "李"}
    for wrong in ({"value": "three"}, {"from_day": "soon"}, {"name": "no_such"}, {"source": ""}):
        answer = county.post(f"{draft}number/", {**form, **wrong})
        assert answer.status_code == 422, wrong
        assert "field-error" in text(answer)
    assert county.post(f"{draft}number/", form).status_code == 302
    page = text(county.get(draft))
    assert "overlays/set_by_county_0001.toml" in page
    assert "from = 2020-03-01" in page
    assert county.post(f"{draft}number/", {**form, "value": "4"}).status_code == 302
    first = "overlays/set_by_county_0001.toml"
    mark, _ = seen(county, draft, first)
    assert county.post(f"{draft}file/", {"file": first, "seen": mark, "act": "remove"}).status_code == 302
    assert county.post(f"{draft}number/", {**form, "value": "5"}).status_code == 302
    page = text(county.get(draft))
    assert "set_by_county_0003" in page, "no number is taken twice"
    broken = save(county, draft, "clause", "claus")
    assert broken.status_code == 302
    answer = county.post(f"{draft}number/", form)
    assert answer.status_code == 422
    assert "先改正" in text(answer)


BOMBS = {
    "ten thousand characters": "长" * 10_000,
    "nul": "a = 'x\0y'",
    "one megabyte": "# " + "x" * 1_000_000,
    "deep lists": "a = " + "[" * 20_000,
    "deep tables": "a = {" * 5_000,
    "dotted key": ".".join(["a"] * 60_000) + " = 1",
    "long number": "a = " + "9" * 10_000,
    "deep rule": "[when.x]\nrule = '" + "(" * 8_000 + "true" + ")" * 8_000 + "'",
    "long rule": "[when.x]\nrule = '" + "true && " * 20_000 + "true'",
    "list for a table": "when = [1, 2]\ngives = 3\nlimits = 'x'",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_text_breaks_the_editor(county: Client, draft: str, bomb: str) -> None:
    mark, _ = seen(county, draft)
    told = county.post(f"{draft}check/", {"file": MEASURE, "text": BOMBS[bomb]})
    assert told.status_code == 200
    assert "处要改" in text(told)
    answer = county.post(f"{draft}file/", {"file": MEASURE, "seen": mark, "text": BOMBS[bomb]})
    assert answer.status_code == (422 if bomb in ("nul", "one megabyte") else 302)
    assert county.get(draft).status_code == 200
    if answer.status_code == 302:
        assert county.post(f"{draft}propose/", {"reason": "x", "from_day": "2020-02-27"}).status_code == 422


@pytest.mark.parametrize("kind", NASTY)
def test_no_field_breaks_a_form(county: Client, draft: str, version: Any, kind: str) -> None:
    word = encoded(NASTY[kind])
    kind_of_form = "application/x-www-form-urlencoded"
    for path, names in {
        f"{draft}number/": ["name", "value", "from_day", "source", "named_by"],
        f"{draft}file/": ["file", "seen", "text"],
        f"{draft}check/": ["file", "text"],
        f"{draft}propose/": ["reason", "from_day"],
        f"/packs/{version.hash[:12]}/drafts/": ["title"],
        "/proposals/1/decide/": ["act", "answer"],
    }.items():
        body = "&".join(f"{name}={word}" for name in names)
        status = county.post(path, body, kind_of_form).status_code
        assert status in (200, 302, 400, 404, 422), (path, status)
    here = f"/packs/{version.hash[:12]}/"
    asked = [f"{here}?q=", f"{here}?part=", f"{here}?file=", f"{draft}file/?file=", f"{draft}who/?measure="]
    for path in [each + word for each in (*asked, f"{draft}who/?page=")] + [f"{here}against/{word}/"]:
        assert county.get(path).status_code in (200, 301, 302, 400, 404), path
