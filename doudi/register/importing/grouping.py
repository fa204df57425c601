"""The households of a table: rows of one household put together, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from doudi.register.importing.conversions import Value
from doudi.register.importing.places import Places
from doudi.register.importing.reading import Complaint, Reading, RowRead
from doudi.register.importing.register import Known, KnownHousehold

PARTS = ("place_code", "head", "group")


@dataclass(slots=True)
class Household:
    """A household of the table; `known` is None when the register does not have it.

    A blank cell contradicts nothing: each part and fact is what any of the rows says. `whole` is false when a row of it
    stays out, so that the table cannot be said to list all its members. `moves` is the village it leaves.
    """

    code: str
    row: int
    known: KnownHousehold | None
    place_code: str = ""
    head: str = ""
    group: str = ""
    year: str = ""
    facts: dict[str, Value] = field(default_factory=dict)
    rows: list[RowRead] = field(default_factory=list)
    conflict: Complaint | None = None
    whole: bool = True
    moves: str = ""
    told: bool = False
    _first: dict[str, int] = field(default_factory=dict)

    def add(self, row: RowRead, place_code: str, headings: Mapping[str, str]) -> None:
        """Take in what one more row says of the household, noting the first contradiction."""
        self.rows.append(row)
        said = {"place_code": place_code, **{part: row.parts.get(part, "") for part in PARTS[1:]}}
        for part, text in said.items():
            if text and self._agrees(part, getattr(self, part), text, row, headings):
                setattr(self, part, text)
        year = row.parts.get("year", "")
        for key, value in row.facts.get("household", {}).items():
            before = self.facts.get(key)
            if "@" not in key and year < self.year:
                continue  # an earlier year's row says nothing of what is now
            later = "@" not in key and year > self.year
            if later or self._agrees(f"household.{key}", before, value, row, headings):
                self.facts[key] = value
                self._first[f"household.{key}"] = row.number
        self.year = max(self.year, year)

    def _agrees(self, part: str, before: Value | None, said: Value, row: RowRead, headings: Mapping[str, str]) -> bool:
        first = self._first.setdefault(part, row.number)
        if before in (None, "") or before == said:
            return True
        if self.conflict is None:
            heading = headings.get(part.partition("@")[0], headings.get("village", part))
            zh = f"同一户第{first}行与第{row.number}行说的不一样,请改为一致"
            en = f"lines {first} and {row.number} of one household differ; make them agree"
            self.conflict = Complaint(heading, zh, en)
        return False


@dataclass(slots=True)
class Grouped:
    """The households by code, the household of each row that names one, and what refuses the other rows."""

    households: dict[str, Household] = field(default_factory=dict)
    of_row: dict[int, Household] = field(default_factory=dict)
    refused: dict[int, Complaint] = field(default_factory=dict)


def group(reading: Reading, places: Places, known: Known) -> Grouped:
    """Put the rows together. A row that is wrong says nothing of its household, and makes it less than whole."""
    found = Grouped()
    for row, code in _coded(reading):
        place = places.of(row)
        household = found.households.get(code)
        if household is None:
            household = found.households[code] = Household(code, row.number, known.household(code))
        found.of_row[row.number] = household
        if row.complaints or row.doubts:
            household.whole = False
        elif isinstance(place, Complaint):
            found.refused[row.number] = place
            household.whole = False
        elif reading.subject != "person" and _twice(household, row):
            found.refused[row.number] = _same_household(household, reading)
        else:
            household.add(row, place, reading.headings)
    return found


def _coded(reading: Reading) -> Iterator[tuple[RowRead, str]]:
    for row in reading.rows:
        written = row.parts.get("household_code", "")
        if written:
            yield row, reading.profile.household_form.format(written)


def _twice(household: Household, row: RowRead) -> bool:
    """Whether a table of households has it twice; once for each year is no repetition."""
    return any(row.parts.get("year", "") == other.parts.get("year", "") for other in household.rows)


def _same_household(household: Household, reading: Reading) -> Complaint:
    heading, first = reading.headings["household_code"], household.rows[0].number
    return Complaint(heading, f"与第{first}行是同一户", f"it is the same household as line {first}")
