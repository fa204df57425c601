"""The measure page: its rule, its numbers, its list, its cost; counted again by hand, for every kind of reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import NOTHING, Scope, as_engine, enter
from doudi.policy import answers, costs, graphs, needs, results, stores, waits
from doudi.policy.decisions import Decision, Standing
from doudi.policy.runs import Run
from doudi.rules.matter import facts_that_matter
from doudi.web.desk import measures as pages
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
COUNTY, TOWN = Scope(frozenset(["510921"])), Scope(frozenset(["510921110"]))
AWARD, POSTS = "01_livelihood_award", "04_village_posts"
CELL = r"<td class=\"num\"[^>]*>(?:<a [^>]*>)?([\d,.\-]+)"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def number(word: str) -> int:
    return int(word.replace(",", "").partition(".")[0])


@contextmanager
def everything() -> Iterator[Run]:
    with transaction.atomic(), as_engine():
        run = Run.objects.standing()
        assert run is not None
        yield run


def standing(run: Run, measure: str, prefix: str = "") -> list[tuple[str, int, int]]:
    """(place, verdict, fen) of every decision in force, read one by one."""
    kind = run.pack.pack.measures[measure].subject
    place = run.measures[kind].index(measure)
    rows = Standing.objects.filter(pack_name=run.pack_name, subject_kind=kind, place_code__startswith=prefix)
    return [
        (row.place_code, row.decision.verdicts[place], row.decision.amounts[place] or 0)
        for row in rows.select_related("decision")
    ]


def test_the_parts_and_the_cost_are_what_the_decisions_add_up_to(county: Client) -> None:
    body = text(county.get(f"/measures/{AWARD}/"))
    with everything() as run:
        rows = standing(run, AWARD)
        pay = run.pack.pack.values_on(run.as_of)["livelihood_award_per_person"]
    part = body.split('id="part-head"')[1].split("</section>")[0]
    shown = {
        row[0]: [number(cell) for cell in re.findall(CELL, row[1])]
        for row in re.findall(r'<a href="\?place=(\d{9})">(.*?)</tr>', part, re.DOTALL)
    }
    towns = {place[:9] for place, _, _ in rows}
    assert set(shown) == towns
    for town, (yes, unknown, no, whole, *_) in shown.items():
        mine = [verdict for place, verdict, _ in rows if place.startswith(town)]
        assert [yes, unknown, no, whole] == [mine.count(1), mine.count(2), mine.count(0), len(mine)]
    verdicts = [verdict for _, verdict, _ in rows]
    needed = sum(fen for _, verdict, fen in rows if verdict == 1)
    more = verdicts.count(2) * int(str(pay))
    assert f"{needed // 100:,}元" in body
    assert f"0 至 {more // 100:,}元({verdicts.count(2)} 个待核" in body
    assert f"{needed // 100:,}元 – {(needed + more) // 100:,}元" in body


def test_an_answer_since_the_run_moves_the_unknown_out_of_what_may_still_be_added(county: Client) -> None:
    with everything() as run:
        place = run.measures["person"].index(AWARD)
        open_one = Decision.objects.filter(run=run, subject_kind="person", **{f"verdicts__{place}": 2})
        someone = next(row for row in open_one.order_by("id") if row.reasons[place] == 0b1001)  # poor; work unknown
        before = costs.of_unknowns(run, run.pack.pack.measures[AWARD], scope=COUNTY)
    with transaction.atomic(), enter(COUNTY):
        answers.record(
            someone.household_id, "self_employed", "是", source="field", by="t", about=RUN_DAY,
            now=Run.objects.get(pk=run.pk).started_at, subject=("person", someone.subject_id),
        )  # fmt: skip
    with everything() as run:
        after = costs.of_unknowns(run, run.pack.pack.measures[AWARD], scope=COUNTY)
    assert before.subjects - after.subjects >= 1
    assert before.fen - after.fen == (before.subjects - after.subjects) * 10_000


@pytest.mark.parametrize(
    "measure", [AWARD, "02_farm_purchases", POSTS, "06a_keep_allowance_poor", "08b_new_small_loan"]
)
def test_what_is_missing_leaves_out_nothing_a_household_would_be_asked(county: Client, measure: str) -> None:
    """Counted again with the questionnaire's own method, subject by subject."""
    with everything() as run:
        pack, rule = run.pack.pack, run.pack.pack.measures[measure]
        told = {(w.kind, w.name, w.year): w.verdicts for w in waits.of_measure(run, rule, scope=COUNTY)}
        table = results.read(stores.folder_of(stores.ANSWERS, run.answers_hash))[rule.subject]
        column = f"{measure}_verdict"
        ids = [i for i, v in zip(table["id"].to_pylist(), table[column].to_pylist(), strict=True) if v == 2]
        graph = graphs.build(
            run.snapshot.hold(), {rule.subject: ids}, vocabulary=pack.vocabulary, folds=needs.folds_of_pack(pack)
        )
        counted: dict[tuple[str, str, int | None], int] = {}
        for one in ids:
            refs = facts_that_matter(
                rule, row=graph.rows[rule.subject, one], params=pack.values_on(run.as_of), as_of=run.as_of,
                vocabulary=pack.vocabulary,
            )  # fmt: skip
            for key in {(ref.kind, ref.name.removesuffix("_complete"), ref.year) for ref in refs}:
                counted[key] = counted.get(key, 0) + 1
    assert counted
    assert {key: told.get(key, 0) for key, least in counted.items() if told.get(key, 0) < least} == {}
    exact = sum(told[key] == least for key, least in counted.items())
    assert exact >= len(counted) / 2, (told, counted)


