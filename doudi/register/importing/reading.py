"""A table read through a profile: what each row says, and what is wrong with it, before the register is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from doudi.register.importing import headings, profiles
from doudi.register.importing.conversions import BROKEN, Unreadable, Value, clean, value_of
from doudi.register.importing.headings import Header, Place
from doudi.register.importing.profiles import FactColumn, Profile
from doudi.register.importing.tables import Table
from doudi.values import idnumbers
from doudi.values.idnumbers import IdNumber, Standing
from doudi.values.person_names import with_one_dot

EARLIEST, LATEST = 1990, 2100  # years a column 年度 may name
MOST_KEPT = 50_000
_NAMES = ("person_name", "head")
_OTHER_PAPERS = re.compile(r"护照|通行证|居留|军官|出生|户口|passport|permit", re.IGNORECASE)
_TOTAL = re.compile(r"^(合计|总计|小计|共计|总数|total|sum)")
_NO_NAMES = ("null", "none", "nan", "无", "不详", "未知", "#n/a")


class Complaint(NamedTuple):
    """What is wrong with a cell of a row: the column's heading, in both languages why."""

    column: str
    zh: str
    en: str


@dataclass(slots=True)
class RowRead:
    """One row: the text of its parts (place, household, person) and the facts it states by kind.

    Complaints refuse the row, doubts hold it, notes only tell what was understood.
    """

    number: int
    parts: dict[str, str] = field(default_factory=dict)
    id_number: IdNumber | None = None
    facts: dict[str, dict[str, Value]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    doubts: list[Complaint] = field(default_factory=list)
    notes: list[Complaint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """A table read. `headings` tells the heading behind each part and fact; `unused` the headings no one asked for.

    `subject` is what a row is of: person, household or place. `spare` are columns the profile knows and keeps nothing
    of, `twice` those whose heading came before.
    """

    table: Table
    profile: Profile
    about: date
    subject: str
    rows: list[RowRead]
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    absent: tuple[str, ...]
    spare: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


def read(tables: Sequence[Table], profile: Profile, *, about: date) -> Reading:
    """Read the first table that has the profile's columns. Raises Refusal, naming the column, when none has."""
    header = headings.find(tables, profile)
    layout = _Layout(profile, header, about)
    rows = header.table.rows[header.first :]
    while rows and headings.is_header(rows[0][1], profile):
        rows = rows[1:]
    read = [layout.read(number, cells) for number, cells in rows]
    layout.notice(read, rows)
    found = {column.fact.name for _, column in header.facts}
    words, used = header.words, header.used()
    places = [*header.parts.values(), *(place for place, _ in header.facts)]
    return Reading(
        table=header.table,
        profile=profile,
        about=about,
        subject=_subject(profile, header),
        rows=read,
        headings=layout.headings(),
        unused=tuple(word for at, word in enumerate(words) if at not in used and word.strip()),
        absent=tuple(column.headings[0] for column in profile.facts if column.fact.name not in found),
        spare=tuple(words[place.at] for name, place in header.parts.items() if name.startswith("known.")),
        header=tuple(words),
        twice=tuple(dict.fromkeys(words[at] for place in places for at in place.twins)),
    )


def _subject(profile: Profile, header: Header) -> str:
    if profile.subject == "either":
        return "person" if "person_name" in header.parts else "household"
    return profile.subject


class _Layout:
    """Which column is which, and how a row is read by it."""

    def __init__(self, profile: Profile, header: Header, about: date) -> None:
        self.profile, self.header, self.about = profile, header, about
        self.words = header.words
        self.parts = [(name, place) for name, place in header.parts.items() if not name.startswith("known.")]
        self.document = header.parts.get("known.document")
        self.facts = list(header.facts)
        self.facts_at = [
            (place.at, place.twins, number, column.kind, column.fact.name, self._year(column))
            for number, (place, column) in enumerate(self.facts)
        ]
        self.heading_words = frozenset(word for word in self.words if word)
        # Cells repeat: what each column's texts say is kept, as far as memory allows.
        self._values: list[dict[str, Value | Unreadable | None]] = [{} for _ in self.facts]
        self._texts: dict[str, str] = {}
        self._named = self.headings()
        self.subject = _subject(profile, header)

    def notice(self, read: Sequence[RowRead], rows: Sequence[tuple[int, list[str]]]) -> None:
        """Tell what is odd about rows, once all are read."""
        from doudi.register.importing import noticing

        named = self.headings()
        for row in read if self.profile.sums else ():
            noticing.notice_sums(row, self.profile.sums, named, minor=self.profile.minor)
        account = self.header.parts.get(noticing.ACCOUNT)
        if account is not None:
            texts = (cells[account.at] if account.at < len(cells) else "" for _, cells in rows)
            noticing.notice_accounts(zip(read, texts, strict=True), self.words[account.at])

    def _year(self, column: FactColumn) -> str | None:
        """The year of a yearly fact; the empty text where the row says which, None for a fact of no year."""
        if not column.fact.yearly:
            return None
        if column.year == "column" and "year" in self.header.parts:
            return ""
        shifts = {"last": self.about.year - 1, "column": self.about.year - 1, "this": self.about.year}
        return str(shifts.get(column.year) or int(column.year))

    def headings(self) -> dict[str, str]:
        named = {name: self.words[place.at] for name, place in self.parts}
        for place, column in self.facts:
            named[f"{column.kind}.{column.fact.name}"] = self.words[place.at]
        return named

    def read(self, number: int, cells: Sequence[str]) -> RowRead:
        row = RowRead(number)
        if cells and cells[0].startswith(BROKEN):
            self._text(row, Place(0), cells)
            return row
        for name, place in self.parts:
            text = self._text(row, place, cells)
            row.parts[name] = with_one_dot(text) if name in _NAMES else text
        self._read_facts(row, cells)
        if "id_number" in self.header.parts:
            self._read_id_number(row, cells)
        if self.subject == "place":
            return row
        code, name = row.parts.get("household_code", ""), row.parts.get("person_name", "?")
        if not code or not name or code in self.heading_words or _TOTAL.match(code):
            row.complaints = self._no_row(cells) or row.complaints
        elif name.casefold() in _NO_NAMES:
            row.complaints.append(self._complain("person_name", "姓名没有填写", "there is no name here"))
        return row

    def _read_facts(self, row: RowRead, cells: Sequence[str]) -> None:
        width, stated = len(cells), row.parts.get("year", "")
        for at, twins, number, kind, name, year in self.facts_at:
            text = cells[at] if at < width else ""
            if twins:
                text = self._agreed(row, at, twins, cells)
            if not text:
                continue
            known = self._values[number]
            if text in known:
                found = known[text]
            else:
                found = self._convert(number, text)
                if len(known) < MOST_KEPT:
                    known[text] = found
            if isinstance(found, Unreadable):
                into = row.doubts if found.held else row.complaints
                into.append(Complaint(self.words[at], found.zh, found.en))
            elif found is not None:
                key = name if year is None else f"{name}@{year or self._stated_year(row, stated)}"
                row.facts.setdefault(kind, {})[key] = found

    def _stated_year(self, row: RowRead, stated: str) -> str:
        """The year the row names; last year where it names none."""
        text = stated.removesuffix("年").removesuffix(".0")
        if not text:
            return str(self.about.year - 1)
        if text.isascii() and text.isdigit() and EARLIEST <= int(text) <= LATEST:
            return text
        complaint = self._complain("year", f"“{stated[:20]}”不是年度", f"“{stated[:20]}” is no year")
        if complaint not in row.complaints:
            row.complaints.append(complaint)
        return str(self.about.year - 1)

    def _agreed(self, row: RowRead, at: int, twins: Sequence[int], cells: Sequence[str]) -> str:
        """The one text of columns with the same heading; where they disagree the row is held."""
        found = list(dict.fromkeys(cells[i].strip() for i in (at, *twins) if i < len(cells) and cells[i].strip()))
        if len(found) > 1:
            told = " / ".join(word[:30] for word in found)
            zh, en = f"表里有几列都叫“{self.words[at]}”,内容不一致:{told}", f"columns of this name say: {told}"
            row.doubts.append(Complaint(self.words[at], zh, en))
        return found[0] if found else ""

    def _convert(self, number: int, text: str) -> Value | Unreadable | None:
        """The value of a cell, None for a blank one."""
        try:
            cleaned = clean(text)
            if profiles.normal(cleaned) in self.profile.blank:
                return None
            return value_of(self.facts[number][1], cleaned, minor=self.profile.minor)
        except Unreadable as error:
            return error

    def _text(self, row: RowRead, place: Place, cells: Sequence[str]) -> str:
        at = place.at
        text = self._agreed(row, at, place.twins, cells) if place.twins else cells[at] if at < len(cells) else ""
        known = self._texts.get(text)
        if known is not None or not text:
            return known or ""
        try:
            cleaned = clean(text)
            if len(self._texts) < MOST_KEPT:
                self._texts[text] = cleaned
            return cleaned
        except Unreadable as error:
            (row.doubts if error.held else row.complaints).append(Complaint(self.words[at], error.zh, error.en))
            return ""

    def _complain(self, part: str, zh: str, en: str) -> Complaint:
        return Complaint(self.words[self.header.parts[part].at], zh, en)

    def _no_row(self, cells: Sequence[str]) -> list[Complaint]:
        """What a line that is no row of the table is, told better than “no household code”."""
        filled = [(at, cell.strip()) for at, cell in enumerate(cells) if cell.strip()]
        heading = self.words[filled[0][0]] if filled and filled[0][0] < len(self.words) else ""
        if filled and _TOTAL.match(profiles.normal(filled[0][1])):
            return [
                Complaint(heading, "这是合计行,不是一户一人", "this is a line of totals, of no household or person")
            ]
        if sum(word in self.heading_words for _, word in filled) > len(filled) / 2:
            return [Complaint(heading, "这里又是一行表头", "these are the headings again")]
        if len(filled) == 1:
            return [
                Complaint(heading, "这是表下的说明文字,不是一行数据", "this is a note below the table, no row of it")
            ]
        return []

    def _read_id_number(self, row: RowRead, cells: Sequence[str]) -> None:
        text = row.parts["id_number"]
        if not text or (len(text) < 10 and profiles.normal(text) in self.profile.blank):
            row.parts["id_number"] = ""
            return
        document = self._text(row, self.document, cells) if self.document else ""
        if _OTHER_PAPERS.search(document):
            zh, en = f"证件是{document},号码不登记,按姓名对应", f"the paper is a {document}: its number is not kept"
            row.notes.append(self._complain("id_number", zh, en))
            return
        row.id_number = idnumbers.read(text)
        found = self._complain("id_number", row.id_number.why_zh, row.id_number.why_en)
        if row.id_number.standing is Standing.WRONG:
            row.complaints.append(found)
        elif row.id_number.standing is Standing.TRUNCATED:
            row.doubts.append(found)
        elif row.id_number.standing is Standing.NOT_ISSUED:
            row.notes.append(self._complain("id_number", "暂无证件号码(999999开头)", "no number issued yet (999999)"))
        self._against_columns(row)

    def _against_columns(self, row: RowRead) -> None:
        """What the number says of birth and sex, beside what the columns say."""
        number, said = row.id_number, row.facts.get("person", {})
        if number is None or not number.number:
            return
        born = number.birth_date.isoformat() if number.birth_date else None
        for name, inside in (("birth_date", born), ("sex", number.sex)):
            if inside and name in said and said[name] != inside:
                zh, en = f"与证件号码不一致(证件号为 {inside})", f"the identity number says {inside}"
                row.doubts.append(Complaint(self._named[f"person.{name}"], zh, en))
