"""Where in a rule a fact is compared: every comparison, with every row its folds can bind; and every leaf missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doudi.rules import nodes
from doudi.rules.engines.closure import compiled
from doudi.rules.engines.closure_values import Frame, Missing, Step
from doudi.rules.nodes import Node
from doudi.rules.rows import FactRef, Row, key_of
from doudi.rules.types import Type

Bound = dict[str, Any]


@dataclass(slots=True)
class Comparison:
    """One comparison with the rows bound around it. `monotone`: each side only rises or only falls with each fact."""

    node: nodes.Compare | nodes.In
    left: Step
    right: Step
    bound: Bound
    monotone: bool


def comparisons(node: Node, frame: Frame) -> list[Comparison]:
    """Every comparison and membership test of a rule, once for each row the folds around it can bind."""
    return [
        Comparison(found, *_sides(found), bound, is_monotone(found))
        for found, bound in walk_bound(node, frame)
        if isinstance(found, nodes.Compare | nodes.In)
    ]


def _sides(node: nodes.Compare | nodes.In) -> tuple[Step, Step]:
    if isinstance(node, nodes.In):
        return compiled(node.item).step, compiled(node.list).step
    return compiled(node.left).step, compiled(node.right).step


def walk_bound(node: Node, frame: Frame, bound: Bound | None = None) -> Iterator[tuple[Node, Bound]]:
    """Every part of a rule with what is bound there, guards notwithstanding. Items of lists are not followed."""
    bound = bound if bound is not None else {}
    yield node, bound
    if not isinstance(node, nodes.Fold | nodes.Filter | nodes.Map):
        for child in node.children():
            yield from walk_bound(child, frame, bound)
        return
    yield from walk_bound(node.over, frame, bound)
    for item in items_of(node.over, frame, bound):
        yield from walk_bound(node.body, frame, {**bound, node.name: item})


def items_of(over: Node, frame: Frame, bound: Bound) -> list[Any]:
    """The rows or items an operand of a fold may hold, guards notwithstanding."""
    if isinstance(over, nodes.Filter):
        return items_of(over.over, frame, bound)
    if isinstance(over, nodes.Many):
        return [row for of in rows_at(over.of, frame, bound) for row in of.manys.get(over.relation, ())]
    if isinstance(over, nodes.Items):
        frame.bound = dict(bound)
        return [compiled(item).step(frame) for item in over.items]
    return []


def rows_at(node: Node, frame: Frame, bound: Bound) -> list[Row]:
    """The row an expression walks to; none where a link is not stated."""
    frame.bound = dict(bound)
    found = compiled(node).step(frame)
    return [found] if isinstance(found, Row) else []


def missing_leaves(node: Node, frame: Frame) -> set[FactRef]:
    """Every fact, link, completeness and parameter a rule could read of this subject that is not known."""
    found: set[FactRef] = set()
    for part, bound in walk_bound(node, frame):
        found |= _missing_at(part, frame, bound)
    return found


def _missing_at(part: Node, frame: Frame, bound: Bound) -> set[FactRef]:
    if isinstance(part, nodes.Parameter):
        return set() if part.name in frame.params else {FactRef("params", 0, part.name, None)}
    if isinstance(part, nodes.Fact):
        rows = rows_at(part.of, frame, bound)
        return {
            FactRef(row.kind, row.id, part.name, part.year)
            for row in rows
            if key_of(part.name, part.year) not in row.facts
        }
    if isinstance(part, nodes.One):
        rows = rows_at(part.of, frame, bound)
        return {FactRef(row.kind, row.id, part.relation) for row in rows if row.ones.get(part.relation) is None}
    if isinstance(part, nodes.Many):
        name = f"{part.relation}_complete"
        rows = rows_at(part.of, frame, bound)
        return {FactRef(row.kind, row.id, name) for row in rows if row.facts.get(name) is not True}
    return set()


_BENDING = (nodes.Choose, nodes.In, nodes.Fold, nodes.Filter, nodes.Size, nodes.Known)


_MONOTONE: dict[int, tuple[Node, bool]] = {}


def is_monotone(node: nodes.Compare | nodes.In) -> bool:
    """Each side rises or falls with every fact in it: no remainder, no product or quotient of facts, no choice."""
    found = _MONOTONE.get(id(node))
    if found is not None and found[0] is node:
        return found[1]
    if len(_MONOTONE) > 5_000:
        _MONOTONE.clear()
    sides = (node.left, node.right) if isinstance(node, nodes.Compare) else (node.item,)
    bends_not = all(_bends_not(part) for side in sides for part in side.walk())
    _MONOTONE[id(node)] = (node, bends_not)
    return bends_not


def _bends_not(part: Node) -> bool:
    if isinstance(part, nodes.Arithmetic) and part.op in "*/%":
        facts = [any(_reads(leaf) for leaf in side.walk()) for side in (part.left, part.right)]
        return part.op != "%" and not all(facts) and not (part.op == "/" and facts[1])
    return not isinstance(part, _BENDING) or (isinstance(part, nodes.Size) and isinstance(part.of, nodes.Many))


def _reads(part: Node) -> bool:
    return isinstance(part, nodes.Fact | nodes.Parameter)


def refs_of(value: Any) -> frozenset[FactRef]:
    """What a closure's value is unknown for."""
    return value.refs if type(value) is Missing else frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule mentions, read once."""

    texts: tuple[str, ...]  # every text written in it
    sizes: tuple[int, ...]  # the numbers a size is compared with
    folded: Mapping[str, int]  # how many more rows of each to-many relation could settle the folds over it
    parameters: Mapping[str, Type]
    sized: bool  # it counts rows or items
    totalled: bool  # it sums, or takes a minimum or maximum
    texts_bend: bool  # it does more with a text than ask whether it is one of those it mentions


_READINGS: dict[int, tuple[Node, Reading]] = {}


def reading_of(node: Node) -> Reading:
    """What a rule mentions; kept for each node object."""
    found = _READINGS.get(id(node))
    if found is not None and found[0] is node:
        return found[1]
    if len(_READINGS) > 2_000:
        _READINGS.clear()
    parts = list(node.walk())
    literals = [part.value for part in parts if isinstance(part, nodes.Literal)]
    reading = Reading(
        texts=tuple(dict.fromkeys(value for value in literals if isinstance(value, str))),
        sizes=tuple(sorted({number for part in parts for number in _compared_size(part)})),
        folded=_folded(parts),
        parameters={part.name: part.type for part in parts if isinstance(part, nodes.Parameter)},
        sized=any(isinstance(part, nodes.Size) for part in parts),
        totalled=any(isinstance(part, nodes.Total) for part in parts),
        texts_bend=any(_bends_text(part) for part in parts),
    )
    _READINGS[id(node)] = (node, reading)
    return reading


def _compared_size(part: Node) -> Iterator[int]:
    if isinstance(part, nodes.Compare) and isinstance(part.left, nodes.Size) and isinstance(part.right, nodes.Literal):
        yield int(part.right.value)  # type: ignore[arg-type]


def _bends_text(part: Node) -> bool:
    if isinstance(part, nodes.Compare) and part.left.type.name in ("text", "code"):
        return part.op not in ("==", "!=")
    joined = isinstance(part, nodes.Arithmetic) and part.type.name == "text"
    return joined or isinstance(part, nodes.TextTest) or (isinstance(part, nodes.Size) and part.of.type.name == "text")


def _folded(parts: list[Node]) -> dict[str, int]:
    """One more row for each fold over a relation, two for exists_one."""
    counts: dict[str, int] = {}
    for part in parts:
        over = _relation_under(part)
        if over:
            wanted = 2 if isinstance(part, nodes.Fold) and part.op == "exists_one" else 1
            counts[over] = counts.get(over, 0) + wanted
    return counts


def _relation_under(part: Node) -> str:
    over = getattr(part, "over", None) or getattr(part, "of", None) if isinstance(part, _FOLDING) else None
    while isinstance(over, nodes.Filter | nodes.Map):
        over = over.over
    return over.relation if isinstance(over, nodes.Many) else ""


_FOLDING = (nodes.Fold, nodes.Size, nodes.Total)
