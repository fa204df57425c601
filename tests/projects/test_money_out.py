"""Not one fen beyond accepted progress: any order of acts against a small model, and sixteen writers at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from doudi.access.scope import as_engine
from doudi.funds import ledger, payments
from doudi.funds.budgets import Budget
from doudi.funds.demo import banking
from doudi.projects import disbursements, reports
from doudi.projects.disbursements import ORIGIN, Disbursement
from doudi.projects.projects import WHOLE, Project
from doudi.projects.reports import Report
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from tests.projects.conftest import DAY, NOW
from tests.projects.machines import Machine
from tests.projects.making import CONTRACT, answered, payment_of, started

WRITERS, STEPS = 16, 2_000
PEOPLE = st.sampled_from(["bureau", "county", "county2"])


class Money(Machine):
    """The model: what is accepted, what is out, and who did what to each report and sum."""

    @initialize()
    def begin(self) -> None:
        self.project, self.day = started(), DAY
        self.accepted = self.out = 0
        self.budget = Budget.objects.get(measure=disbursements.MEASURE)
        books = ledger.balances(self.budget)
        self.spent, self.reserved = books["spent"], books["reserved"]
        self.reports: list[tuple[Report, str, int, bool]] = []
        self.sums: list[dict[str, Any]] = []

    @rule(bp=st.integers(0, WHOLE), by=PEOPLE, reason=st.sampled_from(["", "返工"]))
    def report(self, bp: int, by: str, reason: str) -> None:
        self.day += timedelta(days=1)
        fits = (bp >= self.accepted or bool(reason)) and self.out <= CONTRACT * bp // WHOLE
        made = self.tried(
            lambda: reports.report(self.project, bp, basis="value", back_reason=reason, by=by, on=self.day), fits
        )
        if made:
            self.reports.append((made, by, bp, bool(reason)))

    @rule(which=st.integers(0, 5), by=PEOPLE, accepted=st.booleans())
    def decide(self, which: int, by: str, accepted: bool) -> None:
        if which >= len(self.reports):
            return
        made, reporter, bp, reason = self.reports[which]
        late = made.day > max((r.day for r in self.project.reports.filter(state="accepted")), default=DAY)
        fits = (bp >= self.accepted or reason) and self.out <= CONTRACT * bp // WHOLE and late
        done = self.tried(
            lambda: reports.decide(made, accepted=accepted, answer="再核", by=by, on=self.day),
            by != reporter and (fits or not accepted),
        )
        if done:
            self.reports.pop(which)
            self.accepted = bp if accepted else self.accepted

    @rule(part=st.integers(0, 12_000), extra=st.integers(-1, 1), by=PEOPLE)
    def ask(self, part: int, extra: int, by: str) -> None:
        left = CONTRACT * self.accepted // WHOLE - self.out
        fen = left * part // WHOLE + extra
        made = self.tried(lambda: disbursements.ask(self.project, fen, by=by, on=self.day), 0 < fen <= left)
        if made:
            self.out += fen
            self.sums.append({"row": made, "fen": fen, "made": by, "state": "made"})

    @rule(which=st.integers(0, 5), by=PEOPLE)
    def check(self, which: int, by: str) -> None:
        if which < len(self.sums):
            held = self.sums[which]
            fits = held["state"] == "made" and by != held["made"]
            if self.tried(lambda: payments.check([payment_of(held["row"]).pk], by=by, now=NOW), fits):
                held.update(state="checked", checked=by)

    @rule(which=st.integers(0, 5), back=st.booleans())
    def bank(self, which: int, back: bool) -> None:
        """A batch of a maker and a checker of its own, sent by the treasurer and answered."""
        if which < len(self.sums) and self.sums[which]["state"] == "checked":
            held = self.sums[which]
            sent = self.tried(lambda: banking.send([payment_of(held["row"]).pk], on=self.day), True)
            assert sent
            held["state"] = "failed" if back else "paid"
            answered(payment_of(held["row"]), held["state"], on=self.day, reason="户名不符" if back else "")

    @rule(which=st.integers(0, 5), by=PEOPLE)
    def retry(self, which: int, by: str) -> None:
        if which < len(self.sums):
            held = self.sums[which]
            pk = payment_of(held["row"]).pk
            if self.tried(lambda: payments.retry([pk], by=by, on=self.day), held["state"] == "failed"):
                held.update(state="made", made=by)

    @rule(which=st.integers(0, 5))
    def stop(self, which: int) -> None:
        if which < len(self.sums):
            held = self.sums[which]
            fits = held["state"] in ("made", "checked", "stopped")
            ids = [held["row"].pk]
            self.tried(lambda: payments.stop(ORIGIN, ids, reason="暂停", by="county", on=self.day) + 1, fits)
            held["state"] = "stopped" if fits else held["state"]

    @rule(which=st.integers(0, 5), by=PEOPLE)
    def refuse(self, which: int, by: str) -> None:
        if which < len(self.sums):
            held = self.sums[which]
            fits = held["state"] not in ("paid", "refused")
            verb = lambda: disbursements.refuse(held["row"], answer="金额有误", by=by, on=self.day)  # noqa: E731
            if self.tried(verb, fits):
                self.out -= held["fen"]
                self.sums.pop(which)

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "project"):
            now = Project.objects.get(pk=self.project.pk)
            assert (now.accepted_bp, now.out_fen) == (self.accepted, self.out)
            assert now.out_fen <= CONTRACT * now.accepted_bp // WHOLE
            found = {each.origin_id: each.state for each in disbursements.payments_for(self.project)}
            assert all(found[each["row"].pk] == each["state"] for each in self.sums)
            paid = sum(fen for _, _, fen in disbursements.paid([now], on=self.day))
            assert paid == sum(each["fen"] for each in self.sums if each["state"] == "paid")
            books = ledger.balances(self.budget)
            assert books["spent"] - self.spent == paid
            assert books["reserved"] - self.reserved == now.out_fen - paid


def test_any_order_of_acts_agrees_with_the_model(county: None) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    limits = settings(max_examples=40, stateful_step_count=60, deadline=None, suppress_health_check=checks)
    Money.played = 0
    while Money.played < STEPS:
        run_state_machine_as_test(Money, settings=limits)


@pytest.fixture
def really(built: None, django_db_blocker: Any) -> Any:
    """Connections that commit, on the county of this file; closed again afterwards."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()


