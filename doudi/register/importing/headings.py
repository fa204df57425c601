"""Which column of a table is which: the header row found by looking, headings matched by any of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches

from doudi.register.importing import units
from doudi.register.importing.profiles import FactColumn, Headings, Profile, normal
from doudi.register.importing.tables import Table
from doudi.values.refusals import Refusal

HEADER_WITHIN = 10  # a header stands among the first ten rows that hold anything
_IDENTITY = ("household_code", "person_code", "person_name", "id_number")
_MOSTLY = 0.5  # a row of which half the cells are headings of the profile is a header, not data


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part or fact stands: its column, and others of the same heading, which must say the same."""

    at: int
    twins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A table's header: its headings, what stands where, and the place among the rows where data begins."""

    table: Table
    words: list[str]
    first: int
    parts: Mapping[str, Place]
    facts: tuple[tuple[Place, FactColumn], ...]

    def used(self) -> set[int]:
        """Every column that is read."""
        places = [*self.parts.values(), *(place for place, _ in self.facts)]
        return {at for place in places for at in (place.at, *place.twins)}


def find(tables: Sequence[Table], profile: Profile) -> Header:
    """The header with most of the profile's headings, of all sheets. Raises Refusal when a required one is lacking."""
    best = max(_candidates(tables, profile), key=lambda found: found[0], default=None)
    if best is None:
        raise Refusal("文件里没有表格", "the file holds no table", tables[0].name if tables else "")
    _, table, first, words = best
    header = _placed(table, first, words, profile)
    for name, headings in profile.required().items():
        if name not in header.parts:
            raise _lacks(table, headings, words)
    return header


def score(tables: Sequence[Table], profile: Profile) -> int:
    """How many of the profile's headings the best header has; 0 without its required ones or any of its signs."""
    try:
        header = find(tables, profile)
    except Refusal:
        return 0
    present = {units.split(normal(word))[0] for word in header.words} | {normal(word) for word in header.words}
    if profile.signs and present.isdisjoint(normal(word) for word in profile.signs):
        return 0
    return len(header.parts) + len({place.at for place, _ in header.facts})


def _candidates(tables: Sequence[Table], profile: Profile) -> Iterator[tuple[float, Table, int, list[str]]]:
    """Each of the first rows, and each with the row above filling its gaps: a heading merged over two rows."""
    known = {normal(word) for words in _all_headings(profile) for word in words}
    for table in tables:
        rows = [cells for _, cells in table.rows[:HEADER_WITHIN]]
        for at, cells in enumerate(rows):
            yield _hits(cells, known), table, at + 1, cells
            if at:
                both = _over(rows[at - 1], cells)
                yield _hits(both, known) - 0.5, table, at + 1, both


def _over(upper: list[str], lower: list[str]) -> list[str]:
    width = max(len(upper), len(lower))
    rows = [(*row, *[""] * (width - len(row))) for row in (upper, lower)]
    return [below if below.strip() else above for above, below in zip(*rows, strict=True)]


def _hits(cells: Sequence[str], known: set[str]) -> float:
    return float(sum(normal(word) in known or units.split(normal(word))[0] in known for word in cells if word))


def is_header(cells: Sequence[str], profile: Profile) -> bool:
    """Whether a row is headings again: column codes under names, or the header of the next printed page."""
    filled = [cell for cell in cells if cell.strip()]
    known = {normal(word) for words in _all_headings(profile) for word in words}
    return len(filled) > 2 and _hits(filled, known) > _MOSTLY * len(filled)


def _all_headings(profile: Profile) -> Iterator[Headings]:
    yield from (words for words in profile.headings.values() if words)
    yield from (column.headings for column in profile.facts)


def _placed(table: Table, first: int, words: list[str], profile: Profile) -> Header:
    """Give every part and fact its column: by the whole heading first, then without the unit in its bracket."""
    whole = [normal(word) for word in words]
    bare = [units.split(word) for word in whole]
    taken: set[int] = set()
    wanted = [*profile.headings.items(), *((column, column.headings) for column in profile.facts)]
    found: dict[int, tuple[int, ...]] = {}
    for number, (what, headings) in enumerate(wanted):
        found[number] = _bearing(headings, whole, any_name=what in _IDENTITY)
        taken.update(found[number])
    for number, (what, headings) in enumerate(wanted):
        if not found[number] and headings:
            names = [name if at not in taken else "" for at, (name, _) in enumerate(bare)]
            found[number] = _bearing(headings, names, any_name=what in _IDENTITY)
    parts = len(profile.headings)
    return Header(
        table,
        words,
        first,
        {name: _place(found[n]) for n, name in enumerate(profile.headings) if found[n]},
        tuple(
            (_place(at), _measured(column, bare[at[0]][1]))
            for n, column in enumerate(profile.facts)
            if (at := found[parts + n])
        ),
    )


def _bearing(headings: Headings, words: Sequence[str], *, any_name: bool) -> tuple[int, ...]:
    """The columns that bear the first of the headings that any bears: an earlier name goes before a later one.

    What says who a row is of must agree in every column of any of its names; of a fact only the first name is read.
    """
    names = [normal(heading) for heading in headings]
    found = [place for name in names for place, word in enumerate(words) if word == name]
    return tuple(found if any_name else [place for place in found if words[place] == words[found[0]]])


def _place(at: tuple[int, ...]) -> Place:
    return Place(at[0], at[1:])


def _measured(column: FactColumn, unit: str) -> FactColumn:
    """The column in the unit its heading tells, if it tells one of the fact's."""
    factor = units.factor(column.fact.unit, unit) if unit else None
    return column if factor is None or factor == column.unit else replace(column, unit=Decimal(factor))


def _lacks(table: Table, words: Sequence[str], header: Sequence[str]) -> Refusal:
    close = [near for word in words for near in get_close_matches(word, header, n=1, cutoff=0.6)]
    zh, en = (f",是否为“{close[0]}”?", f"; is it “{close[0]}”?") if close else ("", "")
    listed = " / ".join(words)
    where = f"{table.name}:{table.sheet}" if table.sheet else table.name
    return Refusal(f"找不到列“{listed}”{zh}", f"there is no column “{listed}”{en}", where)
