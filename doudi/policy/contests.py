"""Contested verdicts: those that the word of another source, believed instead, would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import orjson
from django.db import connection

from doudi.access.scope import past_wall
from doudi.facts.kinds import Vocabulary
from doudi.policy import deciding, graphs, needs, results, subjects, variants
from doudi.policy.freshness import Since
from doudi.policy.packs import Pack
from doudi.policy.results import Answers
from doudi.policy.variants import Doubt
from doudi.register import resolution
from doudi.register.graphs import Graph
from doudi.rules.measures import Measure
from doudi.rules.rows import Row

Marks = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A fact of a subject on which sources differ: its key, its name, and the values not believed."""

    kind: str
    subject_id: int
    household_id: int | None
    key: str
    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The marks of an earlier run under the same pack and day, and what moved since."""

    marks: Mapping[tuple[str, int], int]
    since: Since


_CONTESTED = """
SELECT subject_kind, subject_id, household_id,
    (SELECT jsonb_object_agg(k, facts -> k) FROM jsonb_array_elements_text(contested) k)::text
FROM register_belief WHERE contested <> '[]' AND {which} ORDER BY subject_kind, subject_id
"""


def disputes(
    vocabulary: Vocabulary,
    needed: frozenset[tuple[str, str]],
    *,
    as_of: date,
    households: frozenset[int] | None = None,
) -> list[Dispute]:
    """Every disagreement, on the facts that some rule needs, that still holds on a day.

    With `households`, only theirs and those of subjects that belong to none.
    """
    which, params = "true", []
    if households is not None:
        which, params = "(household_id IS NULL OR household_id = ANY(%s))", [sorted(households)]
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(_CONTESTED.format(which=which), params)
        rows = [(kind, i, household, orjson.loads(facts)) for kind, i, household, facts in cursor.fetchall()]
    return [found for row in rows for found in _disputes_of(*row, row[3], vocabulary, needed, as_of)]


def _disputes_of(
    kind: str,
    subject_id: int,
    household_id: int | None,
    facts: Mapping[str, Any],
    contested: Iterable[str],
    vocabulary: Vocabulary,
    needed: frozenset[tuple[str, str]],
    as_of: date,
) -> Iterator[Dispute]:
    for key in contested:
        name = key.partition("@")[0]
        fact = vocabulary.fact(kind, name)
        if fact is None or (kind, name) not in needed:
            continue
        values = [_typed(value, fact.type.name) for value in resolution.alternatives(facts[key], fact, as_of)]
        if values:
            yield Dispute(kind, subject_id, household_id, key, name, tuple(values))


def _typed(value: Any, type_name: str) -> Any:
    return date.fromisoformat(value) if type_name == "date" else value


def marks(
    held: duckdb.DuckDBPyConnection,
    pack: Pack,
    answers: Answers,
    *,
    as_of: date,
    params: Mapping[str, Any],
    kept: Kept | None = None,
) -> Marks:
    """Bit i for measure i (in the order of its kind) of each subject whose verdict another source would change.

    A limited measure is judged before the cut: who else is in line is not another source's doing. With `kept`, the
    marks of an earlier run under the same pack and day, only what moved since is tried again.
    """
    kinds = results.by_kind(pack)
    reads = needs.reads_of(pack)
    if kept is not None and kept.since.villages:
        kept = None
    needed = frozenset().union(*reads.values())
    found = disputes(pack.vocabulary, needed, as_of=as_of, households=kept.since.households if kept else None)
    held_over = _held_over(held, pack, answers, kept) if kept else {}
    if not found:
        return held_over
    doubts = [
        Doubt(each.kind, each.subject_id, each.household_id, each.key, value)
        for each in found
        if each.kind != "place"
        for value in each.values
    ]
    out = variants.moved(held, doubts, answers, kinds, reads, vocabulary=pack.vocabulary, params=params, as_of=as_of)
    of_places = [each for each in found if each.kind == "place"]
    if of_places:
        decider = deciding.Decider(pack, params=params, as_of=as_of)
        graph = _graph(held, pack, of_places)
        around = _dependents(graph, pack.vocabulary)
        trial = _Trial(graph, around, kinds, reads, _before_cut(answers, kinds), decider)
        for key, bits in _try_all(of_places, trial).items():
            out[key] = out.get(key, 0) | bits
    return {**held_over, **out}


def _held_over(held: duckdb.DuckDBPyConnection, pack: Pack, answers: Answers, kept: Kept) -> Marks:
    """The earlier marks of whoever is still there and of no household that moved."""
    found: Marks = {}
    for kind in answers:
        ids = [number for (k, number) in kept.marks if k == kind]
        where = subjects.belonging(held, kind, pack.vocabulary, county="")
        rows = held.execute(
            f"SELECT b.id, b.household_id FROM ({where}) b WHERE b.id IN (SELECT unnest(?::BIGINT[]))", [ids]
        ).fetchall()
        still = {number for number, home in rows if home is not None and home not in kept.since.households}
        found.update({(kind, number): kept.marks[kind, number] for number in still})
    return found


def marks_of_household(
    household_id: int, graph: Graph, decider: deciding.Decider, verdicts: Mapping[str, Mapping[int, int]]
) -> Marks:
    """The same for one household read from the database, whose beliefs hold what each source says."""
    pack = decider.pack
    kinds = results.by_kind(pack)
    reads = needs.reads_of(pack)
    needed = frozenset[tuple[str, str]]().union(*reads.values())
    found = [
        dispute
        for (kind, subject), facts in graph.beliefs.items()
        if kind != "place"
        for dispute in _disputes_of(
            *(kind, subject, household_id, facts, [key for key, cell in facts.items() if resolution.disputed(cell)]),
            *(pack.vocabulary, needed, decider.as_of),
        )
    ]
    return _try_all(found, _Trial(graph, _dependents(graph, pack.vocabulary), kinds, reads, verdicts, decider))


def _try_all(found: Iterable[Dispute], trial: _Trial) -> Marks:
    out: Marks = {}
    for dispute in found:
        trial.mark(dispute, out)
    return out


def _graph(held: duckdb.DuckDBPyConnection, pack: Pack, found: list[Dispute]) -> Graph:
    households = {d.household_id for d in found if d.household_id is not None}
    start: dict[str, set[int]] = {}
    for dispute in found:
        start.setdefault(dispute.kind, set()).add(dispute.subject_id)
    villages = start.pop("place", set())
    return graphs.around(
        held,
        households=households,
        villages=villages,
        others=start,
        vocabulary=pack.vocabulary,
        folds=needs.folds_of_pack(pack),
    )


def _dependents(graph: Graph, vocabulary: Vocabulary) -> dict[tuple[str, int], list[Row]]:
    """Whom a fact of a subject can concern: of a household's subject all its subjects, of a village all in it."""
    found: dict[tuple[str, int], list[Row]] = {}
    ends = ("household", "place")
    ways = {kind: [(end, subjects.way_to(end, kind, vocabulary)) for end in ends] for kind in vocabulary.kinds}
    for key, row in graph.rows.items():
        found.setdefault(key, []).append(row)
        for end, way in ways[row.kind]:
            root = subjects.walk(row, way) if way else None
            if root is not None:
                found.setdefault((end, root.id), []).append(row)
    return found


