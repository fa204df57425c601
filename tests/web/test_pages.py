"""Every page, for every kind of reader: what is there, what is not, and in which language."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import enter
from doudi.access.users import User
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail.progress import Progress
from doudi.web import figures
from doudi.web.desk import sheets
from doudi.web.reader import read_as
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
PAGES = [
    "/",
    "/measures/",
    "/measures/04_village_posts/",
    "/measures/04_village_posts/sql/",
    "/places/510921110/",
    "/places/510921110212/",
    "/households/",
    "/what-if/",
    "/runs/",
    "/runs/1/",
]
INLINE = re.compile(r"<[^>]+\s(style|on[a-z]+)=|<script(?![^>]*\ssrc=)|<style", re.IGNORECASE)
OTHER_HOST = re.compile(r"""(src|href|action|hx-\w+)=["'](https?:)?//""")


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_is_whole_in_both_languages(county: Client, path: str, language: str) -> None:
    county.cookies["doudi_language"] = language
    page = county.get(path)
    body = text(page)
    assert page.status_code == 200
    assert page.headers["Content-Language"] == language
    assert body.count("<h1") == 1
    assert ("合成数据" if language == "zh-hans" else "Synthetic data") in body
    assert not INLINE.search(body)
    assert not OTHER_HOST.search(body)


@pytest.mark.parametrize("path", PAGES)
def test_the_policy_of_the_page_allows_nothing_inline_and_nothing_foreign(county: Client, path: str) -> None:
    policy = county.get(path).headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";") if rule.strip())
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy


