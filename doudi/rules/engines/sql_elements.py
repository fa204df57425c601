"""What a fold runs over: items written out, each on its own, and streams of rows, summed up by a GROUP BY.

As in the definition (`memory.Elements`), an element belongs when its guard is true, and `complete` is TRUE when nothing
else can belong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from doudi.rules import nodes
from doudi.rules.engines.sql_cells import Cell
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_logic import kleene
from doudi.rules.engines.sql_tree import Held
from doudi.rules.engines.sql_words import case, every, no_cause, nothing, truth
from doudi.rules.nodes import Literal, Node, Variable
from doudi.rules.types import row_of

ALWAYS = Cell(truth(True), known=True)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list."""

    guard: Cell
    node: Node

    def filtered(self, frame: Frame, name: str, body: Node) -> Item:
        """The item behind one more guard."""
        guard = frame.cell(self.put(frame, name, body))
        return replace(self, guard=guard if self.guard is ALWAYS else kleene(every, [self.guard, guard]))

    def mapped(self, frame: Frame, name: str, body: Node) -> Item:
        """What the body makes of the item."""
        return replace(self, node=self.put(frame, name, body))

    def put(self, frame: Frame, name: str, body: Node) -> Node:
        """The body told of this item."""
        return put(frame, name, body, self.node)

    def gated(self, gate: Cell) -> Item:
        """The item where the gate is true; otherwise certainly not."""
        return replace(self, guard=gated(gate, self.guard, False))


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of a relation that pass the guards, each seen as `node` (the row itself, or what a map made of it)."""

    many: nodes.Many
    node: Node
    guards: tuple[Node, ...] = ()
    gate: Cell | None = None

    def filtered(self, frame: Frame, name: str, body: Node) -> Stream:
        """The rows behind one more guard."""
        return replace(self, guards=(*self.guards, self.put(frame, name, body)))

    def mapped(self, frame: Frame, name: str, body: Node) -> Stream:
        """What the body makes of each row."""
        return replace(self, node=self.put(frame, name, body))

    def put(self, frame: Frame, name: str, body: Node) -> Node:
        """The body told of a row."""
        return put(frame, name, body, self.node)

    def gated(self, gate: Cell) -> Stream:
        """The rows where the gate is true; otherwise none."""
        return replace(self, gate=gate if self.gate is None else gated(gate, self.gate, False))


@dataclass(frozen=True, slots=True)
class Elements:
    """Everything a fold runs over."""

    parts: tuple[Item | Stream, ...]
    complete: Cell = ALWAYS


def put(frame: Frame, name: str, body: Node, element: Node) -> Node:
    """The body with its variable replaced by what it stands for."""
    nursery = frame.plan.nursery
    variable = nursery.plant(Variable(type=element.type, name=name))
    if element is variable:
        return body
    held = (
        element
        if isinstance(element, Literal | Held | Variable)
        else nursery.plant(Held(type=element.type, term=element))
    )
    loose = {variable: held}
    # A list of codes may meet texts: the variable was typed by its list, the element by itself.
    loose |= {found: held for found in nursery.rows_named(body) if isinstance(found, Variable) and found.name == name}
    return nursery.swap(body, loose)


def gated(gate: Cell, cell: Cell, otherwise: bool) -> Cell:
    """The cell where the gate is true, elsewhere a plain truth: what is not chosen neither errs nor is unknown."""
    value = case((gate.value, cell.value), otherwise=truth(otherwise))
    cause = None if cell.cause is None else case((gate.value, cell.cause), otherwise=no_cause())
    weight = 2 * gate.weight + cell.weight + 2
    return Cell(value, cause, max(gate.depth, cell.depth), weight, cell.known)


def gather(frame: Frame, node: Node) -> Elements:
    """What a fold over this list or these rows runs over."""
    found = GATHERERS.get(type(node))
    if found is None:
        raise TypeError(f"no list or rows: {node}")
    return found(frame, node)


def _many(frame: Frame, node: nodes.Many) -> Elements:
    relation = frame.plan.relation_to(node.of.type.kind, node.relation)
    level = frame.plan.nursery.plant(Variable(type=row_of(relation.to), name="@row"))
    stated = frame.fact(node.of, f"{node.relation}_complete")
    complete = Cell(exp.Nullif(this=stated.value, expression=truth(False)), None, stated.depth, 3)
    return Elements((Stream(node, level),), complete)


def _items(frame: Frame, node: nodes.Items) -> Elements:
    return Elements(tuple(Item(ALWAYS, item) for item in node.items))


def _literal(frame: Frame, node: Literal) -> Elements:
    assert isinstance(node.value, tuple)
    assert node.type.of is not None
    plant, of = frame.plan.nursery.plant, node.type.of
    return Elements(tuple(Item(ALWAYS, plant(Literal(type=of, value=value))) for value in node.value))


def _undecided(frame: Frame, node: Node) -> Elements:
    return Elements((), Cell(nothing("BOOLEAN")))


def _filter(frame: Frame, node: nodes.Filter) -> Elements:
    over = gather(frame, node.over)
    return replace(over, parts=tuple(part.filtered(frame, node.name, node.body) for part in over.parts))


def _map(frame: Frame, node: nodes.Map) -> Elements:
    over = gather(frame, node.over)
    return replace(over, parts=tuple(part.mapped(frame, node.name, node.body) for part in over.parts))


def _joined(frame: Frame, node: nodes.Arithmetic) -> Elements:
    left, right = gather(frame, node.left), gather(frame, node.right)
    return Elements(left.parts + right.parts, both(left.complete, right.complete))


def both(left: Cell, right: Cell) -> Cell:
    """Complete when both are."""
    if left is ALWAYS or right is ALWAYS:
        return right if left is ALWAYS else left
    return kleene(every, [left, right])


def _chosen(frame: Frame, node: nodes.Choose) -> Elements:
    """The parts of the branch that holds; when the condition is not known, nothing, and not complete."""
    condition = frame.light(node.condition)
    against = frame.light(frame.plan.nursery.plant(nodes.Not(type=node.condition.type, term=node.condition)))
    then, otherwise = gather(frame, node.then), gather(frame, node.otherwise)
    parts = [part.gated(condition) for part in then.parts] + [part.gated(against) for part in otherwise.parts]
    decided = Cell(
        case((condition.value, truth(True)), (against.value, truth(True))), condition.cause, condition.depth, 6
    )
    if then.complete is ALWAYS and otherwise.complete is ALWAYS:
        return Elements(tuple(parts), decided)
    open_then, open_else = gated(condition, then.complete, True), gated(against, otherwise.complete, True)
    return Elements(tuple(parts), kleene(every, [decided, open_then, open_else]))


def _derived(frame: Frame, node: nodes.Derived) -> Elements:
    return gather(frame, node.body)


def _held(frame: Frame, node: Held) -> Elements:
    return gather(frame, node.term)


GATHERERS: dict[type[Node], Callable[..., Elements]] = {
    nodes.Many: _many,
    nodes.Items: _items,
    nodes.Literal: _literal,
    nodes.Parameter: _undecided,
    nodes.Fact: _undecided,
    nodes.Filter: _filter,
    nodes.Map: _map,
    nodes.Arithmetic: _joined,
    nodes.Choose: _chosen,
    nodes.Derived: _derived,
    Held: _held,
}
