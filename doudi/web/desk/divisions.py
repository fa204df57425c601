"""Places as they stood on a day: county, towns, villages under the names of then, with who lived there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.places import lineage, names
from doudi.places.divisions import Place, Succession
from doudi.register import population
from doudi.web.desk import successions
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


class Asked(forms.Form):
    """The day the tree is to speak of."""

    on = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


@dataclass(slots=True)
class Node:
    """One place of a day: its name then, and how many households and persons lived there (None: not the reader's)."""

    place: Place
    name: str
    households: int = 0
    persons: int = 0
    parts: list[Node] = field(default_factory=list)


@permission("place.read")
def show_tree(request: HttpRequest) -> HttpResponse:
    """The tree as of a day; 400 for a day that is none."""
    reader, asked = reader_of(request), Asked(request.GET)
    if not asked.is_valid():
        context = {"problem": _("日期要写成 2020-02-27 这样,请改正。"), "day": timezone.localdate()}
        return show(request, "desk/divisions.html", context, status=400)
    day = asked.cleaned_data["on"] or timezone.localdate()
    towns = tree_of(day, counted=reader.may("household.read"))
    context = {
        "day": day,
        "towns": towns,
        "villages": sum(len(town.parts) for town in towns),
        "counted": reader.may("household.read"),
        "households": sum(town.households for town in towns),
        "persons": sum(town.persons for town in towns),
        "changes": changes(),
        "may_load": reader.may("map.load"),
        "may_list": reader.may("place.load"),
    }
    return show(request, "desk/divisions.html", context)


def tree_of(day: date, *, counted: bool) -> list[Node]:
    """The towns in force on a day with their villages; counts are of what lies in the reader's scope."""
    places = list(Place.objects.in_force(on=day).exclude(level=Place.COUNTY))
    former = names.names_on([place.code for place in places], on=day)
    homes, people = (population.households(day), population.persons(day)) if counted else ({}, {})
    nodes = {p.code: Node(p, former.get(p.code, p.name), homes.get(p.code, 0), people.get(p.code, 0)) for p in places}
    for node in nodes.values():
        town = nodes.get(node.place.town_code)
        if town is not None:
            town.parts.append(node)
            town.households += node.households
            town.persons += node.persons
    return [node for node in nodes.values() if node.place.level == Place.TOWN]


def changes() -> list[dict[str, Any]]:
    """Every succession, newest first: what ended, what it became, why."""
    found: dict[tuple[date, str], dict[str, Any]] = {}
    steps = list(Succession.objects.order_by("-on_day", "old_code", "new_code"))
    named = place_names({code for step in steps for code in (step.old_code, step.new_code)})
    for step in steps:
        row = found.setdefault(
            (step.on_day, step.old_code),
            {"day": step.on_day, "old": named[step.old_code], "new": [], "reason": step.reason},
        )
        row["new"].append(named[step.new_code])
    return list(found.values())


def place_names(codes: set[str]) -> dict[str, Place]:
    """The places of some codes; every code of a succession is one."""
    return {place.code: place for place in Place.objects.filter(code__in=codes)}


@permission("place.read")
def show_one(request: HttpRequest, code: str) -> HttpResponse:
    """One place: its names and days, what it was before and became, and what the county officer may do about it."""
    return page_of(request, place_of(code))


def place_of(code: str) -> Place:
    """The place of a code of twelve digits, or Http404."""
    found = Place.objects.filter(code=code.replace("\0", "")).first()
    if found is None:
        raise Http404
    return found


def page_of(request: HttpRequest, place: Place, problem: str = "", **more: Any) -> HttpResponse:
    """The page, with what was typed and what was wrong with it."""
    reader, today = reader_of(request), timezone.localdate()
    before, after = _steps(lineage.forerunners([place.code], on=date.max)[place.code], place), _after(place)
    context = {
        "place": place,
        "names": _spans(place),
        "before": before,
        "after": after,
        "picture": successions.draw(place, [*before, *after]),
        "counts": _counts(place, today, reader),
        "may_change": reader.may("place.merge") and place.level != Place.COUNTY and place.until_day is None,
        "targets": _targets(place, today),
        "typed": {
            name: request.POST.get(name, "")[:500].replace("\0", "") for name in ("name", "on", "into", "reason")
        },
        "problem": problem,
        "day": today,
        "preview": None,
        **more,
    }
    return show(request, "desk/division.html", context, status=422 if problem else 200)


def _spans(place: Place) -> list[dict[str, Any]]:
    """The names a place has borne, oldest first, each from when until when."""
    rows, begun = [], place.from_day
    for former in names.FormerName.objects.filter(place_code=place.code).order_by("until_day"):
        rows.append({"name": former.name, "from": begun, "until": former.until_day})
        begun = former.until_day
    return [*rows, {"name": place.name, "from": begun, "until": place.until_day}]


def _steps(codes: frozenset[str], place: Place) -> list[dict[str, Any]]:
    """What flowed into a place, over every step."""
    steps = Succession.objects.filter(old_code__in=codes - {place.code}, new_code__in=codes).order_by(
        "on_day", "old_code"
    )
    return _told(list(steps))


def _after(place: Place) -> list[dict[str, Any]]:
    """What a place became, over every step."""
    found: list[Succession] = []
    waiting, seen = [place.code], {place.code}
    while waiting:
        for step in Succession.objects.filter(old_code=waiting.pop()).order_by("on_day", "new_code"):
            found.append(step)
            if step.new_code not in seen:
                seen.add(step.new_code)
                waiting.append(step.new_code)
    return _told(found)


def _told(steps: list[Succession]) -> list[dict[str, Any]]:
    named = place_names({code for step in steps for code in (step.old_code, step.new_code)})
    return [{"step": step, "old": named[step.old_code], "new": named[step.new_code]} for step in steps]


def _counts(place: Place, day: date, reader: Reader) -> dict[str, int] | None:
    """Households and persons living there today, within the reader's scope."""
    if not reader.may("household.read"):
        return None
    homes, people = population.households(day, place.prefix), population.persons(day, place.prefix)
    return {"households": sum(homes.values()), "persons": sum(people.values())}


def _targets(place: Place, day: date) -> list[Place]:
    """Where it could be merged into: its like, neighbours of its town first."""
    like = Place.objects.in_force(on=day).filter(level=place.level).exclude(code=place.code)
    return sorted(like, key=lambda other: (other.town_code != place.town_code, other.code))
