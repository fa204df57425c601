"""Rows as the tables SQL engines read: one a kind, yearly facts apart, a link column for each to-one relation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from doudi.facts.kinds import Fact, Kind, Vocabulary
from doudi.rules.rows import Row

_ARROW = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "decimal": pa.int64(),
    "money": pa.int64(),
    "days": pa.int64(),
    "months": pa.int64(),
    "code": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
}


def tables_of(rows: Iterable[Row], vocabulary: Vocabulary) -> dict[str, pa.Table]:
    """The tables of everything that can be reached from the rows, whose ids are unique within a kind.

    Every kind has its table, with a row or without.
    """
    found: dict[str, dict[int, Row]] = {kind: {} for kind in vocabulary.kinds}
    for row in rows:
        for each in row.reachable():
            found[each.kind][each.id] = each
    tables: dict[str, pa.Table] = {}
    for name, kind in vocabulary.kinds.items():
        held = list(found[name].values())
        tables[name] = _plain(kind, held)
        if any(fact.yearly and not fact.formula for fact in kind.facts.values()):
            tables[f"{name}_year"] = _yearly(kind, held)
    return tables


def _stated(kind: Kind, *, yearly: bool) -> list[Fact]:
    return [fact for fact in kind.facts.values() if not fact.formula and fact.yearly == yearly]


def _plain(kind: Kind, rows: list[Row]) -> pa.Table:
    columns: dict[str, Any] = {"id": pa.array([row.id for row in rows], pa.int64())}
    for relation in kind.relations.values():
        if not relation.many:
            links = [row.ones.get(relation.name) for row in rows]
            ids = [link.id if link is not None else None for link in links]
            columns[f"{relation.name}_id"] = pa.array(ids, pa.int64())
    for fact in _stated(kind, yearly=False):
        columns[fact.name] = pa.array([row.facts.get(fact.name) for row in rows], _ARROW[fact.type.name])
    return pa.table(columns)


def _yearly(kind: Kind, rows: list[Row]) -> pa.Table:
    keys = [(row, year) for row in rows for year in sorted({int(key.split("@")[1]) for key in row.facts if "@" in key})]
    columns: dict[str, Any] = {
        f"{kind.name}_id": pa.array([row.id for row, _ in keys], pa.int64()),
        "year": pa.array([year for _, year in keys], pa.int64()),
    }
    for fact in _stated(kind, yearly=True):
        values = [row.facts.get(f"{fact.name}@{year}") for row, year in keys]
        columns[fact.name] = pa.array(values, _ARROW[fact.type.name])
    return pa.table(columns)
