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
        self.outer_keys = tuple(self._carry(False, key, 0) for key in outer.keys)
        self.inner_key = self._carry(True, "id", 0)
        self.keys = (*self.outer_keys, self.inner_key)

    def compile(self, node: Node) -> Cell:
        """The node, computed on the side it speaks of, or here when it speaks of both."""
        names = self.plan.nursery.rows_named(node)
        if not names or (self.variable in names and names != {self.variable}):
            return super().compile(node)
        within, here = self._side(node)
        side = self._frame(within)
        return self._bring(within, side.bind(side.cell(here), self.plan.label(node)))

    def fact(self, row: Node, name: str, year: int | None = None) -> Cell:
        """A stored column of either side."""
        within, here = self._side(row)
        return self._bring(within, self._frame(within).fact(here, name, year))

    def key(self, row: Node) -> Cell:
        """The id of a row of either side."""
        within, here = self._side(row)
        return self._bring(within, self._frame(within).key(here))

    def _frame(self, within: bool) -> Frame:
        return self.inner if within else self.outer

    def _side(self, node: Node) -> tuple[bool, Node]:
        """Whether a node is of the row folded, and the node in the terms of its own frame.

        Both sides may be one frame: the loans of a loan's household.
        """
        if self.plan.nursery.rows_named(node) == {self.variable}:
            return True, self.plan.nursery.onto_subject(node, self.variable, self.inner.kind)
        return False, node

    def _bring(self, within: bool, cell: Cell) -> Cell:
        value = column(self._carry(within, cell.value.name, cell.depth))
        cause = column(self._carry(within, cell.cause.name, cell.depth)) if cell.cause is not None else None
        return Cell(value, cause, max(cell.depth // LEVEL, self.start) * LEVEL, 2, cell.known)

    def _carry(self, within: bool, name: str, depth: int) -> str:
        key = (within, name)
        if key not in self.carried:
            own = "_".join((self.inner.kind if within else "outer", name))
            stage = max(depth // LEVEL, self.start)
            if stage == self.start:
                self.carried[key] = (stage, self.fresh(own))
            else:
                side, keys = self._frame(within), (self.inner_key,) if within else self.outer_keys
                join = self.join(partial(side.relation, stage), (id(side), stage), stage, keys, side.keys, own)
                self.carried[key] = (stage, self.joined(join, name, own))
        return self.carried[key][1]

    def emit_base(self, stage: Stage) -> str:
        """Each outer row with each row it folds."""
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