def test_the_language_is_the_readers_choice_and_not_the_browsers(reading_as: Open) -> None:
    client = reading_as("town")
    assert 'lang="zh-Hans"' in text(client.get("/", headers={"Accept-Language": "en-GB,en"}))
    answer = client.post("/language/", {"language": "en", "next": "/households/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/households/")
    assert 'lang="en"' in text(client.get("/"))
    assert client.post("/language/", {"language": "xx", "next": "//evil.example"}).headers["Location"] == "/"
    assert 'lang="en"' in text(client.get("/"))


def test_what_is_out_of_scope_is_not_there_in_the_same_words(reading_as: Open, codes: dict[str, str]) -> None:
    town = reading_as("town")
    beyond, nowhere = town.get(f"/households/{codes['far']}/"), town.get("/households/510921110212-9999/")
    assert (beyond.status_code, nowhere.status_code) == (404, 404)

    def said(page: Any) -> str:
        return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", text(page))

    assert said(beyond) == said(nowhere)
    assert town.get(f"/households/{codes['near']}/").status_code == 200
    assert [town.get(f"/places/{code}/").status_code for code in ("510921", "510921100", "510921110")] == [
        404,
        404,
        200,
    ]


@pytest.mark.parametrize(
    ("username", "households"), [("county", 300), ("admin", None), ("bank", None), ("bureau", None)]
)
def test_the_list_is_for_those_whose_duty_it_is(reading_as: Open, username: str, households: int | None) -> None:
    page = reading_as(username).get("/households/")
    assert page.status_code == (403 if households is None else 200)
    if households:
        assert f"<strong>{households}</strong>" in text(page)


@pytest.mark.parametrize("username", ["bureau", "bank", "village", "supervisor"])
def test_every_number_of_the_overview_leads_where_its_reader_may_go(reading_as: Open, username: str) -> None:
    client = reading_as(username)
    links = re.findall(r'href="(/(?:households|measures)/[^"]*state=[^"]*)"', text(client.get("/")))
    assert links, "the overview links no list"
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def count(page: Any) -> int:
    found = re.search(r"<strong>([\d,]+)</strong> (户|households)", text(page))
    return int(found.group(1).replace(",", "")) if found else -1


def test_each_sees_no_more_than_the_one_above(reading_as: Open) -> None:
    county, town, village, helper = (
        count(reading_as(name).get("/households/")) for name in ("county", "town", "village", "helper")
    )
    assert county == 300
    assert county > town > village >= helper > 0


def test_a_helper_comes_to_their_households(reading_as: Open) -> None:
    answer = reading_as("helper").get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/households/")


def test_names_are_masked_for_those_who_check(reading_as: Open) -> None:
    assert re.search(r'<th scope="row"><a [^>]*>.\*+</a>', text(reading_as("auditor").get("/households/")))
    assert not re.search(r'<th scope="row"><a [^>]*>.\*+</a>', text(reading_as("county").get("/households/")))


def test_a_filter_is_in_the_address_and_adds_up(county: Client) -> None:
    from django.db.models import Sum

    from doudi.access.scope import as_engine
    from doudi.policy.models import Tally

    run = Run.objects.standing()
    assert run is not None
    for measure in ("02_farm_purchases", "06a_keep_allowance_poor", "08b_new_small_loan"):
        states = {
            s: count(county.get("/households/", {"measure": measure, "state": s})) for s in ("yes", "no", "unknown")
        }
        with transaction.atomic(), as_engine():  # the tally, for answers came since the run
            told = Tally.objects.filter(run=run, measure=measure).aggregate(**{each: Sum(each) for each in states})
        assert states == told


def test_a_measure_about_persons_lists_their_households(county: Client) -> None:
    listed = count(county.get("/households/", {"measure": "01_livelihood_award", "state": "yes"}))
    assert 0 < listed <= 189


def test_a_town_and_a_name_narrow_the_list(county: Client, codes: dict[str, str]) -> None:
    town = count(county.get("/households/", {"town": "510921110"}))
    village = count(county.get("/households/", {"town": "510921110", "village": "510921110212"}))
    one = count(county.get("/households/", {"q": codes["near"]}))
    assert 300 > town > village > one == 1


def test_pages_are_fifty_and_the_last_is_the_end(county: Client) -> None:
    first, last, beyond = (county.get("/households/", {"page": n}) for n in (1, 6, 99))
    assert [text(page).count('<th scope="row"><a') for page in (first, last, beyond)] == [50, 50, 50]
    assert 'rel="next"' in text(first)
    assert 'rel="next"' not in text(last)


def test_htmx_gets_the_results_alone(county: Client) -> None:
    part = text(county.get("/households/", headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert "<table" in part


def test_every_number_of_the_overview_leads_to_its_list(county: Client) -> None:
    body = text(county.get("/places/510921110/"))
    links = re.findall(r'href="(/households/\?[^"]*measure=02_farm_purchases[^"]*)">([\d,]+)</a>', body)
    assert links
    for address, number in links:
        assert count(county.get(address.replace("&amp;", "&"))) == int(number.replace(",", ""))


def test_a_household_shows_facts_with_source_and_day(county: Client, codes: dict[str, str]) -> None:
    body = text(county.get(f"/households/{codes['near']}/"))
    assert "建档立卡贫困户" in body
    assert re.search(r"(国扶系统|省“六有”平台|纸质户档) · 2019-\d\d-\d\d", body)


def test_a_village_lists_what_is_worth_asking(reading_as: Open) -> None:
    part = reading_as("village").get("/places/510921110212/questions/", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert re.search(r'<a href="/households/510921110212-\d{4}/#questions">', text(part))
    assert reading_as("auditor").get("/places/510921110212/questions/").status_code == 403
    assert reading_as("county").get("/places/510921110/questions/").status_code == 404


def test_what_reaches_a_household_is_told_to_its_helper(reading_as: Open) -> None:
    helper = reading_as("helper")
    code = re.search(r'href="(/households/[\d-]+/)"', text(helper.get("/households/")))
    assert code is not None
    body = text(helper.get(f"{code.group(1)}village/"))
    assert "临时性公益岗位(岗位)" in body
    why = re.search(r'href="(/households/[^"]*/why/(post|project)/[^"]*)"', body)
    assert why is not None
    told = text(helper.get(why.group(1)))
    assert 'class="reason"' in told
    assert 'class="clause"' in told


def test_why_tells_every_condition_in_both_languages(county: Client, codes: dict[str, str]) -> None:
    page = text(county.get(f"/households/{codes['near']}/"))
    address = re.search(r'href="(/households/[^"]*/why/household/[^"]*/02_farm_purchases/)"', page)
    assert address is not None
    chinese = text(county.get(address.group(1)))
    county.cookies["doudi_language"] = "en"
    english = text(county.get(address.group(1)))
    assert "属于建档立卡贫困户" in chinese
    assert "registered poor household" in english
    assert chinese.count('<div class="line">') == english.count('<div class="line">') > 3


def test_a_leaf_of_health_is_protected_in_the_reasons_too(reading_as: Open) -> None:
    told = {}
    for name in ("village", "county"):
        client = reading_as(name)
        codes = re.findall(r'href="/households/([\d-]+)/[?"]', text(client.get("/households/?village=510921110212")))
        bodies = []
        for code in dict.fromkeys(codes):
            page = text(client.get(f"/households/{code}/"))
            links = re.findall(r'href="(/households/[^"]*/why/household/[^"]*/07a_farm_inputs/)"', page)
            bodies += [text(client.get(link)) for link in links]
        told[name] = bodies
    assert told["village"]
    assert any("受保护" in body for body in told["village"])
    assert not any("受保护" in body for body in told["county"])


def test_facts_of_health_are_kept_from_those_whose_duty_does_not_cover_them(
    reading_as: Open, codes: dict[str, str]
) -> None:
    village, county = (text(reading_as(name).get(f"/households/{codes['near']}/")) for name in ("village", "county"))
    assert "受保护" in village
    assert "受保护" not in county


def test_unknown_pages_and_wrong_methods(county: Client) -> None:
    assert county.get("/nowhere/").status_code == 404
    assert county.get("/runs/999999/").status_code == 404
    assert county.get("/runs/new/").status_code == 405
    assert county.post("/runs/new/", {"as_of": "soon"}).status_code == 422


def test_a_run_asked_for_twice_waits_once_and_the_page_tells(county: Client) -> None:
    from doudi.web.desk import progress

    for day in ("2020-02-27", "2020-02-28"):
        assert county.post("/runs/new/", {"as_of": day}).status_code == 302
    assert "正在等候处理" in text(county.get("/runs/"))
    part = county.get("/runs/", headers={"HX-Request": "true"})
    assert ("HX-Refresh" in part.headers, "0%" in text(part)) == (False, True)
    news = progress.read()
    assert news is not None
    assert (news.state, news.by) == ("waiting", "county")
    assert Progress.objects.filter(job=progress.RUN).count() == 1


def test_the_page_tells_how_a_run_ended(county: Client) -> None:
    from doudi.web.desk import progress

    key = progress.begin(None, as_of=datetime.date(2020, 2, 27), by="county")
    Progress.objects.filter(pk=key).update(state="failed", zh="另一次运行正在进行。", en="Another run is under way.")
    assert "另一次运行正在进行。" in text(county.get("/runs/"))
    Progress.objects.filter(pk=key).update(state="done", result={"run": 1})
    assert 'href="/runs/1/"' in text(county.get("/runs/"))
    assert county.get("/runs/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_who_may_not_start_a_run_is_told(reading_as: Open) -> None:
    answer = reading_as("auditor").post("/runs/new/", {"as_of": "2020-02-27"})
    assert answer.status_code == 403
    assert "没有这项权限" in text(answer)


def test_a_failure_shows_a_page_and_writes_nothing(county: Client, monkeypatch: Any) -> None:
    from doudi.web.desk import standings

    def fail() -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    county.raise_request_exception = False
    monkeypatch.setattr(standings, "run_in_force", fail)
    answer = county.get("/households/")
    assert answer.status_code == 500
    assert "系统出错了" in text(answer)
    assert "合成数据" in text(answer)


def test_a_tried_number_waits_for_a_second_officer_with_its_source_and_name(county: Client, reading_as: Open) -> None:
    from doudi.policy.versions import in_force

    tried = text(county.get("/what-if/?posts_per_village=3"))
    assert 'name="named_by"' in tried
    form = {
        "name": "posts_per_village",
        "value": "3",
        "from_day": "2020-03-01",
        "source": "县长办公会",
        "named_by": "李",
    }
    assert county.post("/what-if/adopt/", {**form, "source": ""}).status_code == 422
    assert county.post("/what-if/adopt/", {**form, "value": "three"}).status_code == 422
    assert reading_as("town").post("/what-if/adopt/", form).status_code == 403
    answer = county.post("/what-if/adopt/", form)
    assert answer.status_code == 302
    assert not in_force("pengxi_2020").change.get("parameter"), "nothing is adopted by one person"
    here = answer.headers["Location"]
    assert county.post(f"{here}decide/", {"act": "adopt"}).status_code == 422
    assert reading_as("county2").post(f"{here}decide/", {"act": "adopt"}).status_code == 302
    change = in_force("pengxi_2020").change
    assert (change["parameter"], change["value"], change["source"]) == ("posts_per_village", "3", "县长办公会")
    assert "已采用" in text(county.get(here))


def test_an_answer_says_which_verdicts_it_changed(reading_as: Open) -> None:
    village = reading_as("village")
    code, form = own_work_asked(village)
    told = text(village.post(f"/households/{code}/questions/", form, headers={"HX-Request": "true"}))
    assert re.search(r"产业就业扶持金 · .*待核.*→.*符合", told)
    again = village.post(f"/households/{code}/questions/", form, headers={"HX-Request": "true"})
    assert again.status_code == 200, "the same answer sent twice is one answer"
    other = village.post(f"/households/{code}/questions/", {**form, "value": "否"}, headers={"HX-Request": "true"})
    assert other.status_code == 422


def test_a_fact_is_as_old_as_on_the_day_the_household_is_decided_for(reading_as: Open) -> None:
    """An answer of a later day decides the household for that day; what keeps 90 days is over by then."""
    village = reading_as("village")
    code, form = own_work_asked(village)
    before = said_too_long_ago(code)
    assert not all(before.values())
    answer = village.post(f"/households/{code}/questions/", {**form, "about": "2021-02-28"})
    assert answer.status_code in (200, 302)
    after = said_too_long_ago(code)
    assert after.keys() >= before.keys()
    assert [label for label, old in after.items() if not old and label in before] == []


def said_too_long_ago(code: str) -> dict[str, bool]:
    """Of each fact that keeps for a time, shown on a household's sheets, whether it is marked as over."""
    county = User.objects.get(username="county")
    reader = read_as(county, on=RUN_DAY)
    with transaction.atomic(), enter(reader.scope):
        household = Household.objects.get(code=code)
        people = list(Person.objects.filter(household=household))
        run = Run.objects.in_force("pengxi_2020")
        keeping = {
            figures.word(f) for k in run.pack.pack.vocabulary.kinds.values() for f in k.facts.values() if f.keeps
        }
        found = sheets.of_household(household, people, reader, run)
    return {
        f"{sheet.title} {entry.label}": entry.old
        for sheet in found
        for entry in sheet.entries
        if entry.label in keeping and entry.day <= RUN_DAY.isoformat()
    }


def own_work_asked(village: Client) -> tuple[str, dict[str, str]]:
    """A household with somebody to be asked about work of their own, and that answered with yes."""
    for code in dict.fromkeys(re.findall(r'href="/households/([\d-]+)/"', text(village.get("/households/")))):
        page = text(village.get(f"/households/{code}/"))
        asked = re.search(
            r'name="subject" value="([^"]+)"><input type="hidden" name="fact" value="(self_employed)">'
            r'<input type="hidden" name="key" value="([^"]+)">', page)  # fmt: skip
        if asked is None:
            continue
        form = {
            "subject": asked[1],
            "fact": asked[2],
            "key": asked[3],
            "value": "是",
            "source": "village",
            "about": "2020-02-27",
        }
        return code, form
    raise AssertionError("nobody in the village is to be asked about work of their own")


def test_a_run_tells_the_countys_totals_to_the_county_only(reading_as: Open) -> None:
    county, town = (text(reading_as(name).get("/runs/1/")) for name in ("county", "town"))
    assert "判断了多少对象" in county
    assert ">300<" in county
    assert "判断了多少对象" not in town
    assert ">300<" not in town


@pytest.mark.parametrize(("name", "status"), [("helper", 422), ("village", 422), ("town", 422), ("county", 302)])
def test_only_the_county_answers_for_the_national_register(reading_as: Open, name: str, status: int) -> None:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.register.households import Household

    client = reading_as(name)
    code = re.search(r'href="/households/([\d-]+)/"', text(client.get("/households/")))
    assert code is not None
    with transaction.atomic(), as_engine():
        number = Household.objects.get(code=code[1]).pk
    form = {
        "subject": f"household:{number}",
        "fact": "registered_poor",
        "value": "否",
        "source": "national",
        "about": "2020-02-27",
        "key": "00000000-0000-4000-8000-00000000000a",
    }
    answer = client.post(f"/households/{code[1]}/questions/", form)
    assert answer.status_code == status
    if status == 422:
        assert "您的职责不能代“国扶系统”回答。" in text(answer)


def test_a_form_offers_only_the_sources_its_reader_passes_on(reading_as: Open) -> None:
    theirs = {"helper": {"field", "household"}, "village": {"field", "household", "village"}}
    for name, sources in theirs.items():
        client, offered = reading_as(name), set()
        for code in dict.fromkeys(re.findall(r'href="/households/([\d-]+)/"', text(client.get("/households/")))):
            page = text(client.get(f"/households/{code}/"))
            for options in re.findall(r'<select[^>]* name="source">(.*?)</select>', page):
                offered |= set(re.findall(r'value="(\w+)"', options))
        assert offered == sources
