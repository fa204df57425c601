"""The step from a run's answers to decisions: only what changed is written, and every village is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from django.db import connection as database

from doudi.facts.kinds import Vocabulary
from doudi.policy import subjects
from doudi.policy.freshness import differing_ids
from doudi.policy.results import Answers
from doudi.policy.runs import Run


class TallyRow(NamedTuple):
    """How a measure stands in one village, before it is stored."""

    measure: str
    kind: str
    place_code: str
    yes: int
    no: int
    unknown: int
    amount_fen: int


Marks = Mapping[tuple[str, int], int]  # (kind, id) -> bits of contested verdicts


@dataclass(frozen=True, slots=True)
class Before:
    """What stood before: the answers and marks of the last standing run.

    Whoever is of a household in `households` or in `redecided` is looked at again even where the answers are the same.
    """

    answers: Answers
    marks: Marks
    redecided: frozenset[tuple[str, int]]
    households: frozenset[int] = frozenset()


def gather(
    held: duckdb.DuckDBPyConnection,
    answers: Answers,
    measures: Mapping[str, Sequence[str]],
    *,
    marks: Marks,
    before: Before | None,
    vocabulary: Vocabulary,
    county: str,
) -> None:
    """Lay out `decided` (one row a subject, arrays in measure order as PostgreSQL text) in the held database.

    With `before`, only whoever may stand otherwise; PostgreSQL compares those with what is in force.
    """
    held.execute(
        "CREATE OR REPLACE TEMP TABLE decided (subject_kind VARCHAR, subject_id BIGINT, household_id BIGINT,"
        " place_code VARCHAR, verdicts VARCHAR, amounts VARCHAR, reasons VARCHAR, places VARCHAR, contested BIGINT)"
    )
    for kind, table in answers.items():
        held.register("answered", table)
        held.register("marked", _marks_table(marks, kind))
        where = subjects.belonging(held, kind, vocabulary, county=county)
        some = _moved(held, kind, table, marks, before) if before is not None and kind in before.answers else "true"
        names = measures[kind]
        arrays = ", ".join(
            _array(names, part, set(table.column_names)) for part in ("verdict", "amount", "reasons", "place")
        )
        held.execute(
            f"INSERT INTO decided SELECT '{kind}', a.id, b.household_id, b.place_code, {arrays},"
            f" coalesce(m.bits, 0) FROM answered a JOIN ({where}) b USING (id) LEFT JOIN marked m ON m.id = a.id"
            f" WHERE {some}"
        )
        held.unregister("answered")
        held.unregister("marked")


def _moved(held: duckdb.DuckDBPyConnection, kind: str, table: pa.Table, marks: Marks, before: Before) -> str:
    """The condition for whoever may stand otherwise than before."""
    ids = set(differing_ids(table, before.answers[kind]).tolist())
    ids |= {i for (k, i) in before.redecided if k == kind} | _marks_moved(marks, before.marks, kind)
    held.execute("CREATE OR REPLACE TEMP TABLE moved AS SELECT unnest(?::BIGINT[]) AS id", [sorted(ids)])
    held.execute(
        "CREATE OR REPLACE TEMP TABLE moved_household AS SELECT unnest(?::BIGINT[]) AS id", [sorted(before.households)]
    )
    return "(a.id IN (SELECT id FROM moved) OR b.household_id IN (SELECT id FROM moved_household))"


def _marks_table(marks: Marks, kind: str) -> pa.Table:
    mine = sorted((i, bits) for (k, i), bits in marks.items() if k == kind)
    return pa.table(
        {"id": pa.array([i for i, _ in mine], pa.int64()), "bits": pa.array([b for _, b in mine], pa.int64())}
    )


def _array(names: Sequence[str], part: str, columns: set[str]) -> str:
    items = [f'CAST(a."{name}_{part}" AS VARCHAR)' if f"{name}_{part}" in columns else "NULL" for name in names]
    return "'{' || concat_ws(',', " + ", ".join(f"coalesce({item}, 'NULL')" for item in items) + ") || '}'"


def _marks_moved(now: Marks, earlier: Marks, kind: str) -> set[int]:
    ids = {i for (k, i) in (*now, *earlier) if k == kind}
    return {i for i in ids if now.get((kind, i), 0) != earlier.get((kind, i), 0)}


def gone(answers: Answers, before: Before) -> list[tuple[str, int]]:
    """Subjects answered before and no longer there."""
    left = []
    for kind, table in before.answers.items():
        now = answers[kind].column("id").to_numpy() if kind in answers else np.array([], dtype=np.int64)
        left += [(kind, i) for i in np.setdiff1d(table.column("id").to_numpy(), now, assume_unique=True).tolist()]
    return left


_TEMPORARY = """
DROP TABLE IF EXISTS run_decided;
CREATE TEMP TABLE run_decided (subject_kind text, subject_id bigint, household_id bigint, place_code text,
    verdicts smallint[], amounts bigint[], reasons bigint[], places bigint[], contested bigint) ON COMMIT DROP
