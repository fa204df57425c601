"""What the rules of a pack read: which facts each measure needs, and which relations any rule folds over."""

from __future__ import annotations

from collections.abc import Iterable

from doudi.policy.packs import Pack
from doudi.rules.nodes import Fact, Many, Node, Parameter


def facts_of(nodes: Iterable[Node]) -> frozenset[tuple[str, str]]:
    """(kind, name) of every stated fact the expressions read; completeness counts as the fact `<r>_complete`."""
    found: set[tuple[str, str]] = set()
    for node in (inner for outer in nodes for inner in outer.walk()):
        if isinstance(node, Fact):
            found.add((node.of.type.kind, node.name))
        elif isinstance(node, Many):
            found.add((node.of.type.kind, f"{node.relation}_complete"))
    return frozenset(found)


def parameters_of(nodes: Iterable[Node]) -> frozenset[str]:
    """Every parameter the expressions read."""
    return frozenset(n.name for outer in nodes for n in outer.walk() if isinstance(n, Parameter))


def folds_of(nodes: Iterable[Node]) -> frozenset[tuple[str, str]]:
    """(kind, relation) of every to-many relation the expressions fold over."""
    return frozenset((n.of.type.kind, n.relation) for outer in nodes for n in outer.walk() if isinstance(n, Many))


def folds_of_pack(pack: Pack) -> frozenset[tuple[str, str]]:
    """The to-many relations any measure folds over."""
    return folds_of(node for measure in pack.measures.values() for node in measure.nodes())
