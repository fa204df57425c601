"""What the open verdicts of a measure wait for: the facts not known, by how many verdicts each of them holds up.

Told for the whole county at once, from the reasons the run kept: a fact is counted where it is missing and a condition
that reads it is still open. `rules.matter` is stricter within one condition (`a && (a || b)`); it is what a household
is asked by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from doudi.access.scope import Scope
from doudi.facts.kinds import Vocabulary
from doudi.policy import costs, snapshots, stores, subjects
from doudi.policy.runs import Run
from doudi.policy.tables import columns_of
from doudi.rules import nodes
from doudi.rules.measures import Key, Measure
from doudi.rules.nodes import Node


@dataclass(frozen=True, slots=True)
class Wait:
    """One missing fact, or undecided parameter (`kind` "params"), and the verdicts that wait for it.

    `year` is set for a yearly fact; `relation` says that what is missing is whether a relation is complete.
    """

    kind: str
    name: str
    year: int | None
    relation: bool
    verdicts: int


# What a part of a rule reads: kind, name, year, whether a relation, and the way there from the subject by to-one
# relations (None within a fold: any row of the household).
Leaf = tuple[str, str, int | None, bool, tuple[str, ...] | None]


def of_measure(run: Run, measure: Measure, *, scope: Scope, prefix: str = "") -> list[Wait]:
    """Most verdicts first, over the subjects of a place that a scope covers."""
    pack, held = run.pack.pack, run.snapshot.hold()
    where = subjects.belonging(held, measure.subject, pack.vocabulary, county=snapshots.county_code())
    file = stores.folder_of(stores.ANSWERS, run.answers_hash) / f"{measure.subject}.parquet"
    held.execute(
        f"CREATE OR REPLACE TEMP TABLE waiting AS SELECT a.id, b.household_id, b.place_code,"
        f' a."{measure.name}_reasons" AS reasons FROM read_parquet(?) a JOIN ({where}) b ON b.id = a.id'
        f' WHERE a."{measure.name}_verdict" = 2 AND {subjects.seen(scope)} AND {subjects.below(prefix)}'
        " AND a.id NOT IN (SELECT unnest(?::BIGINT[]))",
        [str(file), costs.settled(run, measure)],
    )
    known = frozenset(pack.values_on(run.as_of))
    found: dict[tuple[str, str, int | None, bool], int] = {}
    for leaf, opened in _leaves(measure).items():
        if leaf[0] != "params" or leaf[1] not in known:
            number = _count(held, measure, leaf, opened, pack.vocabulary)
            found[leaf[:4]] = max(number, found.get(leaf[:4], 0))
    waits = [Wait(*leaf, number) for leaf, number in found.items() if number]
    return sorted(waits, key=lambda each: (-each.verdicts, each.kind, each.name))


def _leaves(measure: Measure) -> dict[Leaf, list[str]]:
    """Every fact the rules read, with the SQL of when a part that reads it is open; two bits a condition."""
    found: dict[Leaf, list[str]] = {}
    for place, condition in enumerate(measure.conditions):
        for leaf in _facts([condition.node]):
            found.setdefault(leaf, []).append(f"(w.reasons >> {2 * place}) & 3 >= 2")
    if measure.limit is not None:
        keys = [each.node for each in measure.limit.order if isinstance(each, Key)]
        certain = " AND ".join(f"(w.reasons >> {2 * n}) & 3 = 1" for n in range(len(measure.conditions)))
        for leaf in _facts([measure.limit.per, measure.limit.count, *keys]):
            found.setdefault(leaf, []).append(f"({certain})")
    return found


def _facts(parts: Sequence[Node]) -> Iterator[Leaf]:
    seen = dict.fromkeys(leaf for part in parts for node in part.walk() if (leaf := _leaf(node)) is not None)
    yield from seen


def _leaf(node: Node) -> Leaf | None:
    if isinstance(node, nodes.Parameter):
        return ("params", node.name, None, False, None)
    if isinstance(node, nodes.Fact):
        return (node.of.type.kind, node.name, node.year, False, _way(node.of))
    if isinstance(node, nodes.Many):
        return (node.of.type.kind, node.relation, None, True, _way(node.of))
    return None


def _way(of: Node) -> tuple[str, ...] | None:
    """The to-one relations from the subject to a row; None for a row of a fold."""
    if isinstance(of, nodes.Subject):
        return ()
    before = _way(of.of) if isinstance(of, nodes.One) else None
    return None if before is None else (*before, of.relation)  # type: ignore[attr-defined]


def _count(
    held: duckdb.DuckDBPyConnection, measure: Measure, leaf: Leaf, opened: Sequence[str], vocabulary: Vocabulary
) -> int:
    missing = "true" if leaf[0] == "params" else _missing(held, measure.subject, leaf, vocabulary)
    row = held.execute(f"SELECT count(*) FROM waiting w WHERE ({' OR '.join(opened)}) AND {missing}").fetchone()
    assert row is not None
    return int(row[0])


def _missing(held: duckdb.DuckDBPyConnection, subject: str, leaf: Leaf, vocabulary: Vocabulary) -> str:
    """SQL of whether the subject, or some row its rules reach, lacks the fact."""
    kind, name, year, relation, way = leaf
    lacking = _lacking(held, kind, f"{name}_complete" if relation else name, year, boolean=relation)
    if way is None:
        belongs = subjects.belonging(held, kind, vocabulary, county="")
        return f"w.household_id IN (SELECT o.household_id FROM ({belongs}) o WHERE o.id IN ({lacking}))"
    if not way:
        return f"w.id IN ({lacking})"
    link, joins = subjects.walked(held, subject, list(way), vocabulary, "w")
    return f'w.id IN (SELECT s.id FROM "{subject}" s {joins} WHERE {link} IS NULL OR {link} IN ({lacking}))'


def _lacking(held: duckdb.DuckDBPyConnection, kind: str, column: str, year: int | None, *, boolean: bool) -> str:
    """SQL for the ids of a kind without a value in a column; a relation said to be incomplete is not known either."""
    table = f"{kind}_year" if year is not None else kind
    if column not in columns_of(held, table):
        return f'SELECT id FROM "{kind}"'
    value = f'x."{column}" IS {"NOT TRUE" if boolean else "NULL"}'
    if year is None:
        return f'SELECT x.id FROM "{kind}" x WHERE {value}'
    joined = f'LEFT JOIN "{table}" x ON x."{kind}_id" = s.id AND x.year = {int(year)}'
    return f'SELECT s.id FROM "{kind}" s {joined} WHERE {value}'
