"""Previewing a table and taking it in: all of it in one command, or nothing."""

from __future__ import annotations

import csv
import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.places import divisions
from doudi.register import bulk, households, persons, sayings
from doudi.register.bulk import HouseholdRow, Loaded, PersonRow, StatementRow
from doudi.register.households import Household
from doudi.register.importing import comparing, headings, identifying, profiles, reading, tables
from doudi.register.importing.comparing import Comparison, Line
from doudi.register.importing.profiles import Profile
from doudi.register.importing.reading import Reading
from doudi.register.importing.tables import Table
from doudi.register.intakes import Intake
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking a table in would do. `before` is the intake of the very same table, if there was one."""

    reading: Reading
    source: str
    comparison: Comparison
    before: Intake | None
    later: date | None

    @property
    def counts(self) -> dict[str, int]:
        """Rows, and how many are new, changed, same, held and refused."""
        return self.comparison.counts()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of cells are kept, and none of them in a circle: looking for circles took a sixth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def open_table(path: Path, profile: Profile, *, about: date) -> Reading:
    """Read a file through a profile; raises Refusal when it cannot be."""
    with _uncollected():
        return reading.read(tables.read(path), profile, about=about)


def fitting_profile(path: Path, *, about: date) -> Profile:
    """The shipped profile that knows most of a file's headings. Raises Refusal when none has those it requires."""
    found = fitting(tables.read(path), [profiles.load(name) for name in profiles.names()])
    if found:
        return found[0]
    listed = ", ".join(profiles.names())
    raise Refusal(
        f"请用 --profile 说明表的样式,可用:{listed}", f"say with --profile how to read the table: {listed}", path.name
    )


def fitting(opened: Sequence[Table], among: Iterable[Profile]) -> list[Profile]:
    """The profiles that can read the tables, the one that knows most of their headings first."""
    scored = [(headings.score(opened, profile), profile) for profile in among]
    return [profile for score, profile in sorted(scored, key=lambda pair: -pair[0]) if score]


def taken(table: Reading, *, source: str = "") -> Intake | None:
    """The intake of this very table, read by this very profile, from this source and of this day."""
    return _before(table, source or table.profile.source)


def preview(table: Reading, *, source: str = "") -> Preview:
    """Set a table beside the register; writes nothing. Raises Refusal for a source that may not state its facts."""
    said_by = source or table.profile.source
    _refuse_source(table.profile, said_by)
    with transaction.atomic(), as_engine(), _uncollected():
        compared = comparing.compare(table, source=said_by)
        return Preview(table, said_by, compared, _before(table, said_by), _later(table, said_by))


def accept(table: Reading, *, by: str, now: datetime, source: str = "") -> Preview:
    """Take a table in: places, households, persons and statements in one command. Refused and held rows stay out.

    The register is compared again inside the transaction, so what is written is what the preview returned here says.
    Raises Refusal when the very same table was taken in before, or no row can go in.
    """
    said_by = source or table.profile.source
    payload = [table.table.sha256, table.profile.sha256, said_by, table.about.isoformat()]
    _refuse_source(table.profile, said_by)
    with carry_out("register.importing.accept", by=by, payload=payload) as act, as_engine():
        found = preview(table, source=said_by)
        _refuse_nothing(found)
        _write(found, by=by, now=now, command=str(act.id))
        _note(found, by=by, now=now, command=str(act.id))
        act.result = found.counts
    return found


def _write(found: Preview, *, by: str, now: datetime, command: str) -> None:
    """Write what the comparison found, inside the command under way."""
    done = found.comparison
    if done.places and done.places.divisions():
        divisions.load(done.places.divisions(), by=by)
    new = _household_rows(found)
    ids = {h.code: h.known.id for h in done.households.values() if h.known} | {row.code: row.id for row in new}
    people, numbers = _person_rows(found, ids)
    _move_households(done, on=found.reading.about, by=by, now=now)
    bulk.write(Loaded(), new, people, (), (), now=now)
    _move_persons(done, ids, on=found.reading.about, by=by, now=now)
    told = _statements(found, ids, numbers)
    bulk.write_statements(told, found.reading.profile.vocabulary, by=by, now=now, command=command)
    _rename(done)


