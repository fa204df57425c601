"""A project from its registration to the last fen, and everything that must not happen on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from doudi.funds import budgets, ledger, payments, settlements
from doudi.funds.budgets import Budget
from doudi.funds.demo.money import card
from doudi.projects import (
    contractors,
    disbursements,
    outlooks,
    preparations,
    projects,
    readiness,
    reports,
    sheet_rows,
    slips,
    starts,
)
from doudi.projects.projects import WHOLE, Contract, Project
from doudi.projects.starts import Start
from doudi.trail.audit import Entry as Line
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from tests.projects.conftest import DAY, NOW
from tests.projects.making import (
    CONTRACT,
    answered,
    at_the_bank,
    decided,
    entry,
    paid,
    payment_of,
    ready,
    registered,
    started,
)

pytestmark = pytest.mark.usefixtures("county")
LATER = DAY + timedelta(days=7)


def refused(act: Callable[[], object], *words: str) -> Refusal:
    """The act is refused in words that hold these, and leaves nothing."""
    with pytest.raises(Refusal) as told, transaction.atomic():
        act()
    for word in words:
        assert word in told.value.zh + told.value.where
    return told.value


def broken(act: Callable[[], object]) -> None:
    """The database itself refuses the act, though an actor is named."""
    with pytest.raises(DatabaseError), carry_out("test", by="tester"), transaction.atomic():
        act()


def progress(project: Project, bp: int, day: date, **more: str) -> None:
    made = reports.report(project, bp, basis="value", by="bureau", on=day, **more)
    reports.decide(made, accepted=True, by="county", on=day)
    project.refresh_from_db()


def test_from_the_checklist_to_the_last_fen() -> None:
    project = registered()
    assert outlooks.of([project], on=DAY)[0].standing == outlooks.UNKNOWN
    ready(project)
    assert outlooks.of([project], on=DAY)[0].standing == outlooks.READY
    decided(project)
    starts.decide(starts.propose(project, by="bureau", on=DAY), agreed=True, by="county", on=DAY)
    project.refresh_from_db()
    assert project.started_on == DAY
    progress(project, 4_000, DAY + timedelta(days=1))
    progress(project, WHOLE, LATER)
    assert outlooks.of([project], on=LATER)[0].standing == outlooks.BUILT
    contractors.record(project, "信用社", card(799_999_998), by="county", on=LATER)
    asked = disbursements.ask(project, CONTRACT, by="bureau", on=LATER)
    assert outlooks.of([project], on=LATER)[0].paid_fen == 0, "asked for is not paid"
    paid(asked, on=LATER)
    found = outlooks.of([project], on=LATER)[0]
    assert (found.standing, found.paid_fen, found.works.end) == (outlooks.CLOSED, CONTRACT, LATER)
    assert not found.late
    made = payment_of(asked)
    assert [made.made_by, made.checked_by, made.paid_by] == ["bureau", "county", "treasurer"]


@pytest.mark.parametrize("item", readiness.ITEMS)
def test_without_one_safety_item_nothing_starts(item: str) -> None:
    project = decided(registered())
    said = {name: name != item for name in readiness.ITEMS}
    readiness.say(project, said, source="bureau", by="bureau", on=DAY, now=NOW)
    refused(lambda: starts.propose(project, by="bureau", on=DAY), "checklist")


def test_an_answer_too_old_is_not_known_any_longer() -> None:
    project = ready(registered(), on=DAY - timedelta(days=31))
    checklist = readiness.of([project], on=DAY)[project.pk]
    assert {answer.item: answer.value for answer in checklist.answers} == {
        "workers_healthy": None, "disinfected": None, "permits_ready": True, "materials_ready": None,
    }  # fmt: skip
    assert [answer.item for answer in checklist.answers if answer.stale] == [
        "workers_healthy", "disinfected", "materials_ready",
    ]  # fmt: skip


def test_an_item_taken_back_after_the_proposal_stops_the_start() -> None:
    project = decided(ready(registered()))
    proposed = starts.propose(project, by="bureau", on=DAY)
    readiness.say(project, {"disinfected": False}, source="bureau", by="bureau", on=DAY, now=NOW)
    refused(lambda: starts.decide(proposed, agreed=True, by="county", on=DAY), "防疫消杀")


def test_what_the_rules_do_not_allow_does_not_start() -> None:
    refused(lambda: starts.propose(ready(registered()), by="bureau", on=DAY), "最近一次运行")


def test_the_database_refuses_a_start_on_a_no() -> None:
    project = decided(ready(registered()))
    proposed = starts.propose(project, by="bureau", on=DAY)
    no = readiness.say(project, {"disinfected": False}, source="bureau", by="bureau", on=DAY, now=NOW)
    broken(
        lambda: Start.objects.filter(pk=proposed.pk).update(
            state="agreed", decided_by="county", decided_on=DAY, disinfected=no
        )
    )


@pytest.mark.parametrize("door", ["start", "report", "check", "slip"])
def test_nobody_decides_what_they_put_forward(door: str) -> None:
    if door == "start":
        proposed = starts.propose(decided(ready(registered())), by="bureau", on=DAY)
        refused(lambda: starts.decide(proposed, agreed=True, by="bureau", on=DAY), "经办人")
        broken(lambda: Start.objects.filter(pk=proposed.pk).update(state="agreed", decided_by="bureau"))
        return
    project = started()
    if door == "report":
        made = reports.report(project, 100, basis="value", by="bureau", on=DAY)
        refused(lambda: reports.decide(made, accepted=True, by="bureau", on=DAY), "经办人")
        broken(lambda: type(made).objects.filter(pk=made.pk).update(state="accepted", decided_by="bureau"))
    elif door == "slip":
        slip = slips.propose(project, "works", date(2020, 7, 9), reason="封路", by="bureau", on=DAY)
        refused(lambda: slips.decide(slip, agreed=True, by="bureau", on=DAY), "经办人")
        broken(lambda: type(slip).objects.filter(pk=slip.pk).update(state="agreed", decided_by="bureau"))
    else:
        progress(project, WHOLE, DAY)
        asked = payment_of(disbursements.ask(project, 5, by="bureau", on=DAY))
        refused(lambda: payments.check([asked.pk], by="bureau", now=NOW), "另一人复核")
        broken(lambda: type(asked).objects.filter(pk=asked.pk).update(state="checked", checked_by="bureau"))


def test_what_is_asked_for_is_set_aside_and_not_one_fen_more_than_the_budget_has() -> None:
    project = started()
    progress(project, WHOLE, DAY)
    budget = Budget.objects.get(measure=disbursements.MEASURE)
    before = ledger.balances(budget)
    budgets.appropriate(budget, 100 - before["available"], document="收回", by="county", on=DAY)
    refused(lambda: disbursements.ask(project, 101, by="bureau", on=DAY), "不够")
    asked = disbursements.ask(project, 100, by="bureau", on=DAY)
    now = ledger.balances(budget)
    assert (now["available"], now["reserved"]) == (0, before["reserved"] + 100)
    disbursements.refuse(asked, answer="金额写错", by="county", on=DAY)
    assert ledger.balances(budget)["available"] == 100
    assert payment_of(asked).state == "stopped"


def test_money_goes_to_the_contracts_builder_or_nowhere() -> None:
    project = started()
    progress(project, WHOLE, DAY)
    made = payment_of(disbursements.ask(project, 7, by="bureau", on=DAY))
    assert made.bank_account is not None
    assert (made.bank_account.holder, made.bank_account.payee_id) == (project.contractor, project.pk)
    other = started()
    progress(other, WHOLE, DAY)
    projects.sign(other, Contract("另一家公司", CONTRACT, 90), by="bureau")
    refused(lambda: disbursements.ask(other, 7, by="bureau", on=DAY), "收款账号")
    refused(lambda: contractors.record(other, "信用社", "十二", by="county", on=DAY), "number")
    refused(lambda: contractors.record(other, " ", card(799_999_999), by="county", on=DAY), "holder")


def test_what_the_bank_refuses_is_paid_anew_or_given_back() -> None:
    project = started()
    progress(project, WHOLE, DAY)
    asked = disbursements.ask(project, 500, by="bureau", on=DAY)
    sent = at_the_bank(asked, on=DAY)
    refused(lambda: disbursements.refuse(asked, answer="不付", by="county", on=DAY), "已交银行")
    answered(sent, "failed", on=DAY, reason="账号与户名不符")
    payments.retry([sent.pk], by="bureau", on=DAY)
    paid(asked, on=LATER)
    assert outlooks.of([project], on=LATER)[0].paid_fen == 500
    refused(lambda: disbursements.refuse(asked, answer="不付", by="county", on=LATER), "已到账")
    settlements.take_back([payment_of(asked).pk], document="退款1号", by="county", on=LATER)
    assert outlooks.of([project], on=LATER)[0].paid_fen == 0
    disbursements.refuse(asked, answer="不再付", by="county", on=LATER)
    project.refresh_from_db()
    assert project.out_fen == 0


def test_progress_goes_back_only_with_a_reason() -> None:
    project = started()
    progress(project, 5_000, DAY)
    refused(lambda: reports.report(project, 4_000, basis="value", by="bureau", on=LATER), "back_reason")
    progress(project, 4_000, LATER, back_reason="质检返工")
    assert project.accepted_bp == 4_000


def test_progress_does_not_go_back_below_what_is_paid_for() -> None:
    project = started()
    progress(project, 5_000, DAY)
    disbursements.ask(project, CONTRACT // 2, by="bureau", on=DAY)
    back = {"basis": "value", "back_reason": "返工", "by": "bureau", "on": LATER}
    refused(lambda: reports.report(project, 4_000, **back), "拨款就超了")  # type: ignore[arg-type]


def test_not_one_fen_beyond_accepted_progress() -> None:
    project = started()
    progress(project, 3_333, DAY)
    most = CONTRACT * 3_333 // WHOLE
    refused(lambda: disbursements.ask(project, most + 1, by="bureau", on=DAY), "最多还能申请")
    asked = disbursements.ask(project, most, by="bureau", on=DAY)
    refused(lambda: disbursements.ask(project, 1, by="bureau", on=DAY), "最多还能申请 0.00")
    disbursements.refuse(asked, answer="金额写错", by="county", on=DAY)
    disbursements.ask(project, most, by="bureau", on=DAY)


@pytest.mark.parametrize(
    "change",
    [
        {"accepted_bp": WHOLE}, {"out_fen": 1}, {"started_on": date(2020, 1, 1)}, {"works_due": date(2020, 7, 31)},
        {"money_due": date(2020, 9, 30)},
    ],
)  # fmt: skip
def test_the_database_lets_nobody_write_past_the_verbs(change: dict[str, object]) -> None:
    project = started()
    broken(lambda: Project.objects.filter(pk=project.pk).update(**change))


def test_what_was_decided_stays() -> None:
    project = started()
    progress(project, 5_000, DAY)
    made = project.reports.get()
    broken(lambda: project.reports.update(done_bp=9_000))
    broken(lambda: project.reports.update(state="waiting", decided_by="", decided_on=None))
    broken(made.delete)
    refused(lambda: reports.decide(made, accepted=False, answer="x", by="county", on=DAY), "处理过")


def test_a_day_moves_only_by_two_persons_with_a_reason() -> None:
    project = started()
    new = date(2020, 7, 31)
    refused(lambda: slips.propose(project, "works", new, reason=" ", by="bureau", on=DAY), "reason")
    refused(lambda: slips.propose(project, "works", date(2020, 9, 1), reason="封路", by="bureau", on=DAY), "new")
    slip = slips.propose(project, "works", new, reason="封路", by="bureau", on=DAY)
    refused(lambda: slips.propose(project, "works", new, reason="封路", by="bureau", on=DAY), "which")
    slips.decide(slip, agreed=True, by="county", on=DAY)
    project.refresh_from_db()
    assert project.works_due == new
    line = Line.objects.filter(table="projects_project", row=str(project.pk)).latest("id")
    assert (line.actor, line.before["works_due"], line.after["works_due"]) == ("county", "2020-06-30", "2020-07-31")


def test_refusing_needs_a_reason() -> None:
    project = started()
    slip = slips.propose(project, "works", date(2020, 7, 1), reason="封路", by="bureau", on=DAY)
    refused(lambda: slips.decide(slip, agreed=False, by="county", on=DAY), "answer")
    made = reports.report(project, 10, basis="value", by="bureau", on=DAY)
    refused(lambda: reports.decide(made, accepted=False, by="county", on=DAY), "answer")


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("code", " ", "code"), ("name", "", "name"), ("kind", "castle", "kind"), ("planned_fen", 0, "planned"),
        ("planned_fen", 10**15, "planned"), ("place", "999999999999", "place"), ("place", "510921110000", "place"),
        ("money_due", date(2020, 6, 29), "money_due"), ("contract", Contract("", 1, 1), "contractor"),
        ("contract", Contract("a", 0, 1), "contract_fen"), ("contract", Contract("a", 1, 0), "contract_days"),
    ],
)  # fmt: skip
def test_what_the_records_cannot_take_is_refused_at_its_field(field: str, value: object, where: str) -> None:
    wrong = replace(entry(), **{field: value})
    assert refused(lambda: projects.register(wrong, by="bureau", on=DAY, now=NOW)).where == where


def test_a_code_is_taken_once() -> None:
    one = registered()
    refused(lambda: projects.register(entry(one.code), by="bureau", on=DAY, now=NOW), "已有记录")


def test_things_to_prepare_are_listed_once_and_noted_once() -> None:
    project = registered()
    thing = preparations.plan(project, "水泥", 20, "吨", LATER, by="bureau")
    refused(lambda: preparations.plan(project, "水泥", 20, "吨", LATER, by="bureau"), "what")
    refused(lambda: preparations.plan(project, "砂", 0, "吨", LATER, by="bureau"), "quantity")
    preparations.make_ready(thing, by="bureau", on=DAY)
    refused(lambda: preparations.make_ready(thing, by="bureau", on=DAY), "ready")


def test_no_progress_before_the_start_nor_before_what_was_accepted() -> None:
    refused(lambda: reports.report(registered(), 10, basis="value", by="bureau", on=DAY), "day")
    project = started()
    progress(project, 100, DAY)
    refused(lambda: reports.report(project, 200, basis="value", by="bureau", on=DAY), "已报过")
    refused(lambda: reports.report(project, 200, basis="value", by="bureau", on=DAY - timedelta(days=1)), "更早")
    refused(lambda: reports.report(project, 10_001, basis="value", by="bureau", on=LATER), "done")
    refused(lambda: reports.report(project, 200, basis="mood", by="bureau", on=LATER), "basis")


@pytest.mark.parametrize(
    ("text", "bp"), [("62.5", 6_250), ("100", WHOLE), ("0", 0), ("7.250", 725), ("３０％", 3_000), (" 12 ", 1_200)]
)
def test_a_share_is_read_as_people_write_it(text: str, bp: int) -> None:
    assert sheet_rows.bp_of(text) == bp


@pytest.mark.parametrize("text", ["", "100.01", "-1", "1e1", "1.234", "१२", "1,5", "0x1", "NaN", "५"])
def test_what_is_no_share_is_refused(text: str) -> None:
    refused(lambda: sheet_rows.bp_of(text), "done")
