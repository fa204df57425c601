"""The preview of a table sent in, made as a job and kept as files beside it, so that its pages only read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import orjson
from django.db import transaction

from doudi.access.scope import Scope, as_engine
from doudi.register import children
from doudi.register.importing import accepting, county_profiles, reading, tables, telling
from doudi.register.importing.accepting import Preview
from doudi.register.importing.comparing import STATES, Line, Missing
from doudi.register.importing.profiles import Profile
from doudi.register.importing.reading import RowRead
from doudi.register.importing.tables import Table
from doudi.register.uploads import PREVIEW, Upload, awaits, ready
from doudi.trail import jobs
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MOST_TOLD = 500
Row = dict[str, Any]


@jobs.job(PREVIEW)
def preview(key: str, *, upload: int) -> dict[str, int]:
    """Read the file, set it beside the register, keep what was found; answers the counts."""
    with transaction.atomic(), as_engine():
        sent = Upload.objects.get(pk=upload)
    if sent.key != key:
        return {}  # asked for anew meanwhile
    jobs.tell(key, "reading", 0.02)
    opened = tables.read(sent.file, name=sent.name, hear=lambda rows: jobs.tell(key, "reading", _part(rows)))
    _keep_sample(sent, opened)
    profile = choose(sent, opened)
    jobs.tell(key, "understanding", 0.5)
    table = reading.read(opened, profile, about=sent.about_day)
    jobs.tell(key, "comparing", 0.65)
    found = accepting.preview(table, source=sent.source, within=Scope(frozenset(sent.places)))
    jobs.tell(key, "writing", 0.9)
    return _settle(sent, key, profile, found)


def _settle(sent: Upload, key: str, profile: Profile, found: Preview) -> dict[str, int]:
    """Keep what was found, unless the table was closed or is read in another way meanwhile."""
    with carry_out("register.uploads.ready", by=sent.received_by, key=jobs.command(key)) as act, as_engine():
        if not awaits(sent, key):
            return {}
        keep(sent, found)
        ready(sent, summary(found), profile=profile.name, source=found.source, revision=found.plan.revision)
        act.result = found.counts
    return found.counts


def _part(rows: int) -> float:
    """How far the reading may be, half of it at forty thousand rows and never whole."""
    return 0.02 + 0.48 * rows / (rows + 40_000)


def choose(sent: Upload, opened: list[Table]) -> Profile:
    """The profile asked for, else the one that knows most of the headings. Raises Refusal when none knows enough."""
    if sent.profile:
        return county_profiles.load(sent.profile)
    every = [profile for profile in county_profiles.every() if profile.subject != "place"]
    fitting = accepting.fitting(opened, every)
    if not fitting:
        raise Refusal(
            "认不出这是什么表:没有一种已知的样式有它的表头。请在“逐列指定”里说明各列是什么",
            "no known sort of table has these headings: say column by column what they are",
            "profile",
        )
    return fitting[0]


def summary(found: Preview) -> Row:
    """What the preview's page tells above its rows."""
    told = telling.told(found, most=0)
    kept = ("sheet", "statements", "columns_not_used", "columns_absent", "newer_table_of", "joins", "moves")
    more = (
        "household_moves",
        "missing",
        "new_households",
        "new_persons",
        "new_places",
        "columns_spare",
        "columns_twice",
        "hidden_rows",
        "hidden_sheets",
    )
    return {"counts": found.counts, **{name: told[name] for name in (*kept, *more)}}


def keep(sent: Upload, found: Preview) -> None:
    """Write the plan, and the rows of each state, beside the file."""
    names = {row.number: row.parts.get("person_name") or row.parts.get("head", "") for row in found.reading.rows}
    births = {row.number: _born(row) for row in found.reading.rows}
    young = children.among([each.person_id for each in found.comparison.missing], on=sent.about_day)
    (sent.folder / "plan.json").write_bytes(found.plan.dumped())
    missing = (_missing(each, child=each.person_id in young) for each in found.comparison.missing)
    (sent.folder / "missing.jsonl").write_bytes(_lines(missing))
    for state in STATES:
        rows = (_row(line, names, births) for line in found.comparison.lines if line.state == state)
        (sent.folder / f"{state}.jsonl").write_bytes(_lines(rows))
    telling.write_sheet(found, sent.folder / "problems.xlsx")
    telling.write_problems(found, sent.folder / "problems.csv")


def _keep_sample(sent: Upload, opened: list[Table]) -> None:
    """Keep the first rows of the fullest sheet: enough to say what its columns are, where no profile knows them."""
    if opened:
        fullest = max(opened, key=lambda table: len(table.rows))
        rows = [cells for _, cells in fullest.rows[:MOST_TOLD]]
        (sent.folder / "sample.json").write_bytes(orjson.dumps(rows))


def sample_of(sent: Upload) -> tuple[list[str], list[list[str]]] | None:
    """The headings of a table and its first rows; None where no table could be read.

    The headings are the first of the first ten rows that is nearly as full as any of them.
    """
    path = sent.folder / "sample.json"
    rows: list[list[str]] = orjson.loads(path.read_bytes()) if path.is_file() else []
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:10]]
    if not filled:
        return None
    first = next(at for at, number in enumerate(filled) if number >= 0.8 * max(filled))
    return [cell.strip() for cell in rows[first]], rows[first + 1 :]


def _lines(rows: Iterable[Row]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _born(row: RowRead) -> str:
    """The day of birth a row states, or that its ID number holds; empty where neither says."""
    said = row.facts.get("person", {}).get("birth_date") or (row.id_number.birth_date if row.id_number else None)
    return said.isoformat() if isinstance(said, date) else str(said or "")


def _row(line: Line, names: dict[int, str], births: dict[int, str]) -> Row:
    return {
        "row": line.number,
        "household": line.household,
        "name": names.get(line.number, ""),
        "born": births.get(line.number, ""),
        "why": [[*each] for each in line.why],
        "notes": [[*each] for each in line.notes],
        "changes": [[*each] for each in line.changes],
    }


def _missing(each: Missing, *, child: bool) -> Row:
    return {"household": each.household, "name": each.name, "child": child}


def rows_of(sent: Upload, state: str, *, first: int, most: int) -> list[Row]:
    """Some of the preview's rows of a state (or `missing`), from the first-th on."""
    return list(islice(_read(sent, state), first, first + most))


def _read(sent: Upload, state: str) -> Iterator[Row]:
    path = sent.folder / f"{state}.jsonl"
    if path.is_file():
        with path.open("rb") as file:
            for line in file:
                yield orjson.loads(line)
