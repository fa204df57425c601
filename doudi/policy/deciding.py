"""Deciding subjects one at a time, as rows in memory: the same nodes as the engines', as compiled closures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from doudi.policy.packs import Pack
from doudi.rules.engines import closure
from doudi.rules.engines.closure_values import Failure, Frame, Missing
from doudi.rules.errors import CAUSES
from doudi.rules.measures import Measure, conjoin, pack_reasons
from doudi.rules.results import FAILED, NO, NOT_KNOWN, YES
from doudi.rules.rows import Row


@dataclass(frozen=True, slots=True)
class Answer:
    """One measure's answer for one subject, before any cut; encoded as in a run's answers."""

    verdict: int
    amount: int | None
    reasons: int
    cause: int


class Decider:
    """A pack's measures on a day, ready to decide rows."""

    def __init__(self, pack: Pack, *, params: Mapping[str, Any], as_of: date) -> None:
        self.pack, self.params, self.as_of = pack, params, as_of

    def verdict(self, measure: Measure, row: Row) -> int:
        """0 no, 1 yes, 2 not yet known, before any cut."""
        return self._verdict(measure, self._values(measure, row), row)

    def answer(self, measure: Measure, row: Row) -> Answer:
        """The whole answer."""
        values = self._values(measure, row)
        verdict = self._verdict(measure, values, row)
        amount = None
        if verdict == YES and measure.amount is not None:
            given = self._frame_value(measure.amount, row)
            amount = None if type(given) in (Missing, Failure) else int(given)
        cause = next((CAUSES[value.cause] for value in values if type(value) is Failure), 0)
        return Answer(verdict, amount, pack_reasons([_code(value) for value in values]), cause)

    def _frame_value(self, node: Any, row: Row) -> Any:
        return closure.compiled(node).step(Frame(row, self.params, self.as_of, {}))

    def _values(self, measure: Measure, row: Row) -> list[Any]:
        frame = Frame(row, self.params, self.as_of, {})
        return [closure.compiled(condition.node).step(frame) for condition in measure.conditions]

    def _verdict(self, measure: Measure, values: list[Any], row: Row) -> int:
        if measure.combine is None:
            return conjoin([_code(value) for value in values])
        bound = {condition.name: value for condition, value in zip(measure.conditions, values, strict=True)}
        joined = closure.compiled(measure.combine).step(Frame(row, self.params, self.as_of, bound))
        return min(_code(joined), NOT_KNOWN)


def _code(value: Any) -> int:
    if type(value) is Missing:
        return NOT_KNOWN
    if type(value) is Failure:
        return FAILED
    return YES if value else NO
