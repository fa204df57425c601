"""Summing up the rows of a stream: where one row is computed, and what the GROUP BY says of all of them.

A fold whose body reads nothing but the row and its parent is summed over the row's own kind, by the link back: one
GROUP BY for each relation, shared by every measure. One that looks elsewhere is summed over pairs of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from doudi.rules.engines.sql_cells import LEVEL, Cell, deepest
from doudi.rules.engines.sql_elements import Stream, gated
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_logic import kleene
from doudi.rules.engines.sql_pairs import PairFrame
from doudi.rules.engines.sql_words import (
    Sql,
    any_true,
    case,
    cast,
    coalesce,
    column,
    either,
    every,
    is_known,
    no,
    no_cause,
    nothing,
    number,
    op,
    truth,
)
from doudi.rules.nodes import Node, One, Variable
from doudi.rules.types import row_of

DECIDES, OPEN, FAILS, SILENT = 3, 2, 1, 0  # what a row may say in a fold, the strongest first
LIGHT = 12  # words of a row's own expression that may stand in several sums without becoming a column first


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of a stream are computed (`frame`), grouped (by `keys`) and joined (`on`, from `stage`)."""

    frame: Frame
    keys: tuple[str, ...]
    on: tuple[str, ...]
    stage: int
    swaps: tuple[tuple[Node, Node], ...]

    def put(self, node: Node) -> Node:
        """A node of the stream, told in the terms of `frame`."""
        return self.frame.plan.nursery.swap(node, dict(self.swaps))


