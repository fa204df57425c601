"""The conditions of the list of households with their counts: each value leads to the list it would leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doudi.places.divisions import Place
from doudi.policy import household_rolls
from doudi.policy.runs import Run
from doudi.policy.selections import MOST_MEMBERS, Selection
from doudi.web import figures
from doudi.web.desk import filters, standings
from doudi.web.desk.filters import Asked

SELECTED = ("town", "village", "group", "measure", "state")  # offered as lists to choose from
LINKED = ("open", "ask", "contested", "differ", "registered", "monitored", "band", "members")  # offered as links


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a condition. `url` leads to the list with it, or without it where it is chosen already."""

    value: str
    text: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One condition with its values."""

    name: str
    title: str
    values: list[Value]


def selected(found: Selection, asked: Asked, run: Run | None) -> list[Facet]:
    """The conditions chosen from lists, as far as there is something to choose."""
    names = [name for name in SELECTED if _is_offered(name, asked, run)]
    return [facet for facet in (_facet(name, found, asked, run) for name in names) if len(facet.values) > 1]


def _is_offered(name: str, asked: Asked, run: Run | None) -> bool:
    needed = {"village": "town", "group": "village"}.get(name)
    return (run is not None or name not in ("measure", "state")) and (needed is None or bool(asked.found.get(needed)))


def linked(found: Selection, asked: Asked, run: Run | None) -> list[Facet]:
    """The conditions offered as links; the bands of income to whoever reads money."""
    money = bool(found.readable & 1 << 2)
    names = [name for name in LINKED if (name != "band" or (money and found.lines)) and (run or name != "contested")]
    return [_facet(name, found, asked, run) for name in names]


def _facet(name: str, found: Selection, asked: Asked, run: Run | None) -> Facet:
    counts, chosen = found.counts(name), asked.found.get(name, "")
    if chosen and chosen not in counts:
        counts = {**counts, chosen: 0}
    words = _words(name, counts, run)
    values = [
        Value(value, text, counts[value], asked.address(**{name: "" if value == chosen else value}), value == chosen)
        for value, text in words.items()
        if counts.get(value) or value == chosen
    ]
    return Facet(name, filters.words_of(name), values)


def _words(name: str, counts: Mapping[str, int], run: Run | None) -> dict[str, str]:
    """The words of the values of a condition, in the order they are shown."""
    if name in ("town", "village"):
        return _places(counts)
    if name == "group":
        return {group: group or _("没有写") for group in sorted(counts)}
    if name == "measure":
        return _measures(run)
    if name == "state":
        return {"yes": _("符合"), "unknown": _("待核"), "no": _("不符合")}
    if name == "ask":
        return {who: figures.answerers((who,)) for who in household_rolls.ASKS}
    if name == "band":
        return bands(run)
    if name == "members":
        return {str(number): _members(number) for number in range(MOST_MEMBERS + 1)}
    if name in ("registered", "monitored"):
        return {"yes": _("是"), "no": _("否"), "unknown": _("不清楚")}
    return {"yes": _("有"), "no": _("没有")}


def _places(counts: Mapping[str, int]) -> dict[str, str]:
    codes = {value: value.ljust(12, "0") for value in counts}
    names = dict(Place.objects.filter(code__in=codes.values()).values_list("code", "name"))
    return {value: names.get(codes[value], value) for value in sorted(counts)}


def _measures(run: Run | None) -> dict[str, str]:
    pack = standings.pack_of(run) if run else None
    return (
        {name: f"{pack.terms[name].number} {standings.title_of(pack, name)}" for name in pack.measures} if pack else {}
    )


def _members(number: int) -> str:
    if number == MOST_MEMBERS:
        return _("%(number)s人及以上") % {"number": number}
    return _("%(number)s人") % {"number": number}


def bands(run: Run | None) -> dict[str, str]:
    """The bands of income, each by the line it ends at or begins at, and what says the line."""
    lines = filters.lines_of(run)
    if run is None or not lines:
        return {}
    pack = standings.pack_of(run)
    titles = [_("、").join(figures.word(pack.parameters[name]) for name in names) for _fen, names in lines]
    found = {"0": _("不到 %(line)s(%(title)s)") % {"line": figures.yuan(lines[0][0]), "title": titles[0]}}
    for number, (fen, _names) in enumerate(lines[1:], 1):
        found[str(number)] = _("%(low)s 起、不到 %(line)s(%(title)s)") % {
            "low": figures.yuan(lines[number - 1][0]),
            "line": figures.yuan(fen),
            "title": titles[number],
        }
    found[str(len(lines))] = _("%(line)s 及以上") % {"line": figures.yuan(lines[-1][0])}
    return {**found, "unknown": _("不清楚")}


def conditions(found: list[Facet], asked: Asked) -> list[tuple[str, str, str]]:
    """What the list is narrowed by: the condition, its value in words, and the list without it."""
    said: list[tuple[str, str, str]] = [
        (facet.title, value.text, value.url) for facet in found for value in facet.values if value.chosen
    ]
    text: Any = asked.found.get("q")
    return [*said, (filters.words_of("q"), text, asked.address(q=""))] if text else said
