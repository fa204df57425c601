"""The pages of small loans: what is due, what is proposed, the bank's tables, from the decision to the closed loop."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

Open = Callable[[str], Client]
EXTENSION = "08a_loan_extension"


def sheet(*rows: Sequence[Any]) -> SimpleUploadedFile:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            page.write_row(at, 0, [str(cell) for cell in row])
    return SimpleUploadedFile("表.xlsx", made.getvalue())


def read(answer: Any) -> list[list[Any]]:
    found = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows: list[list[Any]] = found.get_sheet_by_index(0).to_python()
    return rows


@pytest.fixture
def seen(reading_as: Open) -> Callable[..., Any]:
    """`seen(f)` calls f past the wall."""
    from doudi.access.scope import as_engine

    def see(ask: Callable[[], Any]) -> Any:
        with transaction.atomic(), as_engine():
            return ask()

    return see


@pytest.mark.parametrize("reader", ["county", "town", "village", "bank", "supervisor", "auditor"])
def test_who_reads_what_is_due(reader: str, reading_as: Open) -> None:
    page = reading_as(reader).get(reverse("loans"), {"within": "90"})
    assert page.status_code == 200
    assert "90 天内到期的" in page.content.decode()


@pytest.mark.parametrize("reader", ["helper", "bureau", "treasurer", "admin"])
def test_who_does_not(reader: str, reading_as: Open) -> None:
    assert reading_as(reader).get(reverse("loans")).status_code == 403


def test_what_is_due_is_the_readers_own(reading_as: Open) -> None:
    county = reading_as("county").get(reverse("loans"), {"within": "90"}).context
    town = reading_as("town").get(reverse("loans"), {"within": "90"}).context
    assert {each["row"].code for each in town["towns"]} == {"510921110000"}
    assert {each["row"].code for each in county["towns"]} > {"510921110000"}
    assert all(row.item.place_code.startswith("510921110") for row in town["rows"])


@pytest.mark.parametrize("query", ["within=0", "within=1e9", "place='", "place=51092111&page=x", "within=90&page=999"])
def test_nasty_queries_do_no_harm(query: str, reading_as: Open) -> None:
    assert reading_as("county").get(f"{reverse('loans')}?{query}").status_code == 200
    assert reading_as("county").get(f"{reverse('loan-extend')}?{query}").status_code == 200


def test_from_the_decision_to_the_closed_loop(reading_as: Open, seen: Any) -> None:
    from doudi.delivery.models import Entitlement, Loan, Step
    from doudi.register.beliefs import Belief

    county, bank = reading_as("county"), reading_as("bank")
    page = county.get(reverse("loan-extend"))
    proposed = next(row for row, _ in page.context["rows"])
    body = page.content.decode()
    assert proposed.old.isoformat() in body
    assert proposed.new.isoformat() in body
    assert "8a 小额信贷延期" in body, "under which rule"
    answer = county.post(reverse("loan-extend"), {"id": proposed.item.pk, "place": "510921"})
    assert answer.status_code == 302, answer.content.decode()
    one = seen(lambda: Entitlement.objects.get(measure=EXTENSION, subject_id=proposed.item.pk))
    village = "village" if one.place_code == "510921110212" else f"village{one.place_code}"
    listed = {"stage": "village_review", "measure": EXTENSION, "place": one.place_code, "id": one.pk}
    assert reading_as(village).post(reverse("deed-act"), listed | {"verdict": "accept"}).status_code == 302
    heads, *rows = read(bank.get(reverse("loan-form", args=["answers"])))
    asked = next(row for row in rows if row[0] == str(one.pk))
    assert asked[1] == proposed.item.code
    assert (asked[4], asked[5]) == (proposed.old.isoformat(), proposed.new.isoformat())
    assert asked[-1] == "8a 小额信贷延期"
    asked[6], asked[9] = "同意", "2020-02-27"
    brought = bank.post(reverse("loan-bring", args=["answers"]), {"file": sheet(heads, asked)})
    assert brought.status_code == 302, brought.content.decode()
    assert f"延到 {proposed.new}" in bank.get(brought.url).content.decode()
    assert bank.post(f"{brought.url}accept/").status_code == 302
    assert seen(lambda: Entitlement.objects.get(pk=one.pk).state) == "delivered"
    assert seen(lambda: Loan.objects.get(item=proposed.item.pk).extended_until) == proposed.new
    believed = seen(lambda: Belief.objects.get(subject_kind="loan", subject_id=proposed.item.pk).facts)
    assert believed["due_date"] == proposed.new.isoformat()
    assert seen(lambda: set(Step.objects.filter(entitlement=one.pk).values_list("verdict", "by"))) == {
        ("accept", village), ("accept", "bank"), ("deliver", "bank"),
    }  # fmt: skip


def test_a_list_that_marks_a_loan_put_off_overdue_goes_back_with_the_reason(reading_as: Open, seen: Any) -> None:
    from doudi.delivery.models import Loan

    loan = seen(lambda: Loan.objects.filter(extended_until__isnull=False).select_related("item__household").first())
    assert loan is not None
    heads = ("合同号", "户编号", "贷款金额", "到期日", "是否逾期", "数据日期")
    row = (loan.item.code, loan.item.household.code, "30000", loan.extended_until, "是", "2020-02-27")
    bank = reading_as("bank")
    brought = bank.post(reverse("loan-bring", args=["list"]), {"file": sheet(heads, row)})
    assert "不得影响征信" in bank.get(brought.url).content.decode()
    refused = bank.post(f"{brought.url}accept/")
    assert refused.status_code == 422
    assert "不得影响征信" in refused.content.decode()
    assert "不得影响征信" in str(read(bank.get(f"{brought.url}refused/")))
    assert bank.post(f"{brought.url}discard/").status_code == 302
    assert seen(lambda: Loan.objects.get(pk=loan.pk).overdue) is False


def test_the_county_does_not_answer_for_the_bank(reading_as: Open, seen: Any) -> None:
    from doudi.delivery.models import Entitlement

    county = reading_as("county")
    heads, asked = read(county.get(reverse("loan-form", args=["answers"])))[:2]
    asked[6], asked[9] = "同意", "2020-02-27"
    brought = county.post(reverse("loan-bring", args=["answers"]), {"file": sheet(heads, asked)})
    assert "accept/" not in county.get(brought.url).content.decode()
    refused = county.post(f"{brought.url}accept/")
    assert refused.status_code == 422
    assert "没有这项职责" in refused.content.decode()
    assert seen(lambda: Entitlement.objects.get(pk=int(asked[0])).state) == "in_review"


def test_new_loans_are_proposed_and_lent(reading_as: Open, seen: Any) -> None:
    from doudi.delivery.models import Loan

    county, bank = reading_as("county"), reading_as("bank")
    offered = [offer for offer, _ in county.get(reverse("loan-lend")).context["rows"]]
    posted = county.post(reverse("loan-lend"), {"id": offered[0].household.pk, "place": "510921"})
    assert posted.status_code == 302, posted.content.decode()
    heads, asked = read(bank.get(reverse("loan-form", args=["lending"])))[:2]
    asked[4:10] = ["同意", "XF-1", "200", "2020-02-27", "2022-02-27", ""]
    brought = bank.post(reverse("loan-bring", args=["lending"]), {"file": sheet(heads, asked)})
    assert bank.post(f"{brought.url}accept/").status_code == 302
    assert seen(lambda: Loan.objects.get(item__code="XF-1").lent_fen) == 20_000


@pytest.mark.parametrize("name", ["loan-extend", "loan-lend"])
def test_nothing_ticked_is_said(name: str, reading_as: Open) -> None:
    for sent in ({}, {"id": "x"}, {"id": "9" * 18}, {"key": "no", "place": "'"}):
        answer = reading_as("county").post(reverse(name), sent)
        assert answer.status_code == 422
        assert "没有勾选" in answer.content.decode()


def test_what_is_no_table_is_refused_where_it_came_in(reading_as: Open) -> None:
    bank = reading_as("bank")
    assert bank.post(reverse("loan-bring", args=["list"])).status_code == 422
    wrong = SimpleUploadedFile("x.xlsx", b"\x00nothing")
    assert bank.post(reverse("loan-bring", args=["list"]), {"file": wrong}).status_code == 422
    assert bank.post(reverse("loan-bring", args=["other"])).status_code == 404
    for number in ("0", "x", "9" * 40, "１"):
        assert bank.get(reverse("loan-sheet", args=[number])).status_code == 404


def test_what_an_enterprise_uses_is_a_question(reading_as: Open) -> None:
    page = reading_as("bank").get(reverse("loans")).content.decode()
    assert "是不是户贷企用" in page
    assert "不是结论" in page


OTHER = "县农商行(演示)"


@pytest.fixture
def elsewhere(reading_as: Open, seen: Any) -> tuple[Client, Any]:
    """An officer of another bank, and a loan the first bank told of."""
    from datetime import date

    from doudi.access import duties, users
    from doudi.delivery.models import Loan

    loan = seen(lambda: Loan.objects.exclude(bank="").select_related("item").first())
    assert loan is not None
    seen(lambda: _enrol(users, duties, date(2020, 1, 1)))
    return reading_as("bank2"), loan


def _enrol(users: Any, duties: Any, on: Any) -> None:
    made = users.add("bank2", "另一家信贷员", "doudi-demo-2020-x", unit=OTHER, by="admin")
    duties.give(made, "bank", "510921", on=on, by="admin")


def test_a_bank_sees_its_own_loans_and_nobodys(elsewhere: tuple[Client, Any], reading_as: Open, seen: Any) -> None:
    from doudi.access.scope import Scope, enter
    from doudi.delivery.models import Entitlement, Loan
    from doudi.register.items import Item

    other, loan = elsewhere
    both = [reader.get(reverse("loans"), {"within": "90"}).context["total"] for reader in (reading_as("bank"), other)]
    told = seen(lambda: Loan.objects.exclude(bank="").count())
    assert both[1] == both[0] - told
    for bank, sees in (("", True), (loan.bank, True), (OTHER, False), ("?", False)):
        with transaction.atomic(), enter(Scope(frozenset({"510921"}), bank=bank)):
            assert Loan.objects.filter(pk=loan.pk).exists() is sees
            assert Item.objects.filter(pk=loan.item_id).exists() is sees
            theirs = Entitlement.objects.filter(subject_kind="loan", subject_id=loan.item_id)
            assert theirs.exists() is (sees and seen(theirs.exists))
            assert Entitlement.objects.exclude(subject_kind="loan").exists(), "what is no loan stays in sight"


def test_another_banks_loan_is_not_told_of_again(elsewhere: tuple[Client, Any], seen: Any) -> None:
    from doudi.delivery.models import Loan

    other, loan = elsewhere
    home = seen(lambda: Loan.objects.select_related("household").get(pk=loan.pk).household.code)
    head = ["借款合同号", "户编号", "贷款金额(元)", "到期日", "银行", "数据日期"]
    rows = [[loan.item.code, home, "100", "2020-05-10", OTHER, "2020-02-27"],
            ["X-1", home, "100", "2020-05-10", loan.bank, "2020-02-27"],
            ["X-2", home, "100", "2020-05-10", "", "2020-02-27"]]  # fmt: skip
    looked = other.post(reverse("loan-bring", args=["list"]), {"file": sheet(head, *rows)})
    assert looked.status_code == 302
    page = other.get(looked["Location"]).content.decode()
    assert "登记在别家银行" in page
    assert "别家银行的贷款请那家银行传" in page
    assert other.post(f"{looked['Location']}accept/").status_code == 302
    assert seen(lambda: Loan.objects.get(item__code="X-2").bank) == OTHER


def test_what_is_owed_to_other_banks_counts_against_the_most(elsewhere: tuple[Client, Any], seen: Any) -> None:
    from doudi.access.scope import Scope, enter
    from doudi.delivery import loan_lending

    _, loan = elsewhere
    whole = seen(lambda: loan_lending._owed([loan.household_id]))
    assert whole[loan.household_id] > 0
    with transaction.atomic(), enter(Scope(frozenset({"510921"}), bank=OTHER)):
        assert loan_lending._owed([loan.household_id]) == whole


@pytest.mark.parametrize("name", ["loan-extend", "loan-lend"])
def test_long_lists_are_told_page_by_page(name: str, reading_as: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from doudi.web.deeds import loan_proposing

    monkeypatch.setattr(loan_proposing, "A_PAGE", 1)
    county = reading_as("county")
    first, second = (county.get(reverse(name), {"page": str(page)}) for page in (1, 2))
    assert first.context["page"].paginator.num_pages == first.context["number"] > 1
    assert [len(each.context["rows"]) for each in (first, second)] == [1, 1]
    assert first.context["rows"] != second.context["rows"]
    assert "全部" in first.content.decode()
    all_of_them = county.post(reverse(name), {"all": "on", "page": "2"})
    assert all_of_them["Location"].endswith(f"done={first.context['number']}")
