"""The controls of a what-if: a field and a slider for each number, a text for each rule that is edited."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Parameter
from doudi.rules import nodes
from doudi.web import figures
from doudi.web.desk import scenarios, terms
from doudi.web.desk.scenarios import Problem, Scenario

STEPS = 50  # of a slider, about
SLIDES = ("money", "int", "decimal", "months", "days")
MOST_KNOWN = 500
_known: dict[tuple[str, str], tuple[Decimal, Decimal] | None] = {}


@dataclass(frozen=True, slots=True)
class Slide:
    """A slider's ends and step, as typed."""

    low: str
    high: str
    step: str
    at: str


@dataclass(frozen=True, slots=True)
class Knob:
    """One parameter: its value in force as one types it ("" while undecided), and what is typed now.

    `in_force` and `asked` are the two as one reads them, with separators and unit.
    """

    name: str
    title: str
    unit: str
    widget: str
    now: str
    typed: str
    in_force: str
    asked: str
    source: str
    slide: Slide | None
    problem: Problem | None

    @property
    def changed(self) -> bool:
        """Whether something else was typed."""
        return self.typed != self.now


@dataclass(frozen=True, slots=True)
class Editor:
    """One condition's rule, open for editing."""

    name: str
    title: str
    words: str
    now: str
    text: str
    problem: Problem | None

    @property
    def rows(self) -> int:
        """Lines to show."""
        return min(12, max(2, self.text.count("\n") + 1 + len(self.text) // 60))


def of_pack(pack: Pack, day: Any, tried: Scenario, wrong: dict[str, Problem]) -> list[Knob]:
    """A control for every number of the pack, in its order."""
    now = scenarios.numbers_in_force(pack, day)
    return [_knob(pack, pack.parameters[name], day, value, tried, wrong) for name, value in now.items()]


def _knob(pack: Pack, parameter: Parameter, day: Any, now: str, tried: Scenario, wrong: dict[str, Problem]) -> Knob:
    dated, typed = parameter.on(day), tried.numbers.get(parameter.name, now)
    widget = {"date": "date", "money": "decimal", "decimal": "decimal", "bool": "bool"}
    money = parameter.type.name == "money"
    return Knob(
        parameter.name,
        figures.in_words(parameter.zh, parameter.en),
        figures.unit("元" if money else parameter.unit),
        widget.get(parameter.type.name, "numeric"),
        now,
        typed,
        scenarios.in_words(pack, parameter.name, now) if now else "",
        scenarios.in_words(pack, parameter.name, typed),
        f"{terms.source_of(pack, dated)} {dated.start.isoformat()}" if dated else "",
        _slide(pack, parameter, now, typed) if parameter.type.name in SLIDES else None,
        wrong.get(parameter.name),
    )


def _slide(pack: Pack, parameter: Parameter, now: str, typed: str) -> Slide | None:
    """A slider as wide as the fact the number is compared with may be; else from nothing to twice the number."""
    value = _number(now) or _number(typed)
    bounds = _bounds(pack, parameter)
    if bounds is None and not value:
        return None
    low, high = bounds or (Decimal(0), _round(2 * abs(value or Decimal(0))))
    beyond = _number(typed) or Decimal(0)
    high = _round(beyond) if beyond > high else high
    least = Decimal(1) if parameter.type.name in ("int", "months", "days") else Decimal("0.0001")
    step = max(least, _round((high - low) / STEPS / 2))
    at = _number(typed)
    return Slide(*(_plain(each) for each in (low, high, step, at if at is not None else low)))


def _bounds(pack: Pack, parameter: Parameter) -> tuple[Decimal, Decimal] | None:
    """The domain of a fact some rule compares with the number; a pack's text never changes under its hash."""
    key = (pack.hash, parameter.name)
    if key not in _known:
        if len(_known) > MOST_KNOWN:
            _known.clear()
        _known[key] = _domain(pack, parameter)
    return _known[key]


def _domain(pack: Pack, parameter: Parameter) -> tuple[Decimal, Decimal] | None:
    for measure in pack.measures.values():
        for part in (inner for node in measure.nodes() for inner in node.walk()):
            sides = (part.left, part.right) if isinstance(part, nodes.Compare) else ()
            if any(isinstance(side, nodes.Parameter) and side.name == parameter.name for side in sides):
                for fact in filter(None, (_fact(pack, side) for side in sides)):
                    if fact.low is not None and fact.high is not None and fact.type.name in ("int", "months"):
                        return Decimal(fact.low), Decimal(fact.high)
    return None


def _fact(pack: Pack, node: nodes.Node) -> Any:
    if isinstance(node, nodes.Fact | nodes.Derived):
        return pack.vocabulary.fact(node.of.type.kind, node.name)
    return None


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 12 else None


def _round(number: Decimal) -> Decimal:
    """The least of 1, 2, 5 times a power of ten that is no smaller."""
    if number <= 0:
        return Decimal(1)
    power = Decimal(10) ** number.adjusted()
    return next(power * each for each in map(Decimal, (1, 2, 5, 10)) if power * each >= number)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def editors(pack: Pack, tried: Scenario, wrong: dict[str, Problem], opened: str) -> list[Editor]:
    """A text for each rule that is tried, and for the one just opened."""
    written = scenarios.rules_in_force(pack)
    names = [*tried.rules, *([opened] if opened in written and opened not in tried.rules else [])]
    return [_editor(pack, name, written[name], tried, wrong) for name in names]


def _editor(pack: Pack, name: str, now: str, tried: Scenario, wrong: dict[str, Problem]) -> Editor:
    measure, _dot, condition = name.partition(".")
    held = next(each for each in pack.measures[measure].conditions if each.name == condition)
    title = f"{figures.word(pack.terms[measure].title)} · {figures.in_words(held.zh, held.en)}"
    text = tried.rules.get(name, now)
    return Editor(name, title, terms.say(pack, held.node), now, text, wrong.get(scenarios.RULE + name))


def choices(pack: Pack) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every condition that can be edited, by measure: (title, [(name, title)])."""
    return [
        (
            figures.word(pack.terms[measure.name].title),
            [(f"{measure.name}.{each.name}", figures.in_words(each.zh, each.en)) for each in measure.conditions],
        )
        for measure in pack.measures.values()
    ]
