"""Loans: told by the bank's list, put off within the pack's limit, lent anew up to the most, never marked overdue."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.values.refusals import Refusal
from tests.delivery.conftest import DAY

Granted = Callable[..., list[int]]
COUNTY = "510921"
EXTENSION, NEW_LOAN, LATER = "08a_loan_extension", "08b_new_small_loan", "08c_later_extension"
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
pytestmark = pytest.mark.django_db


def judged(kind: Any, *rows: dict[str, str]) -> list[Any]:
    found: list[Any] = kind.judge(list(enumerate(rows, 2)), "")
    return found


def written(kind: Any, *rows: dict[str, str], by: str = "bank") -> list[str]:
    """The states of the rows; what is new or changed is written."""
    found = judged(kind, *rows)
    kind.write([row for row in found if row.state in ("new", "changed")], about="", by=by, on=DAY, now=NOW)
    return [row.state for row in found]


@pytest.fixture
def at_bank(granted: Granted, whole: Any) -> Callable[[str], list[Any]]:
    """Entitlements of a measure that the villages have reviewed, so that the bank answers."""
    from doudi.access.scope import as_engine
    from doudi.delivery import grants
    from doudi.delivery.models import Entitlement

    def reviewed(measure: str) -> list[Any]:
        ids = granted(measure, COUNTY)
        with transaction.atomic(), as_engine():
            by_village: dict[str, list[int]] = {}
            for number, place in Entitlement.objects.filter(pk__in=ids).values_list("id", "place_code"):
                by_village.setdefault(place, []).append(number)
            for place, some in by_village.items():
                officer = "village" if place == "510921110212" else f"village{place}"
                grants.advance(some, "village_review", "accept", by=officer, on=DAY)
            return list(Entitlement.objects.filter(pk__in=ids).select_related("household").order_by("id"))

    return reviewed


def reply(held: Any, **said: str) -> dict[str, str]:
    from doudi.register.items import Item

    code = Item.objects.get(pk=held.subject_id).code
    return {"number": str(held.pk), "loan": code, "answer": "同意", "day": "2020-02-27"} | said


def test_the_proposal_shows_old_and_new_day_by_the_rules_months(run: Any, whole: Any) -> None:
    from doudi.delivery import loan_schedules, loans
    from doudi.rules.reckoning import add_months

    assert loans.measures_of(run.pack.pack, "loan") == [EXTENSION, LATER]
    assert loans.measures_of(run.pack.pack, "household") == [NEW_LOAN]
    with whole():
        plan = loan_schedules.propose(run, places=[COUNTY], by="county")
        assert plan
        assert all(each.sound and each.put_off is None and each.measure == EXTENSION for each in plan)
        assert all(each.new == add_months(each.old, each.months) and 1 <= each.months <= 6 for each in plan)
        chosen = [each.item.pk for each in plan[:1]]
        number = loan_schedules.grant(run, chosen, places=[COUNTY], by="county", on=DAY, key=None)
        assert number == 1
        assert len(loan_schedules.propose(run, places=[COUNTY], by="county")) == len(plan) - 1
        with pytest.raises(Refusal, match="under way"):
            loan_schedules.grant(run, chosen, places=[COUNTY], by="county", on=DAY, key=None)


def test_an_agreed_answer_is_stated_delivered_and_the_flag_stays_clean(at_bank: Any, whole: Any) -> None:
    from doudi.delivery import loan_extensions, loans
    from doudi.delivery.models import Entitlement, Loan

    held = at_bank(EXTENSION)
    with whole():
        until = held[0].quantities["new_due_date"]
        assert written(loan_extensions.ANSWERS, reply(held[0])) == ["new"]
        one = Entitlement.objects.get(pk=held[0].pk)
        assert one.state == "delivered"
        loan = Loan.objects.get(item=one.subject_id)
        assert (loan.extended_until.isoformat(), loan.overdue, loan.entitlement_id) == (until, False, one.pk)
        assert loans.facts_of("loan", [one.subject_id])[one.subject_id]["due_date"] == until
        assert written(loan_extensions.ANSWERS, reply(held[0])) == ["same"]
        with pytest.raises(IntegrityError, match="loan_put_off_is_not_overdue"), transaction.atomic():
            _spoil(loan, overdue=True)
        with pytest.raises(IntegrityError, match="loan_put_off_later"), transaction.atomic():
            _spoil(loan, extended_until=loan.due_day)


def _spoil(loan: Any, **what: Any) -> None:
    from doudi.trail.commands import carry_out

    with carry_out("test", by="tester"):
        type(loan).objects.filter(pk=loan.pk).update(**what)


def test_what_the_bank_may_not_answer_is_refused_with_the_reason(at_bank: Any, granted: Granted, whole: Any) -> None:
    from doudi.delivery import loan_extensions
    from doudi.delivery.models import Loan

    held = at_bank(EXTENSION)
    with whole():
        most = datetime.date.fromisoformat(held[0].quantities["new_due_date"])
        late = (most + datetime.timedelta(days=1)).isoformat()
        for said, words in (
            ({"until": late}, "the last the policy allows"),
            ({"until": "2019-01-01"}, "the last the policy allows"),
            ({"overdue": "是"}, "not overdue"),
            ({"answer": "不同意"}, "write why"),
            ({"answer": ""}, "whether the bank agrees"),
            ({"loan": "DK-no"}, "No extension has"),
            ({"number": "9" * 30}, "No extension has"),
            ({"day": ""}, "Write a day"),
            ({"until": "43889"}, "day number"),
        ):
            (row,) = judged(loan_extensions.ANSWERS, reply(held[0], **said))
            assert row.problem is not None, said
            assert words in row.problem.en
        with pytest.raises(Refusal, match="still to come"):
            written(loan_extensions.ANSWERS, reply(held[0], day="2020-02-28"))
        with pytest.raises(Refusal, match="no duty at the stage"):
            written(loan_extensions.ANSWERS, reply(held[0]), by="county")
        assert not Loan.objects.exists()


def test_a_refusal_of_the_bank_keeps_its_reason(at_bank: Any, whole: Any) -> None:
    from doudi.delivery import loan_extensions
    from doudi.delivery.models import Entitlement, Step

    held = at_bank(EXTENSION)
    with whole():
        assert written(loan_extensions.ANSWERS, reply(held[0], answer="不同意", reason="借款人已还清")) == ["new"]
        assert Entitlement.objects.get(pk=held[0].pk).state == "refused"
        assert Step.objects.get(entitlement=held[0].pk, verdict="refuse").reason == "借款人已还清"


def _listed(item: Any, **said: str) -> dict[str, str]:
    told = {"loan": item.code, "household": item.household.code, "amount": "30000", "lent_on": "2017-05-31"}
    return told | {"due_date": "2020-05-31", "used_by": "农户自用", "bank": "信用社", "day": "2020-02-27"} | said


def test_the_banks_list_is_its_word_once(run: Any, whole: Any) -> None:
    from doudi.delivery import loan_dues, loan_lists, loans
    from doudi.delivery.models import Loan
    from doudi.register.items import Item

    with whole():
        item = Item.objects.filter(kind="loan").select_related("household").order_by("id").first()
        assert item is not None
        fresh = _listed(item, loan="XD-2020-1", amount="1,000.50", used_by="企业使用", complete="是")
        assert written(loan_lists.LIST, _listed(item), fresh) == ["changed", "new"]
        facts = loans.facts_of("loan", [item.pk])[item.pk]
        assert (facts["amount"], facts["due_date"]) == (3_000_000, "2020-05-31")
        assert Loan.objects.get(item__code="XD-2020-1").lent_fen == 100_050
        assert [each.item.code for each in loan_dues.asked(on=DAY)] == ["XD-2020-1"]
        assert loans.facts_of("household", [item.household_id or 0])[item.household_id or 0]["loans_complete"] is True
        assert written(loan_lists.LIST, _listed(item)) == ["same"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"amount": "50000.01"}, ""),
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "五万"}, ""),
        ({"due_date": "2020-06-01"}, "within three years"),
        ({"due_date": "2017-05-31"}, "within three years"),
        ({"household": "510921110212-9999"}, "No household"),
        ({"used_by": "亲戚"}, "who uses it"),
        ({"loan": ""}, "number of the loan"),
        ({"day": "昨天"}, "no date"),
    ],
)
def test_a_row_that_is_no_small_loan_stays_out(said: dict[str, str], words: str, run: Any, whole: Any) -> None:
    from doudi.delivery import loan_lists
    from doudi.register.items import Item

    with whole():
        item = Item.objects.filter(kind="loan").select_related("household").order_by("id").first()
        (row,) = judged(loan_lists.LIST, _listed(item, **said))
        assert row.problem is not None
        assert words in row.problem.en


def test_a_list_that_calls_a_loan_put_off_overdue_is_refused(at_bank: Any, whole: Any) -> None:
    from doudi.delivery import loan_extensions, loan_lists
    from doudi.register.items import Item

    held = at_bank(EXTENSION)
    with whole():
        written(loan_extensions.ANSWERS, reply(held[0]))
        item = Item.objects.select_related("household").get(pk=held[0].subject_id)
        until = held[0].quantities["new_due_date"]
        for said, words in (
            ({"due_date": until, "overdue": "是"}, "nothing may enter the credit record"),
            ({"due_date": "2020-03-01"}, "was put off to"),
        ):
            (row,) = judged(loan_lists.LIST, _listed(item, **said))
            assert row.problem is not None
            assert words in row.problem.en
        assert judged(loan_lists.LIST, _listed(item, due_date=until))[0].state == "changed"


def lent(held: Any, **said: str) -> dict[str, str]:
    told = {"number": str(held.pk), "household": held.household.code, "answer": "同意", "loan": f"XF-{held.pk}"}
    return told | {"amount": "100", "lent_on": "2020-02-27", "due_date": "2023-02-27", "bank": "信用社"} | said


def test_a_new_loan_is_recorded_stated_and_delivered(at_bank: Any, whole: Any) -> None:
    from doudi.delivery import loan_lending
    from doudi.delivery.models import Entitlement, Loan

    held = at_bank(NEW_LOAN)
    with whole():
        assert written(loan_lending.LENDING, lent(held[0])) == ["new"]
        loan = Loan.objects.get(entitlement=held[0].pk)
        assert (loan.lent_fen, loan.due_day, loan.household_id) == (
            10_000,
            datetime.date(2023, 2, 27),
            held[0].household_id,
        )
        assert Entitlement.objects.get(pk=held[0].pk).state == "delivered"
        assert written(loan_lending.LENDING, lent(held[0])) == ["same"]
        with pytest.raises(IntegrityError, match="loan_three_years"), transaction.atomic():
            _spoil(loan, due_day=datetime.date(2023, 2, 28))
        with pytest.raises(IntegrityError, match="loan_is_small"), transaction.atomic():
            _spoil(loan, lent_fen=5_000_001)


def test_a_new_loan_over_the_most_or_the_term_is_refused(at_bank: Any, whole: Any) -> None:
    from doudi.delivery import loan_lending

    held = at_bank(NEW_LOAN)
    with whole():
        most = held[0].quantities["most_to_lend"]
        over = f"{(most + 1) / 100:.2f}"
        rows: Sequence[tuple[dict[str, str], str]] = (
            ({"amount": over}, "" if most == 5_000_000 else "may still be lent"),
            ({"due_date": "2023-02-28"}, "within three years"),
            ({"loan": ""}, "number of the new loan"),
            ({"loan": "DK-00001"}, "number of the new loan"),
            ({"answer": "不同意"}, "write why"),
        )
        for said, words in rows:
            (row,) = judged(loan_lending.LENDING, lent(held[0], **said))
            assert row.problem is not None, said
            assert words in row.problem.en
        assert judged(loan_lending.LENDING, lent(held[0], amount=f"{most / 100:.2f}"))[0].problem is None
        twice = judged(loan_lending.LENDING, lent(held[0], loan="X"), lent(held[1], loan="X"))
        assert [row.state for row in twice] == ["new", "refused"]


def test_what_falls_due_is_counted_by_town(run: Any, whole: Any) -> None:
    from doudi.delivery import loan_dues

    with whole():
        rows = loan_dues.by_town(on=DAY)
        for at, within in enumerate(loan_dues.WITHIN):
            assert sum(row.counts[at] for row in rows) == len(loan_dues.ids(COUNTY, within, on=DAY))
        assert sum(row.counts[2] for row in rows) > 0
        assert all(row.counts[0] <= row.counts[1] <= row.counts[2] <= row.total for row in rows)


def test_two_sources_that_differ_leave_one_value_to_work_with(run: Any, whole: Any) -> None:
    """The demo's banks and households do differ; a belief then keeps every word beside the one believed."""
    from doudi.delivery import loan_schedules, loans
    from doudi.register import statements
    from doudi.register.beliefs import Belief
    from doudi.trail.commands import carry_out

    with whole(), carry_out("test", by="tester"):
        one = loan_schedules.propose(run, places=[COUNTY], by="county")[0]
        for source, months in (("household", one.months), ("bank", one.months + 1)):
            said = {"extension_asked": months}
            statements.record("loan", one.item.pk, said, source=source, about=DAY, by="tester", now=NOW)
        kept = Belief.objects.get(subject_kind="loan", subject_id=one.item.pk).facts["extension_asked"]
        assert isinstance(kept, list)
        assert loans.facts_of("loan", [one.item.pk])[one.item.pk]["extension_asked"] == one.months
        again = loan_schedules.propose(run, places=[COUNTY], by="county")
        assert one in again


