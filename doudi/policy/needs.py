"""What the rules of a pack read: which facts each measure needs, and which relations any rule folds over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from doudi.facts.kinds import Vocabulary
from doudi.policy.packs import Pack
from doudi.rules.nodes import Derived, Fact, Many, Node, Parameter


def facts_of(nodes: Iterable[Node]) -> frozenset[tuple[str, str]]:
    """(kind, name) of every stated fact the expressions read; completeness counts as the fact `<r>_complete`."""
    found: set[tuple[str, str]] = set()
    for node in (inner for outer in nodes for inner in outer.walk()):
        if isinstance(node, Fact):
            found.add((node.of.type.kind, node.name))
        elif isinstance(node, Many):
            found.add((node.of.type.kind, f"{node.relation}_complete"))
    return frozenset(found)


_reads: dict[str, Mapping[str, frozenset[tuple[str, str]]]] = {}


def reads_of(pack: Pack) -> Mapping[str, frozenset[tuple[str, str]]]:
    """(kind, fact) of every fact each measure of the pack reads, by the measure's name; worked out once a pack."""
    if pack.hash not in _reads:
        if len(_reads) > 8:
            _reads.clear()
        _reads[pack.hash] = {name: facts_of(measure.nodes()) for name, measure in pack.measures.items()}
    return _reads[pack.hash]


def sensitivities_of(nodes: Sequence[Node], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The sensitivities of every fact the expressions read, stated or worked out."""
    worked_out = {(n.of.type.kind, n.name) for outer in nodes for n in outer.walk() if isinstance(n, Derived)}
    found = (vocabulary.fact(kind, name) for kind, name in worked_out | facts_of(nodes))
    return tuple(sorted({fact.sensitivity for fact in found if fact is not None}))


def parameters_of(nodes: Iterable[Node]) -> frozenset[str]:
    """Every parameter the expressions read."""
    return frozenset(n.name for outer in nodes for n in outer.walk() if isinstance(n, Parameter))


def folds_of(nodes: Iterable[Node]) -> frozenset[tuple[str, str]]:
    """(kind, relation) of every to-many relation the expressions fold over."""
    return frozenset((n.of.type.kind, n.relation) for outer in nodes for n in outer.walk() if isinstance(n, Many))


def folds_of_pack(pack: Pack) -> frozenset[tuple[str, str]]:
    """The to-many relations any measure folds over."""
    return folds_of(node for measure in pack.measures.values() for node in measure.nodes())
