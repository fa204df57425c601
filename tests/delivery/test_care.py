"""Special care: from a decision through the income sheet to civil affairs and back; no allowance ends by itself."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.values.refusals import Refusal
from tests.delivery.conftest import DAY

Granted = Callable[..., list[int]]
pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
KEEP, RELIEF, INDUSTRY = "06b_keep_allowance_without", "06_monitored_relief", "06_monitored_grant"
LINES = {"wage": 300_000, "business": 100_000, "expense": 50_000, "assets": 0, "transfer": 20_000, "allowance": 240_000}


def _cases(ids: list[int]) -> list[Any]:
    from doudi.delivery import care_cases
    from doudi.delivery.models import CareCase

    care_cases.open_cases(by="county", on=DAY)
    return list(CareCase.objects.filter(entitlement__in=ids).select_related("household", "entitlement").order_by("pk"))


def _reviewed(ids: list[int]) -> None:
    from doudi.delivery import grants
    from doudi.delivery.models import Entitlement

    for number, place in Entitlement.objects.filter(pk__in=ids).values_list("pk", "place_code"):
        village = "village" if place == "510921110212" else f"village{place}"
        town = "town" if place.startswith("510921110") else f"town{place[:9]}"
        grants.advance([number], "village_review", "accept", by=village, on=DAY)
        grants.advance([number], "town", "accept", by=town, on=DAY)


@pytest.fixture
def handed(granted: Granted, whole: Any) -> list[Any]:
    """The allowances to be kept, with their sheets, on the list for civil affairs."""
    from doudi.delivery import care_cases, income_sheets

    ids = granted(KEEP)
    with whole():
        cases = _cases(ids)
        _reviewed(ids)
        for case in cases:
            income_sheets.draw(case, 2019, 2, LINES, by="town", on=DAY)
        care_cases.hand_over([case.pk for case in cases], by="town", on=DAY)
        return _cases(ids)


def _answer(*rows: tuple[Any, str, str, str, str]) -> list[Any]:
    from doudi.delivery import care_results

    hands = [
        (n, {"number": str(case.pk), "household": case.household.code, "result": result, "sum": fen, "since": since,
             "reason": reason})
        for n, (case, result, fen, since, reason) in enumerate(rows, 2)
    ]  # fmt: skip
    return care_results.LIST.judge(hands, "")


def _take_in(rows: list[Any]) -> None:
    from doudi.delivery import care_results
    from doudi.trail.commands import carry_out

    with carry_out("test", by="bureau"):
        care_results.LIST.write([row for row in rows if not row.problem], about="", by="bureau", on=DAY, now=NOW)


def test_the_totals_are_worked_out_with_and_without_the_allowance(handed: list[Any], whole: Any) -> None:
    with whole():
        sheet = handed[0].sheets.get()
        assert (sheet.without, sheet.total) == (370_000, 610_000)
        assert (sheet.per_head_without, sheet.per_head) == (185_000, 305_000)


def test_a_sheet_is_never_changed(handed: list[Any], whole: Any) -> None:
    from doudi.delivery.models import IncomeSheet
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"):
        rows = IncomeSheet.objects.filter(case=handed[0])
        for wrong in ({"wage": 1}, {"heads": 9}, {"drawn_by": "x"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**wrong)
        assert rows.update(place_code="510921110212") == 1


def test_without_a_sheet_or_the_town_nothing_goes_to_civil_affairs(granted: Granted, whole: Any) -> None:
    from doudi.delivery import care_cases, income_sheets

    ids = granted(RELIEF)
    with whole():
        case = _cases(ids)[0]
        with pytest.raises(Refusal, match="can be handed over"):
            care_cases.hand_over([case.pk], by="town", on=DAY)
        income_sheets.draw(case, 2019, 2, LINES, by="town", on=DAY)
        with pytest.raises(Refusal, match="can be handed over"):
            care_cases.hand_over([case.pk], by="town", on=DAY)
        _reviewed([case.entitlement_id])
        assert care_cases.hand_over([case.pk], by="town", on=DAY) == 1


def test_an_answer_by_row_moves_the_entitlement_and_is_the_bureaus_word(handed: list[Any], whole: Any) -> None:
    from doudi.delivery.models import CareCase, Entitlement
    from doudi.register.sheets import NEW, REFUSED, SAME
    from doudi.register.statements import Statement

    with whole():
        yes, no = handed[0], handed[-1]
        assert yes.pk != no.pk
        rows = _answer((yes, "同意", "320.50", "2020-03-01", ""), (no, "不同意", "", "", "家中有稳定收入"))
        assert [row.state for row in rows] == [NEW, NEW]
        _take_in(rows)
        held = CareCase.objects.get(pk=yes.pk)
        assert (held.state, held.fen, held.since, held.decided_by) == (
            "granted", 32_050, datetime.date(2020, 3, 1), "bureau")  # fmt: skip
        assert Entitlement.objects.get(pk=yes.entitlement_id).state == "delivered"
        assert Entitlement.objects.get(pk=no.entitlement_id).state == "refused"
        told = Statement.objects.filter(subject_kind="household", subject_id=yes.household_id, source="bureau").last()
        assert told is not None
        assert told.facts == {"minimum_allowance": True}
        assert not Statement.objects.filter(subject_id=no.household_id, evidence__kind="care_case").exists()
        assert [row.state for row in _answer((yes, "同意", "320.50", "2020-03-01", ""))] == [SAME]
        assert [row.state for row in _answer((yes, "同意", "999", "2020-03-01", ""))] == [REFUSED]


@pytest.mark.parametrize(
    ("result", "fen", "since", "reason", "words"),
    [
        ("也许", "1", "2020-03-01", "", "agreed"),
        ("同意", "很多", "2020-03-01", "", "in yuan"),
        ("同意", "0", "2020-03-01", "", "above 0"),
        ("同意", "320", "2020-02-30", "", "first day"),
        ("不同意", "", "", "", "needs its reason"),
    ],
)
def test_a_wrong_row_stays_out(
    handed: list[Any], whole: Any, result: str, fen: str, since: str, reason: str, words: str
) -> None:
    with whole():
        row = _answer((handed[0], result, fen, since, reason))[0]
        assert row.problem is not None
        assert words in row.problem.en


@pytest.fixture
def kept(handed: list[Any], whole: Any) -> Any:
    """An allowance civil affairs agreed to."""
    from doudi.delivery.models import CareCase

    with whole():
        _take_in(_answer((handed[0], "同意", "320", "2020-03-01", "")))
        return CareCase.objects.get(pk=handed[0].pk)


def test_an_allowance_ends_only_by_another_persons_decision_on_a_new_sheet(kept: Any, whole: Any) -> None:
    from doudi.delivery import care_decisions, income_sheets
    from doudi.delivery.models import CareCase, Entitlement

    with whole():
        with pytest.raises(Refusal, match="no longer stands so"):
            care_decisions.end(kept, reason="收入高了", by="bureau", on=DAY, now=NOW)
        care_decisions.review(kept, reason="务工收入增加", by="town", on=DAY + datetime.timedelta(days=1))
        later = DAY + datetime.timedelta(days=2)
        with pytest.raises(Refusal, match="income sheet"):
            care_decisions.end(kept, reason="收入高了", by="bureau", on=later, now=NOW)
        income_sheets.draw(kept, 2019, 2, LINES, by="town", on=later)
        with pytest.raises(Refusal, match="another person"):
            care_decisions.end(kept, reason="收入高了", by="town", on=later, now=NOW)
        care_decisions.end(kept, reason="收入高了", by="bureau", on=DAY, now=NOW)
        assert CareCase.objects.get(pk=kept.pk).state == "ended"
        assert Entitlement.objects.get(pk=kept.entitlement_id).state == "reversed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "ended", "reason": "x", "decided_by": "bureau"},
        {"state": "refused", "reason": "x"},
        {"state": "review"},
        {"kind": "relief"},
        {"fen": 0},
    ],
)
def test_the_database_ends_no_allowance_and_changes_no_case(kept: Any, whole: Any, wrong: dict[str, Any]) -> None:
    from doudi.delivery.models import CareCase
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"), pytest.raises(IntegrityError), transaction.atomic():
        CareCase.objects.filter(pk=kept.pk).update(**wrong)


def test_a_later_no_opens_a_review_and_ends_nothing(kept: Any, whole: Any) -> None:
    from django.db import connection

    from doudi.delivery import care_decisions
    from doudi.delivery.models import CareCase, Entitlement

    with whole():
        assert care_decisions.spoken_against() == []
        with connection.cursor() as cursor:  # what a later run would write
            cursor.execute(
                "WITH later AS (INSERT INTO policy_decision (run_id, subject_kind, subject_id, household_id,"
                " place_code, verdicts, amounts, reasons, places, contested, previous, as_of, decided_at)"
                " SELECT run_id, subject_kind, subject_id, household_id, place_code, array_fill(0::smallint,"
                " ARRAY[cardinality(verdicts)]), amounts, reasons, places, contested, id, as_of, decided_at"
                " FROM policy_decision WHERE id = (SELECT decision_id FROM policy_standing"
                " WHERE subject_kind = 'household' AND subject_id = %(home)s) RETURNING id)"
                " UPDATE policy_standing SET decision_id = (SELECT id FROM later)"
                " WHERE subject_kind = 'household' AND subject_id = %(home)s",
                {"home": kept.household_id},
            )
        assert care_decisions.open_reviews(by="county", on=DAY) == 1
        held = CareCase.objects.get(pk=kept.pk)
        assert (held.state, held.fen) == ("review", 32_000)
        assert Entitlement.objects.get(pk=kept.entitlement_id).state == "delivered"
        care_decisions.keep(held, reason="家中仍有重病人", by="bureau", on=DAY)
        assert CareCase.objects.get(pk=kept.pk).state == "granted"


def test_the_industry_grant_is_paid_through_funds_and_closed_by_the_household(granted: Granted, whole: Any) -> None:
    from doudi.delivery import care_decisions
    from doudi.delivery.models import Entitlement
    from doudi.funds import budgets, sources

    ids = granted(INDUSTRY)
    with whole():
        case = _cases(ids)[0]
        with pytest.raises(Refusal, match="every stage"):
            care_decisions.grant(case, 300_000, reason="", by="county2", on=DAY)
        _pass_all(case.entitlement_id)
        care_decisions.grant(case, 300_000, reason="养羊", by="county2", on=DAY)
        with pytest.raises(Refusal, match="no budget"):
            care_decisions.pay(case, by="county", on=DAY)
        source = sources.register("T6", "专项扶贫资金", level="county", document="蓬财5号", by="county", on=DAY)
        budget = budgets.establish(INDUSTRY, "510921", source, title="产业发展资助", from_day=DAY, by="county")
        budgets.appropriate(budget, 300_000, document="蓬财6号", by="county", on=DAY)
        care_decisions.pay(case, by="county", on=DAY)
        assert care_decisions.standing([case.pk])[case.pk].fen == 300_000
        with pytest.raises(Refusal, match="arrived"):
            care_decisions.settle(case, by="county", on=DAY)
        assert Entitlement.objects.get(pk=case.entitlement_id).state == "deliverable"


def _pass_all(number: int) -> None:
    from doudi.delivery import grants, notices
    from doudi.delivery.models import Entitlement

    place = Entitlement.objects.get(pk=number).place_code
    village = "village" if place == "510921110212" else f"village{place}"
    town = "town" if place.startswith("510921110") else f"town{place[:9]}"
    before = DAY - datetime.timedelta(days=8)
    grants.advance([number], "village_review", "accept", by=village, on=before)
    notices.post([number], phone="0825-5420000", by=village, on=before)
    grants.advance([number], "public_notice", "accept", by=village, on=DAY)
    grants.advance([number], "town", "accept", by=town, on=DAY)
    grants.advance([number], "county", "accept", by="county2", on=DAY)


def test_who_leaves_is_prepared_line_by_line(granted: Granted, whole: Any) -> None:
    from doudi.delivery import care_decisions, grants, leavings
    from doudi.delivery.models import Entitlement

    ids = granted("07c_prepare_to_leave", "510921110212")
    with whole():
        case = _cases(ids)[0]
        grants.advance([case.entitlement_id], "town", "accept", by="town", on=DAY)
        grants.advance([case.entitlement_id], "labour_bureau", "accept", by="bureau", on=DAY)
        leavings.tick(case, ["physical", "training"], by="village", on=DAY)
        with pytest.raises(Refusal, match="still to be prepared"):
            care_decisions.prepared(case, by="town", on=DAY)
        leavings.tick(case, ["papers", "offers", "training"], by="village", on=DAY)
        care_decisions.prepared(case, by="town", on=DAY)
        assert Entitlement.objects.get(pk=case.entitlement_id).state == "delivered"
        care_decisions.close(case, by="village", on=DAY)
        assert Entitlement.objects.get(pk=case.entitlement_id).state == "confirmed"


def test_a_step_not_taken_in_time_is_overdue(granted: Granted, whole: Any) -> None:
    from doudi.delivery.models import CareCase

    ids = granted(RELIEF)
    with whole():
        cases = _cases(ids)
        late = DAY + datetime.timedelta(days=11)
        assert CareCase.objects.overdue(on=DAY).count() == 0
        assert CareCase.objects.overdue(on=late).filter(pk__in=[c.pk for c in cases]).count() == len(cases)
