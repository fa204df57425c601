"""Entering a household nobody had on a list: found at its door, in trouble, and not registered (边缘户 among them)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.register import bulk, subjects
from doudi.register.bulk import HouseholdRow, Loaded, PersonRow, StatementRow
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_NAME = 50
MOST_MEMBERS = 20
SOURCE = "village"


def enter(
    names: Sequence[str],
    place_code: str,
    *,
    group: str = "",
    on: date,
    by: str,
    now: datetime,
    vocabulary: Vocabulary,
) -> Household:
    """Write down a household of a village by its members' names, the head first; it is in the register from that day.

    The village says with it that these are all its members; what else is true of it is stated as of any household.
    Raises Refusal for a village out of scope, a day to come, no name, one already the head of a household there.
    """
    people = [_name(each) for each in names if each.strip()]
    _refuse(people, on, now)
    subjects.find("place", int(place_code))
    _refuse_same_head(people[0], place_code)
    with carry_out("register.entering.enter", by=by, payload=[people, place_code, group, on.isoformat()]) as act:
        with as_engine():
            number = _write(people, place_code, group.strip(), on, by, now, vocabulary, str(act.id))
        act.result = {"household": number}
    return Household.objects.get(pk=number)


def _write(
    people: list[str], place_code: str, group: str, on: date, by: str, now: datetime, words: Vocabulary, command: str
) -> int:
    (number,) = bulk.reserve("household", 1)
    ids = bulk.reserve("person", len(people))
    code = f"{place_code}-{number}"
    household = HouseholdRow(number, code, place_code, on, people[0], None, group)
    persons = [
        PersonRow(pk, f"{code}-{at}", number, name, on, reason="found_at_the_door")
        for at, (pk, name) in enumerate(zip(ids, people, strict=True), start=1)
    ]
    bulk.write(Loaded(), [household], persons, (), (), now=now)
    whole = StatementRow("household", number, SOURCE, on, {"members_complete": True}, by)
    bulk.write_statements([whole], words, by=by, now=now, command=command)
    return number


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > LONGEST_NAME or any(unicodedata.category(letter).startswith("C") for letter in name):
        raise Refusal(
            f"姓名“{name[:20]}”太长或带有看不见的字符。请改写。",
            f"The name “{name[:20]}” is too long or has invisible characters. Write it anew.",
            "names",
        )
    return name


def _refuse(people: list[str], on: date, now: datetime) -> None:
    if not people:
        raise Refusal("请写户主姓名。", "Write the name of the head of the household.", "names")
    if len(people) > MOST_MEMBERS:
        raise Refusal(
            f"一户最多填 {MOST_MEMBERS} 人。", f"A household has {MOST_MEMBERS} members at most here.", "names"
        )
    if on > timezone.localdate(now):
        raise Refusal(f"{on} 还没有到。", f"{on} is still to come.", "on")


def _refuse_same_head(head: str, place_code: str) -> None:
    """The same family written down twice would be helped twice, and counted twice."""
    same = Household.objects.filter(place_code=place_code, head_name=head, residences__until_day=None).first()
    named = Person.objects.filter(place_code=place_code, name=head, household__isnull=False).first()
    known = same or (named.household if named else None)
    if known is not None:
        raise Refusal(
            f"本村已有姓名为{head}的人,在 {known.code} 户。若是同一户,请到该户登记;"
            f"若是同名的另一户,请在姓名后注明(如“{head}(小)”)。",
            f"Somebody of the name {head} is in this village already, in household {known.code}. If it is the same"
            f" family, write at that household; if it is another, add a mark to the name, as in “{head}(小)”.",
            "names",
        )