"""

_STORE = """
WITH fresh AS (
    INSERT INTO policy_decision (run_id, subject_kind, subject_id, household_id, place_code, verdicts, amounts,
                                 reasons, places, contested, previous, as_of, decided_at)
    SELECT %(run)s, t.subject_kind, t.subject_id, t.household_id, t.place_code, t.verdicts, t.amounts,
           t.reasons, t.places, t.contested, d.id, %(as_of)s, %(now)s
    FROM run_decided t
    LEFT JOIN policy_standing s ON s.pack_name = %(pack)s AND s.subject_kind = t.subject_kind
                               AND s.subject_id = t.subject_id
    LEFT JOIN policy_decision d ON d.id = s.decision_id
    WHERE d.id IS NULL OR NOT %(same)s
       OR (d.verdicts, d.amounts, d.reasons, d.places, d.contested, s.household_id, s.place_code)
          IS DISTINCT FROM
          (t.verdicts, t.amounts, t.reasons, t.places, t.contested, t.household_id, t.place_code::varchar)
    RETURNING id, subject_kind, subject_id, household_id, place_code),
standing AS (
    INSERT INTO policy_standing (pack_name, subject_kind, subject_id, household_id, place_code, decision_id)
    SELECT %(pack)s, subject_kind, subject_id, household_id, place_code, id FROM fresh
    ON CONFLICT (pack_name, subject_kind, subject_id) DO UPDATE
    SET decision_id = excluded.decision_id, household_id = excluded.household_id, place_code = excluded.place_code
    RETURNING 1)
SELECT count(*) FROM standing
"""


def store(held: duckdb.DuckDBPyConnection, folder: Path, *, run: Run, same_order: bool, now: datetime) -> int:
    """Write `decided` as decisions of the run, in the transaction and under the engine role; answers how many."""
    file = folder / "decided.tsv"
    held.execute(f"COPY decided TO '{file}' (FORMAT csv, DELIMITER '\t', HEADER false, NULLSTR '\\N')")
    with database.cursor() as cursor:
        cursor.execute(_TEMPORARY)
        with (
            file.open("rb") as source,
            cursor.copy("COPY run_decided FROM STDIN (FORMAT csv, DELIMITER E'\\t', NULL '\\N')") as copy,
        ):
            while block := source.read(1 << 18):
                copy.write(block)
        cursor.execute("ANALYZE run_decided")
        values = {"run": run.pk, "pack": run.pack_name, "same": same_order, "as_of": run.as_of, "now": now}
        cursor.execute(_STORE, values)
        stored = int(cursor.fetchone()[0])
    file.unlink()
    return stored


def withdraw(subjects_gone: Sequence[tuple[str, int]], *, pack_name: str) -> None:
    """Take subjects that are no longer there out of what stands; their decisions remain as history."""
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM policy_standing s USING unnest(%s::text[], %s::bigint[]) AS g(kind, id)"
            " WHERE s.pack_name = %s AND s.subject_kind = g.kind AND s.subject_id = g.id",
            [[k for k, _ in subjects_gone], [i for _, i in subjects_gone], pack_name],
        )


def withdraw_all_but_decided(*, pack_name: str) -> None:
    """The same when `run_decided` holds every subject there is."""
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM policy_standing s WHERE s.pack_name = %s AND NOT EXISTS (SELECT 1 FROM run_decided t"
            " WHERE t.subject_kind = s.subject_kind AND t.subject_id = s.subject_id)",
            [pack_name],
        )


def count_villages(
    held: duckdb.DuckDBPyConnection,
    kind: str,
    table: pa.Table,
    names: Sequence[str],
    *,
    vocabulary: Vocabulary,
    county: str,
) -> list[TallyRow]:
    """(measure, kind, place, yes, no, unknown, fen) of every village that has subjects of the kind."""
    held.register("answered", table)
    parts = ", ".join(f'count(*) FILTER (a."{n}_verdict" = {v})' for n in names for v in (1, 0, 2))
    fen = ", ".join(f'coalesce(sum(a."{n}_amount") FILTER (a."{n}_verdict" = 1), 0)' for n in names)
    where = subjects.belonging(held, kind, vocabulary, county=county)
    rows = held.execute(
        f"SELECT b.place_code, {parts}, {fen} FROM answered a JOIN ({where}) b USING (id) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    held.unregister("answered")
    return [_tally(row, kind, n, len(names), name) for row in rows for n, name in enumerate(names)]


def _tally(row: tuple[Any, ...], kind: str, n: int, width: int, name: str) -> TallyRow:
    yes, no, unknown = row[1 + 3 * n : 4 + 3 * n]
    return TallyRow(name, kind, row[0], yes, no, unknown, int(row[1 + 3 * width + n]))


def store_tallies(run_id: int, rows: Sequence[TallyRow]) -> None:
    """Write the villages' counts of a run, in the transaction and under the engine role."""
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO policy_tally (run_id, measure, subject_kind, place_code, yes, no, unknown, amount_fen, stale)"
            " SELECT %s, m, k, p, y, n, u, f, false FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[],"
            " %s::bigint[], %s::bigint[], %s::bigint[]) AS t(m, k, p, y, n, u, f)",
            [run_id, *(list(column) for column in zip(*rows, strict=True))] if rows else [run_id, *([[]] * 7)],
        )
