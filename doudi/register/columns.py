"""Belief documents laid out as typed columns, as every SQL engine sees a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from doudi.facts.kinds import Fact, Kind
from doudi.register.resolution import Cell, believed, oldest_kept
from doudi.rules.types import Type
from doudi.values.refusals import Refusal

Document = Mapping[str, Cell]
_ARROW = {"bool": pa.bool_(), "code": pa.string(), "text": pa.string(), "date": pa.date32()}


def arrow_type(kind: Type) -> pa.DataType:
    """The column type of a fact's type: int64 for every number."""
    return _ARROW.get(kind.name, pa.int64())


def stated(kind: Kind, *, yearly: bool) -> list[Fact]:
    """The facts of a kind that stand in its table, or in its table of years."""
    return [fact for fact in kind.facts.values() if not fact.formula and fact.yearly == yearly]


def facts_table(kind: Kind, ids: Sequence[int], documents: Sequence[Document], as_of: date) -> pa.Table:
    """`id` and one column a stated fact that is not of a year."""
    columns = {"id": pa.array(ids, pa.int64())}
    for fact in stated(kind, yearly=False):
        columns[fact.name] = _column(fact, fact.name, documents, as_of)
    return pa.table(columns)


def years_table(kind: Kind, ids: Sequence[int], documents: Sequence[Document], as_of: date) -> pa.Table:
    """One row for each subject and year of which anything is known, by id and year."""
    facts = stated(kind, yearly=True)
    names = {fact.name for fact in facts}
    years = sorted({int(key.partition("@")[2]) for doc in documents for key in doc if key.partition("@")[0] in names})
    parts = [_of_year(kind, facts, ids, documents, year, as_of) for year in years]
    whole = pa.concat_tables([empty_years(kind), *parts])
    return whole.sort_by([(f"{kind.name}_id", "ascending"), ("year", "ascending")]).combine_chunks()


def empty_years(kind: Kind) -> pa.Table:
    """The table of years without rows."""
    facts = [(fact.name, arrow_type(fact.type)) for fact in stated(kind, yearly=True)]
    return pa.schema([(f"{kind.name}_id", pa.int64()), ("year", pa.int64()), *facts]).empty_table()


def _of_year(
    kind: Kind, facts: Sequence[Fact], ids: Sequence[int], documents: Sequence[Document], year: int, as_of: date
) -> pa.Table:
    columns = [_column(fact, f"{fact.name}@{year}", documents, as_of) for fact in facts]
    known = pc.is_valid(columns[0])
    for column in columns[1:]:
        known = pc.or_(known, pc.is_valid(column))
    arrays = [pa.array(ids, pa.int64()), pa.repeat(pa.scalar(year, pa.int64()), len(ids)), *columns]
    return pa.table(arrays, names=[f"{kind.name}_id", "year", *(fact.name for fact in facts)]).filter(known)


def _column(fact: Fact, key: str, documents: Sequence[Document], as_of: date) -> pa.Array:
    values = _values(fact, [document.get(key) for document in documents], as_of)
    try:
        if fact.type.name == "date":
            return pa.array(values, pa.string()).cast(pa.date32())
        return pa.array(values, arrow_type(fact.type))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise Refusal(
            f"登记的“{fact.zh}”与其类型 {fact.type} 不符:{error}",
            f"what is stated of “{fact.en}” does not fit its type {fact.type}: {error}",
            where=f"{fact.kind}.{key}",
        ) from error


def _values(fact: Fact, cells: list[Any], as_of: date) -> list[Any]:
    """What is believed in each cell, null where nothing is."""
    limit = oldest_kept(fact, as_of)
    return [
        None if cell is None else cell[0] if len(cell) == 4 and cell[3] >= limit else _settle(cell, fact, as_of)
        for cell in cells
    ]


def _settle(cell: Cell, fact: Fact, as_of: date) -> Any:
    word = believed(cell, fact, as_of)
    return word.value if word else None