def place_of(frame: Frame, stream: Stream, nodes: Sequence[Node]) -> Place:
    """Where the rows of a stream on which these nodes stand are computed."""
    plan, many = frame.plan, stream.many
    relation = plan.relation_to(many.of.type.kind, many.relation)
    row = plan.nursery.plant(Variable(type=row_of(relation.to), name="@row"))
    subject = plan.nursery.subject(relation.to)
    parent = plan.nursery.plant(One(type=many.of.type, of=subject, relation=relation.back))
    # The subject of the rule may be of the same kind as the rows: ask before the row itself is called the subject.
    of_row = plan.nursery.plant(One(type=many.of.type, of=row, relation=relation.back))
    if all(plan.nursery.rows_named(plan.nursery.swap(node, {many.of: of_row})) <= {row} for node in nodes):
        swaps = {many.of: parent, row: subject}
        member, key = plan.kind(relation.to), frame.key(many.of)
        keys = (member.raw((), f"{relation.back}_id"),)
        return Place(member, keys, (key.value.name,), key.depth // LEVEL, tuple(swaps.items()))
    pairs = _pairs_of(frame, stream, relation.to, relation.back)
    return Place(pairs, pairs.outer_keys, frame.keys, frame.start, ((row, pairs.variable),))


def _pairs_of(frame: Frame, stream: Stream, child: str, back: str) -> PairFrame:
    plan, many = frame.plan, stream.many
    key = (id(frame), id(many.of), many.relation)
    if key not in plan.pairs:
        plan.pairs[key] = PairFrame(plan, frame, many.of, child, back, f"{frame.word}_with_{many.relation}")
    return plan.pairs[key]


@dataclass(frozen=True, slots=True)
class Total:
    """A total over some elements: its value, how many belong, whether any is unknown, the cause of any failure."""

    value: Cell
    count: Cell
    unknown: Cell | None
    cause: Cell | None


class Rows:
    """The rows of a stream, ready to be summed up into columns of the frame the fold stands in."""

    def __init__(self, frame: Frame, stream: Stream, *bodies: Node) -> None:
        self.frame, self.stream = frame, stream
        self.place = place_of(frame, stream, [*stream.guards, *bodies])
        self.member = self.place.frame
        self.guards = [self.member.cell(self.place.put(guard)) for guard in stream.guards]

    def cell(self, node: Node) -> Cell:
        """A node of one row."""
        return self.member.cell(self.place.put(node))

    def light(self, cell: Cell) -> Cell:
        """The cell, as columns of its own when it is more than a few words."""
        heavy = cell.weight > LIGHT or cell.cause is not None
        return self.member.bind(cell, f"{self.stream.many.relation}_row") if heavy else cell

    def sums(self, cells: Sequence[Cell], *aggregates: tuple[str, Sql]) -> list[Cell]:
        """The aggregates, as columns of the frame the fold stands in; NULL where there are no rows."""
        plan = self.frame.plan
        stage = max(deepest(cells) // LEVEL, self.member.start)
        sums = plan.sums_of(self.member, self.place.keys, stage)
        at = max(stage + 1, self.place.stage, self.frame.start + 1)
        relation = self.stream.many.relation
        join = self.frame.join(sums.emit, id(sums), at, self.place.on, self.place.keys, relation)
        made = []
        for wish, aggregate in aggregates:
            there = sums.column(aggregate, wish)
            made.append(Cell(column(self.frame.joined(join, there, f"{relation}_{there}")), None, at * LEVEL, 1))
        return made

    # -- what folds ask

    def any_of(self, matches: Cell) -> Cell:
        """The `||` of a truth over all rows."""
        cell = self.light(matches)
        return self._gate(self._dominated(cell, cell.value, True), False)

    def all_of(self, matches: Cell) -> Cell:
        """The `&&` of a truth over all rows."""
        cell = self.light(matches)
        return self._gate(self._dominated(cell, no(cell.value), False), True)

    def _dominated(self, cell: Cell, deciding: Sql, decides: bool) -> Cell:
        """The strongest thing said of any row: it decides, it is unknown, it fails, it does not decide."""
        said = [(deciding, number(DECIDES)), (cell.unknown, number(OPEN))][: 1 if cell.known else 2]
        if cell.cause is not None:
            said.append((is_known(cell.cause), number(FAILS)))
        wanted: list[tuple[str, Sql]] = [
            ("any" if decides else "all", exp.Max(this=case(*said, otherwise=number(SILENT))))
        ]
        if cell.cause is not None:
            wanted.append(("cause", exp.Min(this=cell.cause)))
        strongest, *cause = self.sums([cell], *wanted)
        branches = [(op(exp.EQ, strongest.value, number(DECIDES)), truth(decides))]
        if len(said) > 1:
            branches.append((op(exp.GT, strongest.value, number(SILENT)), nothing("BOOLEAN")))
        value = case(*branches, otherwise=truth(not decides))
        failure = case((op(exp.EQ, strongest.value, number(FAILS)), cause[0].value)) if cause else None
        return Cell(value, failure, strongest.depth, 16 if cause else 8, len(said) == 1)

    def count(self, matches: Cell | None) -> tuple[Cell, Cell, Cell | None]:
        """How many rows are true (None: all rows).

        As a cell that needs every row, as a plain number of those sure, and how many are unknown.
        """
        if matches is None:
            (every_row,) = self.sums([], ("count", exp.Count(this=exp.Star())))
            sure = self._gate(_or_zero(every_row), 0)
            return sure, sure, None
        cell = self.light(matches)
        wanted: list[tuple[str, Sql]] = [("count", exp.Count(this=case((cell.value, number(1)))))]
        wanted += [("unknown", exp.Count(this=case((cell.unknown, number(1)))))] if not cell.known else []
        wanted += [("cause", exp.Min(this=cell.cause))] if cell.cause is not None else []
        found = dict(zip((name for name, _ in wanted), self.sums([cell], *wanted), strict=True))
        sure = self._gate(_or_zero(found["count"]), 0)
        unsure = self._gate(_or_zero(found["unknown"]), 0) if "unknown" in found else None
        return self._needing_all(sure, unsure, found.get("cause")), sure, unsure

    def total(self, op: str) -> Total:
        """The sum (wide), least or greatest of what the rows are seen as."""
        item = self.light(self.cell(self.stream.node))
        guard = self.light(self.guard()) if self.guards else None
        seen = item.value if guard is None else case((guard.value, item.value))
        folded = self.frame.dialect.sum(seen) if op == "sum" else (exp.Min if op == "min" else exp.Max)(this=seen)
        present = item.value if guard is None else case((guard.value, number(1)))
        wanted = [(op, folded), ("count", exp.Count(this=present))]
        unknown, cause = item.unknown, item.cause
        if guard is not None:
            unknown = either(guard.unknown, every(guard.value, item.unknown))
            cause = _of_either(guard, item)
        wanted += [("unknown", any_true(unknown))] if not (item.known and guard is None) else []
        wanted += [("cause", exp.Min(this=cause))] if cause is not None else []
        cells = [item] if guard is None else [item, guard]
        found = dict(zip((name for name, _ in wanted), self.sums(cells, *wanted), strict=True))
        present_cell = self._gate(_or_zero(found["count"]), 0)
        doubt, failure = found.get("unknown"), found.get("cause")
        return Total(
            self._gate(found[op], None),
            present_cell,
            self._gate(doubt, False) if doubt else None,
            self._gate(failure, None) if failure else None,
        )

    def _needing_all(self, sure: Cell, unsure: Cell | None, cause: Cell | None) -> Cell:
        doubt = [exp.GT(this=unsure.value, expression=number(0))] if unsure else []
        failure = self._gate(cause, None) if cause else None
        stops: list[Sql] = doubt + ([is_known(failure.value)] if failure else [])
        value = case((either(*stops), nothing("BIGINT")), otherwise=sure.value) if stops else sure.value
        told = None
        if failure:
            told = case((either(*doubt), no_cause()), otherwise=failure.value) if doubt else failure.value
        return Cell(value, told, sure.depth, 6 + sure.weight, not stops and sure.known)

    def _gate(self, cell: Cell, otherwise: object) -> Cell:
        gate = self.stream.gate
        if gate is None:
            return cell
        if isinstance(otherwise, bool):
            return gated(gate, cell, otherwise)
        neutral = exp.Null() if otherwise is None else cast(number(0), "BIGINT")
        value = case((gate.value, cell.value), otherwise=neutral)
        return Cell(value, None, max(gate.depth, cell.depth), gate.weight + cell.weight + 2, cell.known)

    def matches(self, body: Cell) -> Cell:
        """A row that belongs and for which the body holds."""
        return kleene(every, [*self.guards, body]) if self.guards else body

    def guard(self) -> Cell:
        """A row that belongs."""
        return kleene(every, self.guards)


def _or_zero(cell: Cell) -> Cell:
    return Cell(coalesce(cell.value, number(0)), None, cell.depth, 3, True)


def _of_either(guard: Cell, item: Cell) -> Sql | None:
    """The cause of a row that belongs, or of its guard."""
    if guard.cause is None and item.cause is None:
        return None
    inside = item.cause or no_cause()
    return case((guard.value, inside), (no(guard.value), no_cause()), otherwise=guard.cause or no_cause())
