"""What subjects are called: a household by its head, a person by name, a loan or a post by its label."""

from __future__ import annotations

from django.db import connection

from doudi.access.scope import past_wall

_OF_HOUSEHOLD = """
SELECT 'household', id, coalesce(nullif(head_name, ''), code) FROM register_household WHERE id = %(id)s
UNION ALL SELECT 'person', id, name FROM register_person WHERE household_id = %(id)s
UNION ALL SELECT kind, id, coalesce(nullif(label, ''), code) FROM register_item WHERE household_id = %(id)s
UNION ALL SELECT i.kind, i.id, coalesce(nullif(i.label, ''), i.code) FROM register_item i
    JOIN register_person p ON p.id = i.person_id WHERE p.household_id = %(id)s AND i.household_id IS NULL
UNION ALL SELECT 'place', l.code::bigint, l.name FROM places_place l
    JOIN register_household h ON h.place_code = l.code WHERE h.id = %(id)s
"""
_OF_ITEM = "SELECT coalesce(nullif(label, ''), code) FROM register_item WHERE id = %s AND kind = %s"


def of_household(household_id: int) -> dict[tuple[str, int], str]:
    """The name of every subject of a household, its village included, by (kind, id)."""
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(_OF_HOUSEHOLD, {"id": household_id})
        return {(kind, number): name for kind, number, name in cursor.fetchall()}


def of_item(kind: str, number: int) -> str:
    """The name of a post, a platform, a project, a loan or a hire; empty when there is none."""
    with past_wall(), connection.cursor() as cursor:
        cursor.execute(_OF_ITEM, [number, kind])
        found = cursor.fetchone()
    return str(found[0]) if found else ""
