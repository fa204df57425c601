"""Preparing nodes for compiling: numbers of the run put in, variables named alike, equal nodes made one object.

After `settle` two equal expressions are the same object, so whoever compiles them can share columns and GROUP BYs by
identity, and several sets of parameters in one query share everything that does not depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from doudi.rules.nodes import (
    AsOf,
    Fact,
    Filter,
    Fold,
    Literal,
    Map,
    Node,
    One,
    Parameter,
    Subject,
    Value,
    Variable,
)
from doudi.rules.types import DATE, row_of

BINDINGS = "bindings"  # the kind whose facts are the free variables of an expression without subject
_BINDERS = (Fold, Filter, Map)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Node):
    """What a fold's variable stands for, put in its place.

    Whoever asks what a body can do (`can_err`) must not look into it: the definition asks of the body as written.
    """

    term: Node

    def walk(self) -> Iterator[Node]:
        """Itself alone."""
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Same(Node):
    """Equality for `in`: never decided early, as a comparison with a size may be."""

    left: Node
    right: Node


class Nursery:
    """Where nodes are made unique."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], Node] = {}
        self.rows: dict[int, frozenset[Node]] = {}
        self.steps: dict[int, frozenset[str | Node]] = {}

    def plant(self, node: Node) -> Node:
        """The one node equal to this; its children must have been planted."""
        key: list[Any] = [type(node)]
        for spec in _specs(type(node)):
            value = getattr(node, spec)
            key.append(_part(value))
        return self.known.setdefault(tuple(key), node)

    def rebuild(self, node: Node, change: Callable[[Node], Node]) -> Node:
        """The node with every child changed, planted."""
        new: dict[str, Any] = {}
        for spec in _specs(type(node)):
            value = getattr(node, spec)
            if isinstance(value, Node):
                new[spec] = change(value)
            elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
                new[spec] = tuple(change(item) for item in value)
        return self.plant(replace(node, **new) if new else node)

    def settle(
        self, node: Node, *, params: Mapping[str, Value | None], as_of: date, names: Mapping[str, Node] | None = None
    ) -> Node:
        """The node with parameters and the run's day as literals.

        `names` gives nodes for free variables; those left over are read from the table of bindings. An undecided
        parameter stays a Parameter.
        """
        return _Settling(self, params, as_of).node(node, dict(names or {}), 0)

    def swap(self, node: Node, swaps: Mapping[Node, Node]) -> Node:
        """The node with some planted nodes inside it replaced by others."""
        by_id = {id(old): new for old, new in swaps.items()}
        made: dict[int, Node] = {}

        def change(old: Node) -> Node:
            if id(old) in by_id:
                return by_id[id(old)]
            if id(old) not in made:
                made[id(old)] = self.rebuild(old, change)
            return made[id(old)]

        return change(node)

    def onto_subject(self, node: Node, variable: Node, kind: str) -> Node:
        """The node told of the subject of a kind instead of the variable."""
        return self.swap(node, {variable: self.subject(kind)})

    def subject(self, kind: str) -> Node:
        """The subject of a kind."""
        return self.plant(Subject(type=row_of(kind)))

    def rows_named(self, node: Node) -> frozenset[Node]:
        """The rows a planted node starts from: the subject, and variables it does not bind itself."""
        made = self.rows.get(id(node))
        if made is None:
            made = self.rows[id(node)] = self._rows_named(node)
        return made

    def first_step(self, node: Node) -> str | None:
        """The to-one relation every walk in a planted node begins with, from the subject; None where they differ."""
        steps = self._steps(node)
        (only,) = steps if len(steps) == 1 else (None,)
        return only if isinstance(only, str) else None

    def _steps(self, node: Node) -> frozenset[str | Node]:
        """The first relations walked from the subject, and every other row the node starts from."""
        made = self.steps.get(id(node))
        if made is None:
            made = self.steps[id(node)] = self._find_steps(node)
        return made

    def _find_steps(self, node: Node) -> frozenset[str | Node]:
        if isinstance(node, One) and isinstance(node.of, Subject):
            return frozenset([node.relation])
        if isinstance(node, Subject | Variable):
            return frozenset([node])
        inside = frozenset[str | Node]().union(*(self._steps(child) for child in node.children()))
        return frozenset(step for step in inside if not _binds(node, step))

    def _rows_named(self, node: Node) -> frozenset[Node]:
        if isinstance(node, Subject | Variable):
            return frozenset([node])
        inside = frozenset[Node]().union(*(self.rows_named(child) for child in node.children()))
        return frozenset(row for row in inside if not _binds(node, row))


def _binds(node: Node, row: str | Node) -> bool:
    return isinstance(node, _BINDERS) and isinstance(row, Variable) and row.name == node.name


class _Settling:
    def __init__(self, nursery: Nursery, params: Mapping[str, Value | None], as_of: date) -> None:
        self.nursery, self.params, self.as_of = nursery, params, as_of

    def node(self, node: Node, names: dict[str, Node], level: int) -> Node:
        plant = self.nursery.plant
        if isinstance(node, Parameter) and self.params.get(node.name) is not None:
            return plant(Literal(type=node.type, value=self.params[node.name]))  # type: ignore[arg-type]
        if isinstance(node, AsOf):
            return plant(Literal(type=DATE, value=self.as_of))
        if isinstance(node, Variable):
            return self.variable(node, names)
        if isinstance(node, _BINDERS):
            return self.binder(node, names, level)
        return self.nursery.rebuild(node, lambda child: self.node(child, names, level))

    def variable(self, node: Variable, names: dict[str, Node]) -> Node:
        if node.name in names:
            return names[node.name]
        return self.nursery.plant(Fact(type=node.type, of=self.nursery.subject(BINDINGS), name=node.name))

    def binder(self, node: Fold | Filter | Map, names: dict[str, Node], level: int) -> Node:
        over = self.node(node.over, names, level)
        # Variables are named by how deep they are bound: equal folds become equal nodes whatever their names were.
        bound = self.nursery.plant(Variable(type=_element(node.over), name=f"@{level}"))
        body = self.node(node.body, {**names, node.name: bound}, level + 1)
        return self.nursery.plant(replace(node, over=over, body=body, name=f"@{level}"))


def _element(over: Node) -> Any:
    of = over.type.of
    return of if of is not None else row_of(over.type.kind)


def _specs(kind: type[Node]) -> tuple[str, ...]:
    found = _SPECS.get(kind)
    if found is None:
        found = _SPECS[kind] = tuple(spec.name for spec in fields(kind) if spec.name != "at")
    return found


_SPECS: dict[type[Node], tuple[str, ...]] = {}


def _part(value: Any) -> Any:
    if isinstance(value, Node):
        return id(value)
    if isinstance(value, tuple):
        return tuple(_part(item) for item in value)
    return type(value), value
