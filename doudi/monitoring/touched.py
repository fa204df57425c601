"""Which households something was said of, or done for, since a transaction: those a look has to see again."""

from __future__ import annotations

from django.db import connection

from doudi.register.beliefs import written_since

# Deeds that a fact may be read from, by the tables the trail names; theirs and the register's lines name the household.
_DEEDS = r""" AND ("table" LIKE 'delivery\_%%' OR "table" = ANY (ARRAY[
    'funds_payment', 'register_residence', 'register_membership', 'register_item']))"""


def _rows(table: str, column: str = "transaction", more: str = "") -> str:
    return f"SELECT household_id FROM {table} WHERE {written_since(column)} AND household_id IS NOT NULL{more}"


# A payment that arrived, a seat taken, a visit that only says what stood there already: none of them moves a belief,
# and each may end an alert.
_TOUCHED = " UNION ALL ".join(
    (
        _rows("register_belief", "revision"),
        _rows("register_statement"),
        _rows("monitoring_check"),
        _rows("trail_entry", more=_DEEDS),
    )
)


def households(since: int) -> dict[int, str]:
    """The households touched since the transaction of that number, and their places."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT h.id, h.place_code FROM ({_TOUCHED}) t"
            " JOIN register_household h ON h.id = t.household_id",
            {"since": since},
        )
        return dict(cursor.fetchall())


def anything(since: int) -> bool:
    """Whether any household was touched since."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_TOUCHED})", {"since": since})
        return bool(cursor.fetchone()[0])
