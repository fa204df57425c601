"""Folds over rows and lists as closures. An element is (guard, item); `complete` is True or why more may belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from doudi.rules import nodes, reckoning
from doudi.rules.engines.closure_values import (
    ABSENT,
    BROKEN,
    Failure,
    Frame,
    Missing,
    Step,
    conjunction,
    disjunction,
    opposite,
    trouble,
)
from doudi.rules.hazards import can_err
from doudi.rules.nodes import Node
from doudi.rules.reckoning import Fault
from doudi.rules.rows import FactRef

Make = Callable[[Node], Step]
Over = Callable[[Frame], tuple[list[tuple[Any, Any]], Any]]


def elements(node: Node, make: Make) -> Over:
    """What a fold runs over, as a closure."""
    maker = _OVERS.get(type(node))
    if maker is not None and (node.type.name in ("rows", "list")):
        return maker(node, make)
    whole = make(node)

    def over(frame: Frame) -> tuple[list[tuple[Any, Any]], Any]:
        value = whole(frame)
        return ([], value) if type(value) in BROKEN else ([(True, item) for item in value], True)

    return over


def _rows(node: nodes.Many, make: Make) -> Over:
    of, relation, name = make(node.of), node.relation, f"{node.relation}_complete"

    def over(frame: Frame) -> tuple[list[tuple[Any, Any]], Any]:
        row = of(frame)
        if type(row) in BROKEN:
            return [], row
        complete = row.facts.get(name) is True
        why = True if complete else Missing(frozenset([FactRef(row.kind, row.id, name, None)]))
        return [(True, other) for other in row.manys.get(relation, ())], why

    return over


def _items(node: nodes.Items, make: Make) -> Over:
    items = [make(item) for item in node.items]
    return lambda frame: ([(True, item(frame)) for item in items], True)


def _filter(node: nodes.Filter, make: Make) -> Over:
    inner, body, name = elements(node.over, make), make(node.body), node.name

    def over(frame: Frame) -> tuple[list[tuple[Any, Any]], Any]:
        found, complete = inner(frame)
        values = list(each(frame, name, found, body))
        return [(conjunction((g, v)), item) for (g, item), v in zip(found, values, strict=True)], complete

    return over


def _map(node: nodes.Map, make: Make) -> Over:
    inner, body, name = elements(node.over, make), make(node.body), node.name

    def over(frame: Frame) -> tuple[list[tuple[Any, Any]], Any]:
        found, complete = inner(frame)
        values = list(each(frame, name, found, body))
        return [(guard, value) for (guard, _), value in zip(found, values, strict=True)], complete

    return over


def _joined(node: nodes.Arithmetic, make: Make) -> Over:
    left, right = elements(node.left, make), elements(node.right, make)

    def over(frame: Frame) -> tuple[list[tuple[Any, Any]], Any]:
        (first, whole), (second, wholly) = left(frame), right(frame)
        return first + second, conjunction((whole, wholly))

    return over


def _chosen(node: nodes.Choose, make: Make) -> Over:
    condition, then, otherwise = make(node.condition), elements(node.then, make), elements(node.otherwise, make)

    def over(frame: Frame) -> tuple[list[tuple[Any, Any]], Any]:
        value = condition(frame)
        if type(value) in BROKEN:
            return [], value
        return then(frame) if value else otherwise(frame)

    return over


_OVERS: dict[type[Node], Callable[[Any, Make], Over]] = {
    nodes.Many: _rows,
    nodes.Items: _items,
    nodes.Filter: _filter,
    nodes.Map: _map,
    nodes.Arithmetic: _joined,
    nodes.Choose: _chosen,
}


def each(frame: Frame, name: str, found: list[tuple[Any, Any]], body: Step) -> Iterator[Any]:
    """The body's value for each element, bound in turn; the name means again what it meant before."""
    bound = frame.bound
    before = bound.get(name, ABSENT)
    for _, item in found:
        bound[name] = item
        value = body(frame)
        _restore(bound, name, before)
        yield value


def _restore(bound: dict[str, Any], name: str, before: Any) -> None:
    if before is ABSENT:
        bound.pop(name, None)
    else:
        bound[name] = before


# -- what is made of them


def fold(node: nodes.Fold, make: Make) -> Step:
    """exists, all, exists_one."""
    over, body, name = elements(node.over, make), make(node.body), node.name
    if node.op == "exists":
        return lambda frame: _exists(frame, *over(frame), name, body)
    if node.op == "all":
        return lambda frame: _every(frame, *over(frame), name, body)
    early = not can_err(node.over) and not can_err(node.body)
    return lambda frame: _exactly_one(_matches(frame, *over(frame), name, body), early)


