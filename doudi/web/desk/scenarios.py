"""A scenario: the numbers and rules tried instead of those in force, as its address carries them.

`?posts_per_village=3` is another number, `?rule.06a_keep_allowance_poor.below_line=...` another rule; `with` carries up
to four scenarios kept for comparison, each as the query that repeats it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict

from doudi.policy import what_if
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Parameter
from doudi.rules.errors import RuleError
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.errors import words_of

LONGEST = 200  # characters of a typed value
LONGEST_RULE = 2000
RULE = "rule."
KEPT = "with"
MOST_KEPT = 4
LONGEST_KEPT = 4000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one number or rule: in words, and for a rule the line it is in, parted at the wrong word."""

    said: str
    line: int = 0
    column: int = 0
    before: str = ""
    word: str = ""
    after: str = ""
    caret: str = ""
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is tried, as typed: `numbers` by parameter, `rules` by "measure.condition"; only what differs from now."""

    numbers: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is tried."""
        return bool(self.numbers or self.rules)

    @property
    def query(self) -> str:
        """The part of an address that repeats it."""
        return urlencode([*self.numbers.items(), *((RULE + name, text) for name, text in self.rules.items())])


def numbers_in_force(pack: Pack, day: Any) -> dict[str, str]:
    """Every number that can be tried, as one would type the value in force; "" while undecided."""
    found = sorted(pack.parameters.values(), key=lambda each: each.order)
    return {each.name: as_typed(each, day) for each in found if each.type.name != "list"}


def as_typed(parameter: Parameter, day: Any) -> str:
    """A parameter's value on a day as one would type it."""
    dated = parameter.on(day)
    return typed(dated.value, parameter.type.name) if dated else ""


def typed(value: Any, type_name: str) -> str:
    """A value as one would type it: 4999.99, 0.05, true, 2020-02-27."""
    if type_name == "money":
        return figures.bare_yuan(value).replace(",", "")
    if type_name == "decimal":
        return figures.decimal(value).replace(",", "")
    if type_name == "bool":
        return "true" if value else "false"
    return str(value)


def in_words(pack: Pack, name: str, text: str) -> str:
    """A number as typed, as one reads it: 4472600 -> 4,472,600 yuan; what cannot be read stays as typed."""
    parameter = pack.parameters[name]
    try:
        value = what_if.read_value(pack, name, text)
    except Refusal:
        return text
    return figures.measured(value, parameter.type.name, parameter.unit)


def rules_in_force(pack: Pack) -> dict[str, str]:
    """Every condition's rule as written, by "measure.condition"."""
    return {
        f"{name}.{condition}": text.strip()
        for name, terms in pack.terms.items()
        for condition, text in terms.rules.items()
    }


def read(asked: Mapping[str, str], pack: Pack, day: Any) -> Scenario:
    """The scenario of a query: what says the same as now, and what is no number or rule, is left out."""
    now, written = numbers_in_force(pack, day), rules_in_force(pack)
    numbers = {name: clean(asked[name], LONGEST) for name in now if name in asked}
    rules = {name: clean(asked[RULE + name], LONGEST_RULE) for name in written if RULE + name in asked}
    return Scenario(
        {name: value for name, value in numbers.items() if value and value != now[name]},
        {name: text for name, text in rules.items() if text and text != written[name]},
    )


def clean(text: str, longest: int) -> str:
    """Typed text without what no field can hold."""
    return text[:longest].replace("\0", "").replace("\r\n", "\n").strip()


def kept(asked: QueryDict, pack: Pack, day: Any) -> list[Scenario]:
    """The scenarios kept for comparison: at most four, each once."""
    found: list[Scenario] = []
    for text in asked.getlist(KEPT)[: 4 * MOST_KEPT]:
        try:
            one = read(dict(parse_qsl(text[:LONGEST_KEPT], max_num_fields=100)), pack, day)
        except ValueError:
            continue
        if one and one not in found and not problems(one, pack):
            found.append(one)
    return found[:MOST_KEPT]


def problems(scenario: Scenario, pack: Pack) -> dict[str, Problem]:
    """What cannot be read, by the name of its field."""
    found: dict[str, Problem] = {}
    for name, text in scenario.numbers.items():
        try:
            what_if.read_value(pack, name, text)
        except Refusal as refusal:
            found[name] = Problem(words_of(refusal))
    for name, text in scenario.rules.items():
        try:
            what_if.read_rule(pack, name, text)
        except RuleError as error:
            found[RULE + name] = _placed(error, text)
        except Refusal as refusal:
            found[RULE + name] = Problem(words_of(refusal))
    return found


def _placed(error: RuleError, text: str) -> Problem:
    """The line a rule goes wrong in, parted at the wrong word, and a caret below it."""
    lines = text.split("\n")
    line = lines[min(error.line, len(lines)) - 1]
    at = min(max(error.column - 1, 0), len(line))
    word = error.word if error.word and line.startswith(error.word, at) else line[at : at + 1]
    return Problem(
        figures.in_words(error.message_zh, error.message_en),
        error.line,
        error.column,
        line[:at],
        word,
        line[at + len(word) :],
        " " * wide(line[:at]) + "^" * max(1, wide(word)),
        error.nearest,
    )


def wide(text: str) -> int:
    """How many columns a text takes where Chinese takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
