"""The pages of temporary posts and of awards for hiring: allowed, refused, elsewhere, bad input, from yes to closed."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.db import transaction
from django.test import Client

from doudi.access.scope import as_engine
from doudi.delivery.enterprises import Enterprise
from doudi.delivery.hires import Claim
from doudi.delivery.models import Attendance, Entitlement, PayLine, PostHolding
from doudi.register.persons import Person
from tests.delivery.test_hires import code
from tests.delivery.test_posts import BEGUN, approve, posts
from tests.register.conftest import village, words

__all__ = ["village", "words"]
PAGES = ["hires/", "hires/table/", "hires/paper/", "hires/form/", "posts/", "posts/roster/", "posts/form/",
         "posts/pay/", "posts/pay/paper/", "posts/pay/table/"]  # fmt: skip
FORM = {
    "credit_code": code(1), "firm": "第1食品厂", "local": "是", "person": "P-LIN-2", "name": "林小兰",
    "begun": "2020-02-20", "months": "6", "contract": "HT-1", "migrant": "是",
}  # fmt: skip


def sheet(headings: list[str], *rows: list[str]) -> io.BytesIO:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        page = book.add_worksheet()
        for at, row in enumerate([headings, *rows]):
            page.write_row(at, 0, row)
    made.seek(0)
    made.name = "table.xlsx"
    return made


@pytest.fixture
def officer(village: Any, seeing_county: None, county_officer: Any, client: Client) -> Client:
    from doudi.places import counties
    from doudi.web import shell

    counties.begin("510921", "蓬溪县", demo=True, by="tester")
    shell._begun.clear()
    client.force_login(county_officer)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_opens_every_page(officer: Client, page: str) -> None:
    assert officer.get(f"/deeds/{page}").status_code == 200, page


@pytest.mark.parametrize("page", ["hires/", "posts/pay/"])
def test_a_village_officer_is_refused_what_is_not_theirs(village_officer: Any, client: Client, page: str) -> None:
    client.force_login(village_officer)
    assert client.get(f"/deeds/{page}").status_code == 403
    assert client.get("/deeds/posts/").status_code == 200


def test_a_claim_from_form_to_answer_to_withdrawal(officer: Client) -> None:
    made = officer.post("/deeds/hires/enter/", FORM)
    assert made.status_code == 302
    one = f"/deeds/hires/{Claim.objects.get().pk}/"
    shown = officer.get(one).content.decode()
    assert "还没有工资凭证" in shown
    assert officer.post(f"{one}act/", {"act": "payroll", "payroll": "2月工资单"}).status_code == 302
    assert officer.post(f"{one}act/", {"act": "answer", "words": "看过,在岗"}).status_code == 302
    account = {"act": "account", "bank": "县农商行", "number": "6228480402564890018"}
    assert officer.post(f"{one}act/", account).status_code == 302
    shown = officer.get(one).content.decode()
    assert "0018" in shown
    assert "6228480402564890018" not in shown
    assert officer.post(f"{one}act/", {"act": "withdraw", "reason": ""}).status_code == 422
    assert officer.post(f"{one}act/", {"act": "withdraw", "reason": "辞职"}).status_code == 302
    assert not Claim.objects.get().live


@pytest.fixture
def clerk(officer: Client, someone: Any) -> Client:
    """The clerk of the town Lin lives in, who sees no enterprise nobody of the town has hired for."""
    made = Client()
    made.force_login(someone("town_clerk", "510921110"))
    return made


def test_a_worker_claims_at_the_towns_desk_and_is_first(officer: Client, clerk: Client) -> None:
    shown = clerk.get("/deeds/hires/").content.decode()
    assert 'action="/deeds/hires/enter/"' in shown
    assert 'action="/deeds/hires/bring/"' not in shown, "tables are the bureau's"
    made = clerk.post("/deeds/hires/enter/", FORM | {"claimant": "worker"})
    assert made.status_code == 302
    held = Claim.objects.get()
    assert (held.claimant, held.enterprise.place_code) == ("worker", "510921000000")
    assert "受聘人本人" in clerk.get(f"/deeds/hires/{held.pk}/").content.decode()
    rival = FORM | {"credit_code": code(2), "firm": "第2食品厂", "contract": "HT-2"}
    refused = officer.post("/deeds/hires/enter/", rival)
    assert refused.status_code == 422
    assert "第1食品厂" in refused.content.decode()
    assert "(受聘人本人)" in refused.content.decode()
    for act in ({"act": "payroll", "payroll": "2月"}, {"act": "answer", "words": "看过"}):
        assert clerk.post(f"/deeds/hires/{held.pk}/act/", act).status_code == 403, "the bureau looks into it"


def test_a_town_finds_the_firm_that_was_entered_and_nobody_of_another_town(
    officer: Client, clerk: Client, someone: Any
) -> None:
    first = FORM | {"person": "P-CHEN", "name": "陈大福", "contract": "HT-9"}
    assert officer.post("/deeds/hires/enter/", first).status_code == 302
    other = Client()
    other.force_login(someone("town_clerk", "510921102"))
    assert other.post("/deeds/hires/enter/", FORM).status_code == 422, "Lin is of another town"
    assert clerk.post("/deeds/hires/enter/", FORM).status_code == 302
    assert Enterprise.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit_code": code(1)[:-1] + "0"}, {"person": "nobody"}, {"name": "别人"}, {"months": "0"}, {"months": "九"},
        {"begun": "昨天"}, {"begun": "9999-01-01"}, {"local": "也许"}, {"contract": "\x00"}, {"insured": "-1"},
        {"claimant": "邻居"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(officer: Client, wrong: dict[str, str]) -> None:
    answer = officer.post("/deeds/hires/enter/", FORM | wrong)
    assert answer.status_code == 422
    assert 'value="第1食品厂"' in answer.content.decode()
    assert (Claim.objects.count(), Enterprise.objects.count()) == (0, 0)


def test_a_table_of_claims_is_looked_at_and_taken_in(officer: Client) -> None:
    headings = ["信用代码", "企业名称", "本地企业", "人员编号", "姓名", "到岗日期", "合同月数", "合同编号"]
    good = [code(1), "第1食品厂", "是", "P-LIN-2", "林小兰", "2020-02-20", "6", "HT-1"]
    other = [code(2), "第2食品厂", "是", "P-CHEN", "不是他", "2020-02-20", "6", "HT-2"]
    answer = officer.post("/deeds/hires/bring/", {"file": sheet(headings, good, other)})
    assert answer.status_code == 302
    shown = officer.get(answer.headers["Location"]).content.decode()
    assert "编号和姓名都对得上" in shown
    assert '<ol class="plain crumbs"><li><a href="/deeds/hires/">本地就业奖补</a></li></ol>' in shown
    assert officer.post(answer.headers["Location"] + "accept/").status_code == 302
    assert [each.person.code for each in Claim.objects.all()] == ["P-LIN-2"]
    again = officer.post("/deeds/hires/bring/", {"file": sheet(headings, good)})
    assert "已申报" in officer.get(again.headers["Location"] + "?state=same").content.decode()
    rival = [code(2), "第2食品厂", *good[2:]]
    second = officer.post("/deeds/hires/bring/", {"file": sheet(headings, rival)})
    assert "第1食品厂" in officer.get(second.headers["Location"]).content.decode()
    assert officer.post("/deeds/hires/bring/", {}).status_code == 422


def test_what_is_elsewhere_is_not_there(officer: Client) -> None:
    for address in ("hires/9/", "hires/x/", "posts/9/", "posts/appoint/9/", "posts/sheets/9/", "hires/sheets/²/"):
        assert officer.get(f"/deeds/{address}").status_code == 404, address


@pytest.fixture
def ready(reading_as: Any) -> Any:
    """The one of the demo county who is approved for a post, where a post is free."""
    from doudi.delivery import grants
    from doudi.policy.runs import Run

    run = Run.objects.in_force("pengxi_2020")
    with transaction.atomic(), as_engine():
        for measure in (posts.HOLDERS, posts.POSTS):
            live = Entitlement.objects.live().filter(measure=measure)
            if not live.exists():
                grants.grant(run, measure, places=[], by="county", on=run.as_of)
            approve(list(live.filter(state="in_review").values_list("pk", flat=True)))
        return next(each for each in posts.waiting(on=BEGUN) if each.free)


def test_from_approval_to_post_to_attendance_to_pay_list(reading_as: Any, ready: Any) -> None:
    county = reading_as("county")
    address = f"/deeds/posts/appoint/{ready.entitlement}/"
    shown = county.get(address).content.decode()
    post = shown.partition('<option value="')[2].partition('"')[0]
    terms = {"post": post, "work": "消杀", "from_day": "2020-02-03", "until": "2020-02-29", "hours_week": "20",
             "pay": "800", "month_days": "20"}  # fmt: skip
    bad = county.post(address, terms | {"pay": "很多"})
    assert bad.status_code == 422
    assert 'value="消杀"' in bad.content.decode()
    made = county.post(address, terms)
    assert made.status_code == 302
    assert county.post(address, terms).status_code == 422
    with transaction.atomic(), as_engine():
        held = PostHolding.objects.get()
    one = f"/deeds/posts/{held.pk}/"
    assert county.post(f"{one}act/", {"act": "week", "week": "2020-02-03", "d0": "on", "d4": "on"}).status_code == 302
    assert county.post(f"{one}act/", {"act": "week", "week": "2020-02-04", "d0": "on"}).status_code == 422
    headings = ["上岗编号", "周", "周一", "周二", "周三", "周四", "周五", "周六", "周日"]
    table = sheet(headings, [str(held.pk), "2020-02-10", "1", "1", "", "", "1", "", ""],
                  [str(held.pk), "2020-02-11", "1", *[""] * 6], [str(held.pk), "2020-02-17", "也许", *[""] * 6],
                  ["99999", "2020-02-17", "1", *[""] * 6])  # fmt: skip
    preview = county.post("/deeds/posts/bring/", {"file": table}).headers["Location"]
    assert county.get(preview).content.decode().count('scope="row"') >= 3
    assert county.post(f"{preview}accept/").status_code == 302
    with transaction.atomic(), as_engine():
        assert sum(len(each.days) for each in Attendance.objects.all()) == 5
    pay = county.get("/deeds/posts/pay/?month=2020-02").content.decode()
    assert "200" in pay
    assert county.post("/deeds/posts/pay/", {"month": "2020-02"}).status_code == 422
    with transaction.atomic(), as_engine():
        assert not PayLine.objects.exists()
    assert county.post(f"{one}act/", {"act": "end", "on": "2020-02-26", "reason": "外出"}).status_code == 302
    assert county.get(one).status_code == 200
    assert county.get("/deeds/posts/roster/").content[:4] == b"%PDF"
    assert date(2020, 2, 26) == PostHolding.last_day.fget(_fresh(held))  # type: ignore[attr-defined]


def _fresh(held: PostHolding) -> PostHolding:
    with transaction.atomic(), as_engine():
        assert Person.objects.filter(pk=held.person_id).exists()
        return PostHolding.objects.get(pk=held.pk)
