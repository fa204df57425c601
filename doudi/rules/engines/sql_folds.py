"""Compiling folds, sizes, totals and `in`: over items written out and over rows alike."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from doudi.rules import nodes
from doudi.rules.engines.sql_cells import Cell, any_cause, deepest, heaviest, strict
from doudi.rules.engines.sql_elements import ALWAYS, Elements, Item, Stream, gather
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_lists import compare_lists
from doudi.rules.engines.sql_logic import kleene
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_rows import Rows
from doudi.rules.engines.sql_rows import Total as Sum
from doudi.rules.engines.sql_tree import Held, Same
from doudi.rules.engines.sql_values import cause, compare, compile_compare, compile_size, plain
from doudi.rules.engines.sql_words import (
    Sql,
    case,
    cast,
    coalesce,
    either,
    every,
    greatest,
    is_known,
    is_null,
    least,
    no,
    no_cause,
    nothing,
    number,
    op,
    tight,
    truth,
)
from doudi.rules.hazards import can_err
from doudi.rules.nodes import Node
from doudi.rules.types import BOOL

Part = Item | Stream


def compile_fold(frame: Frame, node: nodes.Fold) -> Cell:
    """exists, all, exists_one."""
    elements = gather(frame, node.over)
    bodies = [(part, part.put(frame, node.name, node.body)) for part in elements.parts]
    if node.op == "exists":
        return exists(frame, elements, bodies)
    if node.op == "all":
        return _all(frame, elements, bodies)
    return _exactly_one(frame, elements, bodies, early=not can_err(node.over) and not can_err(node.body))


def exists(frame: Frame, elements: Elements, bodies: list[tuple[Part, Node]]) -> Cell:
    """The `||` over all elements of guard and body; false only when nothing else can belong."""
    cells = [_matching(frame, part, body) for part, body in bodies]
    if elements.complete is not ALWAYS:
        open_end = elements.complete
        cells.append(replace(open_end, value=no(open_end.value), weight=open_end.weight + 1))
    return kleene(either, cells) if cells else Cell(truth(False), known=True)


def _matching(frame: Frame, part: Part, body: Node) -> Cell:
    if isinstance(part, Item):
        return _match(frame, part, body)
    rows = Rows(frame, part, body)
    return rows.any_of(rows.matches(rows.cell(body)))


def _match(frame: Frame, item: Item, body: Node) -> Cell:
    cell = frame.light(body)
    return cell if item.guard is ALWAYS else kleene(every, [item.guard, cell])


def _all(frame: Frame, elements: Elements, bodies: list[tuple[Part, Node]]) -> Cell:
    cells = [_passing(frame, part, body) for part, body in bodies]
    if elements.complete is not ALWAYS:
        cells.append(elements.complete)
    return kleene(every, cells) if cells else Cell(truth(True), known=True)


def _passing(frame: Frame, part: Part, body: Node) -> Cell:
    if isinstance(part, Item):
        cell = frame.light(body)
        return cell if part.guard is ALWAYS else kleene(either, [_opposite(part.guard), cell])
    rows = Rows(frame, part, body)
    cell = rows.cell(body)
    return rows.all_of(kleene(either, [_opposite(rows.guard()), cell]) if rows.guards else cell)


def _opposite(cell: Cell) -> Cell:
    return strict([cell], no(cell.value), weight=1)


# -- counting


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
        cell = item.guard if body is None else _match(frame, item, body)
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


def _exactly_one(frame: Frame, elements: Elements, bodies: list[tuple[Part, Node]], *, early: bool) -> Cell:
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


# -- totals


def compile_total(frame: Frame, node: nodes.Total) -> Cell:
    """sum, min, max: unknown before error before value; the sum is wide and checked once."""
    elements = gather(frame, node.of)
    sums = [
        _item_total(frame, part) if isinstance(part, Item) else Rows(frame, part, part.node).total(node.op)
        for part in elements.parts
    ]
    every_cell = [cell for part in sums for cell in (part.value, part.count, part.unknown, part.cause) if cell]
    depth, weight = deepest([*every_cell, elements.complete]), heaviest([*every_cell, elements.complete])
    doubts = [part.unknown.value for part in sums if part.unknown]
    if elements.complete is not ALWAYS:
        doubts.append(elements.complete.unknown)
    causes = [part.cause for part in sums if part.cause]
    if elements.complete.cause is not None:
        causes.append(replace(elements.complete, value=elements.complete.cause))
    failed = [is_known(cell.value) for cell in causes]
    value, own = _folded(frame, node, sums)
    stops = doubts + failed
    whole = case((either(*stops), nothing(frame.dialect.type_of(node.type.name))), otherwise=value) if stops else value
    branches: list[tuple[Sql, Sql]] = [(either(*doubts), no_cause())] if doubts else []
    if causes:
        branches.append((either(*failed), least(*(cell.value for cell in causes))))
    return Cell(whole, case(*branches, own), depth, 3 * weight + 6)


def _folded(frame: Frame, node: nodes.Total, sums: list[Sum]) -> tuple[Sql, tuple[Sql, Sql]]:
    """The total, and when it fails of itself."""
    if node.op == "sum":
        dialect = frame.dialect
        wide = [coalesce(dialect.widest(part.value.value), dialect.widest(number(0))) for part in sums]
        total = dialect.widest(number(0)) if not wide else wide[0]
        for more in wide[1:]:
            total = exp.Paren(this=op(exp.Add, total, more))
        value = dialect.fit(total)
        return value, (is_null(value), cause("overflow"))
    values = [part.value.value for part in sums] or [nothing(frame.dialect.type_of(node.type.name))]
    value = (least if node.op == "min" else greatest)(*values)
    return value, (is_null(value), cause("empty"))


def _item_total(frame: Frame, item: Item) -> Sum:
    cell = frame.light(item.node)
    unknown, failure = (None if cell.known else cell.unknown), cell.cause
    value = cell.value
    if item.guard is not ALWAYS:
        guard = item.guard
        value = case((guard.value, value))
        parts = [
            part
            for part in (guard.unknown if not guard.known else None, every(guard.value, unknown) if unknown else None)
            if part
        ]
        unknown = either(*parts) if parts else None
        if guard.cause is not None or failure is not None:
            failure = case(
                (guard.value, failure or no_cause()), (no(guard.value), no_cause()), otherwise=guard.cause or no_cause()
            )
    cells = [cell, item.guard]
    depth, weight = deepest(cells), heaviest(cells) + 2
    made = [Cell(tight(part), None, depth, weight) if part is not None else None for part in (value, unknown, failure)]
    assert made[0] is not None
    return Sum(made[0], Cell(number(1), known=True), made[1], made[2])


# -- membership


def compile_in(frame: Frame, node: nodes.In) -> Cell:
    """Item in list: the `||` of equalities."""
    elements = gather(frame, node.list)
    plant = frame.plan.nursery.plant
    bodies = [(part, plant(Same(type=BOOL, left=node.item, right=part.node))) for part in elements.parts]
    short = _literals(frame, node, elements)
    return short or exists(frame, elements, bodies)


def _literals(frame: Frame, node: nodes.In, elements: Elements) -> Cell | None:
    """The usual case, a fact among values written out, as SQL's own IN."""
    items = [part.node for part in elements.parts if isinstance(part, Item) and part.guard is ALWAYS]
    simple = all(isinstance(item, nodes.Literal) and item.type.name in ("text", "code", "int") for item in items)
    if not items or not simple or len(items) != len(elements.parts) or elements.complete is not ALWAYS:
        return None
    cell = frame.light(node.item)
    cells = [frame.cell(item) for item in items]
    return strict(
        [cell], exp.In(this=tight(cell.value), expressions=[plain(item.value) for item in cells]), weight=len(items) + 1
    )


