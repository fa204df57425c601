"""Who is a child: everything about a person under fourteen is sensitive, so their names are shown to fewer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection

from doudi.access.masking import CHILD_UNDER
from doudi.register.persons import Person
from doudi.values import idnumbers


def among(person_ids: Iterable[int], *, on: date) -> frozenset[int]:
    """Those of the persons in scope who are under fourteen on a day: by the birth date believed, else by the ID number.

    A person of whom neither is known is not taken for a child.
    """
    ids = list(person_ids)
    if not ids:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_BORN, [ids])
        born = {number: _date(text) for number, text in cursor.fetchall()}
        cursor.execute(_WRITTEN, [ids])
        for number, written in cursor.fetchall():
            born[number] = born.get(number) or idnumbers.read(written).birth_date
    return frozenset(number for number, day in born.items() if is_child(day, on=on))


_BORN = """
SELECT subject_id, document #>> '{birth_date,0}' FROM register_belief
WHERE subject_kind = 'person' AND subject_id = ANY (%s::bigint[])
"""
_WRITTEN = "SELECT id, id_number FROM register_person WHERE id = ANY (%s::bigint[]) AND id_number IS NOT NULL"


def is_child(born: date | None, *, on: date) -> bool:
    """Whether somebody born then is under fourteen on a day; not where it is not known."""
    return born is not None and born > _years_before(on, CHILD_UNDER)


def of_household(household_id: int, *, on: date) -> frozenset[int]:
    """The children of a household."""
    return among(Person.objects.filter(household_id=household_id).values_list("pk", flat=True), on=on)


def called(names: Iterable[tuple[int, str]], *, on: date) -> frozenset[tuple[int, str]]:
    """Those of some names, each in a household, that a child of it bears: a child may head one, or hold its account."""
    homes, words = zip(*some, strict=True) if (some := sorted(set(names))) else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(_CALLED, [list(homes), list(words), f"{_years_before(on, CHILD_UNDER):%Y%m%d}"])
        return frozenset(cursor.fetchall())


# Days are compared as eight digits, as an ID number has them from its seventh on.
_CALLED = """
SELECT DISTINCT w.home, w.name FROM unnest(%s::bigint[], %s::text[]) AS w (home, name)
JOIN register_person p ON p.household_id = w.home AND p.name = w.name
LEFT JOIN register_belief b ON b.subject_kind = 'person' AND b.subject_id = p.id
WHERE coalesce(replace(b.document -> 'birth_date' ->> 0, '-', ''), substr(p.id_number, 7, 8)) > %s
"""


def _date(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)
