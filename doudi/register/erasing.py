"""Erasing what was said of somebody: from the log, and from what is believed since."""

from __future__ import annotations

from datetime import datetime

from doudi.register import beliefs, vocabularies
from doudi.register.statements import Statement
from doudi.trail import erasures
from doudi.trail.erasures import Erasure


def erase(table: str, row: str, reason: str, *, first: str, second: str, now: datetime) -> Erasure:
    """Erase the body of a sealed row, in a transaction, as the engine; what is believed is resolved without it.

    Raises Refusal as `erasures.erase` does.
    """
    made = erasures.erase(table, row, reason, first=first, second=second, now=now)
    if table == Statement._meta.db_table:
        of = Statement.objects.get(pk=row)
        beliefs.resolve([(of.subject_kind, of.subject_id)], vocabulary=vocabularies.in_force())
    return made