JULY = datetime.date(2020, 7, 15)
IN_JULY = datetime.datetime(2020, 7, 15, 12, tzinfo=datetime.UTC)


def _say(item: int, **said: Any) -> None:
    from doudi.register import statements
    from doudi.trail.commands import carry_out

    with carry_out("test", by="tester"):
        statements.record("loan", item, said, source="household", about=JULY, by="tester", now=IN_JULY)


def _proposed_in_july(item: int, *, run_again: bool = True) -> tuple[Any, Any]:
    """The run in force in July, and the row of one loan in what it would put off (null where it has none)."""
    from doudi.delivery import loan_schedules
    from doudi.policy import running
    from doudi.policy.runs import Run

    if run_again:
        running.run("pengxi_2020", as_of=JULY, by="county", now=IN_JULY)
    found = Run.objects.in_force("pengxi_2020")
    rows = loan_schedules.propose(found, places=[COUNTY], by="county")
    assert {each.measure for each in rows} <= {LATER}, "the notice of February governs no longer"
    return found, next((each for each in rows if each.item.pk == item), None)


def test_from_july_a_loan_put_off_before_may_run_to_the_last_day(at_bank: Any, whole: Any) -> None:
    from doudi.delivery import grants, loan_extensions, loan_schedules
    from doudi.delivery.models import Entitlement, Loan

    held = min(at_bank(EXTENSION), key=lambda each: each.quantities["new_due_date"])
    with whole():
        written(loan_extensions.ANSWERS, reply(held))
        item, first = held.subject_id, Loan.objects.get(item=held.subject_id).extended_until
        _say(item, repayment_hit=True)
        now, row = _proposed_in_july(item)
        assert row.answered, "the months were asked for, and given, in February"
        with pytest.raises(Refusal, match="answered on 2020-02-27"):
            loan_schedules.grant(now, [item], places=[COUNTY], by="county", on=JULY, key=None)
        _say(item, extension_asked=36)
        _, row = _proposed_in_july(item, run_again=False)
        assert (row.answered, row.stale) == (False, row.new != datetime.date(2021, 3, 31))
        now, row = _proposed_in_july(item)
        assert row.sound
        assert (row.old, row.new, row.months) == (first, datetime.date(2021, 3, 31), 36)
        assert loan_schedules.grant(now, [item], places=[COUNTY], by="county", on=JULY, key=None) == 1
        assert _proposed_in_july(item, run_again=False)[1] is None
        second = Entitlement.objects.select_related("household").get(measure=LATER, subject_id=item)
        place = second.place_code
        officer = "village" if place == "510921110212" else f"village{place}"
        grants.advance([second.pk], "village_review", "accept", by=officer, on=JULY)
        (late,) = judged(loan_extensions.ANSWERS, reply(second, until="2021-04-01", day="2020-07-15"))
        assert late.problem is not None
        (good,) = judged(loan_extensions.ANSWERS, reply(second, day="2020-07-15"))
        loan_extensions.ANSWERS.write([good], about="", by="bank", on=JULY, now=IN_JULY)
        loan = Loan.objects.get(item=item)
        assert (loan.extended_until, loan.entitlement_id) == (datetime.date(2021, 3, 31), second.pk)
        assert loan.due_day < (first or JULY) < loan.extended_until, "the contract's day stays as it was signed"
