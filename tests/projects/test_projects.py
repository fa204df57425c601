"""A project from its registration to the last fen, and everything that must not happen on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from doudi.projects import (
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
from tests.projects.making import CONTRACT, decided, entry, ready, registered, started

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
    asked = disbursements.ask(project, CONTRACT, by="bureau", on=LATER)
    disbursements.pay(disbursements.check(asked, by="county", on=LATER), by="county2", on=LATER)
    found = outlooks.of([project], on=LATER)[0]
    assert (found.standing, found.paid_fen, found.works.end) == (outlooks.CLOSED, CONTRACT, LATER)
    assert not found.late
    lines = Line.objects.filter(table="projects_disbursement", row=str(asked.pk))
    assert [line.actor for line in lines.order_by("id")] == ["bureau", "county", "county2"]


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


@pytest.mark.parametrize("door", ["start", "report", "check", "pay", "payer_is_checker", "slip"])
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
        _money_by_one(project, door)


def _money_by_one(project: Project, door: str) -> None:
    progress(project, WHOLE, DAY)
    asked = disbursements.ask(project, 5, by="bureau", on=DAY)
    rows = type(asked).objects.filter(pk=asked.pk)
    if door == "check":
        refused(lambda: disbursements.check(asked, by="bureau", on=DAY), "经办人")
        broken(lambda: rows.update(state="checked", checked_by="bureau"))
        return
    disbursements.check(asked, by="county", on=DAY)
    by = "county" if door == "payer_is_checker" else "bureau"
    refused(lambda: disbursements.pay(asked, by=by, on=DAY), "经办人")
    broken(lambda: rows.update(state="paid", paid_by=by, paid_on=DAY))


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
