"""A check sheet filled in on paper, read as the check it is: its number, the mark in each box, what must be said.

A sheet's number is the household's with the version of its record when it was printed: what was said later was not on
the paper, and is not confirmed by it (docs/decisions/0087). The same holds for a sheet typed in on its page and for one
that comes back in a workbook (`monitoring.check_books`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from doudi.access.masking import Reads
from doudi.monitoring import check_bodies, orders, watching
from doudi.monitoring.cards import Card
from doudi.monitoring.check_bodies import NOT_REACHED, REACHED, Given
from doudi.monitoring.days import OLDEST
from doudi.monitoring.need_codes import NEEDS
from doudi.monitoring.orders import Elsewhere, Taker
from doudi.policy.sittings import Sitting
from doudi.register.importing import conversions
from doudi.register.importing.conversions import Unreadable
from doudi.register.pairings import Pairing
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal

SAME = {"=", "没变", "same"}
CANNOT_SAY = {"?", "说不清"}
LONGEST_CODE = 32


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who types sheets in, when, on which day of the county, and what of a card they read."""

    by: str
    name: str
    reader: Reads
    roles: Collection[str]
    today: date
    now: datetime
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True)
class Around:
    """What a sheet says beside its questions, as it was written; `reached` and `agrees` by their codes."""

    reached: str
    reached_whom: str = ""
    needs: Sequence[str] = ()
    wants_counselling: bool = False
    note: str = ""
    agrees: str = ""
    disagreement: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """One sheet as the check it is: whose, what it says, who spoke to the household on which day."""

    household: int
    number: str
    given: Given
    spoken_by: str
    on: date
    key: UUID


# -- its number


def number_of(card: Card) -> str:
    """The number printed on a sheet."""
    return f"{card['code']}/{card['version']}"


def read_number(text: str) -> tuple[str, int]:
    """The household's code and the version of a sheet's number; 0 for one that names none."""
    code, _, version = unicodedata.normalize("NFKC", text).replace("\0", "").strip().partition("/")
    return code.strip()[:LONGEST_CODE], read_version(version)


def read_version(text: str) -> int:
    """A version as it is written; 0 for what is none."""
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else 0


def refuse_later(version: int, card: Card) -> None:
    """Raise Refusal for a version the household's record has not come to: nothing would count as said after it."""
    if version > card["version"]:
        raise Refusal(
            f"表号不对:{card['code']} 的记录还没有到 {version}。请照表上印的再核对。",
            f"The sheet's number is wrong: the record of {card['code']} has not come to {version}."
            " Compare it with the sheet.",
            "number",
        )


# -- what it says


def said(fact: Mapping[str, Any], typed: str, version: int) -> dict[str, Any] | None:
    """One box of a sheet of that version (0: as of now), as a part of a check; None for an empty one, not asked.

    “=” is the same, “?” cannot say, else it is what it is now. Raises Refusal, naming the box, for “=” where the sheet
    showed nothing, or showed what is not on record any more.
    """
    cleaned = unicodedata.normalize("NFKC", typed).strip().lower()
    if not cleaned:
        return None
    later = is_later(fact, version)
    if cleaned in SAME and (later or fact["value"] is None):
        raise _not_the_same(fact)
    way = "same" if cleaned in SAME else "cannot_say" if cleaned in CANNOT_SAY else "changed"
    about = {name: fact[name] for name in ("kind", "id", "fact")}
    told: Mapping[str, Any] = {**about, "said": way, "base": None if later else fact["value"]}
    return {**told, "value": typed} if way == "changed" else dict(told)


def is_later(fact: Mapping[str, Any], version: int) -> bool:
    """Whether what is on record of a fact was said after a sheet of that version was printed."""
    return bool(version) and fact["statement"] > version


def box_of(fact: Mapping[str, Any]) -> str:
    """What a box is of: a place in the list may be another's by the time the sheet comes back."""
    return f"{fact['kind']}:{fact['id']}:{fact['fact']}"


