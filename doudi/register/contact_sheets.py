"""The list of numbers to call that a county keeps: place, whose number, name, number, one row each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from doudi.places import contacts
from doudi.places.contacts import DUTIES, MOST, Contact
from doudi.places.divisions import Place
from doudi.register import sheets
from doudi.register.sheets import CHANGED, NEW, SAME, Column, Hand, Kind, Row, folded
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

COLUMNS = (
    Column("place", ("地方", "区划代码", "村", "乡镇", "place", "place code"), True, "510921110212"),
    Column("duty", ("谁的电话", "职务", "whose", "duty"), True, "村支书"),
    Column("name", ("姓名或办公室", "姓名", "name"), True, "王村支书"),
    Column("number", ("电话", "号码", "number", "phone"), True, "0825-5450000"),
)
LONGEST_ABOUT = 64
_DUTY_OF = {folded(word): duty for duty, both in DUTIES.items() for word in (duty, *both)}


@dataclass(frozen=True, slots=True)
class Told:
    """What a row names; `before` is the entry of the same number at the same place that it replaces."""

    place: str
    duty: str
    name: str
    number: str
    before: Contact | None


@dataclass(slots=True)
class _Known:
    """The places a table names, by code and by name; the numbers that stand there, and how many there are by place.

    `within` begin the codes of the places it may speak of; all, where there are none.
    """

    by_code: Mapping[str, Place]
    by_name: Mapping[str, list[Place]]
    standing: Mapping[tuple[str, str], Contact]
    held: dict[str, int]
    within: tuple[str, ...] = ()

    def covers(self, place: Place) -> bool:
        """Whether the table may speak of a place."""
        return not self.within or place.code.startswith(self.within)


def judge(hands: Sequence[Hand], about: str) -> list[Row]:
    """Each row as a number put or changed; one that stands there already changes nothing, and none is taken back.

    `about` are the places whoever sent the table answers for (`about_of`); a row of another is refused.
    """
    known = _known({cells.get("place", "").strip() for _, cells in hands}, tuple(filter(None, about.split(","))))
    return sheets.judged(hands, lambda read: _look(read, known), key=["place", "number"])


def about_of(prefixes: Collection[str]) -> str:
    """The places (prefixes of codes) a table may speak of, as it keeps them. Raises Refusal where they are too many."""
    told = ",".join(sorted(prefixes))
    if len(told) > LONGEST_ABOUT:
        raise Refusal(
            "您负责的地方太多,不能一张表传。请一处一处加,或由乡镇、县里上传。",
            "You answer for too many places for one table. Add the numbers one by one, or ask the town or the county.",
            "place",
        )
    return told


def _known(named: set[str], within: tuple[str, ...]) -> _Known:
    places = list(Place.objects.filter(Q(code__in=named) | Q(name__in=named), until_day=None))
    by_name: dict[str, list[Place]] = {}
    for each in places:
        by_name.setdefault(each.name, []).append(each)
    codes = [each.code for each in places]
    standing = list(Contact.objects.standing().filter(place_code__in=codes))
    held = dict.fromkeys(codes, 0)
    for each in standing:
        held[each.place_code] += 1
    return _Known(
        {each.code: each for each in places},
        by_name,
        {(each.place_code, each.number): each for each in standing},
        held,
        within,
    )


def _look(read: Mapping[str, str], known: _Known) -> tuple[str, str, str, Told]:
    place, duty = _place(read.get("place", ""), known), _DUTY_OF.get(folded(read.get("duty", "")), "")
    if not duty:
        zh, en = ("、".join(words[0] for words in DUTIES.values()), ", ".join(words[1] for words in DUTIES.values()))
        raise Refusal(f"“谁的电话”写:{zh}。", f"Whose number it is: {en}.", "duty")
    name, number = contacts.named(read.get("name", "")), contacts.dialled(read.get("number", ""))
    before = known.standing.get((place.code, number))
    told = Told(place.code, duty, name, number, before)
    zh, en = f"{place.name} {DUTIES[duty][0]} {name} {number}", f"{place.name}, {DUTIES[duty][1]}: {name} {number}"
    if before is not None:
        same = (before.duty, before.name) == (duty, name)
        return SAME if same else CHANGED, zh, en, told
    if known.held[place.code] >= MOST:
        raise Refusal(
            f"{place.name} 已有 {MOST} 个电话,最多就这些。请先在“有事找谁”页停用一个。",
            f"{place.name} has {MOST} numbers, which is the most. End one on the page of numbers first.",
            "place",
        )
    known.held[place.code] += 1
    return NEW, zh, en, told


def _place(text: str, known: _Known) -> Place:
    named = [known.by_code[text]] if text in known.by_code else known.by_name.get(text, [])
    found = [place for place in named if known.covers(place)]
    if len(found) == 1:
        return found[0]
    if named and not found:
        raise Refusal(
            f"“{text[:40]}”不在您负责的范围内,请由负责的乡镇或县里上传。",
            f"“{text[:40]}” is not within your duty; ask the town or the county to send it in.",
            "place",
        )
    if found:
        raise Refusal(
            f"叫“{text}”的地方不止一个,请写 12 位区划代码。",
            f"More than one place is called “{text}”; write its code of 12 digits.",
            "place",
        )
    raise Refusal(
        f"没有“{text[:40]}”这个地方。请写 12 位区划代码或全名。",
        f"There is no place “{text[:40]}”. Write its code of 12 digits or its whole name.",
        "place",
    )


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Put the numbers, taking back the entries they replace (`sheets.accept`)."""
    told: list[Told] = [row.made for row in rows]
    with carry_out("register.contact_sheets.write", by=by, payload=[[each.place, each.number] for each in told]):
        for each in told:
            if each.before is not None:
                contacts.end(each.before, by=by, now=now)
        contacts.load([(each.place, each.duty, each.name, each.number) for each in told], by=by, now=now)


CONTACTS = Kind("contacts", "各地联系电话", "Numbers to call by place", COLUMNS, judge, write)
