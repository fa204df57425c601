"""What the pages of monitoring are asked for: a place, a page, a number in an address."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from doudi.monitoring import agreements
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.values.divisions import is_prefix
from doudi.web.deeds import days
from doudi.web.desk import standings
from doudi.web.desk.areas import Area, area_of
from doudi.web.reader import Reader

LONGEST_NUMBER = 18
SIZE = 20


def area(request: HttpRequest, reader: Reader) -> Area | None:
    """The place asked for, or the widest of the reader; None for who has no place. Raises Http404 outside the duty."""
    place = request.GET.get("place", "")[:12]
    if place and not is_prefix(place):
        raise Http404
    return area_of(reader, place or None)


def prefix(request: HttpRequest, reader: Reader) -> str:
    """The prefix of that place; empty for who has none, whose households the wall picks."""
    found = area(request, reader)
    return found.prefix if found else ""


def number(text: str) -> int:
    """The number in an address. Raises Http404 for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise Http404
    return int(text)


def word(request: HttpRequest, name: str, longest: int = 80) -> str:
    """A word of the query, bounded."""
    return request.GET.get(name, "")[:longest].replace("\0", "")


def compared() -> tuple[Run | None, Pack | None]:
    """The run in force and the pack whose copies are compared, which may be newer; nothing before the first run."""
    run = standings.run_in_force()
    return run, agreements.compared_by(run, on=days.today()) if run else None


def ruled() -> tuple[Run | None, Pack | None]:
    """The run in force and its pack; nothing before the first."""
    run = standings.run_in_force()
    return run, standings.pack_of(run) if run else None