def rows(body: str) -> list[str]:
    roll = body.split('id="roll"')[1]
    return re.findall(r'<tr>\s*<th scope="row">', roll)


def test_the_list_is_of_the_measures_own_subjects_in_line_order(county: Client) -> None:
    body = text(county.get(f"/measures/{POSTS}/"))
    with everything() as run:
        decided = [verdict for _, verdict, _ in standing(run, POSTS)]
    assert f"<strong>{decided.count(1)}</strong>" in body
    assert len(rows(body)) == min(50, decided.count(1))
    keys = re.findall(r'data-label="决定先后的是">([^<]+)<', body)
    assert "所在户的2019年人均纯收入" in keys or "无法离乡" in keys
    why = re.search(rf'hx-get="(/measures/{POSTS}/why/\d+/)"', body)
    assert why is not None
    assert "名额怎么排" in text(county.get(why[1]))
    assert "<html" not in text(county.get(why[1], headers={"HX-Request": "true"}))


@pytest.mark.parametrize(
    "measure", ["04b_posts_in_force", "09_platform_subsidy", "10a_start_works", "08a_loan_extension"]
)
def test_what_is_no_household_is_listed_and_explained_too(county: Client, measure: str) -> None:
    with everything() as run:
        expected = len(standing(run, measure))
    body = text(county.get(f"/measures/{measure}/?state=all"))
    assert f"<strong>{expected}</strong>" in body
    why = re.search(r'hx-get="(/measures/[^"]+/why/\d+/)"', body)
    assert why is not None
    assert county.get(why[1]).status_code == 200


def test_the_town_sees_its_own_rows_and_counts(reading_as: Open) -> None:
    body = text(reading_as("town").get(f"/measures/{AWARD}/?state=all"))
    with everything() as run:
        mine, all_of_them = standing(run, AWARD, "510921110"), standing(run, AWARD)
    assert len(mine) < len(all_of_them)
    assert f"<strong>{len(mine)}</strong>" in body
    assert f'<td class="num">{len(mine)}</td><td class="num">100%</td>' in body
    assert "4,472,600元</dd>" not in body  # the budget is the county's
    assert reading_as("town").get(f"/measures/{AWARD}/?place=510921102").status_code == 404


def test_a_subject_of_another_town_is_not_there(reading_as: Open) -> None:
    with everything() as run:
        far = Standing.objects.filter(subject_kind="person").exclude(place_code__startswith="510921110").first()
        near = Standing.objects.filter(subject_kind="person", place_code__startswith="510921110").first()
        assert run
    assert far is not None
    assert near is not None
    town = reading_as("town")
    assert town.get(f"/measures/{AWARD}/why/{far.subject_id}/").status_code == 404
    assert town.get(f"/measures/{AWARD}/why/{near.subject_id}/").status_code == 200


def test_a_helper_counts_the_households_that_are_theirs(reading_as: Open) -> None:
    body = text(reading_as("helper").get("/measures/02_farm_purchases/?state=all"))
    listed = re.search(r"<strong>(\d+)</strong> 个", body)
    whole = re.search(r"合计\(分母\)</th><td class=\"num\">(\d+)<", body)
    assert listed is not None
    assert whole is not None
    assert listed[1] == whole[1] != "0"


@pytest.mark.parametrize(("name", "own"), [("bureau", None), ("bank", "08b_new_small_loan")])
def test_who_has_only_some_measures_lands_on_them_and_sees_no_other(
    reading_as: Open, name: str, own: str | None
) -> None:
    from doudi.access import duties
    from doudi.access.users import User
    from doudi.trail.commands import carry_out

    limited = own or "05_local_hire_award"
    user = User.objects.get(username=name)
    duty = duties.Duty.objects.filter(user=user).get()
    if not duty.measures:
        with carry_out("test", by="tester"):
            duty.measures = [limited]
            duty.save()
    theirs = set(duty.measures)
    client = reading_as(name)
    assert client.get("/").headers["Location"] == "/measures/"
    listed = set(re.findall(r'href="/measures/([\w]+)/"', text(client.get("/measures/"))))
    assert listed == theirs
    first = sorted(theirs)[0]
    body = text(client.get(f"/measures/{first}/"))
    assert "为什么?" not in body
    assert client.get(f"/measures/{AWARD}/").status_code == (200 if AWARD in theirs else 404)
    assert client.get(f"/measures/{first}/sql/").status_code == 403


