"""What a measure answers for one situation, by one of the engines that run in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from doudi.rules.engines import closure, memory
from doudi.rules.measures import Measure, conjoin
from doudi.rules.nodes import Node, Value
from doudi.rules.results import NOT_KNOWN, OK, YES, Result
from doudi.rules.rows import Row

Evaluate = Callable[[Node, Row, Mapping[str, Value], date], Result]


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict (0 no, 1 yes, 2 unknown), the amount of a yes where it is known, and each condition's result."""

    verdict: int
    amount: int | None
    conditions: tuple[Result, ...]

    @property
    def reasons(self) -> tuple[int, ...]:
        """The verdict of each condition: 0 no, 1 yes, 2 unknown, 3 error."""
        return tuple(result.verdict for result in self.conditions)


def by_memory(node: Node, row: Row, params: Mapping[str, Value], as_of: date) -> Result:
    """The definition's result."""
    return memory.evaluate(node, row=row, params=params, as_of=as_of)


def by_closure(node: Node, row: Row, params: Mapping[str, Value], as_of: date) -> Result:
    """The result of the node compiled to closures."""
    return closure.compiled(node).evaluate(row=row, params=params, as_of=as_of)


def answer(
    measure: Measure, *, row: Row, params: Mapping[str, Value], as_of: date, evaluate: Evaluate = by_memory
) -> Answer:
    """The answer before any cut."""
    results = tuple(evaluate(each.node, row, params, as_of) for each in measure.conditions)
    return Answer(
        verdict_of(measure, results, params, as_of), amount_of(measure, row, params, as_of, evaluate), results
    )


def verdict_of(measure: Measure, results: tuple[Result, ...], params: Mapping[str, Value], as_of: date) -> int:
    """The measure's verdict from its conditions' results."""
    if measure.combine is None:
        return conjoin([result.verdict for result in results])
    known = {
        condition.name: result.value
        for condition, result in zip(measure.conditions, results, strict=True)
        if result.status is OK and isinstance(result.value, bool)
    }
    combined = memory.evaluate(measure.combine, row=None, params=params, as_of=as_of, variables=known)
    return min(combined.verdict, NOT_KNOWN)


def amount_of(
    measure: Measure, row: Row, params: Mapping[str, Value], as_of: date, evaluate: Evaluate = by_memory
) -> int | None:
    """What a yes gives, in minor units; None where nothing is given or it is not known."""
    if measure.amount is None:
        return None
    result = evaluate(measure.amount, row, params, as_of)
    return int(str(result.value)) if result.status is OK else None


def gives(answered: Answer) -> tuple[int, int | None]:
    """What can be compared between engines: the verdict, and the amount of a yes."""
    return answered.verdict, answered.amount if answered.verdict == YES else None
