"""Rules broken on purpose: every single edit of a rule that a person might make by mistake.

An edit that changes no answer of any example or generated case was not noticed: an example is lacking, or the edit
makes no difference and is excused with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import partial, singledispatch

from doudi.rules.nodes import (
    And,
    Arithmetic,
    Compare,
    Derived,
    Fact,
    Fold,
    Items,
    Known,
    Literal,
    Node,
    Not,
    Or,
    Parameter,
    Value,
)
from doudi.rules.types import BOOL, Type

_SWAPS = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
}
_SUMS = {"+": "-", "-": "+"}
_FOLDS = {"exists": "all", "all": "exists", "exists_one": "exists"}
_COUNTED = ("int", "decimal", "money", "days", "months")
TRUE = Literal(type=BOOL, value=True)


@dataclass(frozen=True)
class Mutant:
    """One edit: `change` tells it with line and column within the rule, `node` is the rule so edited."""

    change: str
    node: Node


@dataclass(frozen=True)
class Ground:
    """What edits may draw on: the pack's parameters by type, and which derived facts the pack itself defines."""

    parameters: Mapping[str, Type]
    own: frozenset[tuple[str, str]]


def mutants(node: Node, ground: Ground) -> Iterator[Mutant]:
    """Every single edit of a rule."""
    for said, edited in _edits(node, ground):
        yield Mutant(f"{node.at[0]}:{node.at[1]} {said}", edited)
    foreign = isinstance(node, Derived) and (node.of.type.kind, node.name) not in ground.own
    if foreign or isinstance(node, Known):
        return
    for spec in fields(node):
        value = getattr(node, spec.name)
        if isinstance(value, Node):
            yield from _within(value, ground, partial(_put_one, node, spec.name))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Node):
                    yield from _within(item, ground, _put(node, spec.name, value, index))


def _put_one(node: Node, name: str, child: Node) -> Node:
    return replace(node, **{name: child})  # type: ignore[arg-type]


def _put(node: Node, name: str, items: tuple[Node, ...], index: int) -> Callable[[Node], Node]:
    return lambda child: replace(node, **{name: (*items[:index], child, *items[index + 1 :])})  # type: ignore[arg-type]


def _within(child: Node, ground: Ground, put: Callable[[Node], Node]) -> Iterator[Mutant]:
    for each in mutants(child, ground):
        yield Mutant(each.change, put(each.node))


@singledispatch
def _edits(node: Node, ground: Ground) -> Iterator[tuple[str, Node]]:
    """The edits of a node itself: what is said of each, and the node it makes."""
    yield from ()


@_edits.register
def _(node: Compare, ground: Ground) -> Iterator[tuple[str, Node]]:
    for op in _SWAPS.get(node.op, ()):
        yield f"{node.op} to {op}", replace(node, op=op)


@_edits.register
def _(node: Arithmetic, ground: Ground) -> Iterator[tuple[str, Node]]:
    if node.op in _SUMS and node.type == node.left.type == node.right.type and node.type.name in _COUNTED:
        yield f"{node.op} to {_SUMS[node.op]}", replace(node, op=_SUMS[node.op])


@_edits.register
def _(node: And, ground: Ground) -> Iterator[tuple[str, Node]]:
    yield "&& to ||", Or(type=node.type, at=node.at, terms=node.terms)
    yield from _dropped(node)


@_edits.register
def _(node: Or, ground: Ground) -> Iterator[tuple[str, Node]]:
    yield "|| to &&", And(type=node.type, at=node.at, terms=node.terms)
    yield from _dropped(node)


def _dropped(node: And | Or) -> Iterator[tuple[str, Node]]:
    for index in range(len(node.terms)):
        rest = (*node.terms[:index], *node.terms[index + 1 :])
        yield f"part {index + 1} dropped", rest[0] if len(rest) == 1 else replace(node, terms=rest)


@_edits.register
def _(node: Not, ground: Ground) -> Iterator[tuple[str, Node]]:
    yield "! dropped", node.term


@_edits.register
def _(node: Fold, ground: Ground) -> Iterator[tuple[str, Node]]:
    yield f"{node.op} to {_FOLDS[node.op]}", replace(node, op=_FOLDS[node.op])


@_edits.register
def _(node: Literal, ground: Ground) -> Iterator[tuple[str, Node]]:
    value = node.value
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield f"{item} dropped", replace(node, value=(*value[:index], *value[index + 1 :]))
    elif node.type == BOOL:
        yield f"{value} to {not value}", replace(node, value=not value)
    elif node.type.name in _COUNTED or isinstance(value, date):
        for step in (-1, 1):
            yield f"{value} to {_stepped(value, step)}", replace(node, value=_stepped(value, step))


def _stepped(value: Value, step: int) -> Value:
    return value + timedelta(days=step) if isinstance(value, date) else int(str(value)) + step


@_edits.register
def _(node: Items, ground: Ground) -> Iterator[tuple[str, Node]]:
    for index, item in enumerate(node.items):
        said = item.value if isinstance(item, Literal) else f"item {index + 1}"
        if len(node.items) > 1:
            yield f"{said} dropped", replace(node, items=(*node.items[:index], *node.items[index + 1 :]))


@_edits.register
def _(node: Parameter, ground: Ground) -> Iterator[tuple[str, Node]]:
    for name, of in ground.parameters.items():
        if of == node.type and name != node.name:
            yield f"params.{node.name} to params.{name}", replace(node, name=name)


@_edits.register
def _(node: Fact, ground: Ground) -> Iterator[tuple[str, Node]]:
    if node.type == BOOL:
        yield f"{node.name} to !{node.name}", Not(type=BOOL, at=node.at, term=node)
    yield from _another_year(node)


@_edits.register
def _(node: Derived, ground: Ground) -> Iterator[tuple[str, Node]]:
    if node.type == BOOL:
        yield f"{node.name} to !{node.name}", Not(type=BOOL, at=node.at, term=node)
    yield from _another_year(node)


def _another_year(node: Fact | Derived) -> Iterator[tuple[str, Node]]:
    if node.year is not None:
        for step in (-1, 1):
            yield f"{node.name}({node.year}) to ({node.year + step})", _shifted(node, step)


def _shifted(node: Node, step: int) -> Node:
    """The node with every year of a fact moved."""
    changes: dict[str, object] = {}
    for spec in fields(node):
        value = getattr(node, spec.name)
        if isinstance(value, Node):
            changes[spec.name] = _shifted(value, step)
        elif isinstance(value, tuple) and spec.name != "at":
            changes[spec.name] = tuple(_shifted(item, step) if isinstance(item, Node) else item for item in value)
        elif spec.name == "year" and value is not None:
            changes["year"] = value + step
    return replace(node, **changes)  # type: ignore[arg-type]