def half_done() -> Project:
    with transaction.atomic(), as_engine():
        project = started()
        made = reports.report(project, WHOLE // 2, basis="value", by="bureau", on=DAY)
        reports.decide(made, accepted=True, by="county", on=DAY)
    return project


@pytest.mark.parametrize("way", ["verb", "table"])
def test_sixteen_writers_get_what_is_there_and_not_a_fen_more(really: None, way: str) -> None:
    project = half_done()
    most = CONTRACT * (WHOLE // 2) // WHOLE
    fen, got = most // 10 + 1, []
    at_once = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        try:
            at_once.wait(30)
            with transaction.atomic(), as_engine():
                got.append(_ask(project, fen, f"writer{number}", way).pk)
        except (Refusal, DatabaseError):
            pass
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    with transaction.atomic(), as_engine():
        assert len(got) == 9  # nine of them fit, a tenth would be a few fen beyond
        assert Project.objects.get(pk=project.pk).out_fen == 9 * fen <= most
        assert set(Disbursement.objects.filter(project=project).values_list("pk", flat=True)) == set(got)


def _ask(project: Project, fen: int, by: str, way: str) -> Disbursement:
    """Through the verb, or past it into the table: the database keeps the bound by itself."""
    if way == "verb":
        return disbursements.ask(project, fen, by=by, on=DAY)
    with carry_out("test", by=by):
        return Disbursement.objects.create(
            project=project, place_code=project.place_code, fen=fen, asked_by=by, asked_on=DAY
        )