def compile_same(frame: Frame, node: Same) -> Cell:
    """Equality that needs both sides."""
    if node.left.type.name == "list":
        return compare_lists(frame, node.left, node.right)
    left, right = frame.light(node.left), frame.light(node.right)
    return strict([left, right], compare(frame, "==", left.value, right.value), weight=1)


def compile_comparison(frame: Frame, node: nodes.Compare) -> Cell:
    """Left op right: of lists, of a size, of scalars."""
    if node.left.type.name == "list":
        same = compare_lists(frame, node.left, node.right)
        return same if node.op == "==" else _opposite(same)
    if isinstance(node.left, nodes.Size) and node.left.of.type.name in ("rows", "list"):
        return compare_size(frame, node)
    return compile_compare(frame, node)


def compile_any_size(frame: Frame, node: nodes.Size) -> Cell:
    """size() of rows, a list or a text."""
    return size_of(frame, node) if node.of.type.name in ("rows", "list") else compile_size(frame, node)


def compile_held(frame: Frame, node: Held) -> Cell:
    """What a variable stands for."""
    return frame.light(node.term)


Plan.compilers |= {
    nodes.Fold: compile_fold,
    nodes.Total: compile_total,
    nodes.In: compile_in,
    Same: compile_same,
    Held: compile_held,
    nodes.Compare: compile_comparison,
    nodes.Size: compile_any_size,
}