def _not_the_same(fact: Mapping[str, Any]) -> Refusal:
    if fact["value"] is None:
        return Refusal(
            f"“{fact['zh']}”表上没有记录,不能填“=”,请填农户说的。",
            f"The sheet has no record of “{fact['en']}”: “=” means nothing; type what they said.",
            box_of(fact),
        )
    return Refusal(
        f"“{fact['zh']}”在打印之后又有了新记录,不能填“=”,请填表上印的那个数。",
        f"“{fact['en']}” was recorded anew after printing: type the value the sheet shows, not “=”.",
        box_of(fact),
    )


def refuse_unfinished(around: Around) -> None:
    """Raise Refusal for what no sheet may leave out, naming it."""
    if around.reached not in REACHED:
        raise Refusal("请选怎么联系的。", "Choose how they were reached.", "reached")
    if around.reached != NOT_REACHED and not around.reached_whom:
        raise Refusal("请写明和谁说的。", "Say who was spoken to.", "reached_whom")
    if not around.agrees and around.reached != NOT_REACHED:
        raise Refusal("请选农户同意不同意。", "Choose whether the household agrees.", "agrees")


def given(around: Around, facts: Iterable[Mapping[str, Any]], *, base_version: int) -> Given:
    """The check a sheet is. Raises Refusal naming the part that is wrong."""
    refuse_unfinished(around)
    body = {
        "reached": around.reached,
        "reached_whom": around.reached_whom,
        "facts": list(facts),
        "needs": [code for code in around.needs if code in NEEDS],
        "wants_counselling": around.wants_counselling,
        "note": around.note,
        "read_back": around.agrees in ("yes", "no"),  # the sheet asks for it only of what was read to them
        "agrees": around.agrees or "not_asked",
        "disagreement": around.disagreement,
    }
    return check_bodies.read(body, base_version=base_version)


def day(text: str, *, today: date) -> date:
    """The day written on a sheet. Raises Refusal for what is none, is still to come or long gone by."""
    try:
        on = conversions.day(text)
    except Unreadable as error:
        if not text.strip():
            raise Refusal("请填表上的日期,如 2020-02-27。", "Type the sheet's day, as 2020-02-27.", "on") from None
        raise Refusal(f"请填表上的日期:{error.zh}。", f"Type the sheet's day: {error.en}.", "on") from None
    if not today - OLDEST <= on <= today:
        raise Refusal(
            f"表上的日期 {on} 应在 {today - OLDEST} 到 {today} 之间。",
            f"The sheet's day {on} is between {today - OLDEST} and {today}.",
            "on",
        )
    return on


def helpers_of(household_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The helpers who stand by each of some households: their names by account."""
    found: dict[int, dict[str, str]] = {number: {} for number in household_ids}
    held = Pairing.objects.filter(household__in=household_ids, until_day=None).select_related("helper").order_by("pk")
    for each in held:
        found[each.household_id][each.helper.username] = each.helper.name
    return found


def speakers(helpers: Mapping[str, str], clerk: Clerk) -> dict[str, str]:
    """Who may have gone, by account: the helpers who stand by the household, then the one who types."""
    return {**helpers, clerk.by: clerk.name}


# -- recording it


def record(filled: Sequence[Filled], clerk: Clerk, *, now: datetime) -> None:
    """Record sheets as the checks they are, all or none; one that was recorded before stays as it is.

    Raises Refusal as `checks.record` does.
    """
    touched = [each.household for each in filled]
    with transaction.atomic():
        sitting = Sitting(touched, now=now)
        taker = Taker(clerk.by, clerk.roles, None, now, clerk.today, sitting, clerk.elsewhere)
        for each in filled:
            _record(each, taker)
        sitting.decide(by=clerk.by)
        watching.look_at(touched, by=clerk.by, on=clerk.today, just=sitting.decided, run=sitting.run)


def _record(each: Filled, taker: Taker) -> None:
    try:
        with transaction.atomic():  # what was done before is known by its key, in a statement that undoes the others
            orders.take_check(each.household, each.given, taker, on=each.on, key=each.key, spoken_by=each.spoken_by)
    except AlreadyDone:
        return
    except Refusal as refusal:
        raise _of_number(each.number, refusal) from refusal


def _of_number(number: str, refusal: Refusal) -> Refusal:
    """The refusal of one sheet among several."""
    if not number:
        return refusal
    return Refusal(f"表号 {number}:{refusal.zh}", f"Sheet {number}: {refusal.en}", refusal.where)
