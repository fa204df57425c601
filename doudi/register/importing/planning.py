"""What accepting a table would write, apart from the table itself: a preview can be kept and accepted as it stands."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import orjson
from django.db import connection

from doudi.places.divisions import Division
from doudi.register.importing import identifying
from doudi.register.importing.comparing import Comparison
from doudi.register.importing.grouping import Household
from doudi.register.importing.identifying import Person
from doudi.register.importing.reading import Reading


@dataclass(slots=True)
class Plan:
    """JSON through and through. Households are named by the code the table has, persons by their row.

    `homes` and `people` are the ids of those the register has; `revision` is the state of the register it was made in.
    """

    file_name: str
    sha256: str
    profile: str
    profile_sha256: str
    source: str
    about: str
    counts: dict[str, int]
    revision: str
    pack: str = ""
    new_places: list[dict[str, Any]] = field(default_factory=list)
    new_households: list[tuple[str, str, str, str, bool]] = field(
        default_factory=list
    )  # code, place, head, group, nat.
    new_persons: list[tuple[int, str, str, str, str | None, str, str, str]] = field(default_factory=list)
    homes: dict[str, int] = field(default_factory=dict)
    people: list[tuple[int, int]] = field(default_factory=list)
    house_moves: list[tuple[int, str]] = field(default_factory=list)
    person_moves: list[tuple[int, str]] = field(default_factory=list)
    heads: list[tuple[int, str]] = field(default_factory=list)
    told: list[tuple[str, str | int, int, dict[str, Any]]] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The day the table speaks of."""
        return date.fromisoformat(self.about)

    def dumped(self) -> bytes:
        """As JSON."""
        return orjson.dumps(asdict(self))

    def divisions(self) -> list[Division]:
        """The places it brings along."""
        return [Division(**place) for place in self.new_places]


def loaded(data: bytes) -> Plan:
    """A plan from its JSON."""
    return Plan(**orjson.loads(data))


def plan(reading: Reading, source: str, done: Comparison, revision: str) -> Plan:
    """What the comparison found, as rows to write."""
    households = done.households.values()
    known = {household.code: household.known.id for household in households if household.known}
    made = Plan(
        file_name=reading.table.name[:255],
        sha256=reading.table.sha256,
        profile=reading.profile.name,
        profile_sha256=reading.profile.sha256,
        source=source,
        about=reading.about.isoformat(),
        counts=done.counts(),
        revision=revision,
        pack=reading.profile.pack,
        new_places=[_place(each) for each in done.places.divisions()] if done.places else [],
        new_households=[
            (h.code, h.place_code, h.head, h.group, reading.profile.national) for h in households if h.known is None
        ],
        homes=known,
        people=[(person.row.number, person.known.id) for person in done.persons if person.known],
        house_moves=[(h.known.id, h.place_code) for h in households if h.known and h.moves],
        person_moves=[(p.known.id, p.household.code) for p in done.persons if p.known and p.moves],
        heads=[(h.known.id, h.head) for h in households if h.known and h.head and h.head != h.known.head_name],
    )
    made.new_persons = [_person(person) for person in done.persons if person.known is None]
    made.told = [_told(*each) for each in done.told if each[3]]
    return made


def _place(division: Division) -> dict[str, Any]:
    return {name: getattr(division, name) for name in division.__dataclass_fields__}


def _person(person: Person) -> tuple[int, str, str, str, str | None, str, str, str]:
    """Row, household, code ("" for one of doudi's own), name, the three numbers, why they join."""
    row = person.row
    return (
        row.number,
        person.household.code,
        row.parts.get("person_code", ""),
        row.parts["person_name"],
        (row.id_number.number or None) if row.id_number else None,
        identifying.old_number(row),
        identifying.certificate(row),
        "joined" if person.household.known else "registered",
    )


def _told(kind: str, subject: Household | Person, row: int, facts: dict[str, Any]) -> tuple[str, Any, int, Any]:
    return (kind, subject.code if isinstance(subject, Household) else row, row, facts)


def revision(source: str) -> str:
    """The state of the register as far as a table of this source is compared with it; the same text, the same state.

    Commands and statements are only ever added. What people answer bears on no table, unless its source is the same;
    another version of the policy does, which may take a source or a fact away.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REVISION, {"source": source})
        return ":".join(str(number) for number in cursor.fetchone())


_REVISION = """
SELECT (SELECT count(*) FROM trail_command WHERE verb ~ '^((register|places)[.]|policy[.]store_pack$)'
    AND verb NOT IN ('register.statements.record') AND verb !~ '^register[.](uploads|importing[.]profiles)[.]'),
    (SELECT count(*) FROM register_statement WHERE source = %(source)s)
"""
