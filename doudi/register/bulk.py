"""Large loads: rows go through COPY into temporary tables and from there, as the engine, into the register.

PostgreSQL refuses COPY into a table under row-level security, and a loop of INSERTs is twenty times slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.register import beliefs, sayings, subjects
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

Worded = tuple[Any, ...]  # the columns of `load_statement`


class HouseholdRow(NamedTuple):
    """A household; it lives at `place_code` from `from_day` on."""

    id: int
    code: str
    place_code: str
    from_day: date
    head_name: str = ""
    national_code: str | None = None
    group_name: str = ""


class PersonRow(NamedTuple):
    """A person and the household they are a member of from `from_day` on."""

    id: int
    code: str
    household_id: int
    name: str
    from_day: date
    id_number: str | None = None
    id_number_old: str = ""
    certificate: str = ""
    reason: str = "registered"


class PairingRow(NamedTuple):
    """A helper (user id) standing by a household."""

    household_id: int
    helper_id: int
    unit: str
    from_day: date


class ItemRow(NamedTuple):
    """A loan, hire, post, platform or project.

    `place_code` is the wall's; without one it is taken from the village, the household or the person's household.
    """

    id: int
    kind: str
    code: str
    label: str
    from_day: date
    household_id: int | None = None
    person_id: int | None = None
    village_code: str | None = None
    place_code: str | None = None


class StatementRow(NamedTuple):
    """What a source said; see `doudi.register.statements.Statement`."""

    subject_kind: str
    subject_id: int
    source: str
    about_day: date
    facts: Mapping[str, Any]
    recorded_by: str = ""
    evidence: Mapping[str, Any] = {}
    recorded_at: datetime | None = None


@dataclass
class Loaded:
    """How many rows of each table were written."""

    counts: dict[str, int] = field(default_factory=dict)


def load(
    *,
    by: str,
    now: datetime,
    vocabulary: Vocabulary,
    households: Iterable[HouseholdRow] = (),
    persons: Iterable[PersonRow] = (),
    pairings: Iterable[PairingRow] = (),
    items: Iterable[ItemRow] = (),
    statements: Iterable[StatementRow] = (),
    verb: str = "register.bulk.load",
    payload: Any = None,
) -> Loaded:
    """Write all of it in one command, and resolve the beliefs of every subject spoken of.

    Ids are the caller's: free ones, or from `reserve`. Raises Refusal for a place that does not exist, a fact that
    its source may not state, and for whatever the database's constraints refuse.
    """
    loaded = Loaded()
    with carry_out(verb, by=by, payload=payload) as act, as_engine():
        write(loaded, households, persons, pairings, items, now=now)
        loaded.counts["statement"] = write_statements(statements, vocabulary, by=by, now=now, command=str(act.id))
        act.result = loaded.counts
    return loaded


def write(
    loaded: Loaded,
    households: Iterable[HouseholdRow],
    persons: Iterable[PersonRow],
    pairings: Iterable[PairingRow],
    items: Iterable[ItemRow],
    *,
    now: datetime,
) -> None:
    """Write households, persons, pairings and items with their spans, inside a command under way, as the engine."""
    for name, rows in (("household", households), ("person", persons), ("pairing", pairings), ("item", items)):
        loaded.counts[name] = stage(f"load_{name}", STAGES[name], rows)
        if loaded.counts[name]:
            _refuse_unknown_places(name)
            for insert in _INSERTS[name]:
                if _execute(insert, {"now": now}) != loaded.counts[name]:
                    raise Refusal(
                        f"有的{name}指向不存在的农户。", f"Some {name} rows name a household that is not there."
                    )
    for table in ("household", "person", "item"):
        if loaded.counts[table]:
            _advance(f"register_{table}")


def write_statements(
    statements: Iterable[StatementRow], vocabulary: Vocabulary, *, by: str, now: datetime, command: str
) -> int:
    """Write statements and resolve their subjects' beliefs, inside a command under way, as the engine."""
    return write_worded(worded(statements, vocabulary, by=by, now=now), vocabulary, command=command)


def write_worded(rows: Iterable[Worded], vocabulary: Vocabulary, *, command: str) -> int:
    """Write statements put into words before (`worded`), as `write_statements` does."""
    count = stage("load_statement", STAGES["statement"], rows)
    if not count:
        return 0
    _execute("ANALYZE load_statement (subject_kind, subject_id)")
    subjects.stage("SELECT DISTINCT subject_kind AS kind, subject_id AS id FROM load_statement")
    written = _execute(_INSERT_STATEMENTS, {"command": command})
    if written != count:
        raise _homeless_statement()
    beliefs.resolve_staged(vocabulary)
    return count