def _before_cut(answers: Answers, kinds: Mapping[str, list[Measure]]) -> dict[str, dict[int, int]]:
    """The verdict before any cut, by measure and subject."""
    found = {}
    for kind, measures in kinds.items():
        if kind in answers:
            ids = answers[kind].column("id").to_pylist()
            for measure in measures:
                part = "qualifies" if measure.limit else "verdict"
                verdicts = answers[kind].column(f"{measure.name}_{part}").to_pylist()
                found[measure.name] = dict(zip(ids, verdicts, strict=True))
    return found


@dataclass(frozen=True, slots=True)
class _Trial:
    """Believing another source for one fact at a time."""

    graph: Graph
    dependents: Mapping[tuple[str, int], list[Row]]
    kinds: Mapping[str, list[Measure]]
    reads: Mapping[str, frozenset[tuple[str, str]]]
    standing: Mapping[str, Mapping[int, int]]
    decider: deciding.Decider

    def mark(self, dispute: Dispute, out: Marks) -> None:
        """Set the bit of every verdict that some value of the dispute would change."""
        row = self.graph.rows.get((dispute.kind, dispute.subject_id))
        if row is None:
            return
        root = (dispute.kind, dispute.subject_id)
        if dispute.household_id is not None:
            root = ("household", dispute.household_id)
        believed = row.facts.get(dispute.key)
        for value in dispute.values:
            row.facts[dispute.key] = value
            for other in self.dependents.get(root, ()):
                self._compare(dispute, other, out)
        if believed is None:
            del row.facts[dispute.key]
        else:
            row.facts[dispute.key] = believed

    def _compare(self, dispute: Dispute, row: Row, out: Marks) -> None:
        for bit, measure in enumerate(self.kinds.get(row.kind, ())):
            if (dispute.kind, dispute.name) not in self.reads[measure.name]:
                continue
            if self.decider.verdict(measure, row) != self.standing[measure.name][row.id]:
                key = (row.kind, row.id)
                out[key] = out.get(key, 0) | 1 << bit
