"""Where an expression stands: a frame, whose rows are subjects (or pairs of rows), computed in stages.

A stage of a frame is the stage before, joined with what was summed up since (`joins`), then extended, in rounds, with
columns that later rounds and stages read (`bound`). Each becomes a common table expression, so that the SQL can be read
from top to bottom: facts, members summed up, values, answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from doudi.rules.engines.sql_cells import HEAVY, HEAVY_IF_IT_FAILS, LEVEL, Cell
from doudi.rules.engines.sql_words import Sql, column, every, named, quoted
from doudi.rules.nodes import Node, One, Subject, Variable

if TYPE_CHECKING:
    from doudi.rules.engines.sql_plan import Plan


@dataclass(slots=True)
class Join:
    """A relation joined by equal columns; `columns` maps its columns to the names they get here.

    `emit` adds the relation to the query (once) and says its name.
    """

    emit: Callable[[], str]
    alias: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Stage:
    """What one stage adds to a frame."""

    joins: dict[object, Join] = field(default_factory=dict)
    bound: list[dict[str, Sql]] = field(default_factory=list)

    def round(self, number: int) -> dict[str, Sql]:
        """The columns of one round."""
        while len(self.bound) <= number:
            self.bound.append({})
        return self.bound[number]


class Frame(ABC):
    """Rows in which expressions stand. `keys` are the columns that tell its rows apart."""

    keys: tuple[str, ...]
    start: int

    def __init__(self, plan: Plan, word: str) -> None:
        self.plan, self.word, self.dialect = plan, word, plan.dialect
        self.stages: dict[int, Stage] = {}
        self.names: dict[str, int] = {}
        self.cells: dict[int, Cell] = {}
        self.emitted: dict[tuple[int, int], str] = {}

    # -- asking for values

    def cell(self, node: Node) -> Cell:
        """The node compiled in this frame; the same node twice is the same cell."""
        made = self.cells.get(id(node))
        if made is None:
            made = self.cells[id(node)] = self.compile(node)
        return made

    def light(self, node: Node, heavy: int = HEAVY) -> Cell:
        """The node compiled, as a column when it is too heavy to be read more than once."""
        made = self.cell(node)
        if made.weight > (heavy if made.cause is None else HEAVY_IF_IT_FAILS):
            made = self.cells[id(node)] = self.bind(made, self.plan.label(node))
        return made

    def compile(self, node: Node) -> Cell:
        """The node compiled; frames of pairs look first at whose value it is."""
        return self.plan.compilers[type(node)](self, node)

    @abstractmethod
    def fact(self, row: Node, name: str, year: int | None = None) -> Cell:
        """A stated column of the row."""

    @abstractmethod
    def key(self, row: Node) -> Cell:
        """The id of the row, NULL where no link is stated."""

    # -- stages

    def stage(self, number: int) -> Stage:
        """The stage of that number."""
        return self.stages.setdefault(number, Stage())

    def fresh(self, wish: str) -> str:
        """A column name not used here before, as near to the wish as can be."""
        count = self.names.get(wish, 0)
        self.names[wish] = count + 1
        return wish if count == 0 else self.fresh(f"{wish}_{count + 1}")

    def bind(self, cell: Cell, wish: str) -> Cell:
        """The cell as columns of its own."""
        if isinstance(cell.value, exp.Column) and isinstance(cell.cause, exp.Column | None):
            return cell
        depth = max(cell.depth, self.start * LEVEL)
        bound = self.stage(depth // LEVEL).round(depth % LEVEL)
        name, cause = self.fresh(wish), None
        bound[name] = cell.value
        if cell.cause is not None:
            cause = self.fresh(f"{wish}_cause")
            bound[cause] = cell.cause
        return Cell(column(name), column(cause) if cause else None, depth + 1, 2, cell.known)

    def join(
        self, emit: Callable[[], str], key: object, stage: int, here: tuple[str, ...], there: tuple[str, ...], wish: str
    ) -> Join:
        """The join of the relation known as `key` on these columns: made once."""
        joins = self.stage(stage).joins
        if (key, here) not in joins:
            joins[key, here] = Join(emit, self.plan.alias(wish), here, there)
        return joins[key, here]

    def joined(self, join: Join, there: str, wish: str) -> str:
        """The name here of a column of a joined relation."""
        if there not in join.columns:
            join.columns[there] = self.fresh(wish)
        return join.columns[there]

    # -- becoming SQL

    def relation(self, stage: int, rounds: int | None = None) -> str:
        """The name of the common table expression of a stage after so many rounds of bound columns (None: all)."""
        stage = max(stage, self.start)
        bound = self.stages[stage].bound if stage in self.stages else []
        key = (stage, len(bound) if rounds is None else min(rounds, len(bound)))
        if key not in self.emitted:
            self.emitted[key] = self._emit(*key)
        return self.emitted[key]

    def _emit(self, stage: int, rounds: int) -> str:
        here = self.stages.get(stage, Stage())
        if rounds:
            return self._emit_bound(self.relation(stage, rounds - 1), here.bound[rounds - 1])
        if stage == self.start:
            return self.emit_base(here)
        source = self.relation(stage - 1)
        return self._emit_joined(source, here) if here.joins else source

    def _emit_bound(self, source: str, bound: dict[str, Sql]) -> str:
        chosen = [exp.Star(), *(named(value, name) for name, value in bound.items())]
        return self.plan.add(f"{self.word}_values", exp.Select(expressions=chosen).from_(_table(source)), fence=True)

    def _emit_joined(self, source: str, stage: Stage) -> str:
        joins = [(join, join.emit()) for join in stage.joins.values()]
        chosen: list[Sql] = [exp.Column(this=exp.Star(), table=quoted(source))]
        query = exp.Select().from_(_table(source))
        for join, name in joins:
            chosen += [named(column(there, join.alias), here) for there, here in join.columns.items()]
            query = attach(
                query, name, join.alias, [(column(h, source), t) for h, t in zip(join.here, join.there, strict=True)]
            )
        query.set("expressions", chosen)
        return self.plan.add(f"{self.word}_joined", query)

    @abstractmethod
    def emit_base(self, stage: Stage) -> str:
        """The first stage."""


def _table(name: str, alias: str = "") -> exp.Table:
    return exp.Table(this=quoted(name), alias=exp.TableAlias(this=quoted(alias)) if alias and alias != name else None)


def attach(
    query: exp.Select, name: str, alias: str, on: Sequence[tuple[Sql, str]], *extra: Sql, side: str = "LEFT"
) -> exp.Select:
    """The query with a relation joined to it; `on` pairs what is here with a column there."""
    test = every(*(exp.EQ(this=here, expression=column(there, alias)) for here, there in on), *extra)
    query.append("joins", exp.Join(this=_table(name, alias), side=side or None, on=test))
    return query


def row_path(row: Node) -> tuple[Node, tuple[str, ...]]:
    """Where a row starts (the subject or a variable) and the to-one relations walked from there."""
    walked: list[str] = []
    while isinstance(row, One):
        walked.append(row.relation)
        row = row.of
    assert isinstance(row, (Subject, Variable)), row
    return row, tuple(reversed(walked))
