"""Lists as whole values: compared with one another, or given back as columns. No engine sees an array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    alike = _alike(frame, one, other)
    value = case((every(one.status.value, other.status.value), alike.value))
    made = strict([one.status, other.status], value, weight=alike.weight + 4)
    return Cell(made.value, made.cause, max(made.depth, alike.depth), made.weight, made.known and alike.known)


def _alike(frame: Frame, one: Listed, other: Listed) -> Cell:
    """Alike, both being known."""
    if one.fixed and other.fixed:
        if len(one.items) != len(other.items):
            return Cell(truth(False), known=True)
        pairs = zip(one.items, other.items, strict=True)
        return _joined(every, [_same(frame, mine, theirs) for (_, mine), (_, theirs) in pairs])
    places, places_too = _places(frame, one), _places(frame, other)
    tests = [
        Cell(op(exp.EQ, places[-1].value, places_too[-1].value), None, max(places[-1].depth, places_too[-1].depth))
    ]
    for (guard, value), place in zip(one.items, places, strict=False):
        for (guard_too, value_too), place_too in zip(other.items, places_too, strict=False):
            apart = Cell(op(exp.NEQ, place.value, place_too.value), None, max(place.depth, place_too.depth))
            outside = [Cell(no(each.value), None, each.depth) for each in (guard, guard_too) if each is not ALWAYS]
            tests.append(_joined(either, [*outside, apart, _same(frame, value, value_too)]))
    return _joined(every, tests)


def _joined(join: Callable[..., Sql], cells: Sequence[Cell]) -> Cell:
    return Cell(join(*(cell.value for cell in cells)), None, deepest(cells), heaviest(cells) + len(cells))


def _same(frame: Frame, one: Cell | Listed, other: Cell | Listed) -> Cell:
    if isinstance(one, Listed) and isinstance(other, Listed):
        return _alike(frame, one, other)
    assert isinstance(one, Cell)
    assert isinstance(other, Cell)
    return Cell(op(exp.EQ, one.value, other.value), None, max(one.depth, other.depth), one.weight + other.weight + 1)


def _places(frame: Frame, whole: Listed) -> list[Cell]:
    """How many items belong before each, and in all: columns, as every item of the other list reads them."""
    places = [Cell(cast(number(0), "BIGINT"), known=True)]
    total: Sql = places[0].value
    guards: list[Cell] = []
    for guard, _ in whole.items:
        guards.append(guard if guard is ALWAYS else frame.bind(guard, "belongs"))
        total = op(exp.Add, total, case((guards[-1].value, number(1)), otherwise=number(0)))
        places.append(frame.bind(Cell(total, None, deepest(guards), len(guards), True), "place"))
    return places
