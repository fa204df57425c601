"""From measures or expressions to one query: what is asked for, the columns it comes back in, and the SQL text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from doudi.rules.engines import sql_folds  # noqa: F401  every node's compiler registers itself
from doudi.rules.engines.sql_cells import LEVEL, Cell, deepest
from doudi.rules.engines.sql_dialect import dialect_of
from doudi.rules.engines.sql_elements import ALWAYS
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_kinds import SubjectFrame
from doudi.rules.engines.sql_lists import Listed, listed
from doudi.rules.engines.sql_plan import Plan, VocabularyShape
from doudi.rules.engines.sql_tree import BINDINGS, Nursery
from doudi.rules.engines.sql_words import Sql, column, named, quoted
from doudi.rules.nodes import Node, Value
from doudi.rules.types import Type

Params = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """In which columns one expression comes back.

    `cause` is None where it cannot fail; a list has `items`, each with the column that says whether it belongs (None:
    always).
    """

    type: Type
    value: str
    cause: str | None = None
    items: tuple[tuple[str | None, Shape], ...] | None = None


@dataclass(frozen=True, slots=True)
class SqlProgram:
    """A query: its text, its columns in order, and the tables it reads by their plain names."""

    text: str
    columns: tuple[str, ...]
    tables: frozenset[str]
    dialect: str
    kind: str
    shapes: tuple[Shape, ...] = ()
    answers: Mapping[tuple[int, str], AnswerColumns] | None = None


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """The columns of one measure under one set of parameters; None where there is no such column.

    `place` and `last` are the best and the worst place in line, counted from 1.
    """

    verdict: str
    amount: str
    reasons: str
    cause: str | None = None
    qualifies: str | None = None
    place: str | None = None
    last: str | None = None


class Workbench:
    """One query in the making."""

    def __init__(self, vocabulary: VocabularyShape, dialect: str, table: Callable[[str], str] | None) -> None:
        self.tables: set[str] = set()
        self.table = table or (lambda name: name)
        self.nursery = Nursery()
        self.plan = Plan(dialect_of(dialect), vocabulary, self._table, self.nursery)

    def _table(self, name: str) -> str:
        self.tables.add(name)
        return self.table(name)

    def frame(self, kind: str) -> Frame:
        """The frame of the subjects."""
        return SubjectFrame(self.plan, kind)

    def finish(self, query: exp.Query) -> str:
        """The query with its common table expressions, as text for the engine."""
        query.set("with_", exp.With(expressions=self.plan.ctes))
        return self.plan.dialect.generate(query)


def compile_values(
    nodes: Sequence[Node],
    *,
    vocabulary: VocabularyShape,
    params: Params,
    as_of: date,
    dialect: str,
    kind: str = BINDINGS,
    table: Callable[[str], str] | None = None,
) -> SqlProgram:
    """Expressions over the subjects of a kind, in one query.

    `id`, then for each its value and, where it can fail, its cause (`SqlProgram.shapes`). Without a kind, free
    variables are read from a table `bindings` with an `id`.
    """
    bench = Workbench(vocabulary, dialect, table)
    frame = bench.frame(kind)
    chosen: dict[str, Cell] = {}
    shapes = []
    for index, node in enumerate(nodes):
        settled = bench.nursery.settle(node, params=params, as_of=as_of)
        made = listed(frame, settled) if settled.type.name == "list" else frame.cell(settled)
        shapes.append(_shape(made, settled.type, f"e{index}", chosen))
    query = select(frame, chosen)
    text = bench.finish(query)
    return SqlProgram(text, ("id", *chosen), frozenset(bench.tables), dialect, kind, tuple(shapes))


def _shape(made: Cell | Listed, of: Type, name: str, chosen: dict[str, Cell]) -> Shape:
    cell = made if isinstance(made, Cell) else made.status
    chosen[name] = cell
    cause = None
    if cell.cause is not None:
        cause = f"{name}_cause"
        chosen[cause] = Cell(cell.cause, None, cell.depth)
    if isinstance(made, Cell):
        return Shape(of, name, cause)
    items = []
    for index, (guard, value) in enumerate(made.items):
        inside = f"{name}_{index}"
        belongs = None if guard is ALWAYS else f"{inside}_in"
        if belongs:
            chosen[belongs] = guard
        items.append((belongs, _shape(value, of.of or of, inside, chosen)))
    return Shape(of, name, cause, tuple(items))


def select(frame: Frame, chosen: Mapping[str, Cell]) -> exp.Select:
    """The ids of a frame's rows and these cells."""
    stage, rounds = divmod(deepest(list(chosen.values())), LEVEL)
    source = frame.relation(stage, rounds)
    wanted: list[Sql] = [column("id"), *(named(cell.value, name) for name, cell in chosen.items())]
    return exp.Select(expressions=wanted).from_(exp.Table(this=quoted(source)))
