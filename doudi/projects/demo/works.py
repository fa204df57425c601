"""Projects of the demo county: sixty over its villages, most started in January, with their weeks up to the demo's day.

Everything is synthetic and drawn from the county's own seed. Rows go in as the triggers would have them: week by week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Sum

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.funds import budgets, payments
from doudi.funds.budgets import Budget
from doudi.funds.demo import banking
from doudi.funds.demo.money import BANK, FROM, card
from doudi.places.divisions import Place
from doudi.projects import contractors, disbursements, readiness
from doudi.projects.demo.trades import OWNERS, THINGS, TRADES, Trade
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
MAKER, CHECKER = "bureau", "county"
CARDS = 900_000_000  # contractors' card numbers begin here, beyond every household's


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
    beliefs.resolve([("project", each.project.item_id) for each in started], vocabulary=vocabulary)
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
    """Two parts of what was accepted are paid through the bank; of some a third is asked for, or checked."""
    _give()
    paid: dict[date, list[int]] = {}
    for each in Project.objects.filter(pk__in=[m.project.pk for m in made], accepted_bp__gt=500).order_by("pk"):
        contractors.record(each, BANK, card(CARDS + each.pk), by=CHECKER, on=FROM)
        for fen, day in _parts(each, on):
            paid.setdefault(day, []).append(_asked(each, fen, day - timedelta(days=3)))
        if not each.finished and each.pk % 4 == 0:
            waits = _asked(each, each.allowed_fen // 6, on - timedelta(days=1))
            if each.pk % 8 == 0:
                payments.check([waits], by=CHECKER, now=banking.noon(on))
    for day in sorted(paid):
        payments.check(paid[day], by=CHECKER, now=banking.noon(day - timedelta(days=1)))
        if batch := banking.send(paid[day], on=day):
            banking.answer(batch, {}, on=day)


def _give() -> None:
    """The budget of the works: what all of them are planned to cost."""
    budget = Budget.objects.select_related("source").get(measure=disbursements.MEASURE)
    if whole := Project.objects.aggregate(fen=Sum("planned_fen"))["fen"]:
        budgets.appropriate(budget, whole, document=budget.source.document, by=CHECKER, on=FROM)


def _parts(each: Project, on: date) -> list[tuple[int, date]]:
    """What of a project is paid, and when."""
    part = each.allowed_fen * 4 // 10
    found = [(part, on - timedelta(days=14)), (part, on - timedelta(days=8))]
    if each.finished and each.pk % 2:
        found.append((each.allowed_fen - 2 * part, on - timedelta(days=2)))
    return found


def _asked(project: Project, fen: int, day: date) -> int:
    """Ask for a sum; its payment's id."""
    made = disbursements.ask(project, fen, note="按已验收进度", by=MAKER, on=day)
    return disbursements.payments_of([made])[made.pk].pk


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
