"""Which broken rules the examples and generated cases notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from doudi.policy.packs import Pack
from doudi.policy.packs_answers import Answer, answer, by_closure, verdict_of
from doudi.policy.packs_boundaries import Situation
from doudi.policy.packs_examples import LineExample
from doudi.policy.packs_mutants import TRUE, Ground, Mutant, mutants
from doudi.rules.lines import stand_in_line
from doudi.rules.measures import Key, Limit, Measure
from doudi.rules.nodes import Node
from doudi.rules.results import YES


@dataclass(frozen=True)
class Unnoticed:
    """An edit no case notices. `rule` is "<measure>.<condition>", ".amount", ".limits" or ".<quantity>"."""

    rule: str
    change: str


@dataclass(frozen=True)
class Trial:
    """A measure with its cases and what it answers to them as it is."""

    measure: Measure
    cases: tuple[Situation, ...]
    answers: tuple[Answer, ...]
    lines: tuple[LineExample, ...]


def trial(measure: Measure, cases: Iterable[Situation], lines: Iterable[LineExample]) -> Trial:
    """The measure's answers to its cases, to compare edited rules with."""
    held = tuple(cases)
    answers = tuple(
        answer(measure, row=case.row, params=case.params, as_of=case.as_of, evaluate=by_closure) for case in held
    )
    return Trial(measure, held, answers, tuple(lines))


def ground_of(pack: Pack) -> Ground:
    """What edits may draw on in a pack."""
    types = {name: parameter.type for name, parameter in pack.parameters.items()}
    return Ground(types, pack.added)


def unnoticed(pack: Pack, held: Trial) -> Iterator[tuple[bool, Unnoticed]]:
    """Every edit of a measure's rules, and whether it was noticed."""
    ground, measure = ground_of(pack), held.measure
    for index, condition in enumerate(measure.conditions):
        for edit in (Mutant("condition dropped", TRUE), *mutants(condition.node, ground)):
            seen = _changes_verdict(held, index, edit.node)
            yield seen, Unnoticed(f"{measure.name}.{condition.name}", edit.change)
    if measure.combine is not None:
        for edit in mutants(measure.combine, ground):
            seen = _changes_combining(held, edit.node)
            yield seen, Unnoticed(f"{measure.name}.combine", edit.change)
    for name, node in _values_of(pack, measure):
        for edit in mutants(node, ground):
            yield _changes_value(held, node, edit.node), Unnoticed(f"{measure.name}.{name}", edit.change)
    if measure.limit is not None:
        for change, limit in _limits(measure.limit, ground):
            yield _changes_line(held, limit), Unnoticed(f"{measure.name}.limits", change)


def _values_of(pack: Pack, measure: Measure) -> Iterator[tuple[str, Node]]:
    if measure.amount is not None:
        yield "amount", measure.amount
    terms = pack.terms.get(measure.name)
    for quantity in terms.quantities if terms else ():
        yield quantity.name, quantity.node


def _changes_verdict(held: Trial, index: int, node: Node) -> bool:
    for case, before in zip(held.cases, held.answers, strict=True):
        result = by_closure(node, case.row, case.params, case.as_of)
        results = (*before.conditions[:index], result, *before.conditions[index + 1 :])
        if verdict_of(held.measure, results, case.params, case.as_of) != before.verdict:
            return True
    return False


def _changes_combining(held: Trial, node: Node) -> bool:
    edited = replace(held.measure, combine=node)
    return any(
        verdict_of(edited, before.conditions, case.params, case.as_of) != before.verdict
        for case, before in zip(held.cases, held.answers, strict=True)
    )


def _changes_value(held: Trial, node: Node, edited: Node) -> bool:
    """Whether a yes gives something else."""
    for case, before in zip(held.cases, held.answers, strict=True):
        if before.verdict == YES:
            first = by_closure(node, case.row, case.params, case.as_of)
            second = by_closure(edited, case.row, case.params, case.as_of)
            if (first.status, first.value) != (second.status, second.value):
                return True
    return False


def _limits(limit: Limit, ground: Ground) -> Iterator[tuple[str, Limit]]:
    for edit in mutants(limit.count, ground):
        yield f"count: {edit.change}", replace(limit, count=edit.node)
    for index, key in enumerate(limit.order):
        before, after = limit.order[:index], limit.order[index + 1 :]
        yield f"key {index + 1} dropped", replace(limit, order=(*before, *after))
        if after:
            yield (
                f"keys {index + 1} and {index + 2} swapped",
                replace(limit, order=(*before, after[0], key, *after[1:])),
            )
        if isinstance(key, Key):
            turned = replace(key, descending=not key.descending)
            yield f"key {index + 1} turned round", replace(limit, order=(*before, turned, *after))
            for edit in mutants(key.node, ground):
                edited = (*before, replace(key, node=edit.node), *after)
                yield f"key {index + 1}: {edit.change}", replace(limit, order=edited)


def _changes_line(held: Trial, limit: Limit) -> bool:
    edited = replace(held.measure, limit=limit)
    return any(_places(edited, line) != _places(held.measure, line) for line in held.lines)


def _places(measure: Measure, line: LineExample) -> dict[int, int]:
    placed = stand_in_line(measure, line.rows.values(), params=line.params, as_of=line.as_of, seed=line.seed)
    return {subject: place.verdict for subject, place in placed.items()}