def _household_rows(found: Preview) -> list[HouseholdRow]:
    new = [household for household in found.comparison.households.values() if household.known is None]
    numbers = bulk.reserve("household", len(new))
    national = found.reading.profile.national
    return [
        HouseholdRow(number, h.code, h.place_code, found.reading.about, h.head, h.code if national else None, h.group)
        for number, h in zip(numbers, new, strict=True)
    ]


def _person_rows(found: Preview, ids: dict[str, int]) -> tuple[list[PersonRow], dict[int, int]]:
    """The new persons, and the id of every person of the table by the row that names them."""
    people = found.comparison.persons
    new = [person for person in people if person.known is None]
    fresh = dict(zip((person.row.number for person in new), bulk.reserve("person", len(new)), strict=True))
    known = {person.row.number: person.known.id for person in people if person.known}
    rows = [
        _person_row(person, fresh[person.row.number], ids[person.household.code], found.reading.about) for person in new
    ]
    return rows, known | fresh


def _person_row(person: comparing.Person, number: int, household: int, about: date) -> PersonRow:
    row = person.row
    return PersonRow(
        id=number,
        code=row.parts.get("person_code") or f"{person.household.code}/{number}",
        household_id=household,
        name=row.parts["person_name"],
        from_day=about,
        id_number=(row.id_number.number or None) if row.id_number else None,
        id_number_old=identifying.old_number(row),
        certificate=identifying.certificate(row),
        reason="joined" if person.household.known else "registered",
    )


def _move_households(done: Comparison, *, on: date, by: str, now: datetime) -> None:
    """Let each known household the table has in another village live there."""
    moving = {h.known.id: h.place_code for h in done.households.values() if h.known and h.moves}
    for household in Household.objects.filter(pk__in=moving):
        households.move(household, moving[household.pk], on=on, by=by, now=now)


def _move_persons(done: Comparison, ids: dict[str, int], *, on: date, by: str, now: datetime) -> None:
    """Let each known person the table has in another household leave the one and join the other."""
    moving = {person.known.id: ids[person.household.code] for person in done.persons if person.known and person.moves}
    present = Household.objects.in_bulk(set(moving.values()))
    for person in Person.objects.filter(pk__in=moving):
        if person.household_id is not None:
            persons.leave(person, on=on, ended="moved_out", by=by, now=now)
        persons.join(person, present[moving[person.pk]], on=on, reason="moved_in", by=by, now=now)


def _statements(found: Preview, homes: dict[str, int], people: dict[int, int]) -> Iterator[StatementRow]:
    """One statement a source row and subject, pointing at its file and line."""
    table = found.reading.table
    for kind, subject, row, facts in found.comparison.told:
        if not facts:
            continue
        number = homes[subject.code] if kind == "household" else people[row]
        evidence = {"file": table.name, "sha256": table.sha256, "row": row}
        yield StatementRow(kind, number, found.source, found.reading.about, facts, evidence=evidence)


def _rename(done: Comparison) -> None:
    """Give known households the head the table names."""
    named = [
        (h.known.id, h.head) for h in done.households.values() if h.known and h.head and h.head != h.known.head_name
    ]
    if named:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE register_household h SET head_name = n.name"
                " FROM unnest(%s::bigint[], %s::text[]) AS n (id, name) WHERE h.id = n.id",
                [[number for number, _ in named], [name for _, name in named]],
            )


def _note(found: Preview, *, by: str, now: datetime, command: str) -> None:
    Intake.objects.create(
        file_name=found.reading.table.name[:255],
        sha256=found.reading.table.sha256,
        profile=found.reading.profile.name,
        profile_sha256=found.reading.profile.sha256,
        source=found.source,
        about_day=found.reading.about,
        accepted_at=now,
        accepted_by=by,
        counts=found.counts,
        command_id=command,
    )


def _before(table: Reading, source: str) -> Intake | None:
    same = {"sha256": table.table.sha256, "profile_sha256": table.profile.sha256}
    return Intake.objects.filter(**same, source=source, about_day=table.about).first()


