"""What every noun's rows are made of: places, rows, the oracle's words on who sees one, the whole register in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

COUNTY, TOWN, SIBLING, VILLAGE, ELSEWHERE = "510921", "510921110", "510921102", "510921110212", "110101"
OTHER_COUNTY = "110101001001"
PLACES = (COUNTY, TOWN, SIBLING, VILLAGE, ELSEWHERE)
PACK = "pengxi_2020"


@dataclass(frozen=True, slots=True)
class Row:
    """One real row: what fills the address, the code of the place it stands at, whose it is, which household's."""

    arguments: Mapping[str, str]
    place: str = ""
    owner: str = ""
    household: int = 0


@dataclass(frozen=True, slots=True)
class Noun:
    """How the rows are made, and who sees one: `sees(reader, row, world)`, where the permission is theirs already."""

    make: Callable[[], Iterable[Row]]
    sees: Callable[[str, Row, Any], bool]


def within(place: str, duty: str | None) -> bool:
    """Whether a place lies in that of a duty."""
    return bool(duty) and place.startswith(str(duty))


def here(reader: str, row: Row, world: Any) -> bool:
    """By the place alone."""
    return within(row.place, world.place_of(reader))


def own(reader: str, row: Row, world: Any) -> bool:
    """Nobody's but one's own."""
    return row.owner == reader


def everybody(reader: str, row: Row, world: Any) -> bool:
    """Of the whole county: whoever has the permission."""
    return True


def anybody(reader: str, row: Row, world: Any) -> bool:
    """Published: without signing in."""
    return True


def of_household(reader: str, row: Row, world: Any) -> bool:
    """By the place, or paired with the reader."""
    return bool(here(reader, row, world) or row.household in world.helped(reader))


@contextmanager
def acting(by: str) -> Any:
    """The whole register in sight, and somebody acting."""
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.trail.commands import carry_out

    with transaction.atomic(), carry_out("test", by=by), as_engine():
        yield


def run_in_force() -> Any:
    """The run the demo county is decided by."""
    from doudi.policy.runs import Run

    return Run.objects.in_force(PACK)
