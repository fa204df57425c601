"""The part of the county a page speaks of, as far as the reader's duty reaches."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from doudi.places.divisions import LENGTHS, LEVELS, Place
from doudi.values.divisions import is_prefix
from doudi.web.reader import Reader


@dataclass(frozen=True, slots=True)
class Area:
    """A county, a town or a village. `prefix` is what the codes of everything in it begin with."""

    prefix: str
    name: str
    level: str

    @property
    def part_length(self) -> int:
        """How many digits name a part of it: towns of a county, villages of a town; a village is its own part."""
        return {6: 9, 9: 12}.get(len(self.prefix), 12)


def area_of(reader: Reader, prefix: str | None) -> Area | None:
    """The area asked for, or without one the widest of the reader; None when the reader's duty names no place.

    Raises Http404 outside the duty, just as for a code that is no place.
    """
    if prefix is None:
        widest = sorted(reader.scope.places, key=lambda code: (len(code), code))
        return _named(widest[0]) if widest else None
    if not is_prefix(prefix) or not any(prefix.startswith(code) for code in reader.scope.places):
        raise Http404
    return _named(prefix)


def _named(prefix: str) -> Area:
    place = Place.objects.filter(code=prefix.ljust(12, "0"), level=LEVELS[len(prefix)]).first()
    if place is None and len(prefix) == max(LEVELS):
        raise Http404
    return Area(prefix, place.name if place else prefix, LEVELS[len(prefix)])


def parts_of(area: Area) -> list[Place]:
    """The towns of a county or the villages of a town, by code; nothing below a village."""
    if len(area.prefix) == max(LEVELS):
        return []
    level = LEVELS[area.part_length]
    return list(Place.objects.filter(level=level, code__startswith=area.prefix).order_by("code"))


def trail_of(area: Area, reader: Reader) -> list[Area]:
    """The areas above this one that the reader may open, widest first."""
    shorter = [length for length in sorted(LENGTHS.values()) if length < len(area.prefix)]
    above = [area.prefix[:length] for length in shorter]
    return [_named(prefix) for prefix in above if any(prefix.startswith(code) for code in reader.scope.places)]


def villages_of(reader: Reader) -> list[Place]:
    """Every village the reader's places hold, by code."""
    found: dict[str, Place] = {}
    for code in reader.scope.places:
        for place in Place.objects.filter(level=Place.VILLAGE, code__startswith=code):
            found[place.code] = place
    return [found[code] for code in sorted(found)]