def reserve(table: str, count: int) -> list[int]:
    """Fresh ids of a register table (`household`, `person`, `item`, `statement`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [f"register_{table}"])  # not once an id
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [cursor.fetchone()[0], count])
        return [row[0] for row in cursor.fetchall()]


def stage(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> int:
    """Copy rows into a temporary table that ends with the transaction; answers how many."""
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
    return count


def worded(statements: Iterable[StatementRow], vocabulary: Vocabulary, *, by: str, now: datetime) -> Iterator[Worded]:
    """Statements as the rows that are copied, each checked; asks no database. Raises Refusal as `write_statements`."""
    check = sayings.of(vocabulary).check
    for number, row in enumerate(statements, start=1):
        check(row.subject_kind, row.source, row.facts)
        facts, evidence = orjson.dumps(row.facts).decode(), orjson.dumps(row.evidence).decode()
        who, when = row.recorded_by or by, row.recorded_at or now
        yield number, row.subject_kind, row.subject_id, row.source, row.about_day, when, who, evidence, facts


def _execute(sql: str, params: Mapping[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _advance(table: str) -> None:
    """Let the next id come after every id given by hand."""
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    _execute(f"SELECT setval({sequence}, greatest((SELECT max(id) FROM {table}), nextval({sequence})))")


def _refuse_unknown_places(name: str) -> None:
    column = {"household": "place_code", "item": "village_code"}.get(name)
    if column is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM load_{name} WHERE {column} IS NOT NULL"
            f" AND NOT EXISTS (SELECT FROM places_place WHERE code = {column}) ORDER BY 1 LIMIT 1"
        )
        found = cursor.fetchone()
    if found:
        raise Refusal(
            f"没有代码为 {found[0]} 的村(社区)。请先载入区划。",
            f"There is no place {found[0]}. Load the divisions first.",
        )


def _homeless_statement() -> Refusal:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_kind, subject_id FROM load_statement s WHERE NOT EXISTS (SELECT FROM staged_subject t"
            " WHERE (t.kind, t.id) = (s.subject_kind, s.subject_id)) ORDER BY number LIMIT 1"
        )
        kind, subject = cursor.fetchone()
    return Refusal(f"没有编号为 {subject} 的 {kind}。", f"There is no {kind} {subject}.")


STAGES = {
    "household": (
        "id bigint, code text, place_code text, from_day date, head_name text, national_code text, group_name text"
    ),
    "person": (
        "id bigint, code text, household_id bigint, name text, from_day date, id_number text, id_number_old text,"
        " certificate text, reason text"
    ),
    "pairing": "household_id bigint, helper_id bigint, unit text, from_day date",
    "item": (
        "id bigint, kind text, code text, label text, from_day date, household_id bigint, person_id bigint,"
        " village_code text, place_code text"
    ),
    "statement": (
        "number bigint, subject_kind text, subject_id bigint, source text, about_day date, recorded_at timestamptz,"
        " recorded_by text, evidence jsonb, facts jsonb"
    ),
}

_INSERTS = {
    "household": (
        """INSERT INTO register_household (id, code, national_code, head_name, place_code, group_name, recorded_at)
        SELECT id, code, national_code, head_name, place_code, group_name, %(now)s FROM load_household""",
        """INSERT INTO register_residence (household_id, village_code, place_code, from_day, recorded_at, reason)
        SELECT id, place_code, place_code, from_day, %(now)s, 'registered' FROM load_household""",
    ),
    "person": (
        """INSERT INTO register_person
            (id, code, household_id, name, id_number, id_number_old, certificate, place_code, recorded_at)
        SELECT l.id, l.code, h.id, l.name, l.id_number, l.id_number_old, l.certificate, h.place_code, %(now)s
        FROM load_person l JOIN register_household h ON h.id = l.household_id""",
        """INSERT INTO register_membership (person_id, household_id, place_code, from_day, recorded_at, reason, ended)
        SELECT l.id, h.id, h.place_code, l.from_day, %(now)s, l.reason, ''
        FROM load_person l JOIN register_household h ON h.id = l.household_id""",
    ),
    "pairing": (
        """INSERT INTO register_pairing (household_id, helper_id, unit, place_code, from_day, recorded_at)
        SELECT h.id, l.helper_id, l.unit, h.place_code, l.from_day, %(now)s
        FROM load_pairing l JOIN register_household h ON h.id = l.household_id""",
    ),
    "item": (
        """INSERT INTO register_item
            (id, kind, code, label, household_id, person_id, village_code, place_code, from_day, recorded_at)
        SELECT l.id, l.kind, l.code, l.label, l.household_id, l.person_id, l.village_code,
            coalesce(l.place_code, l.village_code, h.place_code, p.place_code), l.from_day, %(now)s
        FROM load_item l LEFT JOIN register_household h ON h.id = l.household_id
        LEFT JOIN register_person p ON p.id = l.person_id""",
    ),
}

_INSERT_STATEMENTS = """
INSERT INTO register_statement (subject_kind, subject_id, household_id, place_code, source, about_day, recorded_at,
    recorded_by, evidence, facts, command_id)
SELECT l.subject_kind, l.subject_id, t.household_id, t.place_code, l.source, l.about_day, l.recorded_at,
    l.recorded_by, l.evidence, l.facts, %(command)s::uuid
FROM load_statement l JOIN staged_subject t ON (t.kind, t.id) = (l.subject_kind, l.subject_id) ORDER BY l.number
"""
