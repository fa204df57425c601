"""The generated cases of a pack: every number of a measure at the edges where its answer turns, and missing.

From each example whose answer is yes, each number and date a rule reads (facts, parameters, the day) is moved to where
some condition changes its answer, found by halving: two steps below, one below, at the edge and one above. An edge that
the author never thought of is found as well as one he did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from doudi.facts.kinds import Vocabulary
from doudi.policy.packs_answers import answer, by_closure
from doudi.policy.packs_examples import Example
from doudi.rules.measures import Measure
from doudi.rules.nodes import AsOf, Fact, Node, Parameter, Value
from doudi.rules.results import YES
from doudi.rules.rows import Row
from doudi.rules.types import Type

NUMBERS = ("int", "decimal", "money", "days", "months")
REACH = {"int": 10_000, "decimal": 10**10, "money": 10**13, "days": 40_000, "months": 5_000, "date": 20_000}
STEPS = (-2, -1, 0, 1)


@dataclass(frozen=True)
class Situation:
    """A subject, the parameters and the day: something a measure has an answer for."""

    measure: str
    row: Row
    params: Mapping[str, Value]
    as_of: date
    told: str


@dataclass(frozen=True)
class Dial:
    """One number of a situation that can be turned. `low` and `high` bound it; `set(None)` makes it missing."""

    name: str
    value: int
    low: int
    high: int
    set: Callable[[int | None], Situation]


def boundaries(measure: Measure, examples: Iterable[Example], vocabulary: Vocabulary) -> list[Situation]:
    """The generated cases of a measure, from its examples whose answer is yes. Equal ones are made once."""
    found: dict[str, Situation] = {}
    seen: set[tuple[str, str]] = set()
    for example in examples:
        if example.expect != YES:
            continue
        base = situation(example)
        for dial in _dials(measure, base, vocabulary):
            for turned in _turned(measure, dial, seen):
                found.setdefault(turned.told, turned)
    return list(found.values())


def situation(example: Example) -> Situation:
    """An example as a situation."""
    told = f"{example.words.en} (line {example.line})"
    return Situation(example.measure, example.row, example.params, example.as_of, told)


def _turned(measure: Measure, dial: Dial, seen: set[tuple[str, str]]) -> Iterator[Situation]:
    yield dial.set(None)
    for edge in _edges(measure, dial):
        for step in STEPS:
            if dial.low <= edge + step <= dial.high:
                yield dial.set(edge + step)


def _edges(measure: Measure, dial: Dial) -> list[int]:
    """Where some condition's answer turns between one number and the next."""
    points = sorted({each for each in (dial.low, dial.value, 0, dial.high) if dial.low <= each <= dial.high})
    found = []
    for left, right in pairwise(points):
        low, high = left, right
        before, after = _reasons(measure, dial.set(low)), _reasons(measure, dial.set(high))
        if before == after:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if _reasons(measure, dial.set(middle)) == before:
                low = middle
            else:
                high = middle
        found.append(high)
    return found


def _reasons(measure: Measure, held: Situation) -> tuple[int, ...]:
    return answer(measure, row=held.row, params=held.params, as_of=held.as_of, evaluate=by_closure).reasons


def _dials(measure: Measure, base: Situation, vocabulary: Vocabulary) -> Iterator[Dial]:
    nodes = [node for each in measure.nodes() for node in each.walk()]
    read = {(node.of.type.kind, node.name) for node in nodes if isinstance(node, Fact)}
    for index, row in enumerate(base.row.reachable()):
        for key in sorted(row.facts):
            fact = vocabulary.fact(row.kind, key.partition("@")[0])
            if fact and (row.kind, fact.name) in read and _counts(fact.type):
                yield _fact_dial(base, index, key, fact.type, fact.low, fact.high)
    for parameter in {node.name: node for node in nodes if isinstance(node, Parameter)}.values():
        if parameter.name in base.params:
            yield _parameter_dial(base, parameter)
    if any(isinstance(node, AsOf) for node in nodes):
        yield _day_dial(base)


def _counts(of: Type) -> bool:
    return of.name in NUMBERS or of.name == "date"


def _fact_dial(base: Situation, index: int, key: str, of: Type, low: int | None, high: int | None) -> Dial:
    row = list(base.row.reachable())[index]
    value = _number(row.facts[key])
    name = f"{row.kind}.{key} of {base.told}"

    def turn(number: int | None) -> Situation:
        copied = deepcopy(base.row)
        facts = list(copied.reachable())[index].facts
        del facts[key]
        if number is not None:
            facts[key] = _value(number, of)
        return replace(base, row=copied, told=f"{name} = {_value(number, of) if number is not None else 'missing'}")

    reach = REACH[of.name]
    return Dial(name, value, value - reach if low is None else low, value + reach if high is None else high, turn)


def _parameter_dial(base: Situation, parameter: Parameter) -> Dial:
    name = f"params.{parameter.name} of {base.told}"
    of = parameter.type

    def turn(number: int | None) -> Situation:
        params = {each: value for each, value in base.params.items() if each != parameter.name}
        if number is not None:
            params[parameter.name] = _value(number, of)
        told = f"{name} = {_value(number, of) if number is not None else 'undecided'}"
        return replace(base, params=params, told=told)

    if not _counts(of):
        return Dial(name, 0, 0, 0, lambda _: turn(None))
    value = _number(base.params[parameter.name])
    return Dial(name, value, value - REACH[of.name], value + REACH[of.name], turn)


def _day_dial(base: Situation) -> Dial:
    value = base.as_of.toordinal()

    def turn(number: int | None) -> Situation:
        day = base.as_of if number is None else date.fromordinal(number)
        return replace(base, as_of=day, told=f"as_of of {base.told} = {day}")

    span = timedelta(days=REACH["date"]).days
    return Dial("as_of", value, value - span, value + span, turn)


def _number(value: Value) -> int:
    return value.toordinal() if isinstance(value, date) else int(str(int(value)))  # type: ignore[arg-type]


def _value(number: int, of: Type) -> Value:
    return date.fromordinal(number) if of.name == "date" else number


def reads(node: Node) -> set[tuple[str, str]]:
    """The facts (kind, name) an expression reads, derived ones and what they are made of included."""
    return {
        (each.of.type.kind, each.name)  # type: ignore[attr-defined]
        for each in node.walk()
        if hasattr(each, "of") and hasattr(each, "name") and each.of.type.kind
    }
