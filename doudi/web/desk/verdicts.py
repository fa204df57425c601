"""What the measures say of one household, its members, loans and hires: yes first, then what is open, then no."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from doudi.policy import why
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.web import figures
from doudi.web.desk.households import shows_names
from doudi.web.desk.standings import pack_of
from doudi.web.reader import Reader

ORDER = (1, 2, 0)  # yes, unknown, no


@dataclass(frozen=True, slots=True)
class Line:
    """One verdict about one subject."""

    label: str
    verdict: int
    amount_fen: int | None
    place: int | None
    contested: bool
    stale: bool
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One measure, with all its subjects of the household in one state."""

    title: str
    number: str
    lines: list[Line]

    @property
    def amount_fen(self) -> int:
        """What the lines give together."""
        return sum(line.amount_fen or 0 for line in self.lines)


@dataclass(frozen=True, slots=True)
class State:
    """All measures in one state."""

    verdict: int
    title: str
    cards: list[Card]

    @property
    def amount_fen(self) -> int:
        """What the state gives in all."""
        return sum(card.amount_fen for card in self.cards)


def of_household(household: Household, run: Run, reader: Reader) -> list[State]:
    """The three states, each with its measures in the pack's order; a bureau or a bank sees its own measures."""
    return states_of(why.verdicts_of(household.pk), household, run, reader)


def states_of(found: list[dict[str, Any]], household: Household, run: Run, reader: Reader) -> list[State]:
    """Verdicts as the three states."""
    if reader.scope.measures:
        found = [verdict for verdict in found if verdict["measure"] in reader.scope.measures]
    return [_state(verdict, [v for v in found if v["verdict"] == verdict], household, run, reader) for verdict in ORDER]


def _state(verdict: int, found: list[dict[str, Any]], household: Household, run: Run, reader: Reader) -> State:
    titles = {1: _("符合"), 2: _("待核:还缺事实"), 0: _("不符合")}
    order = list(pack_of(run).measures)
    found = sorted(found, key=lambda v: (order.index(v["measure"]), v["kind"], v["subject_id"]))
    cards = [
        _card(measure, list(some), household, run, reader) for measure, some in groupby(found, lambda v: v["measure"])
    ]
    return State(verdict, titles[verdict], cards)


def _card(measure: str, found: list[dict[str, Any]], household: Household, run: Run, reader: Reader) -> Card:
    first = found[0]
    title = figures.in_words(first["title_zh"], first["title_en"])
    number = pack_of(run).terms[measure].number
    return Card(title, number, [_line(verdict, household, reader) for verdict in found])


def _line(verdict: dict[str, Any], household: Household, reader: Reader) -> Line:
    kind, label = verdict["kind"], _("全户") if verdict["kind"] == "household" else verdict["label"]
    if kind == "person" and not shows_names(reader):
        label = figures.masked(label)
    parts = [household.code, "why", kind, str(verdict["subject_id"]), verdict["measure"]]
    return Line(
        label=label,
        verdict=verdict["verdict"],
        amount_fen=verdict["amount_fen"],
        place=verdict["place"],
        contested=verdict["contested"],
        stale=verdict["stale"],
        url="/households/" + "/".join(quote(part, safe="") for part in parts) + "/",
    )
