"""The frame of a fold whose body looks outside: one row for each pair of an outer row and a row it folds."""

from __future__ import annotations

from functools import partial

from sqlglot import exp

from doudi.rules.engines.sql_cells import LEVEL, Cell
from doudi.rules.engines.sql_frames import Frame, Stage, attach
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_words import Sql, column, named, quoted
from doudi.rules.nodes import Node, Variable
from doudi.rules.types import row_of


class PairFrame(Frame):
    """`outer` joined with the rows of a relation of its row `parent`.

    What depends on one side only is computed on that side, once, and carried here as a column.
    """

    def __init__(self, plan: Plan, outer: Frame, parent: Node, child: str, back: str, word: str) -> None:
        super().__init__(plan, word)
        self.outer, self.inner = outer, plan.kind(child)
        self.variable = plan.nursery.plant(Variable(type=row_of(child), name=f"@pair{len(plan.pairs)}"))
        self.here = outer.key(parent)
        self.start = max(self.here.depth // LEVEL, outer.start)
        self.back = self.inner.raw((), f"{back}_id")
        self.carried: dict[tuple[bool, str], tuple[int, str]] = {}
        self.outer_keys = tuple(self._carry(outer, key, 0) for key in outer.keys)
        self.inner_key = self._carry(self.inner, "id", 0)
        self.keys = (*self.outer_keys, self.inner_key)

    def compile(self, node: Node) -> Cell:
        names = self.plan.nursery.rows_named(node)
        if not names:
            return super().compile(node)
        if self.variable not in names:
            return self._fetch(self.outer, node)
        if names == {self.variable}:
            return self._fetch(self.inner, self.plan.nursery.onto_subject(node, self.variable, self.inner.kind))
        return super().compile(node)

    def fact(self, row: Node, name: str, year: int | None = None) -> Cell:
        side, here = self._side(row)
        return self._bring(side, side.fact(here, name, year))

    def key(self, row: Node) -> Cell:
        side, here = self._side(row)
        return self._bring(side, side.key(here))

    def _side(self, row: Node) -> tuple[Frame, Node]:
        if self.plan.nursery.rows_named(row) == {self.variable}:
            return self.inner, self.plan.nursery.onto_subject(row, self.variable, self.inner.kind)
        return self.outer, row

    def _fetch(self, side: Frame, node: Node) -> Cell:
        return self._bring(side, side.bind(side.cell(node), self.plan.label(node)))

    def _bring(self, side: Frame, cell: Cell) -> Cell:
        value = column(self._carry(side, cell.value.name, cell.depth))
        cause = column(self._carry(side, cell.cause.name, cell.depth)) if cell.cause is not None else None
        return Cell(value, cause, max(cell.depth // LEVEL, self.start) * LEVEL, 2, cell.known)

    def _carry(self, side: Frame, name: str, depth: int) -> str:
        key = (side is self.inner, name)
        if key not in self.carried:
            own = "_".join((self.inner.kind if side is self.inner else "outer", name))
            stage = max(depth // LEVEL, self.start)
            if stage == self.start:
                self.carried[key] = (stage, self.fresh(own))
            else:
                keys = (self.inner_key,) if side is self.inner else self.outer_keys
                join = self.join(partial(side.relation, stage), (id(side), stage), stage, keys, side.keys, own)
                self.carried[key] = (stage, self.joined(join, name, own))
        return self.carried[key][1]

    def emit_base(self, stage: Stage) -> str:
        outer, inner = self.outer.relation(self.start), self.inner.relation(self.start)
        chosen: list[Sql] = [
            named(column(name, "inner" if within else "outer"), here)
            for (within, name), (stage_of, here) in self.carried.items()
            if stage_of == self.start
        ]
        table = exp.Table(this=quoted(outer), alias=exp.TableAlias(this=quoted("outer")))
        query = exp.Select(expressions=chosen).from_(table)
        parent = column(self.here.value.name, "outer")
        return self.plan.add(self.word, attach(query, inner, "inner", [(parent, self.back)], side="INNER"))