def test_the_rule_is_told_in_words_and_as_written_with_its_line(county: Client) -> None:
    body = text(county.get("/measures/06a_keep_allowance_poor/"))
    assert "2019年人均纯收入 &lt; 2019年人均纯收入低保兜底线" in body
    assert "household.net_income_per_head(2019) &lt; params.allowance_line_registered" in body
    with everything() as run:
        lines = run.pack.pack.files["measures/06a_keep_allowance_poor.toml"].splitlines()
    at = re.search(r"params\.allowance_line_registered</code>.*?06a_keep_allowance_poor\.toml:(\d+)", body, re.DOTALL)
    assert at is not None
    assert "net_income_per_head" in lines[int(at[1]) - 1]
    assert "继续" in body
    county.cookies["doudi_language"] = "en"
    assert "net income per head in 2019 &lt;" in text(county.get("/measures/06a_keep_allowance_poor/"))


def test_a_number_nobody_decided_waits_for_the_county_and_one_only_remembered_says_so(county: Client) -> None:
    from doudi.web.desk import terms

    with everything() as run:
        files = {n: t for n, t in run.pack.pack.files.items() if not n.startswith("overlays/")}
        from doudi.policy import packs

        pack = packs.from_files(files)
        sheet = terms.of_measure(pack, POSTS, RUN_DAY)
    waiting = {each.name: each.waits for each in sheet.numbers}
    assert waiting == {"posts_per_village": False, "post_age_limit": True, "post_pay_per_month": True}
    assert "演示县扶贫办干部(假定)" in text(county.get(f"/measures/{POSTS}/"))


def test_the_sql_shown_gives_the_answers_stored(reading_as: Open) -> None:
    page = reading_as("auditor").get(f"/measures/{POSTS}/sql/")
    alone = text(reading_as("auditor").get(f"/measures/{POSTS}/sql/?text=duckdb"))
    with everything() as run:
        assert run.pack_id in text(page)
        assert run.pack_id in alone
        held = run.snapshot.hold()
        table = results.read(stores.folder_of(stores.ANSWERS, run.answers_hash))["person"]
        found = held.execute(f"SELECT id, s0_{POSTS}_verdict FROM ({_bare(alone)}) ORDER BY 1").fetchall()
    stored = list(zip(table["id"].to_pylist(), table[f"{POSTS}_verdict"].to_pylist(), strict=True))
    assert found == stored
    assert "doudi.rules.engines.memory.meaning" in text(page)
    assert reading_as("town").get(f"/measures/{POSTS}/sql/").status_code == 403


def _bare(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--"))


def test_the_names_of_the_meaning_exist() -> None:
    from importlib import import_module

    for name in (pages.MEANING, pages.FAST_MEANING):
        module, _, what = name.rpartition(".")
        assert callable(getattr(import_module(module), what))


def test_a_filter_that_says_nothing_is_refused_with_the_form(county: Client) -> None:
    answer = county.get(f"/measures/{AWARD}/?state=maybe")
    assert answer.status_code == 422
    assert "筛选条件有误" in text(answer)
    assert county.get("/measures/nothing/").status_code == 404
    assert county.get(f"/measures/{AWARD}/?page=99999").status_code == 200
    part = county.get(f"/measures/{AWARD}/?state=no", headers={"HX-Request": "true"})
    assert "<html" not in text(part)


def test_nobody_without_a_place_counts_anybody(reading_as: Open) -> None:
    admin = reading_as("admin")
    body = text(admin.get(f"/measures/{AWARD}/"))
    assert "规则原文" in body
    assert "名单" not in body
    with everything() as run:
        assert costs.of_unknowns(run, run.pack.pack.measures[AWARD], scope=NOTHING).subjects == 0
        assert waits.of_measure(run, run.pack.pack.measures[AWARD], scope=NOTHING) == []


def test_duckdb_reads_no_place_that_is_no_code() -> None:
    from doudi.policy import subjects

    with duckdb.connect() as connection:
        one = connection.execute(f"SELECT {subjects.below('1; DROP')}").fetchone()
    assert one == (True,)


def test_a_number_of_a_later_notice_does_not_wait_for_the_county(reading_as: Open) -> None:
    page = reading_as("county").get("/measures/08c_later_extension/").content.decode()
    assert "2020-07-03 起才有取值" in page
    assert "待县里确定" not in page
