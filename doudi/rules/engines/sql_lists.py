"""Lists as whole values: compared with one another, or given back as columns. No engine sees an array."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell, deepest, heaviest, strict
from doudi.rules.engines.sql_elements import ALWAYS, Item, gather
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_words import Sql, case, cast, either, every, is_known, no, no_cause, number, op, truth
from doudi.rules.errors import refuse
from doudi.rules.nodes import Node


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: `status` is TRUE where every item is known; each item belongs where its guard is true."""

    status: Cell
    items: tuple[tuple[Cell, Cell | Listed], ...]

    @property
    def fixed(self) -> bool:
        """Every item belongs."""
        return all(guard is ALWAYS for guard, _ in self.items)


def listed(frame: Frame, node: Node) -> Listed:
    """A list as one value: every item must be known. Rows have no order, so rows mapped are no such list."""
    elements = gather(frame, node)
    items: list[tuple[Cell, Cell | Listed]] = []
    present = [elements.complete]
    for part in elements.parts:
        if not isinstance(part, Item):
            raise refuse(
                node.at,
                "一组记录没有先后,不能当作列表比较或返回",
                "rows have no order: they cannot be compared or given back as a list",
                word="map",
                kind="unsupported",
            )
        value = listed(frame, part.node) if part.node.type.name == "list" else frame.light(part.node)
        items.append((part.guard, value))
        present.append(_present(part.guard, value.status if isinstance(value, Listed) else value))
    status = strict(present, every(*(_there(cell) for cell in present)))
    return Listed(status, tuple(items))


def _there(cell: Cell) -> Sql:
    return truth(True) if cell.known else case((is_known(cell.value), truth(True)))


def _present(guard: Cell, value: Cell) -> Cell:
    """TRUE where the item is known or does not belong."""
    if guard is ALWAYS:
        return value
    there = case((guard.value, _there(value)), (no(guard.value), truth(True)))
    cause = None
    if guard.cause is not None or value.cause is not None:
        inside = value.cause or no_cause()
        cause = case((guard.value, inside), (no(guard.value), no_cause()), otherwise=guard.cause or no_cause())
    return Cell(
        there, cause, max(guard.depth, value.depth), 3 * guard.weight + value.weight, guard.known and value.known
    )


def compare_lists(frame: Frame, left: Node, right: Node) -> Cell:
    """`left == right`: both known whole, as long, and alike item by item."""
    one, other = listed(frame, left), listed(frame, right)
    cells = [one.status, other.status]
    inside = _cells(one) + _cells(other)
    value = case((every(*(cell.value for cell in cells)), same_lists(one, other)))
    made = strict(cells, value, weight=heaviest(inside) + 4)
    return Cell(made.value, made.cause, max(made.depth, deepest(inside)), made.weight, made.known)


def _cells(whole: Listed) -> list[Cell]:
    cells: list[Cell] = []
    for guard, value in whole.items:
        cells += [guard, *(_cells(value) if isinstance(value, Listed) else [value])]
    return cells


def same_lists(one: Listed, other: Listed) -> Sql:
    """Alike, both being known."""
    if one.fixed and other.fixed:
        if len(one.items) != len(other.items):
            return truth(False)
        return every(*(_same(a, b) for (_, a), (_, b) in zip(one.items, other.items, strict=True)))
    tests = [op(exp.EQ, _length(one), _length(other))]
    for index, (guard, value) in enumerate(one.items):
        for place, (guard_too, value_too) in enumerate(other.items):
            apart = op(exp.NEQ, _length(one, index), _length(other, place))
            tests.append(either(no(guard.value), no(guard_too.value), apart, _same(value, value_too)))
    return every(*tests)


def _same(one: Cell | Listed, other: Cell | Listed) -> Sql:
    if isinstance(one, Listed) and isinstance(other, Listed):
        return same_lists(one, other)
    assert isinstance(one, Cell)
    assert isinstance(other, Cell)
    return op(exp.EQ, one.value, other.value)


def _length(whole: Listed, until: int | None = None) -> Sql:
    """How many of the first items belong."""
    total: Sql = cast(number(0), "BIGINT")
    for guard, _ in whole.items[:until]:
        total = op(exp.Add, total, case((guard.value, number(1)), otherwise=number(0)))
    return total
