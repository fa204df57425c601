"""The rows the rules of one household read: itself, its members, loans and hires, its village (DESIGN: section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from doudi.access.scope import past_wall
from doudi.facts.kinds import Fact, Vocabulary
from doudi.facts.vocabulary import load as shipped
from doudi.register import resolution
from doudi.register.resolution import Flat, Said, oldest_kept, rank_in, settle
from doudi.rules.nodes import Value
from doudi.rules.rows import Row
from doudi.trail import prepared
from doudi.values.refusals import Refusal

# What a to-one relation to a kind is called among the columns below.
LINKS = {"place": "village", "household": "household", "person": "person"}


@dataclass(slots=True)
class Graph:
    """Rows that point at one another. `beliefs` keeps what is behind each row's facts, flattened."""

    rows: dict[tuple[str, int], Row] = field(default_factory=dict)
    beliefs: dict[tuple[str, int], dict[str, Flat]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Row]:
        """The rows of a kind, by id."""
        return [row for (name, _), row in sorted(self.rows.items(), key=lambda item: item[0]) if name == kind]


def rows_of(
    household_id: int, *, as_of: date, known_at: datetime | None = None, vocabulary: Vocabulary | None = None
) -> Row:
    """The household's row with its members, loans and village. Raises Refusal where there is none on that day."""
    graph = graph_of(household_id, as_of=as_of, known_at=known_at, vocabulary=vocabulary)
    return graph.rows["household", household_id]


def graph_of(
    household_id: int, *, as_of: date, known_at: datetime | None = None, vocabulary: Vocabulary | None = None
) -> Graph:
    """Every row about one household, hires included, read past the wall as an evaluation must."""
    found = graphs_of([household_id], as_of=as_of, known_at=known_at, vocabulary=vocabulary)
    if household_id not in found:
        raise Refusal(
            f"{as_of} 没有编号为 {household_id} 的农户。", f"There is no household {household_id} on {as_of}."
        )
    return found[household_id]


def graphs_of(
    household_ids: Iterable[int],
    *,
    as_of: date,
    known_at: datetime | None = None,
    vocabulary: Vocabulary | None = None,
) -> dict[int, Graph]:
    """The same of several households, each with rows of its own, in one read; one of no residence has none."""
    homes: dict[int, list[tuple[Any, ...]]] = {}
    words = vocabulary or shipped()
    for home, *row in _read(_OF_HOUSEHOLDS, sorted(household_ids), as_of, known_at, words):
        homes.setdefault(home, []).append(tuple(row))
    return {
        home: _build(rows, as_of, words)
        for home, rows in homes.items()
        if any(kind == "household" for kind, *_ in rows)
    }


def graph_of_item(
    item_id: int, *, as_of: date, known_at: datetime | None = None, vocabulary: Vocabulary | None = None
) -> Graph:
    """The row of a post, platform or project and its village; of a loan or hire, the graph of its household."""
    words = vocabulary or shipped()
    found = [tuple(row) for _, *row in _read(_OF_ITEM, item_id, as_of, known_at, words)]
    if not found:
        raise Refusal(f"{as_of} 没有编号为 {item_id} 的事项。", f"There is no item {item_id} on {as_of}.")
    household = next((row[2] for row in found if row[2] is not None), None)
    if household is not None:
        return graph_of(household, as_of=as_of, known_at=known_at, vocabulary=vocabulary)
    return _build(found, as_of, words)


def _read(
    query: str, asked: int | list[int], as_of: date, known_at: datetime | None, words: Vocabulary
) -> list[tuple[Any, ...]]:
    """(home, kind, id, household, person, village, believed, whether something was said later), a row a subject."""
    params = {"id": asked, "day": as_of, "known": known_at}
    with past_wall():
        found = prepared.ask(query + _BELIEVED, params).rows
        late = sorted({(kind, number) for _, kind, number, *_, past in found if past})
        if not late:
            return found
        said = prepared.ask(_SAID, {**params, "kinds": [k for k, _ in late], "ids": [n for _, n in late]}).rows
    documents = _resolve(said, words)
    return [(*row[:6], documents.get(row[1:3]) if row[7] else row[6], row[7]) for row in found]


def _resolve(rows: Iterable[tuple[Any, ...]], words: Vocabulary) -> dict[tuple[str, int], dict[str, Flat]]:
    """Beliefs from statements, for subjects of whom something was said after the day asked about."""
    said: dict[tuple[str, int], list[Said]] = {}
    for kind, subject, number, source, about, recorded, facts in rows:
        said.setdefault((kind, subject), []).append(Said(number, source, about, recorded, orjson.loads(facts)))
    found = {key: resolution.resolve(statements, rank_in(words, key[0]))[0] for key, statements in said.items()}
    lasts = {kind: resolution.lasting(words, kind) for kind, _ in found}
    return {key: resolution.flatten(document, lasts[key[0]]) for key, document in found.items()}


def _build(found: Iterable[tuple[Any, ...]], as_of: date, vocabulary: Vocabulary) -> Graph:
    graph = Graph()
    links: dict[tuple[str, int], dict[str, int | None]] = {}
    for kind, subject, household, person, village, believed, _ in found:
        cells = orjson.loads(believed) if isinstance(believed, str) else believed or {}
        facts = facts_of(cells, vocabulary.kinds[kind].facts, as_of)
        if kind == "place":  # its households are not all here
            facts.pop("households_complete", None)
        graph.beliefs[kind, subject] = cells
        graph.rows[kind, subject] = Row(kind, subject, facts)
        links[kind, subject] = {"household": household, "person": person, "place": village}
    _link(graph, links, vocabulary)
    return graph


