"""What the access matrix finds in place of each route's arguments: rows made by the verbs, in every relation.

A noun is one function that makes its rows, named in NOUNS of a file an area; FILL (tests/web/relations.py) says which
route names it. A row says where it stands and whose it is, and a noun's `sees` is the oracle's word on who may open it,
written from the declaration and not from the view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.web.rows import buying, deeds, desk, making, money, monitoring, phone, sheets, telling, watching
from tests.web.rows.base import ELSEWHERE, VILLAGE, Noun, Row, anybody, everybody, within
from tests.web.rows.desk import SENTINELS
from tests.web.rows.making import CHILD

__all__ = ["NOUNS", "SENTINELS", "WHOLE", "WORDS", "Row", "every", "standing"]

WORDS = (*SENTINELS.items(), ("minor", CHILD))  # class, and a word of it

NOUNS: dict[str, Noun] = {
    **desk.NOUNS,
    **phone.NOUNS,
    **monitoring.NOUNS,
    **deeds.NOUNS,
    **buying.NOUNS,
    **money.NOUNS,
    **sheets.NOUNS,
    **watching.NOUNS,
    **telling.NOUNS,
}
WHOLE = {noun for noun, told in NOUNS.items() if told.sees in (everybody, anybody)}  # of no place and no one


def every() -> dict[str, tuple[Row, ...]]:
    """The rows of every noun; nouns made by the same function share theirs."""
    desk.households()
    canary = tuple(desk.sentinels())
    made: dict[Any, tuple[Row, ...]] = {}
    for noun in NOUNS.values():
        if noun.make not in made:
            made[noun.make] = tuple(noun.make())
            making.stay(row.household for row in made[noun.make])
    return {"sentinels": canary, **{name: made[noun.make] for name, noun in NOUNS.items()}}


def standing(rows: Iterable[Row], relation: str, reader: str, duty: str | None) -> Row | None:
    """The row that stands so to the reader; None for `none`. Where none stands so, one beyond the duty, else any."""
    if relation == "none":
        return None
    place = duty or VILLAGE
    found = sorted(rows, key=lambda row: (row.owner != reader, row.owner == ""))
    ways: dict[str, Callable[[Row], bool]] = {
        "own": lambda row: row.owner == reader or (not row.owner and row.place.startswith(place)),
        "ancestor": lambda row: bool(row.place) and place.startswith(row.place) and row.place != place,
        "descendant": lambda row: row.place.startswith(place) and row.place != place,
        "sibling": lambda row: len(row.place) >= 6 and row.place[:6] == place[:6] and not row.place.startswith(place)
        and not place.startswith(row.place),
        "other_county": lambda row: row.place.startswith(ELSEWHERE),
    }  # fmt: skip
    outer = [row for row in found if not within(row.place, duty)]
    return next((row for row in [*filter(ways[relation], found), *outer, *found]), None)
