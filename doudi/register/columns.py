"""Belief documents laid out as typed columns, as every SQL engine sees a snapshot."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from doudi.facts.kinds import Fact, Kind
from doudi.register.resolution import Flat, oldest_kept, settle
from doudi.rules.types import Type
from doudi.values.refusals import Refusal

_ARROW = {"bool": pa.bool_(), "code": pa.string(), "text": pa.string(), "date": pa.date32()}


def arrow_type(kind: Type) -> pa.DataType:
    """The column type of a fact's type: int64 for every number."""
    return _ARROW.get(kind.name, pa.int64())


def stated(kind: Kind, *, yearly: bool) -> list[Fact]:
    """The facts of a kind that stand in its table, or in its table of years."""
    return [fact for fact in kind.facts.values() if not fact.formula and fact.yearly == yearly]


class Cells:
    """What is believed of a kind's subjects on a day, by fact: `ids`, and under each key one value a subject.

    Filled in batches, because a column gathered from 25,000 documents one after another misses every cache.
    """

    def __init__(self, kind: Kind, years: Iterable[int], as_of: date) -> None:
        self.kind = kind
        self.years = sorted(years)
        plain = [(fact.name, fact) for fact in stated(kind, yearly=False)]
        yearly = [(f"{fact.name}@{year}", fact) for fact in stated(kind, yearly=True) for year in self.years]
        self.facts = dict(plain + yearly)
        self.limits = {key: oldest_kept(fact, as_of) for key, fact in self.facts.items()}
        self.ids: list[int] = []
        self.columns: dict[str, list[Any]] = {key: [] for key in self.facts}

    def extend(self, ids: Iterable[int], documents: Iterable[Mapping[str, Flat]]) -> None:
        """Take in a batch of flattened documents."""
        self.ids.extend(ids)
        rows = [list(map(document.get, self.facts)) for document in documents]
        for key, cells in zip(self.facts, zip(*rows, strict=True), strict=False):
            self.columns[key].extend(
                _settled(cells, self.facts[key], self.limits[key]) if list in map(type, cells) else cells
            )


def _settled(cells: Iterable[Flat], fact: Fact, limit: str) -> list[Any]:
    """The value of each cell; the two common cases stand here, for there are a million cells."""
    return [
        cell
        if type(cell) is not list
        else cell[0]
        if len(cell) == 2 and cell[1] >= limit
        else settle(cell, fact, limit)
        for cell in cells
    ]


def facts_table(cells: Cells) -> pa.Table:
    """`id` and one column a stated fact that is not of a year."""
    columns = {"id": pa.array(cells.ids, pa.int64())}
    for fact in stated(cells.kind, yearly=False):
        columns[fact.name] = _column(fact, cells.columns[fact.name])
    return pa.table(columns)


def years_table(cells: Cells) -> pa.Table:
    """One row for each subject and year of which anything is known, by id and year."""
    parts = [_of_year(cells, year) for year in cells.years]
    return in_order(pa.concat_tables([empty_years(cells.kind), *parts]), f"{cells.kind.name}_id", "year")


def in_order(table: pa.Table, *keys: str) -> pa.Table:
    """The rows by their keys, in one piece."""
    return table.sort_by([(key, "ascending") for key in keys]).combine_chunks()


def empty_years(kind: Kind) -> pa.Table:
    """The table of years without rows."""
    facts = [(fact.name, arrow_type(fact.type)) for fact in stated(kind, yearly=True)]
    return pa.schema([(f"{kind.name}_id", pa.int64()), ("year", pa.int64()), *facts]).empty_table()


def _of_year(cells: Cells, year: int) -> pa.Table:
    facts, key = stated(cells.kind, yearly=True), f"{cells.kind.name}_id"
    found = [_column(fact, cells.columns[f"{fact.name}@{year}"]) for fact in facts]
    known = functools.reduce(pc.or_, map(pc.is_valid, found))
    arrays = [pa.array(cells.ids, pa.int64()), pa.repeat(pa.scalar(year, pa.int64()), len(cells.ids)), *found]
    return pa.table(arrays, names=[key, "year", *(fact.name for fact in facts)]).filter(known)


def _column(fact: Fact, values: Sequence[Any]) -> pa.Array:
    try:
        if fact.type.name == "date":
            return pa.array(values, pa.string()).cast(pa.date32())
        return pa.array(values, arrow_type(fact.type))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise Refusal(
            f"登记的“{fact.zh}”与其类型 {fact.type} 不符:{error}",
            f"what is stated of “{fact.en}” does not fit its type {fact.type}: {error}",
            where=f"{fact.kind}.{fact.name}",
        ) from error
