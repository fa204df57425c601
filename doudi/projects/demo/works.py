"""Projects of the demo county: sixty over its villages, most started in January, with their weeks up to the demo's day.

Everything is synthetic and drawn from the county's own seed. Rows go in as the triggers would have them: week by week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Place
from doudi.projects import readiness
from doudi.projects.demo.trades import OWNERS, THINGS, TRADES, Trade
from doudi.projects.disbursements import ASKED, CHECKED, PAID, Disbursement
from doudi.projects.preparations import Preparation
from doudi.projects.projects import WHOLE, Project
from doudi.projects.readiness import ITEMS, Checklist
from doudi.projects.reports import ACCEPTED, WAITING, Report
from doudi.projects.slips import AGREED, MONEY, WORKS, Slip
from doudi.projects.starts import Start
from doudi.register import beliefs
from doudi.register.demo.dice import Dice
from doudi.register.items import Item
from doudi.register.statements import Statement
from doudi.trail.commands import carry_out

MOST = 60  # of them two in three may start
FIRST_FRIDAY = date(2020, 1, 3)
STILL = (date(2020, 1, 24), date(2020, 2, 10))  # the weeks in which nothing moved
MAKER, CHECKER, PAYER = "bureau", "county", "county2"


@dataclass(frozen=True, slots=True)
class Made:
    """One project and what chance gave it."""

    project: Project
    trade: Trade
    number: int
    started: date | None
    pace: int  # basis points a week


def load(*, on: date, vocabulary: Vocabulary, seed: int, by: str) -> dict[str, int]:
    """Make the projects in a demo county; answers how many, and how many are started."""
    dice = Dice(seed)
    with carry_out("projects.demo.load", by=by, payload=[seed, on.isoformat()]) as act, as_engine():
        made = _projects(_chosen(on), dice, on)
        _start([each for each in made if each.started], vocabulary)
        for day in _fridays(on):
            Report.objects.bulk_create(_week(made, day, on))
        _money(made, on)
        _around(made, on)
        act.result = {"projects": len(made), "started": sum(each.started is not None for each in made)}
    return dict(act.result)


def _chosen(on: date) -> list[Item]:
    """Sixty of the county's projects, two in three of them ready; all of a small county's."""
    items = list(Item.objects.filter(kind="project").order_by("code"))
    ready = readiness.of([Project(id=item.pk, item=item) for item in items], on=on)
    sure = [item for item in items if _sure(ready[item.pk])][: MOST * 2 // 3]
    rest = [item for item in items if item not in sure][: MOST - len(sure)]
    return sorted(sure + rest, key=lambda item: item.code)


def _projects(items: list[Item], dice: Dice, on: date) -> list[Made]:
    n = len(items)
    names = dict(Place.objects.filter(level="village").values_list("code", "name"))
    begin, pace = dice.whole("works start", 0, 4, n).tolist(), dice.whole("works pace", 250, 950, n).tolist()
    planned = (dice.whole("works planned", 12, 180, n) * 1_000_000).tolist()
    fast, goes = dice.chance("works fast", 0.08, n).tolist(), dice.chance("works goes", 0.88, n).tolist()
    rows = []
    for i, item in enumerate(items):
        trade = next((trade for word, trade in TRADES.items() if word in item.label), TRADES[""])
        contract = planned[i] * 95 // 100
        rows.append(
            Project(
                item=item, code=item.code, name=item.label, kind=trade.kind, bureau=trade.bureau,
                owner=OWNERS[i % len(OWNERS)].format(place=names.get(item.place_code, "")), planned_fen=planned[i],
                place_code=item.place_code, contractor=trade.builders[i % len(trade.builders)],
                contract_fen=contract, contract_days=90 + 15 * (i % 5),
                works_due=date(2020, 6, 30), money_due=date(2020, 8, 31),
            )
        )  # fmt: skip
    Project.objects.bulk_create(rows)
    ready = readiness.of(rows, on=on)
    return [
        Made(
            project, next((t for w, t in TRADES.items() if w in project.name), TRADES[""]), i,
            FIRST_FRIDAY + timedelta(weeks=begin[i], days=-2) if goes[i] and _sure(ready[project.pk]) else None,
            2_000 if fast[i] else pace[i],
        )
        for i, project in enumerate(rows)
    ]  # fmt: skip


def _sure(checklist: Checklist) -> bool:
    """Ready, and on the bureau's own word: an earlier word of the bureau then changes no belief."""
    return checklist.standing == readiness.READY and all(answer.source == "bureau" for answer in checklist.answers)


def _start(started: list[Made], vocabulary: Vocabulary) -> None:
    said = []
    for each in started:
        day = each.started or FIRST_FRIDAY
        said.append(
            Statement(
                subject_kind="project", subject_id=each.project.item_id, place_code=each.project.place_code,
                source="bureau", about_day=day, recorded_at=datetime.combine(day, time(2), UTC), recorded_by=MAKER,
                evidence={"kind": "restart_checklist", "demo": True}, facts=dict.fromkeys(ITEMS, True),
            )
        )  # fmt: skip
    Statement.objects.bulk_create(said)
    beliefs.resolve("project", [each.project.item_id for each in started], vocabulary=vocabulary)
    Start.objects.bulk_create(
        Start(
            project=each.project, place_code=each.project.place_code, day=word.about_day, state="agreed",
            proposed_by=MAKER, decided_by=CHECKER, decided_on=word.about_day,
            **dict.fromkeys(ITEMS, word),
        )
        for each, word in zip(started, said, strict=True)
    )  # fmt: skip


