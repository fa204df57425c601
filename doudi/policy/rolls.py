"""Rolls: the subjects of one measure in one state, as decided now, as far as the wall lets the reader's scope see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from doudi.policy.runs import Run
from doudi.rules.measures import Measure

Counts = tuple[int, int, int, int]  # yes, no, unknown, fen

_ROLL = """
SELECT s.subject_id, s.household_id, s.place_code, d.verdicts[%(n)s], d.amounts[%(n)s], d.places[%(n)s],
    d.contested >> (%(n)s - 1) & 1 = 1, count(*) OVER ()
FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id
WHERE s.pack_name = %(pack)s AND s.subject_kind = %(kind)s AND starts_with(s.place_code, %(prefix)s)
    AND (%(verdict)s IS NULL OR d.verdicts[%(n)s] = %(verdict)s)
ORDER BY s.place_code, d.places[%(n)s] NULLS LAST, s.subject_id LIMIT %(size)s OFFSET %(skip)s
"""
_COUNTS = """
SELECT left(s.place_code, %(length)s), count(*) FILTER (WHERE d.verdicts[%(n)s] = 1),
    count(*) FILTER (WHERE d.verdicts[%(n)s] = 0), count(*) FILTER (WHERE d.verdicts[%(n)s] = 2),
    coalesce(sum(d.amounts[%(n)s]) FILTER (WHERE d.verdicts[%(n)s] = 1), 0)::bigint
FROM policy_standing s JOIN policy_decision d ON d.id = s.decision_id
WHERE s.pack_name = %(pack)s AND s.subject_kind = %(kind)s AND starts_with(s.place_code, %(prefix)s)
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject: its verdict (0 no, 1 yes, 2 not yet known), what it gets in fen, its place in line where limited."""

    kind: str
    subject_id: int
    household_id: int | None
    place_code: str
    verdict: int
    amount_fen: int | None
    place: int | None
    contested: bool


def entries(
    run: Run, measure: Measure, *, verdict: int | None, prefix: str, number: int, size: int
) -> tuple[list[Entry], int]:
    """A page (from 1) of the subjects in a place, by village and place in line, and how many there are in all.

    None as `verdict` means every state. A page beyond the end is empty; then the number of all is still told.
    """
    asked = _asked(run, measure, prefix) | {"verdict": verdict, "size": size, "skip": (number - 1) * size}
    with connection.cursor() as cursor:
        cursor.execute(_ROLL, asked)
        rows = cursor.fetchall()
        if not rows and number > 1:
            cursor.execute(_ROLL, {**asked, "size": 1, "skip": 0})
            first = cursor.fetchone()
            return [], int(first[-1]) if first else 0
    return [Entry(measure.subject, *row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def counts(run: Run, measure: Measure, *, prefix: str, length: int) -> dict[str, Counts]:
    """{place of so many digits: (yes, no, unknown, fen)}, counted one by one: for a scope no tally is kept for."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _asked(run, measure, prefix) | {"length": length})
        return {part: (yes, no, unknown, fen) for part, yes, no, unknown, fen in cursor.fetchall()}


def holds(run: Run, measure: Measure, subject_id: int) -> Entry | None:
    """One subject of the measure, if the reader's scope covers it."""
    asked = {**_asked(run, measure, ""), "verdict": None, "size": 1, "skip": 0, "subject": subject_id}
    one = _ROLL.replace("ORDER BY", "AND s.subject_id = %(subject)s ORDER BY")
    with connection.cursor() as cursor:
        cursor.execute(one, asked)
        row = cursor.fetchone()
    return Entry(measure.subject, *row[:-1]) if row else None


def _asked(run: Run, measure: Measure, prefix: str) -> dict[str, object]:
    place = run.measures[measure.subject].index(measure.name) + 1  # of an array of the database, from 1
    return {"n": place, "pack": run.pack_name, "kind": measure.subject, "prefix": prefix}
