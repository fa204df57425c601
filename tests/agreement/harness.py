"""Random rules on many rows, on any engine, against the definition: what differs is told with its seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, Protocol

import pyarrow as pa

from doudi.rules.engines import memory
from doudi.rules.engines.sql import SqlProgram, compile_values
from doudi.rules.engines.sql_answers import read_values
from doudi.rules.nodes import Node
from doudi.rules.results import Result
from doudi.rules.rows import Row
from doudi.rules.types import BOOL, DATE, INT, TEXT, Type, list_of
from tests.agreement.strategies import draw, draw_subjects
from tests.agreement.telling import tell
from tests.agreement.world import AS_OF, VOCABULARY, World, draw_parameters, draw_world

ARROW = {"bool": pa.bool_(), "date": pa.date32(), "text": pa.string(), "code": pa.string()}


class Engine(Protocol):
    """What every engine offers."""

    name: str

    def load(self, tables: dict[str, pa.Table]) -> None: ...
    def run(self, program: SqlProgram) -> pa.Table: ...


@dataclass(frozen=True)
class Difference:
    """One row on which an engine says something else than the definition."""

    engine: str
    seed: int
    subject: str
    node: Node
    row: Row
    params: dict[str, Any]
    expected: Result
    found: Result

    def __str__(self) -> str:
        return (
            f"{self.engine}, seed {self.seed}, {self.subject} {self.row.id}\n"
            f"  {tell(self.node)}\n  params {self.params}\n"
            f"  facts {self.row.facts}\n  the definition: {_told(self.expected)}\n  {self.engine}: {_told(self.found)}"
        )


def _told(result: Result) -> str:
    return f"{result.status.name} {result.value!r} {result.cause}"


# -- a world large enough, as rows and as tables


def draw_worlds(random: Random, rows: int) -> World:
    """Small worlds side by side in one, with at least so many rows of every kind."""
    whole = World({kind: [] for kind in VOCABULARY.kinds})
    while min(len(found) for found in whole.rows.values()) < rows:
        for kind, found in draw_world(random).rows.items():
            for row in found:
                whole.rows[kind].append(row)
                row.id = len(whole.rows[kind])
    return whole


def tables_of(world: World) -> dict[str, pa.Table]:
    """The world as a snapshot's tables."""
    tables = {}
    for name, kind in VOCABULARY.kinds.items():
        rows = world.rows[name]
        columns = {"id": pa.array([row.id for row in rows], pa.int64())}
        for relation in kind.relations.values():
            if not relation.many:
                linked = [row.ones.get(relation.name) for row in rows]
                columns[f"{relation.name}_id"] = pa.array([one.id if one else None for one in linked], pa.int64())
        stated = [fact for fact in kind.facts.values() if not fact.formula]
        for fact in (fact for fact in stated if not fact.yearly):
            columns[fact.name] = pa.array([row.facts.get(fact.name) for row in rows], arrow_type(fact.type))
        tables[name] = pa.table(columns)
        yearly = [fact for fact in stated if fact.yearly]
        if yearly:
            tables[f"{name}_year"] = _yearly(name, rows, {fact.name: fact.type for fact in yearly})
    return tables


def _yearly(kind: str, rows: Sequence[Row], facts: dict[str, Type]) -> pa.Table:
    keys = sorted({(row.id, int(key.split("@")[1])) for row in rows for key in row.facts if "@" in key})
    by_id = {row.id: row for row in rows}
    columns = {
        f"{kind}_id": pa.array([number for number, _ in keys], pa.int64()),
        "year": pa.array([y for _, y in keys], pa.int64()),
    }
    for name, of in facts.items():
        columns[name] = pa.array([by_id[number].facts.get(f"{name}@{year}") for number, year in keys], arrow_type(of))
    return pa.table(columns)


def arrow_type(of: Type) -> pa.DataType:
    """The column type of a fact."""
    return ARROW.get(of.name, pa.int64())


# -- comparing


@dataclass(frozen=True)
class Batch:
    """Rules of one kind of subject, on one world, under one set of parameters."""

    seed: int
    subject: str
    nodes: tuple[Node, ...]
    params: dict[str, Any]


def draw_batches(seed: int, count: int, size: int) -> Iterator[Batch]:
    """`count` random rules, in batches of at most `size`; each batch has a seed and parameters of its own."""
    while count > 0:
        seed += 1
        random = Random(seed)
        params = draw_parameters(random)
        by_subject: dict[str, list[Node]] = {}
        for subject, node in islice(draw_subjects(random, min(4 * size, count), has=True), count):
            by_subject.setdefault(subject, []).append(node)
        for subject, nodes in by_subject.items():
            for start in range(0, len(nodes), size):
                part = nodes[start : start + size]
                count -= len(part)
                yield Batch(seed, subject, tuple(part), params)


def list_batches(seed: int, count: int, size: int) -> Iterator[Batch]:
    """The same, of rules that give lists: written out, filtered, mapped, joined, nested."""
    for number in range(count // size):
        random = Random(seed + number)
        subject = random.choice(list(VOCABULARY.kinds))
        kinds = [list_of(random.choice((BOOL, INT, TEXT, DATE, list_of(INT)))) for _ in range(size)]
        drawn = tuple(draw(random, subject=subject, of=of, depth=3) for of in kinds)
        yield Batch(seed + number, subject, drawn, draw_parameters(random))


def define(batch: Batch, world: World, rows: int | None = None) -> list[list[Result]]:
    """What the definition says of each rule, for each of the first `rows` rows (None: all)."""
    asked = world.rows[batch.subject][:rows]
    return [[memory.evaluate(node, row=row, params=batch.params, as_of=AS_OF) for row in asked] for node in batch.nodes]


def ask(batch: Batch, engine: Engine, world: World) -> list[list[Result]]:
    """What an engine that has loaded the world says of each rule, for each row."""
    program = compile_values(
        batch.nodes, vocabulary=VOCABULARY, params=batch.params, as_of=AS_OF, dialect=engine.name, kind=batch.subject
    )
    found = read_values(program, engine.run(program))
    return [[results[row.id] for row in world.rows[batch.subject]] for results in found]


def differences(batch: Batch, engine: Engine, world: World, expected: list[list[Result]]) -> Iterator[Difference]:
    """Every row on which the engine and the definition differ."""
    for node, wanted, found in zip(batch.nodes, expected, ask(batch, engine, world), strict=True):
        for row, want, got in zip(world.rows[batch.subject], wanted, found, strict=False):
            if (want.status, want.value, want.cause) != (got.status, got.value, got.cause):
                yield Difference(engine.name, batch.seed, batch.subject, node, row, batch.params, want, got)
