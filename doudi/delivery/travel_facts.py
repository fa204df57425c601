"""What arrivals show of a person, as a fact a rule may read: out working, once arrived and not on intention."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import connection

# Where somebody has said something of a later day (come home, still there), that word stands.
_ARRIVED = """
SELECT p.person_id, true FROM delivery_passenger p
LEFT JOIN register_belief b ON b.subject_kind = 'person' AND b.subject_id = p.person_id
WHERE p.state = 'arrived' AND p.arrived_on <= %(day)s
    AND (%(few)s::bigint[] IS NULL OR p.person_id = ANY (%(few)s::bigint[]))
GROUP BY p.person_id, b.document
HAVING coalesce((b.document->'working_away'->>3)::date, '-infinity') <= max(p.arrived_on)
"""


def facts(day: date, few: Mapping[str, Collection[int]] | None = None) -> dict[tuple[str, str], Mapping[int, Any]]:
    """`working_away` of the persons (few of them, or all) who arrived on or before a day; nothing of anybody else."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, {"day": day, "few": None if few is None else list(few.get("person", ()))})
        away = dict(cursor.fetchall())
    return {("person", "working_away"): away} if away else {}
