"""The same nodes compiled once to Python closures: the fast path for one household. Agrees with `memory` under tests.

Inside, a known value is itself, an unknown a `Missing` and an error a `Failure`; `Compiled.evaluate` gives a `Result`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from doudi.rules import nodes, reckoning
from doudi.rules.engines import closure_folds as folds
from doudi.rules.engines.closure_values import (
    ABSENT,
    BROKEN,
    Failure,
    Frame,
    Missing,
    Step,
    conjunction,
    disjunction,
    trouble,
)
from doudi.rules.nodes import Node, Value
from doudi.rules.reckoning import Fault
from doudi.rules.results import ERROR, UNKNOWN, Result, known
from doudi.rules.rows import FactRef, Row, key_of


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready to run."""

    step: Step

    def evaluate(
        self,
        *,
        row: Row | None,
        params: Mapping[str, Value],
        as_of: date,
        variables: Mapping[str, Value] | None = None,
    ) -> Result:
        """The result for one subject, as `memory.evaluate` gives it."""
        return as_result(self.step(Frame(row, params, as_of, dict(variables or {}))))


def as_result(value: Any) -> Result:
    """A closure's value as a `Result`."""
    if type(value) is Missing:
        return Result(UNKNOWN, missing=value.refs)
    if type(value) is Failure:
        return Result(ERROR, cause=value.cause)
    return known(value)


_MEMORY: dict[int, tuple[Node, Compiled]] = {}


def compiled(node: Node) -> Compiled:
    """The closure of a node, made once for each node object and kept (the newest few thousand)."""
    # By identity: hashing a frozen tree walks all of it, which would cost more than evaluating it.
    found = _MEMORY.get(id(node))
    if found is not None and found[0] is node:
        return found[1]
    if len(_MEMORY) > 5_000:
        _MEMORY.clear()
    made = Compiled(make(node))
    _MEMORY[id(node)] = (node, made)
    return made


def make(node: Node) -> Step:
    """The closure of a node."""
    return _MAKERS[type(node)](node)


# -- what is given


def _literal(node: nodes.Literal) -> Step:
    value = node.value
    return lambda frame: value


def _parameter(node: nodes.Parameter) -> Step:
    name, missing = node.name, Missing(frozenset([FactRef("params", 0, node.name, None)]))
    return lambda frame: frame.params.get(name, missing)


def _variable(node: nodes.Variable) -> Step:
    name, missing = node.name, Missing(frozenset([FactRef("variable", 0, node.name, None)]))
    return lambda frame: frame.bound.get(name, missing)


# -- facts and relations


def _fact(node: nodes.Fact) -> Step:
    of, key, name, year = make(node.of), key_of(node.name, node.year), node.name, node.year

    def step(frame: Frame) -> Any:
        row = of(frame)
        if type(row) in BROKEN:
            return row
        value = row.facts.get(key, ABSENT)
        return Missing(frozenset([FactRef(row.kind, row.id, name, year)])) if value is ABSENT else value

    return step


def _one(node: nodes.One) -> Step:
    of, relation = make(node.of), node.relation

    def step(frame: Frame) -> Any:
        row = of(frame)
        if type(row) in BROKEN:
            return row
        other = row.ones.get(relation)
        return Missing(frozenset([FactRef(row.kind, row.id, relation, None)])) if other is None else other

    return step


def _known(node: nodes.Known) -> Step:
    fact = make(node.fact)
    return lambda frame: type(fact(frame)) not in BROKEN


# -- logic


def _not(node: nodes.Not) -> Step:
    term = make(node.term)

    def step(frame: Frame) -> Any:
        value = term(frame)
        return value if type(value) in BROKEN else not value

    return step


def _and(node: nodes.And) -> Step:
    terms = [make(term) for term in node.terms]
    return lambda frame: conjunction(term(frame) for term in terms)


def _or(node: nodes.Or) -> Step:
    terms = [make(term) for term in node.terms]
    return lambda frame: disjunction(term(frame) for term in terms)


def _choose(node: nodes.Choose) -> Step:
    condition, then, otherwise = make(node.condition), make(node.then), make(node.otherwise)

    def step(frame: Frame) -> Any:
        value = condition(frame)
        if type(value) in BROKEN:
            return value
        return then(frame) if value else otherwise(frame)

    return step


# -- comparing and reckoning


def _strict(function: Callable[[Any, Any], Any], left: Step, right: Step) -> Step:
    def step(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        if type(a) in BROKEN or type(b) in BROKEN:
            return trouble(a, b)
        try:
            return function(a, b)
        except Fault as fault:
            return Failure(fault.cause)

    return step


def _compare(node: nodes.Compare) -> Step:
    if isinstance(node.left, nodes.Size) and node.left.of.type.name in ("rows", "list"):
        return folds.compare_size(node, make)
    return _strict(reckoning.COMPARISONS[node.op], make(node.left), make(node.right))


def _arithmetic(node: nodes.Arithmetic) -> Step:
    if node.type.name == "list":
        return folds.as_list(node, make)
    function = reckoning.operation(node.op, node.left.type.name, node.right.type.name)
    return _strict(function, make(node.left), make(node.right))


def _negate(node: nodes.Negate) -> Step:
    term = make(node.term)
    return _strict(lambda value, _: reckoning.negate(value), term, lambda frame: 0)


def _text_test(node: nodes.TextTest) -> Step:
    return _strict(reckoning.TEXT_TESTS[node.op], make(node.text), make(node.part))


_MAKERS: dict[type[Node], Callable[[Any], Step]] = {
    nodes.Literal: _literal,
    nodes.Parameter: _parameter,
    nodes.AsOf: lambda node: lambda frame: frame.as_of,
    nodes.Subject: lambda node: lambda frame: frame.row,
    nodes.Variable: _variable,
    nodes.Fact: _fact,
    nodes.Derived: lambda node: make(node.body),
    nodes.One: _one,
    nodes.Known: _known,
    nodes.Not: _not,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Choose: _choose,
    nodes.Compare: _compare,
    nodes.Arithmetic: _arithmetic,
    nodes.Negate: _negate,
    nodes.YearsBetween: lambda node: _strict(reckoning.years_between, make(node.start), make(node.until)),
    nodes.TextTest: _text_test,
    nodes.Items: partial(folds.as_list, make=make),
    nodes.Filter: partial(folds.as_list, make=make),
    nodes.Map: partial(folds.as_list, make=make),
    nodes.In: partial(folds.membership, make=make),
    nodes.Fold: partial(folds.fold, make=make),
    nodes.Size: partial(folds.size, make=make),
    nodes.Total: partial(folds.total, make=make),
}