def _link(graph: Graph, links: Mapping[tuple[str, int], Mapping[str, int | None]], vocabulary: Vocabulary) -> None:
    """Let to-one relations point, and to-many relations list, the rows that are here."""
    for (kind, _), row in graph.rows.items():
        row.manys = {name: [] for name, relation in vocabulary.kinds[kind].relations.items() if relation.many}
    for key, row in sorted(graph.rows.items(), key=lambda item: item[0]):
        for name, relation in vocabulary.kinds[row.kind].relations.items():
            if relation.many:
                continue
            target = links[key].get(relation.to)
            other = graph.rows.get((relation.to, target)) if target is not None else None
            row.ones[name] = other
            if other is not None:
                _list_back(other, row, name, vocabulary)


def _list_back(other: Row, row: Row, name: str, vocabulary: Vocabulary) -> None:
    for back in vocabulary.kinds[other.kind].relations.values():
        if back.many and back.to == row.kind and back.back == name:
            other.manys[back.name].append(row)


def facts_of(cells: Mapping[str, Flat], facts: Mapping[str, Fact], as_of: date) -> dict[str, Value]:
    """What is believed on `as_of`, as rules read it: unknown facts left out, dates as dates."""
    known: dict[str, Value] = {}
    for key, cell in cells.items():
        fact = facts.get(key.partition("@")[0])
        if fact is None:
            continue
        value = settle(cell, fact, oldest_kept(fact, as_of)) if type(cell) is list else cell
        if value is not None:
            known[key] = date.fromisoformat(value) if fact.type.name == "date" else value
    return known


def holds(alias: str) -> str:
    """The SQL of a span that holds on %(day)s as far as was known at %(known)s (null: now)."""
    return (
        f"({alias}.from_day <= %(day)s AND (%(known)s::timestamptz IS NULL OR {alias}.recorded_at <= %(known)s)"
        f" AND ({alias}.until_day IS NULL OR {alias}.until_day > %(day)s OR {alias}.closed_at > %(known)s))"
    )


# The village of an item `i` under the codes of %(day)s: an item keeps the code it was recorded under.
VILLAGE_OF_ITEM = """coalesce((
    WITH RECURSIVE step AS (
        SELECT new_code, 1 AS many FROM places_succession WHERE old_code = i.village_code AND on_day <= %(day)s
        UNION ALL SELECT s.new_code, step.many + 1 FROM step JOIN places_succession s
            ON s.old_code = step.new_code AND s.on_day <= %(day)s WHERE step.many < 20
    ) SELECT new_code FROM step ORDER BY many DESC, new_code LIMIT 1), i.village_code)::bigint"""

_OF_HOUSEHOLDS = f"""
WITH home AS (
    SELECT r.household_id AS id, r.village_code::bigint AS village
    FROM register_residence r WHERE r.household_id = ANY (%(id)s::bigint[]) AND {holds("r")}
), member AS (
    SELECT m.household_id AS home, m.person_id AS id FROM register_membership m
    WHERE m.household_id = ANY (ARRAY(SELECT id FROM home)) AND {holds("m")}
), subject AS (
    SELECT id AS home, 'household' AS kind, id, NULL::bigint AS household, NULL::bigint AS person, village FROM home
    UNION ALL SELECT id, 'place', village, NULL, NULL, NULL FROM home
    UNION ALL SELECT home, 'person', id, home, NULL, NULL FROM member
    UNION ALL SELECT i.household_id, i.kind, i.id, i.household_id, i.person_id, {VILLAGE_OF_ITEM} FROM register_item i
        WHERE i.household_id = ANY (%(id)s::bigint[]) AND {holds("i")}
    UNION ALL SELECT member.home, i.kind, i.id, i.household_id, i.person_id, {VILLAGE_OF_ITEM}
        FROM register_item i JOIN member ON member.id = i.person_id WHERE i.household_id IS NULL AND {holds("i")}
)
"""

_OF_ITEM = f"""
WITH item AS (
    SELECT NULL::bigint AS home, i.kind, i.id, coalesce(i.household_id, p.household_id) AS household,
        i.person_id AS person,
        {VILLAGE_OF_ITEM} AS village
    FROM register_item i LEFT JOIN register_person p ON p.id = i.person_id WHERE i.id = %(id)s AND {holds("i")}
), subject AS (
    SELECT * FROM item UNION ALL SELECT NULL, 'place', village, NULL, NULL, NULL FROM item WHERE village IS NOT NULL
)
"""

_BELIEVED = """
SELECT s.home, s.kind, s.id, s.household, s.person, s.village, b.facts::text, EXISTS (
    SELECT FROM register_statement t WHERE t.subject_kind = s.kind AND t.subject_id = s.id
    AND (t.about_day > %(day)s OR t.recorded_at > %(known)s)
) FROM subject s LEFT JOIN register_belief b ON b.subject_kind = s.kind AND b.subject_id = s.id
"""

_SAID = """
SELECT s.subject_kind, s.subject_id, s.id, s.source, s.about_day::text,
    (extract(epoch FROM s.recorded_at) * 1000000)::bigint, s.facts::text
FROM register_statement s JOIN unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS t (kind, id)
    ON t.kind = s.subject_kind AND t.id = s.subject_id
WHERE s.about_day <= %(day)s AND (%(known)s::timestamptz IS NULL OR s.recorded_at <= %(known)s)
"""
