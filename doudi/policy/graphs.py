"""Subjects of a snapshot as rows the rule engines walk: a household with its members, loans, hires and village."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from doudi.facts.kinds import Relation, Vocabulary
from doudi.policy import subjects
from doudi.policy.tables import columns_of
from doudi.rules.rows import Row

Ids = dict[str, set[int]]


@dataclass
class Graph:
    """Rows by kind and id, linked both ways. Only relations named in `folds` are followed from one to many."""

    rows: dict[str, dict[int, Row]] = field(default_factory=dict)

    def of(self, kind: str) -> dict[int, Row]:
        """The rows of a kind, by id."""
        return self.rows.get(kind, {})


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
    ids = {kind: set(some) for kind, some in start.items()}
    graph = Graph()
    fresh = {kind: set(some) for kind, some in ids.items() if some}
    while fresh:
        for kind, some in fresh.items():
            graph.rows.setdefault(kind, {}).update(_read(connection, kind, some))
        fresh = _reached(connection, graph, fresh, vocabulary, folds)
    _link(graph, vocabulary, folds)
    return graph


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
            row.facts.update(
                {f"{n}@{values[year]}": v for n, v in zip(names, values, strict=True) if v is not None and n not in (key, "year")}
            )


def _reached(
    connection: duckdb.DuckDBPyConnection,
    graph: Graph,
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
                links = (graph.rows[kind][i].facts.get(f"{relation.name}_id") for i in some if i in graph.rows[kind])
                reached.setdefault(relation.to, set()).update(i for i in links if isinstance(i, int))
    return {kind: new for kind, some in reached.items() if (new := some - graph.rows.get(kind, {}).keys())}


def _children(connection: duckdb.DuckDBPyConnection, relation: Relation, parents: set[int]) -> set[int]:
    if f"{relation.back}_id" not in columns_of(connection, relation.to):
        return set()
    found = connection.execute(
        f'SELECT id FROM "{relation.to}" WHERE {relation.back}_id IN (SELECT unnest(?))', [sorted(parents)]
    ).fetchall()
    return {i for (i,) in found}


def _link(graph: Graph, vocabulary: Vocabulary, folds: frozenset[tuple[str, str]]) -> None:
    for kind, rows in graph.rows.items():
        ones = [r for r in vocabulary.kinds[kind].relations.values() if not r.many]
        manys = [r for r in vocabulary.kinds[kind].relations.values() if r.many and (kind, r.name) in folds]
        for row in rows.values():
            for relation in manys:
                row.manys.setdefault(relation.name, [])
            for relation in ones:
                target = row.facts.pop(f"{relation.name}_id", None)
                row.ones[relation.name] = graph.of(relation.to).get(target) if isinstance(target, int) else None
    for kind in graph.rows:
        for relation in vocabulary.kinds[kind].relations.values():
            if relation.many and (kind, relation.name) in folds:
                _gather(graph, relation)


def _gather(graph: Graph, relation: Relation) -> None:
    for child in sorted(graph.of(relation.to).values(), key=lambda row: row.id):
        parent = child.ones.get(relation.back)
        if parent is not None:
            parent.manys.setdefault(relation.name, []).append(child)