def _later(table: Reading, source: str) -> date | None:
    """The day of a later table of the same kind, if one was taken in: this one is then last month's."""
    later = Intake.objects.filter(profile=table.profile.name, source=source, about_day__gt=table.about)
    return later.order_by("-about_day").values_list("about_day", flat=True).first()


def _refuse_nothing(found: Preview) -> None:
    if found.before:
        raise taken_before(found.before)
    counts = found.counts
    if counts["rows"] == 0:
        raise Refusal("表里只有表头,没有数据行", "the table has a header and no rows", found.reading.table.name)
    if counts["held"] + counts["refused"] == counts["rows"]:
        line, first = next(iter(comparing.problems(found.comparison.lines)))
        where = f"{found.reading.table.name}:{line.number}:{first.column}"
        raise Refusal(
            f"没有一行可以收下。第一处问题:{first.zh}", f"no row can be taken in. The first problem: {first.en}", where
        )


def taken_before(intake: Intake) -> Refusal:
    """What to say to a table that was taken in already."""
    when = f"{intake.accepted_at:%Y-%m-%d %H:%M}"
    return Refusal(
        f"同一份表已于 {when} 由 {intake.accepted_by} 收下,没有再次写入。",
        f"this very table was taken in on {when} by {intake.accepted_by}; nothing was written again.",
        intake.file_name,
    )


def _refuse_source(profile: Profile, source: str) -> None:
    """Each fact of the profile must be one the source may state."""
    if source not in profile.vocabulary.sources:
        listed = "、".join(profile.vocabulary.sources)
        raise Refusal(
            f"没有来源“{source}”,可用:{listed}", f"there is no source “{source}”; one of {listed}", "--source"
        )
    keys = [(column.kind, column.fact.name, column.fact.yearly) for column in profile.facts]
    for kind, name, yearly in keys:
        sayings.of(profile.vocabulary).check(kind, source, {f"{name}@2000" if yearly else name: None})


# -- what did not go in, as a file


def write_problems(found: Preview, path: Path) -> int:
    """Write every row that was refused or held, with why and the row itself, as CSV; answers how many lines."""
    rows = dict(found.reading.table.rows)
    lines = list(comparing.problems(found.comparison.lines))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "state", "column", "why (zh)", "why (en)", "the row"])
        for line, complaint in lines:
            told = [line.number, line.state, complaint.column, complaint.zh, complaint.en]
            writer.writerow([told[0], *map(harmless, (*told[1:], *rows.get(line.number, [])))])
    return len(lines)


def harmless(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def told(found: Preview, *, most: int = 20) -> dict[str, Any]:
    """A preview as one object for people and programs, with the first problems and changes."""
    lines: list[Line] = found.comparison.lines
    households = found.comparison.households.values()
    return {
        "file": found.reading.table.name,
        "sheet": found.reading.table.sheet,
        "sha256": found.reading.table.sha256,
        "profile": found.reading.profile.name,
        "source": found.source,
        "as_of": found.reading.about.isoformat(),
        **found.counts,
        "new_households": sum(h.known is None for h in households),
        "new_persons": sum(p.known is None for p in found.comparison.persons),
        **found.comparison.movements(),
        "new_places": len(found.comparison.places.new) if found.comparison.places else 0,
        "statements": sum(bool(facts) for *_, facts in found.comparison.told),
        "columns_not_used": list(found.reading.unused),
        "columns_absent": list(found.reading.absent),
        "newer_table_of": found.later.isoformat() if found.later else None,
        "taken_before": found.before.accepted_at.isoformat() if found.before else None,
        "problems": [
            {"row": line.number, "state": line.state, "column": c.column, "zh": c.zh, "en": c.en}
            for line, c in _first(comparing.problems(lines), most)
        ],
        "changes": [
            {"row": line.number, "column": c.column, "before": c.before, "after": c.after}
            for line, c in _first(((line, change) for line in lines for change in line.changes), most)
        ],
    }


def _first(pairs: Iterable[Any], most: int) -> Iterator[Any]:
    return (pair for pair, _ in zip(pairs, range(most), strict=False))
