"""The ledger of suspected problems and the four steps of a check: who may do what next, and what is kept of it."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from doudi.access.scope import as_engine
from doudi.monitoring import checks, need_decisions, needs, reviews, suspicions
from doudi.monitoring.models import Check, Need, Review, Suspicion, SuspicionStep
from doudi.policy import quality
from doudi.register.demo.places import QINGGANG
from doudi.register.models import Household
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 9, tzinfo=datetime.UTC)
HELPER, VILLAGE, TOWN, COUNTY = "helper", "village", "town", "county"


@pytest.fixture
def household(run: Any) -> Any:
    with transaction.atomic(), as_engine():
        yield Household.objects.filter(place_code=QINGGANG).order_by("pk").first()


@pytest.fixture
def line(household: Household) -> Suspicion:
    return suspicions.raise_one(household, "收入像是编的", step=suspicions.VILLAGE, by=VILLAGE, on=DAY)


def move(one: Suspicion, *verdicts: str) -> Suspicion:
    for verdict in verdicts:
        one = suspicions.move(one, verdict, f"因为{verdict}", by=TOWN, on=DAY)
    return one


def test_a_line_goes_back_to_the_village_and_a_visit_and_ends(line: Suspicion) -> None:
    done = move(line, "return", "answer", "visit", "visited", "settle")
    assert (done.state, done.due_on) == ("settled", None)
    assert [step.verdict for step in done.steps.all()] == ["raise", "return", "answer", "visit", "visited", "settle"]


@pytest.mark.parametrize("verdict", ["answer", "visited"])
def test_a_step_it_does_not_stand_at_is_refused(line: Suspicion, verdict: str) -> None:
    with pytest.raises(Refusal):
        move(line, verdict)


@pytest.mark.parametrize("ended", ["settle", "reject"])
def test_what_ended_stays_so(line: Suspicion, ended: str) -> None:
    move(line, ended)
    for verdict in suspicions.MOVES:
        with pytest.raises(Refusal):
            move(line, verdict)


def test_no_step_without_a_reason(line: Suspicion) -> None:
    with pytest.raises(Refusal):
        suspicions.move(line, "settle", "  ", by=TOWN, on=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        SuspicionStep.objects.create(
            suspicion=line, household=line.household, place_code=line.place_code, verdict="settle", reason="", by=TOWN,
            on_day=DAY, command_id=uuid.uuid4(),
        )  # fmt: skip


def test_what_is_late_is_counted(line: Suspicion) -> None:
    after = DAY + datetime.timedelta(days=suspicions.DAYS["open"] + 1)
    assert line in Suspicion.objects.overdue(on=after)
    assert line not in Suspicion.objects.overdue(on=DAY)


# -- the four steps


@pytest.fixture
def check(household: Household) -> Check:
    given = {"reached": "phone", "reached_whom": "本人", "facts": [], "read_back": True, "agrees": "yes"}
    made = checks.record(household.pk, given, by=HELPER, now=NOW, key=uuid.uuid4())
    return Check.objects.get(pk=made.check_id)


def test_a_check_waits_for_the_village_then_for_the_town_then_for_the_county(check: Check, run: Any) -> None:
    assert check in reviews.unmarked(since=DAY)
    review = reviews.mark(check, "right", by=VILLAGE, on=DAY)
    assert check not in reviews.unmarked(since=DAY)
    assert review in Review.objects.waiting_for_town()
    review = reviews.decide(review, "accept", by=TOWN, on=DAY)
    assert review in Review.objects.waiting_for_county()
    reading = quality.open_findings(run, places=["510921"])
    found = sum(each.household_id == check.household_id for name in reading.pack.checks for each in
                reading.listed(name, most=10**6)[1])  # fmt: skip
    counts = reviews.look_through([review], reading, by=COUNTY, on=DAY)
    review.refresh_from_db()
    assert counts == {"closed": int(not found), "suspect": int(bool(found))}
    assert review.state == ("suspect" if found else "closed")
    lines = Suspicion.objects.filter(household=check.household_id, raised_at="county")
    assert bool(lines) == bool(found)
    again = reviews.look_through([review], reading, by=COUNTY, on=DAY)
    assert again == {"closed": 0, "suspect": int(bool(found))}
    assert Suspicion.objects.filter(household=check.household_id, raised_at="county").count() == lines.count()


def test_what_the_countys_checks_find_is_on_the_ledger_once(run: Any) -> None:
    reading = quality.open_findings(run, places=["510921"])
    spoken_of = next(e for n in reading.pack.checks for e in reading.listed(n)[1] if e.household_id is not None)
    with transaction.atomic(), as_engine():
        given = {"reached": "phone", "reached_whom": "本人", "facts": []}
        made = checks.record(spoken_of.household_id, given, by=HELPER, now=NOW, key=uuid.uuid4())
        review = reviews.mark(Check.objects.get(pk=made.check_id), "right", by=VILLAGE, on=DAY)
        reviews.decide(review, "accept", by=TOWN, on=DAY)
        for _ in range(2):
            assert reviews.look_through([review], reading, by=COUNTY, on=DAY)["suspect"] == 1
        lines = Suspicion.objects.filter(household=spoken_of.household_id, raised_at="county")
        assert lines.count() == lines.values("finding").distinct().count() > 0


def test_wrong_wants_a_reason_and_goes_on_the_ledger(check: Check) -> None:
    with pytest.raises(Refusal):
        reviews.mark(check, "wrong", by=VILLAGE, on=DAY)
    reviews.mark(check, "wrong", why="人已外出", by=VILLAGE, on=DAY)
    assert Suspicion.objects.get(check_id=check.pk).what == "人已外出"


def test_helper_village_and_town_are_three_persons(check: Check) -> None:
    with pytest.raises(Refusal):
        reviews.mark(check, "right", by=HELPER, on=DAY)
    review = reviews.mark(check, "right", by=VILLAGE, on=DAY)
    for who in (HELPER, VILLAGE):
        with pytest.raises(Refusal):
            reviews.decide(review, "accept", by=who, on=DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(state="accepted", decided_by=VILLAGE, decided_on=DAY)


def test_a_check_is_marked_once_and_decided_once(check: Check) -> None:
    review = reviews.mark(check, "right", by=VILLAGE, on=DAY)
    with pytest.raises(Refusal):
        reviews.mark(check, "right", by=VILLAGE, on=DAY)
    reviews.decide(review, "return", reason="电话没接,重核", by=TOWN, on=DAY)
    with pytest.raises(Refusal):
        reviews.decide(review, "accept", by=TOWN, on=DAY)


@pytest.mark.parametrize("verdict", ["return", "visit"])
def test_sending_it_on_wants_a_reason(check: Check, verdict: str) -> None:
    review = reviews.mark(check, "right", by=VILLAGE, on=DAY)
    with pytest.raises(Refusal):
        reviews.decide(review, verdict, by=TOWN, on=DAY)
    assert reviews.decide(review, verdict, reason="看一看", by=TOWN, on=DAY).decided_by == TOWN


# -- needs


@pytest.fixture
def need(household: Household) -> Need:
    Need.objects.filter(household=household).delete()
    return needs.note(household.pk, ["sell"], origin="patrol", by=VILLAGE, on=DAY)[0]


def test_a_need_is_proposed_decided_and_met(need: Need, run: Any) -> None:
    measures = run.pack.pack.measures
    measure = need_decisions.offers("sell", measures)[0]
    need_decisions.propose(need, measure, measures=measures, by=VILLAGE, on=DAY)
    done = need_decisions.decide(need, measure, reason="", measures=measures, by=TOWN, on=DAY)
    assert (done.state, done.measure, done.decided_by) == ("decided", measure, TOWN)
    assert need_decisions.meet(need, "商会买走了", by=TOWN, on=DAY).state == "met"
    with pytest.raises(Refusal):
        need_decisions.refuse(need, "不", by=TOWN, on=DAY)


def test_a_measure_that_does_not_meet_it_is_refused(need: Need, run: Any) -> None:
    with pytest.raises(Refusal):
        need_decisions.decide(need, "08a_loan_extension", reason="", measures=run.pack.pack.measures, by=TOWN, on=DAY)


def test_no_and_help_without_a_measure_want_a_reason(need: Need, run: Any) -> None:
    with pytest.raises(Refusal):
        need_decisions.refuse(need, " ", by=TOWN, on=DAY)
    with pytest.raises(Refusal):
        need_decisions.decide(need, "", reason="", measures=run.pack.pack.measures, by=TOWN, on=DAY)
