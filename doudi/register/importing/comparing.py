"""A table read, set beside the register: for each row whether it is new, changed, the same, held or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from doudi.register.importing import register
from doudi.register.importing.conversions import Value
from doudi.register.importing.places import Places
from doudi.register.importing.reading import Complaint, Reading, RowRead
from doudi.register.importing.register import Known, KnownHousehold, KnownPerson, Said
from doudi.register.sayings import base_name
from doudi.values.idnumbers import Standing

NEW, CHANGED, SAME, HELD, REFUSED = "new", "changed", "same", "held", "refused"
STATES = (NEW, CHANGED, SAME, HELD, REFUSED)


class Change(NamedTuple):
    """One cell that says something else than this source said before; `before` is None where it had said nothing."""

    column: str
    before: Value | None
    after: Value


@dataclass(slots=True)
class Line:
    """What becomes of one row."""

    number: int
    state: str
    why: list[Complaint] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Household:
    """A household of the table; `id` is None when the register does not have it."""

    code: str
    row: int
    place_code: str
    head: str
    group: str
    facts: dict[str, Value]
    known: KnownHousehold | None
    told: bool = False


@dataclass(slots=True)
class Person:
    """A person of the table."""

    row: RowRead
    household: Household
    known: KnownPerson | None


@dataclass(slots=True)
class Comparison:
    """Every line, and what accepting would write."""

    lines: list[Line] = field(default_factory=list)
    households: dict[str, Household] = field(default_factory=dict)
    told: list[tuple[str, Any, int, dict[str, Value]]] = field(default_factory=list)  # kind, subject, row, facts
    persons: list[Person] = field(default_factory=list)
    places: Places | None = None

    def counts(self) -> dict[str, int]:
        """Rows in, and how many came to each state; the states add up to the rows."""
        found = dict.fromkeys(STATES, 0)
        for line in self.lines:
            found[line.state] += 1
        return {"rows": len(self.lines), **found}


def compare(reading: Reading, *, source: str) -> Comparison:
    """Set the table beside the register, inside a transaction and as the engine. Writes nothing."""
    places = Places(reading)
    known = register.look_up(reading, source)
    work = _Work(reading, places, known)
    for row in reading.rows:
        work.done.lines.append(work.line(row))
    work.done.places = places
    return work.done


class _Refused(Exception):
    """A row that ends here, with its state and why."""

    def __init__(self, state: str, part: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.state, self.part, self.zh, self.en = state, part, zh, en


class _Work:
    """The comparison under way: what the rows so far have said."""

    def __init__(self, reading: Reading, places: Places, known: Known) -> None:
        self.reading, self.places, self.known = reading, places, known
        self.done = Comparison()
        self.seen_persons: dict[Any, int] = {}

    def line(self, row: RowRead) -> Line:
        if row.complaints:
            return Line(row.number, REFUSED, row.complaints)
        if row.doubts:
            return Line(row.number, HELD, row.doubts)
        try:
            return self._judge(row)
        except _Refused as end:
            heading = self.reading.headings.get(end.part, end.part)
            return Line(row.number, end.state, [Complaint(heading, end.zh, end.en)])

    def _judge(self, row: RowRead) -> Line:
        household = self._household(row)
        if self.reading.profile.subject == "person":
            person = self._person(row, household)
            new = person.known is None
            changes = self._tell_person(row, person)
            self.done.persons.append(person)
        else:
            new, changes = household.known is None, []
        changes += self._tell_household(household)
        self.done.households.setdefault(household.code, household)
        return Line(row.number, NEW if new else CHANGED if changes else SAME, [], [] if new else changes)

    # -- households

    def _household(self, row: RowRead) -> Household:
        written = row.parts.get("household_code", "")
        if not written:
            raise _Refused(REFUSED, "household_code", "没有户编号", "there is no household code")
        code = self.reading.profile.household_form.format(written)
        place = self.places.of(row)
        if isinstance(place, Complaint):
            raise _Refused(REFUSED, place.column, place.zh, place.en)
        facts = {**self.reading.profile.always, **row.facts.get("household", {})}
        found = Household(
            code,
            row.number,
            place,
            row.parts.get("head", ""),
            row.parts.get("group", ""),
            facts,
            self.known.household(code),
        )
        before = self.done.households.get(code)
        if before is not None:
            self._agree(before, found)
            return before
        self._fits(found)
        return found

    def _agree(self, before: Household, found: Household) -> None:
        """A household may come again only in a table of persons, and must then say the same."""
        if self.reading.profile.subject != "person":
            raise _Refused(
                REFUSED,
                "household_code",
                f"与第{before.row}行是同一户",
                f"it is the same household as line {before.row}",
            )
        for part in ("place_code", "head", "group"):
            if getattr(before, part) != getattr(found, part):
                raise self._differs(part, before.row)
        for key in before.facts.keys() | found.facts.keys():
            if before.facts.get(key) != found.facts.get(key):
                raise self._differs(f"household.{key}", before.row)

    def _differs(self, part: str, row: int) -> _Refused:
        return _Refused(REFUSED, part, f"同一户,与第{row}行不一致", f"the same household says otherwise on line {row}")

    def _fits(self, found: Household) -> None:
        if found.known is None and not found.place_code:
            raise _Refused(REFUSED, "place_code", "新的户要写明所在村", "a new household needs its village")
        if found.known is not None and found.place_code and found.place_code != found.known.place_code:
            raise _Refused(
                HELD,
                "place_code",
                f"登记的村是 {found.known.place_code},搬迁请另行登记",
                f"the register has it in {found.known.place_code}; record the move first",
            )

    def _tell_household(self, household: Household) -> list[Change]:
        """What the household's facts change; once for each household."""
        if household.told:
            return []
        household.told = True
        known = household.known.id if household.known else None
        changes = self._changes("household", known, household.facts)
        facts = household.facts if known is None or changes else self._confirmed("household", known, household.facts)
        if known is None or facts:
            self.done.told.append(("household", household, household.row, facts))
        renamed = household.known is not None and household.head and household.head != household.known.head_name
        if renamed and household.known is not None:
            changes.append(Change(self._heading("head"), household.known.head_name, household.head))
        return changes

    # -- persons

    def _person(self, row: RowRead, household: Household) -> Person:
        name = row.parts.get("person_name", "")
        if not name:
            raise _Refused(REFUSED, "person_name", "没有姓名", "there is no name")
        number = row.id_number.number if row.id_number else ""
        for identity in (("number", number), ("name", household.code, name) if not number else None):
            if identity is None or not identity[1]:
                continue
            first = self.seen_persons.setdefault(identity, row.number)
            if first != row.number:
                raise _Refused(
                    REFUSED, "person_name", f"与第{first}行是同一人", f"it is the same person as line {first}"
                )
        known = self.known.person(number, row.parts.get("person_code", ""), household.code, name)
        self._is_the_same(known, name, household)
        return Person(row, household, known)

    def _is_the_same(self, known: KnownPerson | None, name: str, household: Household) -> None:
        if known is None:
            return
        if known.name != name:
            raise _Refused(
                HELD,
                "person_name",
                f"该证件号登记的姓名是{known.name}",
                f"the register has {known.name} under this number",
            )
        if household.known is None or known.household_id != household.known.id:
            raise _Refused(
                HELD,
                "household_code",
                "此人登记在另一户,请先登记人口变动",
                "the register has this person in another household; record the change of members first",
            )

    def _tell_person(self, row: RowRead, person: Person) -> list[Change]:
        facts = row.facts.get("person", {})
        known = person.known.id if person.known else None
        changes = self._changes("person", known, facts)
        told = facts if known is None or changes else self._confirmed("person", known, facts)
        if told:
            self.done.told.append(("person", person, row.number, told))
        return changes

    # -- facts

    def _changes(self, kind: str, subject: int | None, facts: Mapping[str, Value]) -> list[Change]:
        said = self.known.said.get((kind, subject), {}) if subject is not None else {}
        return [
            Change(self._heading(f"{kind}.{key}"), said[key].value if key in said else None, value)
            for key, value in facts.items()
            if not _says(said.get(key), value)
        ]

    def _confirmed(self, kind: str, subject: int, facts: Mapping[str, Value]) -> dict[str, Value]:
        """Of facts that change nothing, those to state all the same.

        A fact that keeps for a time only holds longer by being said again; and on the table's day the source had said
        nothing, or something else, where later tables came first.
        """
        then, day = self.known.by_then.get((kind, subject), {}), self.reading.about
        return {
            key: value
            for key, value in facts.items()
            if not _says(then.get(key), value) or (then[key].about < day and self._keeps(kind, key))
        }

    def _keeps(self, kind: str, key: str) -> bool:
        fact = self.reading.profile.vocabulary.fact(kind, base_name(key))
        return fact is not None and fact.keeps is not None

    def _heading(self, part: str) -> str:
        return self.reading.headings.get(part, part)


def _says(word: Said | None, value: Value) -> bool:
    """Whether a word says just this: True is not 1."""
    return word is not None and word.value == value and type(word.value) is type(value)


def old_number(row: RowRead) -> str:
    """The fifteen digits a row gives, if it gives such."""
    return row.id_number.written if row.id_number and row.id_number.standing is Standing.OLD else ""


def certificate(row: RowRead) -> str:
    """The disability certificate a row gives, if it gives one."""
    return row.id_number.written if row.id_number and row.id_number.standing is Standing.CERTIFICATE else ""


def problems(lines: Iterable[Line]) -> Iterable[tuple[Line, Complaint]]:
    """Every complaint of every row that does not go in."""
    return ((line, complaint) for line in lines for complaint in line.why)
