"""Rules and values in words, Chinese and English, from the labels of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from doudi.rules import nodes
from doudi.rules.nodes import Node
from doudi.rules.scope import VocabularyLike
from doudi.rules.types import DECIMAL_UNIT, Type

ZH, EN = "zh", "en"
_SIGNS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "+": "+", "-": "-", "*": "×", "/": "÷"}
_UNITS_EN = {"元": "yuan", "岁": "years", "月": "months", "人": "persons", "天": "days", "亩": "mu", "户": "households",
             "公里": "km", "平方米": "m²"}  # fmt: skip
_TESTS = {
    "startsWith": ("{0}以{1}开头", "{0} begins with {1}"),
    "endsWith": ("{0}以{1}结尾", "{0} ends with {1}"),
    "contains": ("{0}含有{1}", "{0} contains {1}"),
}
_FOLDS = {
    "exists": ("{0}中有:{1}", "some of {0}: {1}"),
    "all": ("{0}每一个都:{1}", "every one of {0}: {1}"),
    "exists_one": ("{0}中恰有一个:{1}", "exactly one of {0}: {1}"),
}
_TOTALS = {
    "sum": ("{0}合计", "the sum of {0}"),
    "min": ("{0}最小值", "the least of {0}"),
    "max": ("{0}最大值", "the greatest of {0}"),
}


class Money(NamedTuple):
    """A pack's money: its unit in both languages, and how many digits of it the minor unit has (fen: 2; dong: 0)."""

    zh: str
    en: str
    decimals: int


def unit_in(language: str, unit: str) -> str:
    """A fact's unit in a language; one that has no other word is told as it stands."""
    return unit if language == ZH else _UNITS_EN.get(unit, unit)


YUAN = Money("元", "yuan", 2)


@dataclass(frozen=True)
class Teller:
    """Tells rules and values. `parameters` are the labels (zh, en) of a pack's parameters; `currency` its money."""

    vocabulary: VocabularyLike
    parameters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    currency: Money = YUAN

    def tell(self, node: Node, language: str) -> str:
        """What a part of a rule asks, without values."""
        return _TELLERS[type(node)](self, node, language)

    def tell_within(self, node: Node, language: str) -> str:
        """The same, in brackets where it would run into its surroundings."""
        told = self.tell(node, language)
        return f"({told})" if isinstance(node, _LOOSE) else told

    # -- values

    def value(self, value: Any, of: Type, language: str, about: Node | None = None) -> str:
        """A value in words; `about` is the node it belongs to, for units and the words of a code."""
        fact = self.fact_of(about) if about is not None else None
        if of.name == "list":
            separator = "、" if language == ZH else ", "
            return separator.join(self.value(item, of.of or of, language, about) for item in value) or "—"
        if isinstance(value, str):
            return self._word(value, fact, language)
        return _VALUES[of.name](self, value, language, fact)

    def _word(self, value: str, fact: Any, language: str) -> str:
        for choice in fact.choices if fact else ():
            if choice.value == value:
                return str(choice.zh if language == ZH else choice.en)
        return f"“{value}”" if language == ZH else f"'{value}'"

    def money(self, value: int, language: str) -> str:
        """An amount of minor units: 4,100.00元; 410,000 dong."""
        decimals = self.currency.decimals
        whole, part = divmod(abs(value), 10**decimals)
        told = f"{'-' if value < 0 else ''}{whole:,}" + (f".{part:0{decimals}}" if decimals else "")
        return told + (self.currency.zh if language == ZH else f" {self.currency.en}")

    # -- names

    def fact_of(self, node: Node) -> Any:
        """The fact of the vocabulary a node reads, or None."""
        if isinstance(node, nodes.Fact | nodes.Derived):
            return self.vocabulary.fact(node.of.type.kind, node.name)
        return None

    def fact_label(self, kind: str, name: str, year: int | None, language: str) -> str:
        """The label of a fact: 2019年工资性收入."""
        fact = self.vocabulary.fact(kind, name) or self.vocabulary.relation(kind, name)
        label = str(getattr(fact, language, name) or name)
        if year is None:
            return label
        return f"{year}年{label}" if language == ZH else f"{label} in {year}"

    def parameter_label(self, name: str, language: str) -> str:
        """The label of a parameter, or its name."""
        labels = self.parameters.get(name)
        return (labels[0] if language == ZH else labels[1]) if labels else name

    def kind_label(self, kind: str, language: str) -> str:
        """The word for a kind of subject."""
        return str(getattr(self.vocabulary.kinds.get(kind), language, kind))

    def relation_label(self, kind: str, name: str, language: str) -> str:
        """The word for a relation."""
        return str(getattr(self.vocabulary.relation(kind, name), language, name))


