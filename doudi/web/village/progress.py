"""How far each part of an area is: doors looked at, checks at each of their steps, suspected problems, needs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from doudi.monitoring import reviews, suspicions
from doudi.monitoring.needs import Need
from doudi.monitoring.patrols import PatrolLine
from doudi.monitoring.reviews import Review
from doudi.monitoring.suspicions import Suspicion
from doudi.places.divisions import Place
from doudi.register.households import Household
from doudi.web.desk.areas import Area, parts_of


@dataclass(frozen=True, slots=True)
class Part:
    """A town or village: numbers of households, checks, problems and needs. Unmarked checks wait for the village."""

    place: Place
    prefix: str
    doors: int
    looked: int
    unmarked: int
    marked: int
    accepted: int
    problems: int
    needs: int


def parts(area: Area, *, on: date, fresh: int, back: int) -> list[Part]:
    """The parts of an area, by code. A door is looked at within `fresh` days; checks are those of `back` days."""
    length, held = area.part_length, _numbers(area, on=on, fresh=fresh, back=back)
    named = [(each, each.code[:length]) for each in parts_of(area)]
    return [Part(each, prefix, **{name: found[prefix] for name, found in held.items()}) for each, prefix in named]


def _numbers(area: Area, *, on: date, fresh: int, back: int) -> dict[str, dict[str, int]]:
    since = on - timedelta(days=fresh - 1)
    open_lines = (suspicions.OPEN, suspicions.RETURNED, suspicions.VISIT)
    homes = Household.objects.filter(residences__until_day=None)
    return {
        "doors": _by_part(homes, area, "pk"),
        "looked": _by_part(PatrolLine.objects.since(since), area, "household"),
        "unmarked": _by_part(reviews.unmarked(since=on - timedelta(days=back)), area, "pk"),
        "marked": _by_part(Review.objects.all().waiting_for_town(), area, "pk"),
        "accepted": _by_part(Review.objects.all().waiting_for_county(), area, "pk"),
        "problems": _by_part(Suspicion.objects.filter(state__in=open_lines), area, "pk"),
        "needs": _by_part(Need.objects.live().exclude(state="decided"), area, "pk"),
    }


def _by_part(found: QuerySet[Any], area: Area, what: str) -> dict[str, int]:
    here = found.filter(place_code__startswith=area.prefix).order_by()
    rows = here.annotate(part=Substr("place_code", 1, area.part_length)).values("part")
    return defaultdict(int, rows.annotate(number=Count(what, distinct=True)).values_list("part", "number"))
