"""Compiling folds and `in`: over items written out and over rows alike."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from doudi.rules import nodes
from doudi.rules.engines import sql_reckoning, sql_totals  # noqa: F401  each registers its compilers
from doudi.rules.engines.sql_cells import Cell, strict
from doudi.rules.engines.sql_counts import Part, compare_size, exactly_one, match, opposite, size_of
from doudi.rules.engines.sql_elements import ALWAYS, Elements, Item, gather
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_lists import compare_lists
from doudi.rules.engines.sql_logic import kleene
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_rows import Rows
from doudi.rules.engines.sql_tree import Held, Same
from doudi.rules.engines.sql_values import compare, compile_compare, compile_size, plain
from doudi.rules.engines.sql_words import (
    either,
    every,
    no,
    tight,
    truth,
)
from doudi.rules.hazards import can_err
from doudi.rules.nodes import Node
from doudi.rules.types import BOOL


def compile_fold(frame: Frame, node: nodes.Fold) -> Cell:
    """exists, all, exists_one."""
    elements = gather(frame, node.over)
    bodies = [(part, part.put(frame, node.name, node.body)) for part in elements.parts]
    if node.op == "exists":
        return exists(frame, elements, bodies)
    if node.op == "all":
        return _all(frame, elements, bodies)
    return exactly_one(frame, elements, bodies, early=not can_err(node.over) and not can_err(node.body))


def exists(frame: Frame, elements: Elements, bodies: list[tuple[Part, Node]]) -> Cell:
    """The `||` over all elements of guard and body; false only when nothing else can belong."""
    cells = [_matching(frame, part, body) for part, body in bodies]
    if elements.complete is not ALWAYS:
        open_end = elements.complete
        cells.append(replace(open_end, value=no(open_end.value), weight=open_end.weight + 1))
    return kleene(either, cells) if cells else Cell(truth(False), known=True)


def _matching(frame: Frame, part: Part, body: Node) -> Cell:
    if isinstance(part, Item):
        return match(frame, part, body)
    rows = Rows(frame, part, body)
    return rows.any_of(rows.matches(rows.cell(body)))


def _all(frame: Frame, elements: Elements, bodies: list[tuple[Part, Node]]) -> Cell:
    cells = [_passing(frame, part, body) for part, body in bodies]
    if elements.complete is not ALWAYS:
        cells.append(elements.complete)
    return kleene(every, cells) if cells else Cell(truth(True), known=True)


def _passing(frame: Frame, part: Part, body: Node) -> Cell:
    if isinstance(part, Item):
        cell = frame.light(body)
        return cell if part.guard is ALWAYS else kleene(either, [opposite(part.guard), cell])
    rows = Rows(frame, part, body)
    cell = rows.cell(body)
    return rows.all_of(kleene(either, [opposite(rows.guard()), cell]) if rows.guards else cell)


def compile_in(frame: Frame, node: nodes.In) -> Cell:
    """`item in list`: the `||` of equalities."""
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
    """`left op right`: of lists, of a size, of scalars."""
    if node.left.type.name == "list":
        same = compare_lists(frame, node.left, node.right)
        return same if node.op == "==" else opposite(same)
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
    nodes.In: compile_in,
    Same: compile_same,
    Held: compile_held,
    nodes.Compare: compile_comparison,
    nodes.Size: compile_any_size,
}