def _matches(frame: Frame, found: list[tuple[Any, Any]], complete: Any, name: str, body: Step) -> Iterator[Any]:
    """Whether each element belongs and matches; at last, why more may belong."""
    for (guard, _), value in zip(found, each(frame, name, found, body), strict=True):
        yield value if guard is True else conjunction((guard, value))
    if complete is not True:
        yield complete


def _exists(frame: Frame, found: list[tuple[Any, Any]], complete: Any, name: str, body: Step) -> Any:
    return disjunction(_matches(frame, found, complete, name, body))


def _every(frame: Frame, found: list[tuple[Any, Any]], complete: Any, name: str, body: Step) -> Any:
    values = each(frame, name, found, body)
    parts = [
        value if guard is True else disjunction((opposite(guard), value))
        for (guard, _), value in zip(found, values, strict=True)
    ]
    return conjunction([*parts, complete])


def _exactly_one(matches: Iterator[Any], early: bool) -> Any:
    values = list(matches)
    count = values.count(True)
    if early and count > 1:
        return False
    broken = [value for value in values if type(value) in BROKEN]
    return trouble(*broken) if broken else count == 1


def membership(node: nodes.In, make: Make) -> Step:
    """`item in list`: the `||` of equalities."""
    wanted, over = make(node.item), elements(node.list, make)

    def step(frame: Frame) -> Any:
        value = wanted(frame)
        found, complete = over(frame)
        matches = [conjunction((guard, _equal(value, item))) for guard, item in found]
        return disjunction([*matches, False if complete is True else complete])

    return step


def _equal(left: Any, right: Any) -> Any:
    return trouble(left, right) if type(left) in BROKEN or type(right) in BROKEN else left == right


def size(node: nodes.Size, make: Make) -> Step:
    """The number of rows, items or code points."""
    if node.of.type.name not in ("rows", "list"):
        text = make(node.of)
        return lambda frame: value if type(value := text(frame)) in BROKEN else len(value)
    over = elements(node.of, make)
    return lambda frame: _count(*over(frame))


def _count(found: list[tuple[Any, Any]], complete: Any) -> Any:
    guards = [guard for guard, _ in found]
    broken = [guard for guard in (*guards, complete) if type(guard) in BROKEN]
    return trouble(*broken) if broken else guards.count(True)


def compare_size(node: nodes.Compare, make: Make) -> Step:
    """A size compared with a number: rows present may decide before the rest is known."""
    assert isinstance(node.left, nodes.Size)
    over, right, op = elements(node.left.of, make), make(node.right), node.op
    early = not can_err(node.left.of)

    def step(frame: Frame) -> Any:
        (found, complete), line = over(frame), right(frame)
        count = _count(found, complete)
        if type(line) not in BROKEN:
            if type(count) not in BROKEN:
                return reckoning.compare(op, count, line)
            if early and type(count) is Missing:
                decided = _bounded(op, found, complete, line)
                return count if decided is None else decided
        return trouble(count, line)

    return step


def _bounded(op: str, found: list[tuple[Any, Any]], complete: Any, line: int) -> bool | None:
    sure = sum(guard is True for guard, _ in found)
    unsure = sum(type(guard) is Missing for guard, _ in found)
    return reckoning.bounded(op, sure, sure + unsure if complete is True else None, line)


def _values(found: list[tuple[Any, Any]], complete: Any) -> tuple[list[Any], Any]:
    """The items that belong, and what stands in the way of knowing them all (None: nothing)."""
    results = [] if complete is True else [complete]
    for guard, item in found:
        if type(guard) in BROKEN:
            results.append(guard)
        elif guard:
            results.append(item)
    broken = [value for value in results if type(value) in BROKEN]
    return results, trouble(*broken) if broken else None


def as_list(node: Node, make: Make) -> Step:
    """A list as one value."""
    over = elements(node, make)

    def step(frame: Frame) -> Any:
        values, wrong = _values(*over(frame))
        return tuple(values) if wrong is None else wrong

    return step


def total(node: nodes.Total, make: Make) -> Step:
    """sum, min, max."""
    over, op = elements(node.of, make), node.op

    def step(frame: Frame) -> Any:
        values, wrong = _values(*over(frame))
        if wrong is not None:
            return wrong
        try:
            return reckoning.total(op, values)
        except Fault as fault:
            return Failure(fault.cause)

    return step
