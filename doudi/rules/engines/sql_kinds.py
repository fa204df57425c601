"""Frames whose rows are the subjects of one kind: its table, the to-one walks from it, its facts of a year.

Rows that are folded (`KindFrame`) join what their to-one walks lead to as it is stored. The subjects of the rules
(`SubjectFrame`) join it computed: what depends on a person's household alone is computed once a household.
"""

from __future__ import annotations

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell
from doudi.rules.engines.sql_frames import Frame, Stage, attach, row_path
from doudi.rules.engines.sql_owned import needs_row
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_words import Sql, column, named, number, quoted
from doudi.rules.nodes import Fact, Node, One
from doudi.rules.types import row_of

Path = tuple[str, ...]
Given = tuple[Path, str, int | None]


class KindFrame(Frame):
    """One row a subject. Links and facts behind to-one relations are joined at the first stage."""

    keys = ("id",)
    start = 0

    def __init__(self, plan: Plan, kind: str) -> None:
        super().__init__(plan, kind)
        self.kind = kind
        self.given: dict[Given, str] = {}
        self.raw((), "id")

    def fact(self, row: Node, name: str, year: int | None = None) -> Cell:
        """A stored column."""
        return Cell(column(self.raw(row_path(row)[1], name, year)))

    def key(self, row: Node) -> Cell:
        """The id, or the link that leads to the row."""
        path = row_path(row)[1]
        name = self.raw(path[:-1], f"{path[-1]}_id") if path else "id"
        return Cell(column(name), known=not path)

    def raw(self, path: Path, name: str, year: int | None = None) -> str:
        """The name here of a stored column: of the subject, or of what a to-one walk leads to."""
        given = (path, name, year)
        if given not in self.given:
            words = [*path, name, *([str(year)] if year is not None else [])]
            self.given[given] = self.fresh("_".join(words))
        return self.given[given]

    def kind_at(self, path: Path) -> str:
        """The kind a to-one walk leads to."""
        kind = self.kind
        for relation in path:
            kind = self.plan.relation_to(kind, relation).to
        return kind

    def emit_base(self, stage: Stage) -> str:
        """The stored columns."""
        return self.plan.add(f"{self.word}_facts", self.base_query())

    def base_query(self) -> exp.Select:
        """The stored columns asked for, of the subject and of what its walks lead to."""
        chosen: list[Sql] = [named(column(name, _alias(self, *place)), here) for (name, place, here) in self._columns()]
        query = exp.Select(expressions=chosen).from_(_aliased(self.plan.table(self.kind), self.kind))
        for path in sorted(self._walks(), key=lambda walk: (len(walk), walk)):
            link = column(f"{path[-1]}_id", _alias(self, path[:-1]))
            query = _with(query, self.plan.table(self.kind_at(path)), _alias(self, path), [(link, "id")])
        for path, year in sorted({(p, y) for p, _, y in self.given if y is not None}):
            kind, alias = self.kind_at(path), _alias(self, path, year)
            same_year = exp.EQ(this=column("year", alias), expression=number(year))
            here = column(f"{path[-1]}_id", _alias(self, path[:-1])) if path else column("id", self.kind)
            query = _with(query, self.plan.table(f"{kind}_year"), alias, [(here, f"{kind}_id")], same_year)
        return query

    def _columns(self) -> list[tuple[str, tuple[Path, int | None], str]]:
        return [(name, (path, year), here) for (path, name, year), here in self.given.items()]

    def _walks(self) -> set[Path]:
        walks = {path for path, _, year in self.given if path and year is None}
        walks |= {path[:-1] for path, _, year in self.given if year is not None}
        return {walk[:length] for walk in walks for length in range(1, len(walk) + 1)}


def _alias(frame: KindFrame, path: Path, year: int | None = None) -> str:
    words = [*(path or (frame.kind,)), *([str(year)] if year is not None else [])]
    return "_".join(words) if path or year is not None else frame.kind


def _aliased(table: str, alias: str) -> exp.Table:
    return exp.Table(this=quoted(table), alias=exp.TableAlias(this=quoted(alias)) if alias != table else None)


def _with(query: exp.Select, table: str, alias: str, on: list[tuple[Sql, str]], *extra: Sql) -> exp.Select:
    return attach(query, table, alias, on, *extra)


class SubjectFrame(KindFrame):
    """One row a subject; each to-one relation leads to a frame of its own, joined once with all that is asked of it."""

    def __init__(self, plan: Plan, kind: str, word: str = "") -> None:
        super().__init__(plan, kind)
        self.word = word or kind
        self.owners: dict[str, SubjectFrame] = {}
        self.carried: dict[tuple[str, str], str] = {}

    def compile(self, node: Node) -> Cell:
        """The node, computed with the owner where it speaks of nothing else."""
        step = self.plan.nursery.first_step(node)
        if step is None or isinstance(node, Fact | One) or not needs_row(node):
            return super().compile(node)
        owner = self._owner(step)
        return self._carry(step, owner.bind(owner.cell(self._told(node, step)), self.plan.label(node)))

    def fact(self, row: Node, name: str, year: int | None = None) -> Cell:
        """A stored column."""
        path = row_path(row)[1]
        if not path:
            return super().fact(row, name, year)
        return self._carry(path[0], self._owner(path[0]).fact(self._told(row, path[0]), name, year))

    def key(self, row: Node) -> Cell:
        """The id, or the link that leads to the row."""
        path = row_path(row)[1]
        if len(path) < 2:
            return super().key(row)
        return self._carry(path[0], self._owner(path[0]).key(self._told(row, path[0])))

    def _owner(self, step: str) -> SubjectFrame:
        if step not in self.owners:
            kind = self.plan.relation_to(self.kind, step).to
            self.owners[step] = SubjectFrame(self.plan, kind, f"{self.word}_{step}")
        return self.owners[step]

    def _told(self, node: Node, step: str) -> Node:
        """The node in the terms of the owner's frame."""
        nursery, owner = self.plan.nursery, self._owner(step)
        walked = nursery.plant(One(type=row_of(owner.kind), of=nursery.subject(self.kind), relation=step))
        return nursery.swap(node, {walked: nursery.subject(owner.kind)})

    def _carry(self, step: str, cell: Cell) -> Cell:
        value = column(self._carried(step, cell.value.name))
        cause = column(self._carried(step, cell.cause.name)) if cell.cause is not None else None
        return Cell(value, cause, 0, 2 if cause is None else 3)

    def _carried(self, step: str, name: str) -> str:
        if (step, name) not in self.carried:
            self.carried[step, name] = self.fresh(f"{step}_{name}")
        return self.carried[step, name]

    def emit_base(self, stage: Stage) -> str:
        """The stored columns."""
        for step in self.owners:
            self.raw((), f"{step}_id")
        owners = {step: owner.relation(max([0, *owner.stages])) for step, owner in self.owners.items()}
        query = self.base_query()
        for step, relation in owners.items():
            query = attach(query, relation, step, [(column(f"{step}_id", self.kind), "id")])
        chosen = [named(column(name, step), here) for (step, name), here in self.carried.items()]
        query.set("expressions", [*query.expressions, *chosen])
        return self.plan.add(f"{self.word}_facts", query)
