"""The definition: what each node means, written to be read and not to be fast. Every other engine must agree with it.

A result is a value, an unknown (with the facts that are missing) or an error (with its cause). Where an operator is
strict, unknown comes before error, error before value. Where a value dominates (false in `&&`, true in `||` and
`exists`), it comes first. Stating one more fact never turns a decided result into anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from doudi.rules import nodes, reckoning
from doudi.rules.errors import CAUSES
from doudi.rules.hazards import can_err
from doudi.rules.nodes import Node, Value
from doudi.rules.reckoning import Fault
from doudi.rules.results import ERROR, FALSE, OK, TRUE, UNKNOWN, Result, Status, failed, known, unknown
from doudi.rules.rows import FactRef, Row, key_of

__all__ = ["ERROR", "OK", "UNKNOWN", "Result", "Status", "World", "bind", "elements_of", "evaluate", "meaning"]


@dataclass(frozen=True)
class World:
    """What an evaluation reads: the subject's row, the parameters known, the run's day, and what folds have bound."""

    row: Row | None
    params: Mapping[str, Value]
    as_of: date
    bound: Mapping[str, Result]


@dataclass(frozen=True)
class Element:
    """One row or item that may belong to a fold: it does when `guard` is true."""

    guard: Result
    item: Result


@dataclass(frozen=True)
class Elements:
    """What a fold runs over. `complete` is TRUE when nothing else can belong to it, otherwise why that is not so."""

    items: tuple[Element, ...]
    complete: Result


def evaluate(
    node: Node,
    *,
    row: Row | None,
    params: Mapping[str, Value],
    as_of: date,
    variables: Mapping[str, Value] | None = None,
) -> Result:
    """The result of an expression for one subject. A parameter or variable left out is unknown."""
    bound = {name: known(value) for name, value in (variables or {}).items()}
    return meaning(node, World(row, params, as_of, bound))


def meaning(node: Node, world: World) -> Result:
    """The result of a part of a rule, with what the folds around it have bound."""
    return _MEANINGS[type(node)](node, world)


def _strict(results: Iterable[Result], then: Callable[..., Any]) -> Result:
    """Unknown if any is unknown, else an error if any is, else what `then` makes of the values."""
    results = tuple(results)
    missing = frozenset().union(*(result.missing for result in results))
    if any(result.status is UNKNOWN for result in results):
        return Result(UNKNOWN, missing=missing)
    errors = [result for result in results if result.status is ERROR]
    if errors:
        # Rows have no order, so of several causes the one with the smallest number is told.
        return min(errors, key=lambda result: CAUSES[result.cause])
    try:
        return known(then(*(result.value for result in results)))
    except Fault as fault:
        return failed(fault.cause)


# -- what is given


def _literal(node: nodes.Literal, world: World) -> Result:
    return known(node.value)


def _parameter(node: nodes.Parameter, world: World) -> Result:
    if node.name in world.params:
        return known(world.params[node.name])
    return unknown(FactRef("params", 0, node.name, None))


def _as_of(node: nodes.AsOf, world: World) -> Result:
    return known(world.as_of)


def _subject(node: nodes.Subject, world: World) -> Result:
    assert world.row is not None
    return known(world.row)


def _variable(node: nodes.Variable, world: World) -> Result:
    return world.bound.get(node.name) or unknown(FactRef("variable", 0, node.name, None))


# -- facts and relations


def _fact(node: nodes.Fact, world: World) -> Result:
    of = meaning(node.of, world)
    if of.status is not OK:
        return of
    assert isinstance(of.value, Row)
    row, key = of.value, key_of(node.name, node.year)
    if key in row.facts:
        return known(row.facts[key])
    return unknown(FactRef(row.kind, row.id, node.name, node.year))


def _derived(node: nodes.Derived, world: World) -> Result:
    return meaning(node.body, world)


def _one(node: nodes.One, world: World) -> Result:
    of = meaning(node.of, world)
    if of.status is not OK:
        return of
    assert isinstance(of.value, Row)
    other = of.value.ones.get(node.relation)
    return known(other) if other is not None else unknown(FactRef(of.value.kind, of.value.id, node.relation, None))


def _known(node: nodes.Known, world: World) -> Result:
    return TRUE if meaning(node.fact, world).status is OK else FALSE


# -- logic


def _not(node: nodes.Not, world: World) -> Result:
    return _strict([meaning(node.term, world)], lambda term: not term)


def _and(node: nodes.And, world: World) -> Result:
    return _all([meaning(term, world) for term in node.terms])


def _or(node: nodes.Or, world: World) -> Result:
    return _any([meaning(term, world) for term in node.terms])


def _all(results: Iterable[Result]) -> Result:
    """False dominates, then unknown, then error, then true."""
    results = tuple(results)
    return FALSE if FALSE in results else _strict(results, lambda *values: True)


def _any(results: Iterable[Result]) -> Result:
    """True dominates, then unknown, then error, then false."""
    results = tuple(results)
    return TRUE if TRUE in results else _strict(results, lambda *values: False)


def _choose(node: nodes.Choose, world: World) -> Result:
    """An unknown condition is unknown even where both branches agree."""
    condition = meaning(node.condition, world)
    if condition.status is not OK:
        return condition
    return meaning(node.then if condition.value else node.otherwise, world)


# -- comparing and reckoning


def _compare(node: nodes.Compare, world: World) -> Result:
    left, right = meaning(node.left, world), meaning(node.right, world)
    if isinstance(node.left, nodes.Size) and left.status is UNKNOWN and right.status is OK:
        return _compare_size(node, world, left, right)
    return _strict([left, right], lambda a, b: reckoning.compare(node.op, a, b))


def _compare_size(node: nodes.Compare, world: World, left: Result, right: Result) -> Result:
    """A size not yet known, compared with a number: the rows present may decide, if no guard can be an error."""
    assert isinstance(node.left, nodes.Size)
    assert isinstance(right.value, int)
    if node.left.of.type.name not in ("rows", "list") or can_err(node.left.of):
        return left
    elements = elements_of(node.left.of, world)
    sure = sum(element.guard == TRUE for element in elements.items)
    unsure = sum(element.guard.status is UNKNOWN for element in elements.items)
    most = sure + unsure if elements.complete == TRUE else None
    decided = reckoning.bounded(node.op, sure, most, right.value)
    return left if decided is None else known(decided)


def _arithmetic(node: nodes.Arithmetic, world: World) -> Result:
    if node.type.name == "list":
        return _list(node, world)
    function = reckoning.operation(node.op, node.left.type.name, node.right.type.name)
    return _strict([meaning(node.left, world), meaning(node.right, world)], function)


def _negate(node: nodes.Negate, world: World) -> Result:
    return _strict([meaning(node.term, world)], reckoning.negate)


def _years_between(node: nodes.YearsBetween, world: World) -> Result:
    return _strict([meaning(node.start, world), meaning(node.until, world)], reckoning.years_between)


def _text_test(node: nodes.TextTest, world: World) -> Result:
    return _strict([meaning(node.text, world), meaning(node.part, world)], reckoning.TEXT_TESTS[node.op])


# -- many things


def elements_of(node: Node, world: World) -> Elements:
    """The rows or items a fold runs over, with what is not known of them."""
    if isinstance(node, nodes.Many):
        return _rows(node, world)
    if isinstance(node, nodes.Items):
        return Elements(tuple(Element(TRUE, meaning(item, world)) for item in node.items), TRUE)
    if isinstance(node, nodes.Filter):
        return _filtered(node, world)
    if isinstance(node, nodes.Map):
        over = elements_of(node.over, world)
        bodies = (meaning(node.body, bind(world, node.name, element.item)) for element in over.items)
        return Elements(
            tuple(Element(e.guard, body) for e, body in zip(over.items, bodies, strict=True)), over.complete
        )
    if isinstance(node, nodes.Arithmetic):
        left, right = elements_of(node.left, world), elements_of(node.right, world)
        return Elements(left.items + right.items, _all([left.complete, right.complete]))
    if isinstance(node, nodes.Choose):
        condition = meaning(node.condition, world)
        if condition.status is not OK:
            return Elements((), condition)
        return elements_of(node.then if condition.value else node.otherwise, world)
    whole = meaning(node, world)
    if whole.status is not OK:
        return Elements((), whole)
    assert isinstance(whole.value, tuple)
    return Elements(tuple(Element(TRUE, known(item)) for item in whole.value), TRUE)


def _rows(node: nodes.Many, world: World) -> Elements:
    of = meaning(node.of, world)
    if of.status is not OK:
        return Elements((), of)
    row = of.value
    assert isinstance(row, Row)
    name = f"{node.relation}_complete"
    complete = TRUE if row.facts.get(name) is True else unknown(FactRef(row.kind, row.id, name, None))
    return Elements(tuple(Element(TRUE, known(other)) for other in row.manys.get(node.relation, ())), complete)


def _filtered(node: nodes.Filter, world: World) -> Elements:
    over = elements_of(node.over, world)
    kept = []
    for element in over.items:
        guard = meaning(node.body, bind(world, node.name, element.item))
        kept.append(Element(_all([element.guard, guard]), element.item))
    return Elements(tuple(kept), over.complete)


def bind(world: World, name: str, item: Result) -> World:
    """The world inside a fold, for one element."""
    return replace(world, bound={**world.bound, name: item})


def _fold(node: nodes.Fold, world: World) -> Result:
    over = elements_of(node.over, world)
    bodies = [meaning(node.body, bind(world, node.name, element.item)) for element in over.items]
    guards = [element.guard for element in over.items]
    if node.op == "exists":
        matches = [_all(pair) for pair in zip(guards, bodies, strict=True)]
        return _any([*matches, _strict([over.complete], lambda _: False)])
    if node.op == "all":
        matches = [_any([_opposite(guard), body]) for guard, body in zip(guards, bodies, strict=True)]
        return _all([*matches, over.complete])
    matches = [_all(pair) for pair in zip(guards, bodies, strict=True)]
    return _exactly_one(node, matches, over.complete)


def _opposite(result: Result) -> Result:
    return _strict([result], lambda value: not value)


def _exactly_one(node: nodes.Fold, matches: list[Result], complete: Result) -> Result:
    """Two matches decide early only where nothing still unknown could be an error; otherwise everything is needed."""
    if matches.count(TRUE) > 1 and not can_err(node.over) and not can_err(node.body):
        return FALSE
    return _strict([*matches, complete], lambda *values: sum(values[:-1]) == 1)


def _values(elements: Elements) -> list[Result]:
    """The items that belong, those that may (as their guard is not known or an error), and what is not complete."""
    results = [elements.complete] if elements.complete.status is not OK else []
    for element in elements.items:
        if element.guard.status is not OK:
            results.append(element.guard)
        elif element.guard.value:
            results.append(element.item)
    return results


def _list(node: Node, world: World) -> Result:
    """A list as one value: every item must be known."""
    return _strict(_values(elements_of(node, world)), lambda *values: tuple(values))


def _in(node: nodes.In, world: World) -> Result:
    """The `||` of equalities with each item."""
    item, over = meaning(node.item, world), elements_of(node.list, world)
    matches = [_all([element.guard, _strict([item, element.item], lambda a, b: a == b)]) for element in over.items]
    return _any([*matches, _strict([over.complete], lambda _: False)])


def _size(node: nodes.Size, world: World) -> Result:
    if node.of.type.name not in ("rows", "list"):
        return _strict([meaning(node.of, world)], len)
    elements = elements_of(node.of, world)
    guards = [element.guard for element in elements.items]
    return _strict([*guards, elements.complete], lambda *values: sum(values[:-1]))


def _total(node: nodes.Total, world: World) -> Result:
    return _strict(_values(elements_of(node.of, world)), lambda *values: reckoning.total(node.op, values))


_MEANINGS: dict[type[Node], Callable[[Any, World], Result]] = {
    nodes.Literal: _literal,
    nodes.Parameter: _parameter,
    nodes.AsOf: _as_of,
    nodes.Subject: _subject,
    nodes.Variable: _variable,
    nodes.Fact: _fact,
    nodes.Derived: _derived,
    nodes.One: _one,
    nodes.Known: _known,
    nodes.Not: _not,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Choose: _choose,
    nodes.Compare: _compare,
    nodes.Arithmetic: _arithmetic,
    nodes.Negate: _negate,
    nodes.YearsBetween: _years_between,
    nodes.TextTest: _text_test,
    nodes.Items: _list,
    nodes.Filter: _list,
    nodes.Map: _list,
    nodes.In: _in,
    nodes.Fold: _fold,
    nodes.Size: _size,
    nodes.Total: _total,
}
