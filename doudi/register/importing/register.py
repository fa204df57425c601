"""What the register already has of a table's households and persons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import orjson
from django.db import connection

from doudi.register.importing.reading import Reading


class KnownHousehold(NamedTuple):
    """A household the register has, and the day it came to live where it does (None when it has left)."""

    id: int
    code: str
    place_code: str
    head_name: str
    from_day: date | None


class KnownPerson(NamedTuple):
    """A person the register has."""

    id: int
    code: str
    name: str
    household_id: int | None
    id_number: str | None
    place_code: str


class Joined(NamedTuple):
    """The household a person joined last, on which day, and why they left it (empty while they belong to it)."""

    household_code: str
    from_day: date
    ended: str


@dataclass(slots=True)
class Said:
    """What a source last said of a subject: each fact's value, and the day it spoke of."""

    values: dict[str, Any] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)

    def add(self, facts: dict[str, Any], about: date) -> None:
        """Let a later word cover the earlier ones."""
        self.values.update(facts)
        self.days.update(dict.fromkeys(facts, about))

    def says(self, key: str, value: Any) -> bool:
        """Whether the last word on a fact is just this: True is not 1."""
        word = self.values.get(key)
        return word == value and type(word) is type(value) and key in self.values


UNSAID = Said()
Words = dict[tuple[str, int | None], Said]


@dataclass(slots=True)
class Known:
    """What was found. `said` is what the table's source last said, by (kind, id).

    `by_then` is the same as far as it speaks of the table's day or before: another word where later tables came first.
    """

    households: dict[str, KnownHousehold] = field(default_factory=dict)
    by_number: dict[str, KnownPerson] = field(default_factory=dict)
    by_code: dict[str, KnownPerson] = field(default_factory=dict)
    by_name: dict[tuple[int, str], list[KnownPerson]] = field(default_factory=dict)
    by_household: dict[int, list[KnownPerson]] = field(default_factory=dict)
    said: Words = field(default_factory=dict)
    by_then: Words = field(default_factory=dict)

    def members(self, household: KnownHousehold) -> list[KnownPerson]:
        """Those who belong to the household now."""
        return self.by_household.get(household.id, [])

    def household(self, code: str) -> KnownHousehold | None:
        """The household of that code, doudi's or the national system's."""
        return self.households.get(code)

    def person(self, number: str, code: str, household_code: str, name: str) -> KnownPerson | None:
        """The person with that number, else with that code, else the only one of that name in the household."""
        if number and number in self.by_number:
            return self.by_number[number]
        if code and code in self.by_code:
            return self.by_code[code]
        household = self.households.get(household_code)
        namesakes = self.by_name.get((household.id, name), []) if household else []
        fitting = [person for person in namesakes if not number or not person.id_number]
        return fitting[0] if len(fitting) == 1 else None


def look_up(reading: Reading, source: str) -> Known:
    """Find the households and persons a table names, and what its source last said of them."""
    known = Known()
    form = reading.profile.household_form
    codes = {form.format(row.parts["household_code"]) for row in reading.rows if row.parts.get("household_code")}
    for national, *rest in _fetch(_HOUSEHOLDS, {"codes": list(codes)}):
        household = KnownHousehold(*rest)
        known.households[household.code] = household
        known.households.setdefault(national or household.code, household)
    if reading.subject == "person":
        _look_up_persons(reading, known)
    _look_up_words(known, source, reading.about)
    return known


def _look_up_persons(reading: Reading, known: Known) -> None:
    numbers = {row.id_number.number for row in reading.rows if row.id_number and row.id_number.number}
    codes = {row.parts["person_code"] for row in reading.rows if row.parts.get("person_code")}
    households = list({household.id for household in known.households.values()})
    members = list(_fetch(_MEMBERS, {"households": households}))
    ids, had, coded = {row[0] for row in members}, {row[4] for row in members}, {row[1] for row in members}
    others = _fetch(_PERSONS, {"numbers": list(numbers - had), "codes": list(codes - coded)})
    for row in [*members, *(row for row in others if row[0] not in ids)]:
        person = KnownPerson(*row)
        known.by_code[person.code] = person
        if person.id_number:
            known.by_number[person.id_number] = person
        if person.household_id is not None:
            known.by_name.setdefault((person.household_id, person.name), []).append(person)
            known.by_household.setdefault(person.household_id, []).append(person)


def _look_up_words(known: Known, source: str, day: date) -> None:
    persons = {person.id for person in known.by_code.values()}
    households = {household.id for household in known.households.values()}
    for kind, ids in (("household", households), ("person", persons)):
        params = {"kind": kind, "ids": list(ids), "source": source}
        for subject, about, facts in _fetch(_SAID, params) if ids else ():
            key, words = (kind, subject), orjson.loads(facts)
            before, then = known.said.get(key), known.by_then.get(key)
            if before is None:
                before = known.said[key] = Said(words, dict.fromkeys(words, about))
            elif about > day and before is then:  # until here both were one
                before = known.said[key] = Said(
                    {**before.values, **words}, {**before.days, **dict.fromkeys(words, about)}
                )
            else:
                before.add(words, about)
            if about <= day:
                known.by_then[key] = before


def joined(person: KnownPerson) -> Joined | None:
    """Where a person belonged last; None for somebody who never belonged anywhere."""
    found = list(_fetch(_JOINED, {"person": person.id}))
    return Joined(*found[0]) if found else None


def _fetch(query: str, params: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


_HOUSEHOLDS = """
SELECT h.national_code, h.id, h.code, h.place_code, h.head_name,
    (SELECT max(from_day) FROM register_residence r WHERE r.household_id = h.id AND r.until_day IS NULL)
FROM register_household h WHERE h.code = ANY (%(codes)s) OR h.national_code = ANY (%(codes)s)
"""
_MEMBERS = """
SELECT id, code, name, household_id, id_number, place_code FROM register_person
WHERE household_id = ANY (%(households)s)
"""
_PERSONS = """
SELECT id, code, name, household_id, id_number, place_code FROM register_person
WHERE id_number = ANY (%(numbers)s) OR code = ANY (%(codes)s)
"""
_JOINED = """
SELECT h.code, m.from_day, m.ended FROM register_membership m JOIN register_household h ON h.id = m.household_id
WHERE m.person_id = %(person)s ORDER BY m.from_day DESC LIMIT 1
"""
# In the order of recency, so that a later word covers an earlier one.
_SAID = """
SELECT subject_id, about_day, facts::text FROM register_statement
WHERE subject_kind = %(kind)s AND subject_id = ANY (%(ids)s) AND source = %(source)s ORDER BY about_day, recorded_at, id
"""
