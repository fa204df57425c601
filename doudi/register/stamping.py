"""Where a row stands today: `place_code` and `household_id` of every walled table follow moves and mergers.

The log of changes stays as written, and so does whatever is only ever added to, and a table with one row a place (the
tally of a run): it is an account of its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def follow_merger(old_code: str, new_code: str) -> dict[str, int]:
    """Give every row of a place the code of the place it joined, as the engine; how many in each table."""
    return _stamp("place_code = %(new)s", "place_code = %(old)s", {"old": old_code, "new": new_code})


def follow_division(old_code: str, new_code: str, households: Sequence[int]) -> dict[str, int]:
    """Give every row about some households of a divided place the part they fell to; how many in each table."""
    params = {"old": old_code, "new": new_code, "some": list(households)}
    where = "place_code = %(old)s AND household_id = ANY (%(some)s::bigint[])"
    found = _stamp("place_code = %(new)s", where, params, "household_id")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE register_household SET place_code = %(new)s"
            " WHERE place_code = %(old)s AND id = ANY (%(some)s::bigint[])",
            params,
        )
        found["register_household"] = cursor.rowcount
    return found


def follow_move(household_id: int, place_code: str) -> dict[str, int]:
    """Give every row about a household its new place, as the engine; how many in each table."""
    where = "household_id = %(household)s AND place_code <> %(place)s"
    found = _stamp("place_code = %(place)s", where, {"household": household_id, "place": place_code}, "household_id")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_household SET place_code = %s WHERE id = %s", [place_code, household_id])
    return found


def follow_person(person_id: int, household_id: int | None, place_code: str) -> dict[str, int]:
    """Give what was said and decided of a person the household and place they belong to now, as the engine."""
    params = {"person": person_id, "household": household_id, "place": place_code}
    where = "subject_kind = 'person' AND subject_id = %(person)s"
    what = "household_id = %(household)s, place_code = %(place)s"
    return _stamp(what, where, params, "household_id", "subject_kind", "subject_id")


def _stamp(what: str, where: str, params: Mapping[str, Any], *columns: str) -> dict[str, int]:
    stamped: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WALLED, {"columns": ["place_code", *columns], "many": 1 + len(columns)})
        for (table,) in cursor.fetchall():
            cursor.execute(f"UPDATE {table} SET {what} WHERE {where}", params)
            stamped[table] = int(cursor.rowcount)
    return stamped


_WALLED = """
SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relname <> 'trail_entry'
    AND c.relnamespace = 'public'::regnamespace
    AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY (%(columns)s)) = %(many)s
    AND NOT EXISTS (
        SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'place_code'
        WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey))
    AND NOT EXISTS (  -- what refuses every UPDATE; statements and their like refuse only others than this one
        SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'trail_append_only' AND t.tgtype & 16 <> 0)
ORDER BY c.relname
"""
