"""The frame whose rows are the subjects of one kind: its table, the to-one walks from it, its facts of a year."""

from __future__ import annotations

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell
from doudi.rules.engines.sql_frames import Frame, Stage, attach, row_path
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_words import Sql, column, named, number, quoted
from doudi.rules.nodes import Node

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
        return Cell(column(self.raw(row_path(row)[1], name, year)))

    def key(self, row: Node) -> Cell:
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
        return self.plan.add(f"{self.word}_facts", query)

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
