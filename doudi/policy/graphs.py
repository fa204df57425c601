"""Subjects of a snapshot as rows the rule engines walk: a household with its members, loans, hires and village."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from doudi.facts.kinds import Relation, Vocabulary
from doudi.policy import subjects
from doudi.policy.tables import columns_of
from doudi.register.graphs import Graph
from doudi.rules.rows import Row

Ids = dict[str, set[int]]
Rows = dict[str, dict[int, Row]]


def build(
    connection: duckdb.DuckDBPyConnection,
    start: Mapping[str, Iterable[int]],
    *,
    vocabulary: Vocabulary,
    folds: frozenset[tuple[str, str]],
) -> Graph:
    """The rows of `start` and of everything their rules can reach.

    `folds` are the to-many relations (kind, name) to follow: following `place.households` loads whole villages, so it
    is followed only where a rule folds over it. A relation not followed is absent, hence unknown: never empty.
    """
    rows: Rows = {}
    fresh = {kind: some for kind, ids in start.items() if (some := set(ids))}
    while fresh:
        for kind, some in fresh.items():
            rows.setdefault(kind, {}).update(_read(connection, kind, some))
        fresh = _reached(connection, rows, fresh, vocabulary, folds)
    _link(rows, vocabulary, folds)
    return Graph(rows={(kind, row.id): row for kind, some in rows.items() for row in some.values()})


def around(
    connection: duckdb.DuckDBPyConnection,
    *,
    households: Iterable[int],
    vocabulary: Vocabulary,
    folds: frozenset[tuple[str, str]],
    villages: Iterable[int] = (),
    others: Mapping[str, Iterable[int]] | None = None,
) -> Graph:
    """The rows of whole households and whole villages: their members, loans, hires and whatever else is theirs."""
    start: Ids = {kind: set(ids) for kind, ids in (others or {}).items()}
    start.setdefault("household", set()).update(households)
    start.setdefault("place", set()).update(villages)
    codes = sorted(f"{village:012d}" for village in start["place"])
    homes = sorted(start["household"])
    for kind in vocabulary.kinds:
        if columns_of(connection, kind):
            owned = connection.execute(
                f"SELECT id FROM ({subjects.belonging(connection, kind, vocabulary, county='')})"
                " WHERE household_id IN (SELECT unnest(?)) OR place_code IN (SELECT unnest(?))",
                [homes, codes],
            ).fetchall()
            start.setdefault(kind, set()).update(i for (i,) in owned)
    return build(connection, start, vocabulary=vocabulary, folds=folds)


def _read(connection: duckdb.DuckDBPyConnection, kind: str, ids: set[int]) -> dict[int, Row]:
    names = columns_of(connection, kind)
    if not names:
        return {}
    wanted = sorted(ids)
    cursor = connection.execute(f'SELECT * FROM "{kind}" WHERE id IN (SELECT unnest(?))', [wanted])
    at = names.index("id")
    rows = {}
    for values in cursor.fetchall():
        facts = {n: v for n, v in zip(names, values, strict=True) if v is not None and n != "id"}
        rows[values[at]] = Row(kind, values[at], facts, {}, {})
    _read_years(connection, kind, wanted, rows)
    return rows


def _read_years(connection: duckdb.DuckDBPyConnection, kind: str, ids: list[int], rows: dict[int, Row]) -> None:
    names = columns_of(connection, f"{kind}_year")
    if not names:
        return
    key = f"{kind}_id"
    cursor = connection.execute(f'SELECT * FROM "{kind}_year" WHERE {key} IN (SELECT unnest(?))', [ids])
    at, year = names.index(key), names.index("year")
    for values in cursor.fetchall():
        row = rows.get(values[at])
        if row is not None:
            known = [(n, v) for n, v in zip(names, values, strict=True) if v is not None and n not in (key, "year")]
            row.facts.update({f"{name}@{values[year]}": value for name, value in known})


def _reached(
    connection: duckdb.DuckDBPyConnection,
    rows: Rows,
    fresh: Ids,
    vocabulary: Vocabulary,
    folds: frozenset[tuple[str, str]],
) -> Ids:
    reached: Ids = {}
    for kind, some in fresh.items():
        for relation in vocabulary.kinds[kind].relations.values():
            if relation.many:
                if (kind, relation.name) in folds:
                    reached.setdefault(relation.to, set()).update(_children(connection, relation, some))
            else:
                links = (rows[kind][i].facts.get(f"{relation.name}_id") for i in some if i in rows[kind])
                reached.setdefault(relation.to, set()).update(i for i in links if isinstance(i, int))
    return {kind: new for kind, some in reached.items() if (new := some - rows.get(kind, {}).keys())}


def _children(connection: duckdb.DuckDBPyConnection, relation: Relation, parents: set[int]) -> set[int]:
    if f"{relation.back}_id" not in columns_of(connection, relation.to):
        return set()
    found = connection.execute(
        f'SELECT id FROM "{relation.to}" WHERE {relation.back}_id IN (SELECT unnest(?))', [sorted(parents)]
    ).fetchall()
    return {i for (i,) in found}


def _link(rows: Rows, vocabulary: Vocabulary, folds: frozenset[tuple[str, str]]) -> None:
    for kind, some in rows.items():
        relations = vocabulary.kinds[kind].relations.values()
        followed = [r for r in relations if r.many and (kind, r.name) in folds]
        ones = [r for r in relations if not r.many]
        for row in some.values():
            row.manys = {relation.name: [] for relation in followed}
            for relation in ones:
                target = row.facts.pop(f"{relation.name}_id", None)
                row.ones[relation.name] = rows.get(relation.to, {}).get(target) if isinstance(target, int) else None
    for kind in rows:
        for relation in vocabulary.kinds[kind].relations.values():
            if relation.many and (kind, relation.name) in folds:
                _gather(rows, relation)


def _gather(rows: Rows, relation: Relation) -> None:
    for _, child in sorted(rows.get(relation.to, {}).items()):
        parent = child.ones.get(relation.back)
        if parent is not None:
            parent.manys[relation.name].append(child)
