"""Counting elements: sizes, sizes compared with a line, and exists_one."""

from __future__ import annotations

from sqlglot import exp

from doudi.rules import nodes
from doudi.rules.engines.sql_cells import Cell, any_cause, deepest, heaviest, strict
from doudi.rules.engines.sql_elements import ALWAYS, Elements, Item, Stream, gather
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_logic import kleene
from doudi.rules.engines.sql_rows import Rows
from doudi.rules.engines.sql_values import compare
from doudi.rules.engines.sql_words import (
    Sql,
    case,
    cast,
    either,
    every,
    is_null,
    no,
    no_cause,
    number,
    op,
    truth,
)
from doudi.rules.hazards import can_err
from doudi.rules.nodes import Node

Part = Item | Stream


def match(frame: Frame, item: Item, body: Node) -> Cell:
    """An item that belongs and for which the body holds."""
    cell = frame.light(body)
    return cell if item.guard is ALWAYS else kleene(every, [item.guard, cell])


def opposite(cell: Cell) -> Cell:
    """Not the cell."""
    return strict([cell], no(cell.value), weight=1)


class Count:
    """How many elements match: `whole` needs every element, `sure` and `unsure` are plain numbers."""

    def __init__(self, frame: Frame, elements: Elements, matches: list[tuple[Part, Node | None]]) -> None:
        self.whole: list[Cell] = []
        self.sure: list[Cell] = []
        self.unsure: list[Cell] = []
        for part, body in matches:
            if isinstance(part, Item):
                self._add_item(frame, part, body)
            else:
                self._add_rows(frame, part, body)
        self.complete = elements.complete

    def _add_item(self, frame: Frame, item: Item, body: Node | None) -> None:
        cell = item.guard if body is None else match(frame, item, body)
        zero, one = cast(number(0), "BIGINT"), cast(number(1), "BIGINT")
        self.whole.append(strict([cell], case((cell.value, one), (no(cell.value), zero)), weight=4))
        self.sure.append(Cell(case((cell.value, one), otherwise=zero), None, cell.depth, cell.weight + 4, True))
        if not cell.known:
            self.unsure.append(Cell(case((cell.unknown, one), otherwise=zero), None, cell.depth, cell.weight + 4, True))

    def _add_rows(self, frame: Frame, stream: Stream, body: Node | None) -> None:
        rows = Rows(frame, stream, *([body] if body is not None else []))
        if body is None:
            whole, sure, unsure = rows.count(rows.guard() if rows.guards else None)
        else:
            whole, sure, unsure = rows.count(rows.matches(rows.cell(body)))
        self.whole.append(whole)
        self.sure.append(sure)
        if unsure is not None:
            self.unsure.append(unsure)

    def size(self) -> Cell:
        """How many, when all is known."""
        value = _plus(self.whole)
        if self.complete is ALWAYS:
            return strict(self.whole, value)
        return strict([*self.whole, self.complete], case((self.complete.value, value)))

    def surely(self) -> Cell:
        """How many at least."""
        return _summed(self.sure)

    def at_most(self) -> Cell:
        """How many at most, were the rows complete."""
        return _summed([*self.sure, *self.unsure])


def _plus(cells: list[Cell]) -> Sql:
    if not cells:
        return cast(number(0), "BIGINT")
    total = cells[0].value
    for cell in cells[1:]:
        total = op(exp.Add, total, cell.value)
    return total


def _summed(cells: list[Cell]) -> Cell:
    return Cell(_plus(cells), None, deepest(cells), heaviest(cells) + 1, True)


def exactly_one(frame: Frame, elements: Elements, bodies: list[tuple[Part, Node]], *, early: bool) -> Cell:
    """exists_one; `early` where two that match decide before the rest is known."""
    count = Count(frame, elements, list(bodies))
    size = count.size()
    one = strict([size], op(exp.EQ, size.value, number(1)), weight=1)
    if not early:
        return one
    sure = count.surely()
    several = op(exp.GT, sure.value, number(1))
    value = case((several, truth(False)), otherwise=one.value)
    given = None if one.cause is None else case((several, no_cause()), otherwise=one.cause)
    return Cell(value, given, max(one.depth, sure.depth), one.weight + 2 * sure.weight, one.known)


def size_of(frame: Frame, node: nodes.Size) -> Cell:
    """size() of rows or of a list."""
    elements = gather(frame, node.of)
    return Count(frame, elements, [(part, None) for part in elements.parts]).size()


def compare_size(frame: Frame, node: nodes.Compare) -> Cell:
    """A size against a number: decided by the rows present where they suffice (`reckoning.bounded`)."""
    assert isinstance(node.left, nodes.Size)
    right = frame.light(node.right)
    if can_err(node.left.of):
        left = frame.light(node.left)
        return strict([left, right], compare(frame, node.op, left.value, right.value))
    elements = gather(frame, node.left.of)
    count = Count(frame, elements, [(part, None) for part in elements.parts])
    low, high, line = count.surely(), count.at_most(), right.value
    value = _bounded(frame, node.op, low.value, high.value, line, elements.complete)
    cells = [low, high, right, elements.complete]
    given = None
    size = count.size()
    if size.cause is not None:
        value = case((is_null(size.cause), value))
    if any_cause([right, size]) is not None:
        given = strict([size, right], truth(True)).cause
    known = elements.complete is ALWAYS and not count.unsure and right.known
    return Cell(value, given, deepest(cells), 2 * heaviest(cells) + 6, known)


def _bounded(frame: Frame, sign: str, low: Sql, high: Sql, line: Sql, complete: Cell) -> Sql:
    """What some number between low and high (no bound unless complete) says against the line; NULL if undecided."""
    if complete is ALWAYS and low == high:
        return compare(frame, sign, low, line)
    closed = [] if complete is ALWAYS else [complete.value]
    lowest, highest = compare(frame, sign, low, line), compare(frame, sign, high, line)
    if sign in (">", ">="):
        return case((lowest, truth(True)), (every(*closed, no(highest)), truth(False)))
    if sign in ("<", "<="):
        return case((no(lowest), truth(False)), (every(*closed, highest), truth(True)))
    same = every(*closed, op(exp.EQ, low, high))
    outside = either(op(exp.GT, low, line), every(*closed, op(exp.LT, high, line)))
    return case((same, lowest), (outside, truth(sign == "!=")))