_LOOSE = (nodes.And, nodes.Or, nodes.Compare, nodes.Choose, nodes.Arithmetic)


def _number(teller: Teller, value: int, language: str, fact: Any) -> str:
    unit = fact.unit if fact else ""
    return f"{value:,}" + (unit if language == ZH else f" {unit_in(EN, unit)}" if unit else "")


def _decimal(teller: Teller, value: int, language: str, fact: Any) -> str:
    sign, whole, part = "-" if value < 0 else "", abs(value) // DECIMAL_UNIT, abs(value) % DECIMAL_UNIT
    told = f"{sign}{whole:,}.{part:04}".rstrip("0")
    return told + "0" if told.endswith(".") else told


def _day(teller: Teller, value: date, language: str, fact: Any) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if language == ZH else value.isoformat()


_VALUES: dict[str, Callable[[Teller, Any, str, Any], str]] = {
    "bool": lambda teller, value, language, fact: (
        ("是" if value else "否") if language == ZH else "yes" if value else "no"
    ),
    "int": _number,
    "decimal": _decimal,
    "money": lambda teller, value, language, fact: teller.money(value, language),
    "date": _day,
    "days": lambda teller, value, language, fact: f"{value:,}天" if language == ZH else f"{value:,} days",
    "months": lambda teller, value, language, fact: f"{value:,}个月" if language == ZH else f"{value:,} months",
    "nothing": lambda teller, value, language, fact: "—",
}


# -- parts of a rule


def _pick(words: tuple[str, str], language: str, *parts: str) -> str:
    return words[0 if language == ZH else 1].format(*parts)


def _literal(teller: Teller, node: nodes.Literal, language: str) -> str:
    return teller.value(node.value, node.type, language)


def _fact(teller: Teller, node: nodes.Fact | nodes.Derived, language: str) -> str:
    label = teller.fact_label(node.of.type.kind, node.name, node.year, language)
    if not isinstance(node.of, nodes.One):
        return label
    return f"{teller.tell(node.of, ZH)}的{label}" if language == ZH else f"{label} of the {teller.tell(node.of, EN)}"


def _relation(teller: Teller, node: nodes.One | nodes.Many, language: str) -> str:
    label = teller.relation_label(node.of.type.kind, node.relation, language)
    if not isinstance(node.of, nodes.One):
        return label
    return f"{teller.tell(node.of, ZH)}的{label}" if language == ZH else f"{label} of the {teller.tell(node.of, EN)}"


def _joined(words: tuple[str, str]) -> Callable[[Teller, Any, str], str]:
    def tell(teller: Teller, node: nodes.And | nodes.Or, language: str) -> str:
        separator = words[0] if language == ZH else words[1]
        return separator.join(teller.tell_within(term, language) for term in node.terms)

    return tell


def _not(teller: Teller, node: nodes.Not, language: str) -> str:
    return _pick(("并非{0}", "not {0}"), language, teller.tell_within(node.term, language))


def _known(teller: Teller, node: nodes.Known, language: str) -> str:
    return _pick(("{0}已知", "{0} is known"), language, teller.tell(node.fact, language))


def _choose(teller: Teller, node: nodes.Choose, language: str) -> str:
    parts = (teller.tell(part, language) for part in (node.condition, node.then, node.otherwise))
    return _pick(("若{0}则{1},否则{2}", "if {0} then {1}, else {2}"), language, *parts)


