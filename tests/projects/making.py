"""A project to work on: registered, ready, decided, started, as far as a test needs it."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from doudi.funds import payments, settlements
from doudi.funds.demo import banking
from doudi.funds.demo.money import BANK, card
from doudi.funds.payments import Payment
from doudi.funds.settlements import Settled
from doudi.policy.decisions import Standing
from doudi.projects import contractors, disbursements, projects, readiness, starts
from doudi.projects.disbursements import Disbursement
from doudi.projects.projects import Contract, Entry, Project
from doudi.trail.commands import carry_out
from tests.projects.conftest import DAY, NOW

VILLAGE = "510921110212"
CONTRACT = 1_000_003  # fen: no share of it is round
SIGNED = Contract("演示建筑公司", CONTRACT, 90)
_numbers = itertools.count(1)


def entry(code: str = "", *, contract: Contract | None = SIGNED) -> Entry:
    return Entry(
        code=code or f"T{next(_numbers):05d}", name="测试道路", kind="road", owner="村委会", bureau="县交通局",
        place=VILLAGE, planned_fen=2_000_000, works_due=date(2020, 6, 30), money_due=date(2020, 8, 31),
        contract=contract,
    )  # fmt: skip


def registered() -> Project:
    return projects.register(entry(), by="bureau", on=DAY, now=NOW)


def ready(project: Project, *, on: date = DAY) -> Project:
    readiness.say(project, dict.fromkeys(readiness.ITEMS, True), source="bureau", by="bureau", on=on, now=NOW)
    return project


def decided(project: Project) -> Project:
    """As if the next run had said yes to a start: the standing of a project that may."""
    for standing in Standing.objects.filter(subject_kind="project").select_related("decision__run"):
        if starts.verdict_of(standing.decision, starts.START) == 1:
            Standing.objects.create(
                pack_name=standing.pack_name, subject_kind="project", subject_id=project.item_id,
                place_code=project.place_code, decision=standing.decision,
            )  # fmt: skip
            return project
    raise AssertionError("the demo county decides yes for no project")


def started(*, on: date = DAY - timedelta(days=7)) -> Project:
    project = decided(ready(registered(), on=on))
    starts.decide(starts.propose(project, by="bureau", on=on), agreed=True, by="county", on=on)
    project.refresh_from_db()
    contractors.record(project, BANK, card(800_000_000 + project.pk), by="county", on=on)
    return project


def payment_of(asked: Disbursement) -> Payment:
    return disbursements.payments_of([asked])[asked.pk]


def at_the_bank(asked: Disbursement, *, on: date) -> Payment:
    """Checked by another, in a batch, with the bank."""
    payments.check([payment_of(asked).pk], by="county", now=banking.noon(on))
    assert banking.send([payment_of(asked).pk], on=on)
    return payment_of(asked)


def answered(payment: Payment, state: str, *, on: date, reason: str = "") -> None:
    """What the bank says of it."""
    with carry_out("test", by="county") as act:
        settlements.settle([Settled(payment.pk, state, reason)], command=act.id, by="county", on=on, document="回单")


def paid(asked: Disbursement, *, on: date) -> None:
    answered(at_the_bank(asked, on=on), "paid", on=on)
