"""What the measures say of one household, its members, loans and hires: yes first, then what is open, then no."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.web import figures, names
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
    url: str  # of the reasons; empty for a verdict of the past, which tells its conditions itself
    conditions: tuple[tuple[int, str], ...] = ()


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


@dataclass(frozen=True, slots=True)
class Ten:
    """One of the county's measures with all its parts (6a, 6b), each about every subject of the household."""

    number: str
    cards: list[Card]

    @property
    def settled(self) -> bool:
        """Whether every part says no of everybody."""
        return all(line.verdict == 0 for card in self.cards for line in card.lines)


def tens_of(found: list[dict[str, Any]], household: Household, run: Run, reader: Reader) -> list[Ten]:
    """Verdicts under the county's measures, in the pack's order; a bureau or a bank sees its own measures."""
    if reader.scope.measures:
        found = [verdict for verdict in found if verdict["measure"] in reader.scope.measures]
    order = list(pack_of(run).measures)
    found = [verdict for verdict in found if verdict["measure"] in order]  # an earlier pack may have had others
    found.sort(key=lambda v: (order.index(v["measure"]), ORDER.index(v["verdict"]), v["kind"], v["subject_id"]))
    cards = [_card(name, list(some), household, run, reader) for name, some in groupby(found, lambda v: v["measure"])]
    return [Ten(number, list(some)) for number, some in groupby(cards, lambda card: card.number.rstrip("abcdefgh"))]


def summary_of(tens: list[Ten]) -> list[tuple[int, int, int]]:
    """(verdict, how many, fen they give) of each state."""
    lines = [line for ten in tens for card in ten.cards for line in card.lines]
    some = [(verdict, [line for line in lines if line.verdict == verdict]) for verdict in ORDER]
    return [(verdict, len(each), sum(line.amount_fen or 0 for line in each)) for verdict, each in some]


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
    kind = verdict["kind"]
    parts = [household.code, "why", kind, str(verdict["subject_id"]), verdict["measure"]]
    return Line(
        label=names.subject(kind, verdict["subject_id"], verdict["label"], household, reader),
        verdict=verdict["verdict"],
        amount_fen=verdict["amount_fen"],
        place=verdict["place"],
        contested=verdict["contested"],
        stale=verdict["stale"],
        url="" if "conditions" in verdict else "/households/" + "/".join(quote(p, safe="") for p in parts) + "/",
        conditions=tuple((code, figures.in_words(zh, en)) for code, zh, en in verdict.get("conditions", ())),
    )
