"""How the areas' rows come about: households in every corner of the county, lists carried on, what has moved away."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.utils import timezone

from tests.web.rows.base import ELSEWHERE, OTHER_COUNTY, SIBLING, TOWN, VILLAGE, Row, run_in_force

CHILD = "甄小英"  # who heads a household; what `minor` says of it
BEGUN, UP, DOWN, DONE = (datetime.date(2020, *day) for day in ((2, 28), (3, 1), (3, 12), (3, 13)))
CORNERS = (VILLAGE, TOWN, SIBLING, ELSEWHERE)
ACTORS = {  # by stage, who acts there for the whole county
    "county": "county2",
    "civil_affairs": "bureau",
    "labour_bureau": "bureau",
    "commerce_bureau": "bureau",
    "agriculture_bureau": "bureau",
    "line_bureau": "bureau",
    "insurer": "bureau",
    "bank": "bank",
    "helper_unit": "county2",
    "epidemic_office": "county2",
}


_KEPT: set[int] = set()  # households that stand for a corner already, and so stay where they are


def stay(households: Iterable[int]) -> None:
    """Let no later row move these away."""
    _KEPT.update(households)


@contextmanager
def sighted() -> Iterator[None]:
    """The whole register in sight, as one transaction; each verb is its own command."""
    from django.db import transaction

    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine():
        yield


def corner_of(place: str) -> str:
    """Which corner a village lies in: the village, its town, another town, another county."""
    return next((corner for corner in (VILLAGE, TOWN, ELSEWHERE) if place.startswith(corner)), SIBLING)


@cache
def orphan() -> int:
    """The household of 青杠村 that a child heads, so that the name of its head is shown to fewer."""
    from tests.web.rows.desk import canary

    return _headed_by_child(canary(), CHILD)


def _headed_by_child(but: int, name: str) -> int:
    from doudi.access.users import User
    from doudi.register import statements
    from doudi.register.households import Household
    from doudi.register.pairings import households_of
    from doudi.register.persons import Person
    from doudi.trail.commands import carry_out

    day = datetime.date(2020, 2, 20)
    with sighted(), carry_out("test", by="tester"):
        paired = households_of(User.objects.get(username="helper"), timezone.localdate()) - {but}
        home = Household.objects.filter(pk__in=paired, place_code=VILLAGE, persons__isnull=False).order_by("code")[0]
        head = Person.objects.filter(household=home).order_by("code")[0]
        Household.objects.filter(pk=home.pk).update(head_name=name)
        Person.objects.filter(pk=head.pk).update(name=name)
        statements.record(
            "person", head.pk, {"birth_date": "2019-06-06"}, source="national", about=day, by="tester",
            now=timezone.now(),
        )  # fmt: skip
    return int(home.pk)


@cache
def homes() -> dict[str, Any]:
    """A household in every corner, each with somebody in it: in the village that of the child."""
    from doudi.register.households import Household
    from doudi.register.persons import Person
    from doudi.trail.commands import carry_out

    with sighted(), carry_out("test", by="tester"):
        away = Household.objects.get(code=f"{OTHER_COUNTY}-0001")
        Person.objects.create(
            code="OTHER-1", household=away, name="外县人", place_code=OTHER_COUNTY, recorded_at=timezone.now()
        )
        found = {VILLAGE: Household.objects.get(pk=orphan()), ELSEWHERE: away}
        lived_in = Household.objects.filter(persons__isnull=False).order_by("-code")
        found[TOWN] = lived_in.filter(place_code__startswith=TOWN).exclude(place_code=VILLAGE)[0]
        found[SIBLING] = lived_in.filter(place_code__startswith=SIBLING)[0]
    stay(home.pk for home in found.values())
    return {corner: found[corner] for corner in CORNERS}


def granted(measure: str, *, by: str = "county") -> None:
    """Grant what is left of a measure in the whole county; nothing where nobody is left."""
    from doudi.delivery import grants
    from doudi.values.refusals import Refusal

    with sighted():
        try:
            grants.grant(run_in_force(), measure, by=by, on=BEGUN)
        except Refusal:
            return


def in_corners(measure: str, **more: str) -> list[Any]:
    """An entitlement of a measure in every corner of the county: that elsewhere is the one to be `moved_away`."""
    from doudi.delivery.entitlements import Entitlement

    with sighted():
        rows = Entitlement.objects.live().filter(measure=measure, household__isnull=False, **more)
        rows = rows.exclude(place_code__startswith=ELSEWHERE)
        found: dict[str, list[Any]] = {}
        for row in rows.select_related("household", "person").order_by("id"):
            found.setdefault(corner_of(row.place_code), []).append(row)
    near = [found[corner][0] for corner in (VILLAGE, TOWN, SIBLING) if corner in found]
    stay(row.household_id for row in near)
    return [*near, next(row for row in found[SIBLING] if row.household_id not in _KEPT)]


def moved_away(household: int) -> None:
    """Let a household live in another county: all that is said of it goes with it."""
    from doudi.register import stamping
    from doudi.trail.commands import carry_out

    with sighted(), carry_out("test", by="tester"):
        stamping.follow_move(household, OTHER_COUNTY)


def carry(ids: Iterable[int], *, until: str = "") -> None:
    """Carry entitlements through their stages, each by whoever acts there, to the end or to a stage."""
    from doudi.delivery.entitlements import Entitlement

    with sighted():
        for number in ids:
            while (one := Entitlement.objects.get(pk=number)).stage not in ("", until):
                _act(one)


def _act(one: Any) -> None:
    from doudi.delivery import grants, notices
    from doudi.delivery.stages import NOTICE

    village, town = one.place_code, one.place_code[:9]
    who = {
        "village_review": "village" if village == VILLAGE else f"village{village}",
        "town": "town" if town == TOWN else f"town{town}",
        NOTICE: "county2",
        **ACTORS,
    }[one.stage]
    if one.stage == NOTICE and not one.notice_lines.filter(round=one.round).exists():
        notices.post([one.pk], phone="0825-5420000", by=who, on=UP)
    grants.advance([one.pk], one.stage, "accept", by=who, on=DOWN if one.stage == NOTICE else UP)


def copied(thing: Any, place: str, **changes: Any) -> Any:
    """The same once more in another place: of what belongs to a county, a town, and to no household."""
    from doudi.trail.commands import carry_out

    with sighted(), carry_out("test", by="tester"):
        made = type(thing).objects.get(pk=thing.pk)
        made.pk, made.place_code = None, place.ljust(12, "0")
        for name, value in changes.items():
            setattr(made, name, value)
        made.save(force_insert=True)
    return made


def of(things: Iterable[Any]) -> list[Row]:
    """The rows of things that stand at a place, and where they are of one, of a household."""
    return [
        Row({"number": str(each.pk)}, each.place_code, household=getattr(each, "household_id", None) or 0)
        for each in things
    ]


def refreshed(things: Sequence[Any]) -> list[Any]:
    """The same things as they stand now, wherever their households have gone."""
    with sighted():
        found = type(things[0]).objects.in_bulk([each.pk for each in things])
    return [found[each.pk] for each in things]


def written(columns: Sequence[Any], **cells: str) -> io.BytesIO:
    """A table of a kind with one row: what is told, else its example."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([each.headings[0] for each in columns])
    table.writerow([cells.get(each.field, each.example or "1") for each in columns])
    return io.BytesIO(out.getvalue().encode())
