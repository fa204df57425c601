"""Labour transfer in the demo county: seats granted in one town, openings, a bus on its way and workers who wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.delivery import grants, journeys, matches, openings
from doudi.delivery.matches import MEASURE, Match
from doudi.delivery.models import Passenger
from doudi.delivery.openings import Offer, Opening
from doudi.policy.runs import Run
from doudi.register.demo.places import FENGMING
from doudi.values.refusals import Refusal

GRANTED, APPROVED, TODAY = date(2020, 2, 20), date(2020, 2, 25), date(2020, 2, 27)
SOON, LATER = TODAY + timedelta(days=5), TODAY + timedelta(days=9)
COUNTY, TOWN, BUREAU, VILLAGE = "county", "town", "bureau", "village"
ORGANISER = "县人力资源和社会保障局"
OFFERS = (
    ("浙江宁波", "宁波某服装厂", "缝纫工", False, 450_000, 60, "declaration", SOON),
    ("广东东莞", "东莞某电子厂", "装配工", False, 520_000, 90, "temperatures", LATER),
    ("四川成都", "成都某食品厂", "包装工", True, 400_000, 40, "declaration", SOON),
    ("四川遂宁", "遂宁高新区某工地", "普工", True, 480_000, 30, "certificate", LATER),
)
SEATS = 45


def load(run: Run) -> dict[str, int]:
    """Grant, ask, answer, put on journeys; one has left and nobody has arrived yet, so no fact is changed.

    Inside the demo's own transaction.
    """
    with transaction.atomic(), as_engine():
        try:
            made = grants.grant(run, MEASURE, places=[FENGMING], by=COUNTY, on=GRANTED)
        except Refusal:  # a small demo where nobody has a yes
            return {"granted": 0}
        _approve(list(made.entitlements.order_by("place_code", "id").values_list("id", flat=True)))
        some = [openings.enter(_offer(row), on=GRANTED, by=BUREAU) for row in OFFERS]
        _ask(some)
        boarded = _travel(some[0], leaves=True)
        _travel(some[2], leaves=False)
        return {"granted": made.entitlements.count(), "asked": Match.objects.count(), "on_their_way": boarded}


def _approve(ids: Sequence[int]) -> None:
    """The town has approved all but a few, the bureau nine in ten of those."""
    if town := [number for at, number in enumerate(ids) if at % 20]:
        grants.advance(town, "town", "accept", by=TOWN, on=APPROVED)
    if both := [number for at, number in enumerate(town) if at % 10]:
        grants.advance(both, "labour_bureau", "accept", by=BUREAU, on=APPROVED)


def _offer(row: tuple[str, str, str, bool, int, int, str, date]) -> Offer:
    destination, employer, work, inside, wage, seats, rule, day = row
    return Offer(employer, work, destination, inside, wage, seats, rule, day, day)


def _ask(some: Sequence[Opening]) -> None:
    """A third of the willing at most are asked; of ten, eight agree, one says no, one has not answered."""
    willing = list(matches.willing().filter(state="deliverable").values_list("person", flat=True))
    share = max(1, len(willing) // 5)
    for at, opening in enumerate(some):
        chosen = willing[at * share : (at + 1) * share][: opening.seats]
        for number, each in enumerate(matches.ask(opening, chosen, on=APPROVED, by=BUREAU) if chosen else ()):
            if number % 10 != 9:
                matches.answer(each, agrees=number % 10 != 8, on=APPROVED, by=VILLAGE)


def _travel(opening: Opening, *, leaves: bool) -> int:
    """A bus with its list; declared but for one in seven. Answers how many boarded."""
    agreed = list(Match.objects.filter(opening=opening, state=matches.AGREED).values_list("pk", flat=True)[:SEATS])
    if not agreed:
        return 0
    day = TODAY if leaves else opening.report_on
    trip = journeys.Trip(journeys.BUS, ORGANISER, opening.destination, day, SEATS)
    bus = journeys.arrange(trip, on=APPROVED, by=BUREAU)
    journeys.enlist(bus, agreed, by=BUREAU)
    ids = list(Passenger.objects.filter(journey=bus).values_list("pk", flat=True))
    fit = [number for at, number in enumerate(ids) if at % 7 != 6]
    journeys.declare(fit, fit=True, on=TODAY, by=VILLAGE)
    if not leaves:
        return 0
    stopped = journeys.hindered(bus, on=TODAY)
    aboard = [number for number in ids if number not in stopped]
    if aboard:
        journeys.depart(bus, aboard, on=TODAY, by=BUREAU)
    return len(aboard)
