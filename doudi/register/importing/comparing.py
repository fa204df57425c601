"""A table read, set beside the register: for each row whether it is new, changed, the same, held or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from doudi.access.scope import Scope
from doudi.facts.kinds import Fact
from doudi.register.importing import grouping, register
from doudi.register.importing.conversions import Value
from doudi.register.importing.grouping import Household
from doudi.register.importing.identifying import (
    CHANGED,
    ELSEWHERE,
    HELD,
    NEW,
    REFUSED,
    SAME,
    STATES,
    Person,
    Persons,
    Stays,
)
from doudi.register.importing.places import Places
from doudi.register.importing.reading import Complaint, Reading, RowRead
from doudi.register.importing.register import UNSAID, Known
from doudi.register.sayings import base_name

SLIPS = (100, 10_000)  # 元 taken for 分, or for 万元 (reliability notes, section 7: 29)
_SLIP_FROM = 10_000  # below a hundred yuan a factor of a hundred is no slip

__all__ = ("CHANGED", "HELD", "NEW", "REFUSED", "SAME", "STATES", "Household", "Person")


class Change(NamedTuple):
    """One cell that says something else than this source said before; `before` is None where it had said nothing.

    `kind` and `key` name the fact; both are empty where the change is no fact's (the head, the household, the village).
    """

    column: str
    before: Value | None
    after: Value
    kind: str = ""
    key: str = ""


@dataclass(slots=True)
class Line:
    """What becomes of one row; `household` is the code of its household, `notes` what was understood of it."""

    number: int
    state: str
    why: list[Complaint] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    household: str = ""
    notes: list[Complaint] = field(default_factory=list)


class Missing(NamedTuple):
    """A member the register has and the table has not. Nobody is taken out because of it."""

    household: str
    name: str
    person_id: int


@dataclass(slots=True)
class Comparison:
    """Every line, and what accepting would write."""

    lines: list[Line] = field(default_factory=list)
    households: dict[str, Household] = field(default_factory=dict)
    told: list[tuple[str, Any, int, dict[str, Value]]] = field(default_factory=list)  # kind, subject, row, facts
    persons: list[Person] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    places: Places | None = None

    def counts(self) -> dict[str, int]:
        """Rows in, and how many came to each state; the states add up to the rows."""
        found = dict.fromkeys(STATES, 0)
        for line in self.lines:
            found[line.state] += 1
        return {"rows": len(self.lines), **found}

    def movements(self) -> dict[str, int]:
        """How many persons join a known household, change households, how many households move, members are missing."""
        known = {code for code, household in self.households.items() if household.known}
        return {
            "joins": sum(p.known is None and p.household.code in known for p in self.persons),
            "moves": sum(p.moves for p in self.persons),
            "household_moves": sum(bool(h.moves) for h in self.households.values()),
            "missing": len(self.missing),
        }


def compare(reading: Reading, *, source: str, within: Scope | None = None) -> Comparison:
    """Set the table beside the register, inside a transaction and as the engine. Writes nothing.

    Rows of places not `within` are held and say nothing of what the register knows.
    """
    places = Places(reading)
    work = _Work(reading, places, register.look_up(reading, source), within)
    work.identify()
    for row in reading.rows:
        work.done.lines.append(work.line(row))
    work.done.places = places
    work.find_missing()
    return work.done


class _Work:
    """The comparison under way."""

    def __init__(self, reading: Reading, places: Places, known: Known, within: Scope | None) -> None:
        self.reading, self.places, self.known, self.within = reading, places, known, within
        self.done = Comparison()
        self.grouped = grouping.group(reading, places, known)
        self.persons: dict[int, Person] = {}
        self.stays: dict[int, Stays] = {}
        facts = [column.fact for column in reading.profile.facts]
        self.money = _names(fact for fact in facts if fact.type.name == "money")
        self.keeps = _names(fact for fact in facts if fact.keeps is not None)

    def identify(self) -> None:
        """Find who every row speaks of, before what it says is judged: one row that stays out bears on the others."""
        for household in self.grouped.households.values():
            self._settle(household)
        found = Persons(self.known, about=self.reading.about, within=self.within)
        for household in self.grouped.households.values():
            for row in household.rows:
                if household.conflict or row.number in self.stays:
                    continue
                try:
                    if self.reading.subject == "person":
                        self.persons[row.number] = found.of(row, household)
                    self._refuse_slip(row, household)
                except Stays as end:
                    self.stays[row.number] = end
                    household.whole = False

    def _settle(self, household: Household) -> None:
        """Where the household lives, by the table and by the register."""
        known, place = household.known, household.place_code
        if not self._covers(place) or (known is not None and not self._covers(known.place_code)):
            self.stays |= {row.number: ELSEWHERE for row in household.rows}
            return
        if known is None and not place:
            end = Stays(REFUSED, "place_code", "新的户要写明所在村", "a new household needs its village")
            self.stays |= {row.number: end for row in household.rows}
        if known is None or not place or self.places.same(place, known.place_code):
            return
        if known.from_day is None or known.from_day >= self.reading.about:
            zh = f"登记的村是 {known.place_code}(自 {known.from_day}),表的日期不晚于那天,不据此搬迁"
            en = f"the register has it in {known.place_code} since {known.from_day}; the table is no later"
            self.stays |= {row.number: Stays(HELD, "place_code", zh, en) for row in household.rows}
        else:
            household.moves = known.place_code

    def _covers(self, place: str) -> bool:
        return self.within is None or not place or self.within.covers(place)

    def line(self, row: RowRead) -> Line:
        """What becomes of a row."""
        household = self.grouped.of_row.get(row.number)
        code = household.code if household else ""
        if row.complaints:
            return Line(row.number, REFUSED, row.complaints, household=code)
        if row.doubts:
            return Line(row.number, HELD, row.doubts, household=code)
        if row.number in self.grouped.refused:
            return Line(row.number, REFUSED, [self.grouped.refused[row.number]], household=code)
        if household is None:
            return self._stays(row, Stays(REFUSED, "household_code", "没有户编号", "there is no household code"), "")
        if household.conflict:
            return Line(row.number, HELD, [household.conflict], household=code)
        if row.number in self.stays:
            return self._stays(row, self.stays[row.number], code)
        return self._judge(row, household)

    def _stays(self, row: RowRead, end: Stays, code: str) -> Line:
        heading = self.reading.headings.get(end.part, self.reading.headings.get("village", end.part))
        return Line(row.number, end.state, [Complaint(heading, end.zh, end.en)], household=code)

    def _judge(self, row: RowRead, household: Household) -> Line:
        person = self.persons.get(row.number)
        new = person.known is None if person else household.known is None
        changes = self._tell_person(row, person) if person else []
        changes += self._tell_household(household, row)
        self.done.households.setdefault(household.code, household)
        state = NEW if new else CHANGED if changes else SAME
        return Line(row.number, state, [], [] if new else changes, household.code, row.notes)

    # -- households

    def _tell_household(self, household: Household, row: RowRead) -> list[Change]:
        """What the household's facts change; once for each household."""
        if household.told:
            return []
        household.told, household.row = True, row.number
        known = household.known.id if household.known else None
        always = self.reading.profile.always if household.whole and self.reading.subject == "person" else {}
        facts = {**always, **household.facts}
        changes = self._changes("household", known, facts)
        told = facts if known is None or changes else self._confirmed("household", known, facts)
        if known is None or told:
            self.done.told.append(("household", household, household.row, told))
        return changes + self._stand(household)

    def _stand(self, household: Household) -> list[Change]:
        """A new head, another village."""
        known, changes = household.known, []
        if known is not None and household.head and household.head != known.head_name:
            changes.append(Change(self._heading("head"), known.head_name, household.head))
        if known is not None and household.moves:
            heading = self.reading.headings.get("place_code", self._heading("village"))
            changes.append(Change(heading, household.moves, household.place_code))
        return changes

    # -- persons

    def _tell_person(self, row: RowRead, person: Person) -> list[Change]:
        facts = row.facts.get("person", {})
        known = person.known.id if person.known else None
        changes = self._changes("person", known, facts)
        told = facts if known is None or changes else self._confirmed("person", known, facts)
        if told:
            self.done.told.append(("person", person, row.number, told))
        if person.known and person.moves:
            changes.append(Change(self._heading("household_code"), person.before or None, person.household.code))
        self.done.persons.append(person)
        return changes

    def find_missing(self) -> None:
        """Members the register has in the table's households whom no row names, held and refused rows included."""
        if self.reading.subject != "person" or not self.reading.profile.always.get("members_complete"):
            return
        named = {person.known.id for person in self.persons.values() if person.known}
        written: dict[str, set[str]] = {}
        for row in self.reading.rows:
            household = self.grouped.of_row.get(row.number)
            if household:
                written.setdefault(household.code, set()).add(row.parts.get("person_name", ""))
        for code, names in written.items():
            known = self.grouped.households[code].known
            if known and not self._covers(known.place_code):
                continue
            for member in self.known.members(known) if known else ():
                if member.id not in named and member.name not in names:
                    self.done.missing.append(Missing(code, member.name, member.id))

    # -- facts

    def _refuse_slip(self, row: RowRead, household: Household) -> None:
        """Raises Stays for an amount just a hundred or ten thousand times what its source said before, or that part."""
        person = self.persons.get(row.number)
        subjects = [("household", household.known, household.facts)]
        if person:
            subjects.append(("person", person.known, row.facts.get("person", {})))  # type: ignore[arg-type]
        for kind, known, facts in subjects:
            said = self.known.said.get((kind, known.id)) if known and kind in self.money else None
            for key, value in facts.items() if said else ():
                if base_name(key) in self.money[kind] and _slipped(said.values.get(key), value):  # type: ignore[union-attr]
                    zh = "金额与上次相差正好一百倍或一万倍,是否单位(元、分、万元)写错?"
                    en = "just a hundred or ten thousand times the last amount, or that part of it: is the unit right?"
                    raise Stays(HELD, f"{kind}.{base_name(key)}", zh, en)

    def _changes(self, kind: str, subject: int | None, facts: Mapping[str, Value]) -> list[Change]:
        said = self.known.said.get((kind, subject), UNSAID) if subject is not None else UNSAID
        if facts.items() <= said.values.items():  # mostly; each fact has its one type, so no 1 stands for a yes
            return []
        return [
            Change(self._heading(f"{kind}.{key}"), said.values.get(key), value, kind, key)
            for key, value in facts.items()
            if not said.says(key, value)
        ]

    def _confirmed(self, kind: str, subject: int, facts: Mapping[str, Value]) -> dict[str, Value]:
        """Of facts that change nothing, those to state all the same.

        A fact that keeps for a time only holds longer by being said again; and on the table's day the source had said
        nothing, or something else, where later tables came first.
        """
        then, day = self.known.by_then.get((kind, subject), UNSAID), self.reading.about
        keeps = self.keeps.get(kind, frozenset())
        if not keeps and facts.items() <= then.values.items():
            return {}
        return {
            key: value
            for key, value in facts.items()
            if not then.says(key, value) or (keeps and base_name(key) in keeps and then.days[key] < day)
        }

    def _heading(self, part: str) -> str:
        return self.reading.headings.get(base_name(part), part)


def _names(facts: Iterable[Fact]) -> dict[str, frozenset[str]]:
    """The names of facts by kind."""
    found: dict[str, set[str]] = {}
    for fact in facts:
        found.setdefault(fact.kind, set()).add(fact.name)
    return {kind: frozenset(names) for kind, names in found.items()}


def _slipped(before: Any, now: Value) -> bool:
    if type(before) is not int or type(now) is not int or not before or not now or before == now:
        return False
    small, large = sorted((abs(before), abs(now)))
    return large >= _SLIP_FROM and any(small * factor == large for factor in SLIPS)


def problems(lines: Iterable[Line]) -> Iterable[tuple[Line, Complaint]]:
    """Every complaint of every row that does not go in."""
    return ((line, complaint) for line in lines for complaint in line.why)
