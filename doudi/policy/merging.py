"""Mergers of villages beside runs: in turn, and the counts of the old village are added to the new one's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction

from doudi.policy import turns
from doudi.policy.decisions import Tally
from doudi.policy.runs import Run
from doudi.register import mergers, partitions
from doudi.register.partitions import Part


def merge(old_code: str, new_code: str, *, on: date, by: str, now: datetime, reason: str = "") -> dict[str, int]:
    """Let one place become part of another, with its counts (`doudi.register.mergers.merge`).

    It waits for the run under way: that one would put the old code into what it writes.
    """
    with transaction.atomic():
        turns.take_of_places()
        return mergers.merge(old_code, new_code, on=on, by=by, now=now, also=join_tallies, reason=reason)


def divide(
    old_code: str,
    parts: Sequence[Part],
    falls_to: Mapping[int, str],
    *,
    rest: str,
    on: date,
    by: str,
    now: datetime,
    reason: str,
) -> dict[str, int]:
    """Let a village be divided (`doudi.register.partitions.divide`), between two runs.

    The counts of earlier runs stay with the old village, as accounts of their day, and are marked to be drawn again.
    """
    with transaction.atomic():
        turns.take_of_places()
        return partitions.divide(
            old_code, parts, falls_to, rest=rest, on=on, by=by, now=now, reason=reason, also=leave_tallies
        )


def leave_tallies(old_code: str, _codes: Sequence[str]) -> None:
    """The next run counts the parts; until then the lines of the old village are not to be relied on."""
    _redraw(old_code)


def join_tallies(old_code: str, new_code: str) -> None:
    """Count the old village's subjects under the new one, inside the merger's command and as the engine."""
    params = {"old": old_code, "new": new_code}
    with connection.cursor() as cursor:
        cursor.execute(_ADD, params)
        cursor.execute("DELETE FROM policy_tally t WHERE place_code = %(old)s AND EXISTS " + _BOTH, params)
        cursor.execute("UPDATE policy_tally SET place_code = %(new)s WHERE place_code = %(old)s", params)
    _redraw(new_code)


def _redraw(place_code: str) -> None:
    """Two lines were cut in two villages: in the runs in force the one village's line is to be drawn again."""
    for run in Run.objects.filter(standing=True).order_by("pack_name", "-id").distinct("pack_name"):
        limited = [name for name, measure in run.pack.pack.measures.items() if measure.limit is not None]
        Tally.objects.filter(run=run, place_code=place_code, measure__in=limited).update(stale=True)


_BOTH = """(
    SELECT FROM policy_tally o WHERE (o.run_id, o.measure, o.place_code) = (t.run_id, t.measure, %(new)s)
)"""
_ADD = """
UPDATE policy_tally t SET yes = t.yes + o.yes, no = t.no + o.no, unknown = t.unknown + o.unknown,
    amount_fen = t.amount_fen + o.amount_fen, stale = t.stale OR o.stale
FROM policy_tally o
WHERE (o.run_id, o.measure, o.place_code) = (t.run_id, t.measure, %(old)s) AND t.place_code = %(new)s
"""
