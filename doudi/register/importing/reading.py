"""A table read through a profile: what each row says, and what is wrong with it, before the register is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from doudi.register.importing import profiles
from doudi.register.importing.conversions import Unreadable, Value, clean, value_of
from doudi.register.importing.profiles import FactColumn, Profile
from doudi.register.importing.tables import Table
from doudi.values import idnumbers
from doudi.values.idnumbers import IdNumber, Standing
from doudi.values.refusals import Refusal

HEADER_WITHIN = 10  # a header stands among the first ten rows that hold anything


class Complaint(NamedTuple):
    """What is wrong with a cell of a row: the column's heading, in both languages why."""

    column: str
    zh: str
    en: str


@dataclass(slots=True)
class RowRead:
    """One row: the text of its parts (place, household, person) and the facts it states by kind."""

    number: int
    parts: dict[str, str] = field(default_factory=dict)
    id_number: IdNumber | None = None
    facts: dict[str, dict[str, Value]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    doubts: list[Complaint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """A table read. `headings` tells the heading behind each part and fact; `unused` the headings no one asked for."""

    table: Table
    profile: Profile
    about: date
    rows: list[RowRead]
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    absent: tuple[str, ...]


def read(tables: Sequence[Table], profile: Profile, *, about: date) -> Reading:
    """Read the first table that has the profile's columns. Raises Refusal, naming the column, when none has."""
    table, place, header = _find_header(tables, profile)
    normal_header = [profiles.normal(word) for word in header]
    parts = {name: _one(words, normal_header, header) for name, words in profile.headings.items() if words}
    columns = [(_one(column.headings, normal_header, header), column) for column in profile.facts]
    used = {at for at in parts.values() if at is not None} | {at for at, _ in columns if at is not None}
    layout = _Layout(
        profile,
        header,
        {name: at for name, at in parts.items() if at is not None},
        [(at, column, _key(column, about)) for at, column in columns if at is not None],
    )
    return Reading(
        table=table,
        profile=profile,
        about=about,
        rows=[layout.read(number, cells) for number, cells in table.rows[place + 1 :]],
        headings=layout.headings(),
        unused=tuple(word for at, word in enumerate(header) if at not in used and word.strip()),
        absent=tuple(column.headings[0] for at, column in columns if at is None),
    )


def _find_header(tables: Sequence[Table], profile: Profile) -> tuple[Table, int, list[str]]:
    """The row with most of the profile's headings, among those with all it requires."""
    best: tuple[int, Table, int, list[str]] | None = None
    for table in tables:
        for place, (_, cells) in enumerate(table.rows[:HEADER_WITHIN]):
            header = [profiles.normal(word) for word in cells]
            score = sum(bool(profiles.find(words, header)) for words in _all_headings(profile))
            if best is None or score > best[0]:
                best = (score, table, place, cells)
    if best is None:
        raise Refusal("文件里没有表格", "the file holds no table", tables[0].name if tables else "")
    _, table, place, header = best
    for words in profile.required().values():
        if not profiles.find(words, [profiles.normal(word) for word in header]):
            raise _lacks(table, words, header)
    return table, place, header


def _all_headings(profile: Profile) -> Iterator[tuple[str, ...]]:
    yield from (words for words in profile.headings.values() if words)
    yield from (column.headings for column in profile.facts)


def _lacks(table: Table, words: Sequence[str], header: Sequence[str]) -> Refusal:
    close = [near for word in words for near in get_close_matches(word, header, n=1, cutoff=0.6)]
    zh, en = (f",是否为“{close[0]}”?", f"; is it “{close[0]}”?") if close else ("", "")
    listed = " / ".join(words)
    where = f"{table.name}:{table.sheet}" if table.sheet else table.name
    return Refusal(f"找不到列“{listed}”{zh}", f"there is no column “{listed}”{en}", where)


def _one(words: Sequence[str], normal_header: list[str], header: Sequence[str]) -> int | None:
    found = profiles.find(words, normal_header)
    if len(found) > 1:
        twice = "、".join(header[at] for at in found)
        raise Refusal(
            f"有{len(found)}列都像“{words[0]}”({twice}),请只留一列",
            f"{len(found)} columns could be “{words[0]}” ({twice}); leave one",
        )
    return found[0] if found else None


def _key(column: FactColumn, about: date) -> str:
    if not column.fact.yearly:
        return column.fact.name
    year = {"last": about.year - 1, "this": about.year}.get(column.year) or int(column.year)
    return f"{column.fact.name}@{year}"


class _Layout:
    """Which column is which, and how a row is read by it."""

    def __init__(
        self,
        profile: Profile,
        header: Sequence[str],
        parts: Mapping[str, int],
        facts: Sequence[tuple[int, FactColumn, str]],
    ) -> None:
        self.profile, self.header, self.parts, self.facts = profile, header, parts, facts
        self._value = lru_cache(maxsize=200_000)(self._convert)

    def headings(self) -> dict[str, str]:
        named = {name: self.header[at] for name, at in self.parts.items()}
        return {**named, **{f"{column.kind}.{key}": self.header[at] for at, column, key in self.facts}}

    def read(self, number: int, cells: Sequence[str]) -> RowRead:
        row = RowRead(number)
        for name, at in self.parts.items():
            row.parts[name] = self._text(row, at, cells)
        for place, (at, column, key) in enumerate(self.facts):
            text = cells[at] if at < len(cells) else ""
            if not text:
                continue
            found = self._value(place, text)
            if isinstance(found, Unreadable):
                row.complaints.append(Complaint(self.header[at], found.zh, found.en))
            elif found is not None:
                row.facts.setdefault(column.kind, {})[key] = found
        if "id_number" in self.parts:
            self._read_id_number(row)
        return row

    def _convert(self, place: int, text: str) -> Value | Unreadable | None:
        """The value of a cell, None for a blank one; cells repeat, so answers are kept."""
        try:
            cleaned = clean(text)
            if profiles.normal(cleaned) in self.profile.blank:
                return None
            return value_of(self.facts[place][1], cleaned, minor=self.profile.minor)
        except Unreadable as error:
            return error

    def _text(self, row: RowRead, at: int, cells: Sequence[str]) -> str:
        try:
            return clean(cells[at]) if at < len(cells) else ""
        except Unreadable as error:
            row.complaints.append(Complaint(self.header[at], error.zh, error.en))
            return ""

    def _read_id_number(self, row: RowRead) -> None:
        text = row.parts["id_number"]
        if not text:
            return
        row.id_number = idnumbers.read(text)
        found = Complaint(self.header[self.parts["id_number"]], row.id_number.why_zh, row.id_number.why_en)
        if row.id_number.standing is Standing.WRONG:
            row.complaints.append(found)
        elif row.id_number.standing is Standing.TRUNCATED:
            row.doubts.append(found)
