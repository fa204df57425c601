"""The pages of monitoring: what each reader finds there, decides, closes and takes out."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from doudi.access.scope import as_engine
from doudi.trail.commands import carry_out
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
PAGES = ("/watch/", "/watch/copies/", "/watch/disagreements/", "/watch/alerts/", "/watch/monitored/", "/watch/outlook/")
TABLES = ("/watch/disagreements/export/", "/watch/disagreements/corrections/", "/watch/alerts/export/",
          "/watch/monitored/export/")  # fmt: skip


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def looked(decided: None, db: None) -> Iterator[None]:
    """The county looked at, every monitored household with its file."""
    from doudi.monitoring import monitored_files, watching

    with transaction.atomic(), as_engine():
        monitored_files.open_all(by="county", on=RUN_DAY)
        watching.look(by="county", on=RUN_DAY)
    return


def first(model: str, **where: Any) -> Any:
    from django.apps import apps

    with transaction.atomic(), as_engine():
        return apps.get_model("monitoring", model).objects.filter(**where).order_by("id").first()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("reader", ["county", "town", "village", "helper", "supervisor"])
def test_every_page_opens_for_whom_it_is(looked: None, reading_as: Open, page: str, reader: str) -> None:
    answer = reading_as(reader).get(page)
    alone = page in ("/watch/copies/", "/watch/disagreements/") and reader == "helper"
    assert answer.status_code == (403 if alone else 200), text(answer)


def test_the_rates_have_a_numerator_and_a_denominator(looked: None, reading_as: Open) -> None:
    from doudi.monitoring import agreement_rates

    with transaction.atomic(), as_engine():
        counts = agreement_rates.counts_of("510921")
        rate = agreement_rates.by_copy(counts)["national"]
        homes = agreement_rates.households(counts)
    said = text(reading_as("county").get("/watch/"))
    assert f"{rate.agree:,} / {rate.held:,}" in said
    assert f"{homes.all - homes.differ:,} / {homes.all:,} 户" in said
    inside = text(reading_as("county").get("/watch/?place=510921110"))
    assert "青杠村" in inside
    assert reading_as("town").get("/watch/?place=510921102").status_code == 404


@pytest.mark.parametrize(
    ("reader", "place"), [("county", "510921"), ("town", "510921110"), ("village", "510921110212")]
)
def test_each_level_has_its_own_rate_of_what_was_resolved(
    looked: None, reading_as: Open, reader: str, place: str
) -> None:
    from doudi.monitoring import disagreements
    from doudi.web.watch.weeks import WEEK

    with transaction.atomic(), as_engine():
        for one in disagreements.Disagreement.objects.open().below("510921110212")[:2]:
            one.closed_on, one.how = RUN_DAY, disagreements.PROVED
            with carry_out("test", by="t"):
                one.save()
        closed, every = disagreements.resolved(place, since=RUN_DAY - WEEK, on=RUN_DAY)[""]
    assert closed >= 2
    said = text(reading_as(reader).get("/watch/"))
    assert f"本周消除的不一致 <strong>{closed / every:.2%}</strong> ({closed:,} / {every:,} 处)" in said


def test_what_a_copy_differs_from_is_told_where_no_copy_says_it(looked: None, reading_as: Open) -> None:
    """The bureau has the last word on the allowance and is no copy: its word stands beside."""
    with transaction.atomic(), as_engine():
        from doudi.monitoring.disagreements import Disagreement

        said = [one for one in Disagreement.objects.open().filter(fact="minimum_allowance")
                if all(word[4] == "differ" for word in one.words.values())]  # fmt: skip
    county = reading_as("county")
    page = text(county.get("/watch/disagreements/?fact=household:minimum_allowance"))
    assert page.count("登记采信:") == len(said) > 0
    assert "(行业部门)" in page
    assert "按登记采信的改" in text(county.get(f"/watch/disagreements/{said[0].pk}/"))


def test_who_is_told_and_cannot_act_is_not_asked_to(looked: None, reading_as: Open) -> None:
    said = text(reading_as("supervisor").get("/watch/"))
    assert "通知您的" in said
    assert "等您办理" not in said
    assert "监测户待核看退出" not in said
    assert "监测户待核看退出" in text(reading_as("town").get("/watch/"))


def test_a_band_without_width_is_one_number() -> None:
    from doudi.web.figures import bare_to, yuan_to

    assert (bare_to(59983, 59983), bare_to(59983, 69983)) == ("599.83", "599.83–699.83")
    assert (yuan_to(500000, 500000), yuan_to(500000, 600000)) == ("5,000元", "5,000–6,000元")


def test_after_a_table_the_page_tells_how_far_the_look_is(looked: None, reading_as: Open) -> None:
    """A bar that asks for itself alone, and has the page loaded anew when the look is over."""
    from doudi.monitoring import watching
    from doudi.trail import jobs

    with transaction.atomic():
        watching.ask_to_catch_up(by="county", on=RUN_DAY)
    county = reading_as("county")
    assert "<progress" in text(county.get("/watch/"))
    bar = county.get("/watch/", headers={"HX-Request": "true"})
    assert ("<progress" in text(bar), "<html" in text(bar), bar.headers.get("HX-Refresh")) == (True, False, None)
    jobs.drain()
    assert "<progress" not in text(county.get("/watch/"))
    assert county.get("/watch/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_an_officer_says_which_copy_is_right(looked: None, reading_as: Open) -> None:
    one = first("Disagreement", words__has_key="national", differs__contains=["paper"])
    county = reading_as("county")
    page = f"/watch/disagreements/{one.pk}/"
    assert "未消除" in text(county.get(page))
    refused = county.post(f"{page}decide/", {"right": "paper", "reason": " "})
    assert refused.status_code == 422
    assert "请写明凭什么" in text(refused)
    assert county.post(f"{page}decide/", {"right": "paper", "reason": "看过户口本"}).status_code == 302
    assert "看过户口本" in text(county.get(page))
    assert reading_as("village").post(f"{page}decide/", {"right": "paper", "reason": "x"}).status_code in (403, 404)


def test_a_monitored_household_without_a_file_is_counted_until_it_has_one(
    looked: None, reading_as: Callable[[str], Client]
) -> None:
    from django.utils import timezone

    from doudi.monitoring.monitored_files import MonitoredFile
    from doudi.register import statements
    from doudi.register.households import Household

    county, town = reading_as("county"), reading_as("town")
    assert "监测户还没有档案" not in text(county.get("/watch/"))
    with transaction.atomic(), as_engine():
        having = MonitoredFile.objects.values("household")
        home = Household.objects.filter(place_code__startswith="510921110").exclude(pk__in=having)[0]
        facts = {"monitored": True}
        statements.record("household", home.pk, facts, source="national", about=RUN_DAY, by="t", now=timezone.now())
    for reader in (county, town):
        assert "监测户还没有档案 1 户" in text(reader.get("/watch/"))
        assert "还没有档案的 1 户" in text(reader.get("/watch/monitored/new/"))
    assert "监测户还没有档案" not in text(county.get("/watch/?place=510921102"))
    assert town.post("/watch/monitored/new/", {"act": "all"}).status_code == 302
    assert "监测户还没有档案" not in text(county.get("/watch/"))


def test_a_town_closes_an_alert_or_makes_a_follow_up(looked: None, reading_as: Open) -> None:
    one = first("Alert", name="near_the_line", place_code__startswith="510921110", state="open")
    town, page = reading_as("town"), f"/watch/alerts/{one.pk}/"
    said = text(town.get(page))
    assert "预计2020年人均纯收入" in said  # the rule, part by part
    assert town.post(f"{page}act/", {"act": "follow", "what": "问收入", "due": "2020-03-05"}).status_code == 302
    assert "问收入" in text(town.get(page))
    again = town.post(f"{page}act/", {"act": "close", "how": "handled", "reason": ""})
    assert again.status_code == 422
    assert town.post(f"{page}act/", {"act": "close", "how": "handled", "reason": "已提请评议"}).status_code == 302
    closed = text(town.get(page))
    assert "已提请评议" in closed
    assert town.post(f"{page}act/", {"act": "close", "how": "handled", "reason": "再关"}).status_code == 422
    assert "已提请评议" in text(town.get("/watch/alerts/?state=closed"))


@pytest.mark.parametrize("due", ["", "2020-02-01", "明天", "2020-13-40"])
def test_a_follow_up_wants_a_day_to_come_and_keeps_what_was_typed(looked: None, reading_as: Open, due: str) -> None:
    one = first("Alert", name="near_the_line", place_code__startswith="510921110", state="open")
    answer = reading_as("town").post(f"/watch/alerts/{one.pk}/act/", {"act": "follow", "what": "问收入", "due": due})
    assert answer.status_code == 422
    assert "问收入" in text(answer)


def test_alerts_of_illness_are_told_to_those_they_are_for(looked: None, reading_as: Open) -> None:
    from doudi.monitoring import alerts
    from doudi.monitoring.alert_rules import Raised
    from doudi.register.households import Household

    with transaction.atomic(), as_engine():
        home = Household.objects.filter(place_code="510921110212").order_by("code")[0]
        from doudi.trail.commands import carry_out

        with carry_out("test", by="tester"):
            raised = [Raised("ill_or_isolated", "household", home.pk, home.pk, home.place_code)]
            alerts.settle(raised, by="tester", on=RUN_DAY, households=[home.pk])
    one = first("Alert", name="ill_or_isolated", household_id=home.pk, holds=True)
    assert reading_as("village").get(f"/watch/alerts/{one.pk}/").status_code == 200  # told to village officers
    assert reading_as("bureau").get(f"/watch/alerts/{one.pk}/").status_code == 404  # reads nothing of health


def test_a_file_is_written_and_the_exit_stays_blocked(looked: None, reading_as: Open) -> None:
    one = first("MonitoredFile", gone_on=None, left_on=None)
    county, page = reading_as("county"), f"/watch/monitored/{one.pk}/"
    assert "退出条件" in text(county.get(page))
    line = {"kind": "visit", "way": "door", "text": "入户看过,孩子在上网课"}
    assert county.post(f"{page}write/", line).status_code == 302
    assert "孩子在上网课" in text(county.get(page))
    blocked = county.post(f"{page}leave/", {"act": "leave", "reason": "风险消除了"})
    assert blocked.status_code == 422
    assert "退出条件还没有全部满足" in text(blocked)
    assert "风险消除了" in text(blocked)
    paper = county.get(f"{page}paper/")
    assert paper.content.startswith(b"%PDF")


def test_a_village_opens_a_file_for_a_household_it_found(looked: None, reading_as: Open, codes: dict[str, str]) -> None:
    village = reading_as("village")
    wrong = village.post("/watch/monitored/new/", {"household": codes["far"], "reason": "家里失火"})
    assert wrong.status_code == 422
    assert "家里失火" in text(wrong)
    assert village.post("/watch/monitored/new/", {"household": codes["near"], "reason": "家里失火"}).status_code == 302
    assert village.post("/watch/monitored/new/", {"household": codes["near"], "reason": "再建"}).status_code == 422


def test_an_outlook_tells_its_bands_and_what_is_not_known(
    looked: None, reading_as: Open, codes: dict[str, str]
) -> None:
    said = text(reading_as("village").get(f"/watch/outlook/{codes['near']}/"))
    assert "工资性收入" in said
    assert "每项措施加多少" in said
    assert "2020-05-31 才复工" in said, "what the county assumes has its days"
    assert "没有算看病、上学等新的支出" in said
    assert reading_as("village").get(f"/watch/outlook/{codes['far']}/").status_code == 404


@pytest.mark.parametrize("address", TABLES)
def test_tables_leave_without_id_numbers(looked: None, reading_as: Open, address: str) -> None:
    answer = reading_as("county").get(address)
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) > 1
    from doudi.register.persons import Person

    with transaction.atomic(), as_engine():
        numbers = set(Person.objects.exclude(id_number=None).values_list("id_number", flat=True))
    said = {str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row}
    assert numbers
    assert not numbers & said


def test_the_national_form_holds_only_what_differs_there(looked: None, reading_as: Open) -> None:
    from doudi.monitoring.disagreements import Disagreement

    with transaction.atomic(), as_engine():
        wanted = Disagreement.objects.open().of_copy("national").count()
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(reading_as("county").get("/watch/disagreements/corrections/?copy=national").content)
    )
    assert wanted > 0
    listed = book.get_sheet_by_index(1).to_python()
    assert len([row for row in listed[1:] if row[0]]) == wanted
    assert reading_as("county").get("/watch/disagreements/corrections/?copy=paper").status_code == 422


@pytest.mark.parametrize("query", ["?place=abc", "?place=99", "?page=999999999", "?copy=%00", "?fact=%27", "?state=x"])
def test_addresses_that_make_no_sense_are_no_fault(looked: None, reading_as: Open, query: str) -> None:
    for page in PAGES:
        assert reading_as("county").get(page + query).status_code in (200, 404)


def test_before_the_first_look_the_page_says_so(decided: None, reading_as: Open) -> None:
    from doudi.monitoring.agreement_rates import VillageAgreement

    with transaction.atomic(), as_engine():
        VillageAgreement.objects.all().delete()  # what the demo's own look has counted
    said = text(reading_as("county").get("/watch/"))
    assert "还没有比对过" in said


def test_a_look_again_is_a_job_that_fills_the_page(decided: None, reading_as: Open) -> None:
    from doudi.trail import jobs

    county = reading_as("county")
    assert county.post("/watch/look/").status_code == 302
    assert jobs.drain() == 1
    assert "比对于 2020-02-27" in text(county.get("/watch/"))
    assert reading_as("town").post("/watch/look/").status_code == 403


def test_an_alert_of_a_project_names_it(looked: None, reading_as: Open) -> None:
    from doudi.register.items import Item

    one = first("Alert", name="works_late", state="open")
    with transaction.atomic(), as_engine():
        label = Item.objects.get(pk=one.subject_id).label
    county = reading_as("county")
    page = text(county.get(f"/watch/alerts/{one.pk}/"))
    assert label in page
    work = re.findall(r'<p class="m-0 soft"><a href="(/works/projects/[^"]+)"', page)
    assert label in text(county.get(work[0]))
    listed = text(county.get("/watch/alerts/?name=works_late"))
    assert label in listed
    assert "截至 2020-02-27" in listed
