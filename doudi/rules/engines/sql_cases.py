"""The cases of `doudi rule eval` on an engine of SQL: each case's few rows become tables, its rule a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol

import pyarrow as pa

from doudi.rules.engines.sql_answers import read_values
from doudi.rules.engines.sql_program import SqlProgram, compile_values
from doudi.rules.evaluation import Prepared
from doudi.rules.results import Result
from doudi.rules.rows import Row
from doudi.rules.scope import VocabularyLike
from doudi.rules.types import Type

_ARROW = {"bool": pa.bool_(), "date": pa.date32(), "text": pa.string(), "code": pa.string()}


class Runner(Protocol):
    """An engine of SQL."""

    name: str

    def run(self, program: SqlProgram, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The program on these tables."""


def evaluator(runner: Runner) -> Callable[[Sequence[Prepared]], list[Result]]:
    """The engine as `evaluation.answer` wants one."""
    return lambda cases: [_evaluate(runner, case) for case in cases]


def _evaluate(runner: Runner, case: Prepared) -> Result:
    vocabulary = _Listed(case.vocabulary)
    program = compile_values(
        [case.node],
        vocabulary=vocabulary,
        params=case.params,
        as_of=case.as_of,
        dialect=runner.name,
        kind=case.subject,
    )
    tables = _tables(case.row, vocabulary)
    (found,) = read_values(program, runner.run(program, {name: tables[name] for name in program.tables}))
    return found[case.row.id]


@dataclass(frozen=True)
class _Listed:
    """The vocabulary of a case, each to-many relation with a way back of its own.

    In a case the rows of a relation are those listed under it, whatever link they may state themselves.
    """

    base: VocabularyLike

    def relation(self, kind: str, name: str) -> Any:
        """The relation; `kind.name` is the way back of a to-many one."""
        parent, dot, _ = name.partition(".")
        if dot:
            return SimpleNamespace(name=name, to=parent, many=False, back="")
        found = self.base.relation(kind, name)
        if found is None or not found.many:
            return found
        return SimpleNamespace(name=name, to=found.to, many=True, back=f"{kind}.{name}")


def _tables(root: Row, vocabulary: _Listed) -> dict[str, pa.Table]:
    by_kind: dict[str, list[Row]] = {kind: [] for kind in vocabulary.base.kinds}
    parents: dict[tuple[int, str], int] = {}
    for row in root.reachable():
        by_kind[row.kind].append(row)
        for name, children in row.manys.items():
            parents |= {(id(child), f"{row.kind}.{name}"): row.id for child in children}
    backs: dict[str, list[str]] = {kind: [] for kind in by_kind}
    for kind, words in vocabulary.base.kinds.items():
        for name, relation in words.relations.items():
            if relation.many:
                backs[relation.to].append(f"{kind}.{name}")
    tables = {}
    for kind, rows in by_kind.items():
        tables[kind] = _table(rows, vocabulary.base.kinds[kind], backs[kind], parents)
        tables[f"{kind}_year"] = _year_table(kind, rows, vocabulary.base.kinds[kind])
    return tables


def _table(rows: list[Row], words: Any, backs: list[str], parents: Mapping[tuple[int, str], int]) -> pa.Table:
    columns = {"id": pa.array([row.id for row in rows], pa.int64())}
    for name, relation in words.relations.items():
        if not relation.many:
            ones = [row.ones.get(name) for row in rows]
            columns[f"{name}_id"] = pa.array([one.id if one else None for one in ones], pa.int64())
        else:
            columns[f"{name}_complete"] = pa.array([row.facts.get(f"{name}_complete") for row in rows], pa.bool_())
    for back in backs:
        columns[f"{back}_id"] = pa.array([parents.get((id(row), back)) for row in rows], pa.int64())
    for name, fact in words.facts.items():
        if not fact.formula and not fact.yearly:
            columns[name] = pa.array([row.facts.get(name) for row in rows], _arrow(fact.type))
    return pa.table(columns)


def _year_table(kind: str, rows: list[Row], words: Any) -> pa.Table:
    keys = sorted({(row.id, int(key.split("@")[1])) for row in rows for key in row.facts if "@" in key})
    by_id = {row.id: row for row in rows}
    columns = {
        f"{kind}_id": pa.array([number for number, _ in keys], pa.int64()),
        "year": pa.array([year for _, year in keys], pa.int64()),
    }
    for name, fact in words.facts.items():
        if not fact.formula and fact.yearly:
            values = [by_id[number].facts.get(f"{name}@{year}") for number, year in keys]
            columns[name] = pa.array(values, _arrow(fact.type))
    return pa.table(columns)


def _arrow(of: Type) -> pa.DataType:
    return _ARROW.get(of.name, pa.int64())
