"""The values of a missing fact worth trying: one for each way the rule's own constants cut its domain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from doudi.rules import nodes
from doudi.rules.contexts import Comparison, comparisons, reading_of, refs_of
from doudi.rules.engines.closure_values import BROKEN
from doudi.rules.nodes import Value
from doudi.rules.rows import FactRef
from doudi.rules.trials import Trial
from doudi.rules.types import Type

SMALL = 12  # a range of so many numbers is tried whole
ANYTHING = "※"  # a text that no rule mentions
FIRST_DAY, LAST_DAY = date(1900, 1, 1).toordinal(), date(2100, 12, 31).toordinal()
FAR = 10**12  # the bound of a number whose range the vocabulary does not say
FARTHER = 10**15  # and of one whose stated range is not to be counted on


@dataclass(frozen=True)
class Domain:
    """Values to try. `exact`: no other value could make the rule say anything these do not."""

    values: tuple[Value, ...]
    exact: bool


class Domains:
    """The domains of the facts of one rule, under a trial's present state.

    `wide` lets numbers lie far outside the ranges the vocabulary states for them.
    """

    def __init__(self, trial: Trial, *, wide: bool = False) -> None:
        self.trial = trial
        self.wide = wide
        self._shape = -1
        self._comparisons: list[Comparison] = []
        self._reading = reading_of(trial.node)

    def of(self, ref: FactRef) -> Domain:
        """What to try for a missing fact or parameter."""
        fact = None if ref.kind == "params" else self.trial.vocabulary.fact(ref.kind, ref.name)
        of = fact.type if fact else self._reading.parameters[ref.name]
        if of.name == "bool":
            return Domain((True, False), exact=True)
        if of.name in ("code", "text"):
            return self._texts_of(ref, fact)
        if of.name == "list":
            return Domain(((), self._reading.texts) if of.of and of.of.name == "text" else ((), (0,)), exact=False)
        return self._numbers_of(ref, of, fact)

    # -- texts

    def _texts_of(self, ref: FactRef, fact: Any) -> Domain:
        choices = tuple(choice.value for choice in fact.choices) if fact else ()
        if choices:
            return Domain(choices, exact=True)
        told = [text for text in self._beside(ref) if isinstance(text, str)]
        values = dict.fromkeys([*self._reading.texts, *told, "", ANYTHING])
        return Domain(tuple(values), exact=not self._reading.texts_bend)

    def _beside(self, ref: FactRef) -> Iterable[Any]:
        """The known values a fact is compared with."""
        for found in self._now():
            left, right = self._sides(found)
            for here, other in ((left, right), (right, left)):
                if refs_of(here) == {ref} and type(other) not in BROKEN:
                    yield from other if isinstance(other, tuple) else [other]

    # -- numbers and days

    def _numbers_of(self, ref: FactRef, of: Type, fact: Any) -> Domain:
        low, high = (-FARTHER, FARTHER) if self.wide and of.name != "date" else _range(of, fact)
        if high - low < SMALL:
            return Domain(tuple(_value(of, number) for number in range(low, high + 1)), exact=True)
        cuts, exact = self._cuts(ref, of, low, high)
        numbers = sorted({low, *cuts, *([] if exact else [high, *([0] if low < 0 < high else [])])})
        return Domain(tuple(_value(of, number) for number in numbers), exact=exact)

    def _cuts(self, ref: FactRef, of: Type, low: int, high: int) -> tuple[set[int], bool]:
        """The numbers at which some comparison changes, and whether these are all there are."""
        cuts: set[int] = set()
        exact = True
        for found in self._now():
            left, right = self._sides(found)
            refs = refs_of(left) | refs_of(right)
            if ref not in refs:
                continue
            if refs != {ref} or not found.monotone:
                exact = False
                continue
            cuts |= self._cuts_of(found, ref, of, low, high)
        return cuts, exact

    def _cuts_of(self, found: Comparison, ref: FactRef, of: Type, low: int, high: int) -> set[int]:
        if isinstance(found.node, nodes.In):
            return self._cuts_in(found, ref, of, low, high)

        def gap(number: int) -> int | None:
            with self.trial.fact(ref, _value(of, number)):
                left, right = self._sides(found)
            return None if type(left) in BROKEN or type(right) in BROKEN else _gap(left, right)

        return set(changes(gap, low, high))

    def _cuts_in(self, found: Comparison, ref: FactRef, of: Type, low: int, high: int) -> set[int]:
        """The numbers at which the item passes each number of the list."""
        right = self._sides(found)[1]
        cuts: set[int] = set()
        for target in right if isinstance(right, tuple) else ():

            def gap(number: int, target: Any = target) -> int | None:
                with self.trial.fact(ref, _value(of, number)):
                    item = self._sides(found)[0]
                return None if type(item) in BROKEN else _gap(item, target)

            cuts |= set(changes(gap, low, high))
        return cuts

    # -- comparisons as they stand

    def _now(self) -> list[Comparison]:
        if self._shape != self.trial.shape:
            self._comparisons = comparisons(self.trial.node, self.trial.frame)
            self._shape = self.trial.shape
        return self._comparisons

    def _sides(self, found: Comparison) -> tuple[Any, Any]:
        self.trial.frame.bound = dict(found.bound)
        left = found.left(self.trial.frame)
        return left, found.right(self.trial.frame)


Gap = Callable[[int], int | None]


def _gap(left: Any, right: Any) -> int:
    """How far the left side is above the right; only its sign matters between texts and truths."""
    if isinstance(left, date):
        return (left - right).days
    if isinstance(left, int):
        return int(left) - int(right)
    return (left > right) - (left < right)


def changes(gap: Gap, low: int, high: int) -> Iterator[int]:
    """Each number at which the sign of the gap differs from before, for a gap that only rises or only falls."""
    first, last = gap(low), gap(high)
    while _sign(first) != _sign(last):
        low = _first_other(gap, (low, first), (high, last))
        first = gap(low)
        yield low


def _sign(gap: int | None) -> int:
    return 2 if gap is None else (gap > 0) - (gap < 0)


def _first_other(gap: Gap, at_low: tuple[int, int | None], at_high: tuple[int, int | None]) -> int:
    """The first number whose sign is not that of `low`: where a straight line would cross, then ever nearer."""
    (low, first), (high, last) = at_low, at_high
    here, step = _sign(first), 1
    guess = low - first * (high - low) // (last - first) if first and last is not None and last != first else low + 1
    while high - low > 1:
        guess = min(max(guess, low + 1), high - 1)
        if _sign(gap(guess)) == here:
            low, guess = guess, guess + step
        else:
            high, guess = guess, guess - step
        step *= 2
        if step > high - low:
            guess = (low + high) // 2
    return high


def _range(of: Type, fact: Any) -> tuple[int, int]:
    if of.name == "date":
        return FIRST_DAY, LAST_DAY
    low = getattr(fact, "low", None)
    high = getattr(fact, "high", None)
    return -FAR if low is None else low, FAR if high is None else high


def _value(of: Type, number: int) -> Value:
    return date.fromordinal(number) if of.name == "date" else number
