"""The lines of a household's check sheet, the same on paper, where it is typed in and in the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from doudi.monitoring import check_sheets
from doudi.monitoring.cards import Card
from doudi.monitoring.check_sheets import Clerk
from doudi.monitoring.days import county_day
from doudi.web import figures
from doudi.web.deeds.days import today
from doudi.web.phone import errands
from doudi.web.phone.syncing import ELSEWHERE
from doudi.web.reader import Reader


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a sheet. `record` is what it shows, empty for nothing; `later` that it was said after printing."""

    field: str
    fact: Mapping[str, Any]
    who: str
    asks: str
    unit: str
    record: str
    source: str
    choices: tuple[str, ...]
    later: bool = False


def clerk_of(reader: Reader) -> Clerk:
    """The reader as who types sheets in."""
    return Clerk(reader.user.username, reader.user.name, reader, reader.roles, today(), timezone.now(), ELSEWHERE)


def cards_of(household_ids: Sequence[int], reader: Reader) -> dict[int, Card]:
    """The cards of households as this reader may know them, by id."""
    now = timezone.now()
    found = errands.cards_of(household_ids, reader=reader, on=county_day(now), duties_on=timezone.localdate(now))
    return {card["id"]: card for card in found}


def asked(card: Card, version: int = 0) -> list[Line]:
    """What a check asks of the household, best first; `version` is the one a sheet was printed of, 0 for now."""
    found = (card["facts"][number] for number in card["ask"])
    return [_line(fact, card, version) for fact in found if fact["can_say"]]


def others(card: Card, version: int = 0) -> list[Line]:
    """Whatever else the household may say has changed."""
    found = [fact for n, fact in enumerate(card["facts"]) if fact["can_say"] and n not in card["ask"]]
    return [_line(fact, card, version) for fact in found]


def _line(fact: Mapping[str, Any], card: Card, version: int) -> Line:
    members = {each["id"]: each["name"] for each in card["members"]}
    shown = figures.in_words(fact["shown"], fact["shown_en"])
    known = fact["value"] is not None
    return Line(
        field=check_sheets.box_of(fact),
        fact=fact,
        who=members.get(fact["id"], "") if fact["kind"] == "person" else "",
        asks=figures.in_words(fact["asks_zh"] or fact["zh"], fact["asks_en"] or fact["en"]),
        unit=figures.unit("元" if fact["type"] == "money" else fact["unit"]),
        record=(shown or figures.measured(fact["value"], fact["type"], fact["unit"])) if known else "",
        source=f"{figures.in_words(fact['source_zh'], fact['source_en'])} {fact['about_day']}" if known else "",
        choices=tuple(figures.in_words(zh, en) for _value, zh, en in fact["choices"]),
        later=check_sheets.is_later(fact, version),
    )