def _fridays(on: date) -> Iterator[date]:
    day = FIRST_FRIDAY
    while day <= on:
        yield day
        day += timedelta(weeks=1)


def _week(made: list[Made], day: date, on: date) -> Iterator[Report]:
    """The week's reports; the last week's are still waiting for a few."""
    for each in made:
        if each.started is None or day < each.started or _done(each, day - timedelta(weeks=1)) == WHOLE:
            continue
        waits = day + timedelta(weeks=1) > on and each.number % 6 == 0
        yield Report(
            project=each.project, place_code=each.project.place_code, day=day, done_bp=_done(each, day),
            basis="value" if each.number % 3 else "quantity", reported_by=MAKER,
            note="因疫情停工,仅备料" if STILL[0] <= day < STILL[1] else "",
            **({} if waits else {"state": ACCEPTED, "decided_by": CHECKER, "decided_on": day + timedelta(days=1)}),
        )  # fmt: skip


def _done(each: Made, day: date) -> int:
    """Progress by a day: a pace a week, a fifth of it in the weeks of standstill, a little unevenness."""
    begun = each.started or day
    whole = max(0, (day - begun).days)
    still = max(0, (min(day, STILL[1]) - max(begun, STILL[0])).days)
    days = whole - still + still // 5
    uneven = (each.number * 37 + day.toordinal() // 7 * 53) % 60
    return min(WHOLE, each.pace * days // 7 + uneven) if days > 0 else 0


def _money(made: list[Made], on: date) -> None:
    """Two parts of what was accepted are paid; of some a third is under way."""
    rows = []
    for each in Project.objects.filter(pk__in=[m.project.pk for m in made], accepted_bp__gt=500):
        whole = each.finished
        parts = [
            (each.allowed_fen * 4 // 10, on - timedelta(weeks=3)), (each.allowed_fen * 4 // 10, on - timedelta(days=8)),
        ]  # fmt: skip
        if whole and each.pk % 2:
            parts.append((each.allowed_fen - 2 * parts[0][0], on - timedelta(days=2)))
        for fen, day in parts:
            rows.append(_paid(each, fen, day))
        if not whole and each.pk % 4 == 0:
            rows.append(_asked(each, each.allowed_fen // 6, on, checked=each.pk % 8 == 0))
    Disbursement.objects.bulk_create(rows)


def _paid(project: Project, fen: int, day: date) -> Disbursement:
    return Disbursement(
        project=project, place_code=project.place_code, fen=fen, state=PAID, asked_by=MAKER,
        asked_on=day - timedelta(days=3), checked_by=CHECKER, checked_on=day - timedelta(days=1), paid_by=PAYER,
        paid_on=day, note="按已验收进度",
    )  # fmt: skip


def _asked(project: Project, fen: int, on: date, *, checked: bool) -> Disbursement:
    more: dict[str, Any] = {"state": CHECKED, "checked_by": CHECKER, "checked_on": on} if checked else {"state": ASKED}
    return Disbursement(
        project=project, place_code=project.place_code, fen=fen, asked_by=MAKER, asked_on=on - timedelta(days=1),
        note="按已验收进度", **more,
    )  # fmt: skip


def _around(made: list[Made], on: date) -> None:
    """What those not started prepare, and a few days moved or asked to be moved."""
    waiting = [each for each in made if each.started is None]
    Preparation.objects.bulk_create(
        Preparation(
            project=each.project, place_code=each.project.place_code, what=what, quantity=quantity, unit=unit,
            due=on + timedelta(days=7 + 3 * at), planned_by=MAKER,
            ready_on=on - timedelta(days=1) if (each.number + at) % 3 == 0 else None,
            ready_by=MAKER if (each.number + at) % 3 == 0 else "",
        )
        for each in waiting
        for at, (what, quantity, unit) in enumerate((*THINGS, *each.trade.materials))
    )  # fmt: skip
    slow = [each for each in made if each.started and each.pace < 420]
    for at, each in enumerate(slow[:3]):
        agreed = at == 0
        Slip.objects.create(
            project=each.project, place_code=each.project.place_code, which=MONEY if agreed else WORKS,
            old=date(2020, 8, 31) if agreed else date(2020, 6, 30),
            new=date(2020, 9, 30) if agreed else date(2020, 7, 31),
            reason="封路期间砂石运不进村,停工17天", proposed_by=MAKER, proposed_on=on - timedelta(days=2),
            **({"state": AGREED, "decided_by": CHECKER, "decided_on": on} if agreed else {"state": WAITING}),
        )  # fmt: skip
