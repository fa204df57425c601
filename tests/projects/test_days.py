"""Starts and the two days: any order of acts, and of attempts past the verbs, against a small model."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from doudi.projects import readiness, reports, slips, starts
from doudi.projects.projects import WHOLE, Project
from doudi.projects.slips import Slip
from doudi.trail.commands import carry_out
from tests.projects.conftest import DAY, NOW
from tests.projects.machines import Machine
from tests.projects.making import decided, registered

EXAMPLES, STEPS = 12, 50
WEEK, KEEPS = timedelta(days=7), timedelta(days=30)
PEOPLE = st.sampled_from(["bureau", "county", "county2"])
WORDS = st.sampled_from(["", "  ", "雨季,路基未干"])
WHICH = st.sampled_from([slips.WORKS, slips.MONEY])
NEW = st.integers(-4, 4)  # weeks beside one of the days that are


class Days(Machine):
    """The model: what the checklist says since when, whether the rules said yes, the start, and the two days."""

    agreed = moved = 0

    @initialize()
    def begin(self) -> None:
        self.project, self.day, self.minute = registered(), DAY, 0
        self.said: dict[str, tuple[bool, date]] = {}
        self.yes = False
        self.start: Any = None  # the row, who proposed it, its day, its state
        self.begun: date | None = None
        self.accepted = 0
        self.due = {slips.WORKS: self.project.works_due, slips.MONEY: self.project.money_due}
        self.waiting: dict[str, tuple[Slip, str, date]] = {}
        self.settled: list[Slip] = []

    def holds(self, on: date) -> bool:
        """All four items are known to hold on a day: said by then, and not too long ago but for the permits."""
        return len(self.said) == len(readiness.ITEMS) and all(
            value and about <= on and (name == "permits_ready" or on - about <= KEEPS)
            for name, (value, about) in self.said.items()
        )

    def in_order(self, which: str, new: date) -> bool:
        days = self.due | {which: new}
        return days[slips.MONEY] >= days[slips.WORKS]

    @rule(weeks=st.sampled_from([1, 1, 3]))
    def wait(self, weeks: int) -> None:
        self.day += weeks * WEEK

    @rule(items=st.sets(st.sampled_from(readiness.ITEMS), min_size=1), value=st.sampled_from([True, True, False]))
    def say(self, items: set[str], value: bool) -> None:
        self.minute += 1
        now = datetime.combine(self.day, NOW.timetz()) + timedelta(minutes=self.minute)
        said = dict.fromkeys(items, value)
        readiness.say(self.project, said, source="bureau", by="bureau", on=self.day, now=now)
        self.said |= dict.fromkeys(items, (value, self.day))

    @rule()
    def complete(self) -> None:
        self.say(set(readiness.ITEMS), True)

    @rule()
    def run_says_yes(self) -> None:
        if not self.yes:
            decided(self.project)
            self.yes = True

    @rule()
    def begin_works(self) -> None:
        """The whole way at once, so that much happens after it too."""
        if self.start is None:
            self.complete()
            self.run_says_yes()
            self.propose_start("bureau")
            self.decide_start("county", True, "")

    @rule(by=PEOPLE)
    def propose_start(self, by: str) -> None:
        fits = self.start is None and self.yes and self.holds(self.day)
        made = self.tried(lambda: starts.propose(self.project, by=by, on=self.day), fits)
        if made:
            self.start = (made, by, self.day)

    @rule(by=PEOPLE, agreed=st.sampled_from([True, True, False]), answer=WORDS)
    def decide_start(self, by: str, agreed: bool, answer: str) -> None:
        if self.start is None:
            return
        made, proposer, day = self.start
        fits = self.begun is None and by != proposer and (self.holds(day) if agreed else bool(answer.strip()))
        done = self.tried(lambda: starts.decide(made, agreed=agreed, answer=answer, by=by, on=self.day), fits)
        if done and agreed:
            self.begun = day
            type(self).agreed += 1
        elif done:
            self.start = None

    @rule(by=PEOPLE)
    def report(self, by: str) -> None:
        """Progress is told only of works that have begun."""
        self.day += WEEK
        bp = min(WHOLE, self.accepted + 500)
        made = self.tried(
            lambda: reports.report(self.project, bp, basis="value", by=by, on=self.day), self.begun is not None
        )
        if made:
            reports.decide(made, accepted=True, by=next(p for p in ("county", "bureau") if p != by), on=self.day)
            self.accepted = bp

    @rule(which=WHICH, beside=WHICH, weeks=NEW, reason=WORDS, by=PEOPLE)
    def propose_day(self, which: str, beside: str, weeks: int, reason: str, by: str) -> None:
        new = self.due[beside] + weeks * WEEK
        fits = bool(reason.strip()) and new != self.due[which] and which not in self.waiting
        made = self.tried(
            lambda: slips.propose(self.project, which, new, reason=reason, by=by, on=self.day),
            fits and self.in_order(which, new),
        )
        if made:
            self.waiting[which] = (made, by, new)

    @rule(which=WHICH, by=PEOPLE, agreed=st.booleans(), answer=WORDS)
    def decide_day(self, which: str, by: str, agreed: bool, answer: str) -> None:
        if which not in self.waiting:
            return
        made, proposer, new = self.waiting[which]
        fits = by != proposer and (self.in_order(which, new) if agreed else bool(answer.strip()))
        done = self.tried(lambda: slips.decide(made, agreed=agreed, answer=answer, by=by, on=self.day), fits)
        if done:
            del self.waiting[which]
            self.settled.append(made)
            if agreed:
                self.due[which] = new
                type(self).moved += 1

    @rule(which=st.integers(0, 5), by=PEOPLE)
    def decide_again(self, which: int, by: str) -> None:
        if which < len(self.settled):
            self.tried(lambda: slips.decide(self.settled[which], agreed=True, by=by, on=self.day), False)

    @rule(column=st.sampled_from(["works_due", "money_due", "started_on"]), weeks=st.integers(1, 9))
    def past_the_verbs(self, column: str, weeks: int) -> None:
        """Whoever writes the day straight into the table is refused by the database."""
        type(self).played += 1
        old = getattr(Project.objects.get(pk=self.project.pk), column) or self.day
        try:
            with carry_out("test", by="tester"), transaction.atomic():
                Project.objects.filter(pk=self.project.pk).update(**{column: old + weeks * WEEK})
        except DatabaseError:
            return
        raise AssertionError(f"{column} moved without a decision")

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "settled"):
            now = Project.objects.get(pk=self.project.pk)
            assert (now.works_due, now.money_due) == (self.due[slips.WORKS], self.due[slips.MONEY])
            assert (now.started_on, now.accepted_bp) == (self.begun, self.accepted)
            assert self.moved_to() == self.due, "the days decided lead from the first to today's"

    def moved_to(self) -> dict[str, date]:
        days = {slips.WORKS: self.project.works_due, slips.MONEY: self.project.money_due}
        for each in Slip.objects.filter(project=self.project, state=starts.AGREED).order_by("decided_on", "pk"):
            assert each.decided_by not in ("", each.proposed_by)
            days[each.which] = each.new
        return days


def test_any_order_of_acts_starts_and_moves_days_only_as_the_model_does(county: None) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    limits = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=checks,
        derandomize=True, database=None,
    )  # fmt: skip
    Days.played = Days.agreed = Days.moved = 0
    run_state_machine_as_test(Days, settings=limits)
    assert Days.played > EXAMPLES * STEPS // 3
    assert Days.agreed, "no works ever began: the machine shows nothing"
    assert Days.moved, "no day was ever moved: the machine shows nothing"