def side(teller: Teller, node: Node, other: Node, language: str) -> str:
    """One side of a comparison; a text beside a code is told in the code's own words."""
    if isinstance(node, nodes.Literal):
        return teller.value(node.value, node.type, language, other)
    if isinstance(node, nodes.Items):
        separator = "、" if language == ZH else ", "
        return separator.join(side(teller, item, other, language) for item in node.items)
    return teller.tell_within(node, language)


def _compare(teller: Teller, node: nodes.Compare, language: str) -> str:
    left, right = side(teller, node.left, node.right, language), side(teller, node.right, node.left, language)
    return f"{left} {_SIGNS[node.op]} {right}"


def _arithmetic(teller: Teller, node: nodes.Arithmetic, language: str) -> str:
    sign = _SIGNS.get(node.op, "除余" if language == ZH else "modulo")
    return f"{teller.tell_within(node.left, language)} {sign} {teller.tell_within(node.right, language)}"


def _years(teller: Teller, node: nodes.YearsBetween, language: str) -> str:
    parts = (teller.tell(node.start, language), teller.tell(node.until, language))
    return _pick(("{0}至{1}的整年数", "whole years from {0} to {1}"), language, *parts)


def _text_test(teller: Teller, node: nodes.TextTest, language: str) -> str:
    return _pick(_TESTS[node.op], language, teller.tell(node.text, language), teller.tell(node.part, language))


def _items(teller: Teller, node: nodes.Items, language: str) -> str:
    return ("、" if language == ZH else ", ").join(teller.tell(item, language) for item in node.items) or "—"


def _in(teller: Teller, node: nodes.In, language: str) -> str:
    item, listed = teller.tell_within(node.item, language), side(teller, node.list, node.item, language)
    return _pick(("{0}为{1}之一", "{0} is one of {1}"), language, item, listed)


def _fold(teller: Teller, node: nodes.Fold, language: str) -> str:
    return _pick(_FOLDS[node.op], language, teller.tell(node.over, language), teller.tell(node.body, language))


def _filter(teller: Teller, node: nodes.Filter, language: str) -> str:
    parts = (teller.tell(node.over, language), teller.tell(node.body, language))
    return _pick(("{0}(其中{1})", "{0} (where {1})"), language, *parts)


def _map(teller: Teller, node: nodes.Map, language: str) -> str:
    parts = (teller.tell(node.over, language), teller.tell_within(node.body, language))
    return _pick(("{0}的{1}", "{1} of {0}"), language, *parts)


def _size(teller: Teller, node: nodes.Size, language: str) -> str:
    words = ("{0}数", "number of {0}") if node.of.type.name in ("rows", "list") else ("{0}字数", "length of {0}")
    return _pick(words, language, teller.tell_within(node.of, language))


def _variable(teller: Teller, node: nodes.Variable, language: str) -> str:
    return teller.kind_label(node.type.kind, language) if node.type.name == "row" else node.name


_TELLERS: dict[type[Node], Callable[[Teller, Any, str], str]] = {
    nodes.Literal: _literal,
    nodes.Parameter: lambda teller, node, language: teller.parameter_label(node.name, language),
    nodes.AsOf: lambda teller, node, language: "运行日" if language == ZH else "the run's day",
    nodes.Subject: lambda teller, node, language: teller.kind_label(node.type.kind, language),
    nodes.Variable: _variable,
    nodes.Fact: _fact,
    nodes.Derived: _fact,
    nodes.One: _relation,
    nodes.Many: _relation,
    nodes.Known: _known,
    nodes.Not: _not,
    nodes.And: _joined((" 且 ", " and ")),
    nodes.Or: _joined((" 或 ", " or ")),
    nodes.Choose: _choose,
    nodes.Compare: _compare,
    nodes.Arithmetic: _arithmetic,
    nodes.Negate: lambda teller, node, language: f"-{teller.tell_within(node.term, language)}",
    nodes.YearsBetween: _years,
    nodes.TextTest: _text_test,
    nodes.Items: _items,
    nodes.In: _in,
    nodes.Fold: _fold,
    nodes.Filter: _filter,
    nodes.Map: _map,
    nodes.Size: _size,
    nodes.Total: lambda teller, node, language: _pick(_TOTALS[node.op], language, teller.tell(node.of, language)),
}
SIGNS = _SIGNS
