"""What has moved since one last looked: the households of newer statements, decisions and changes of the register.

Ids are given out before their transaction commits, so a lower id may appear after a higher one. A watch therefore looks
again from the highest id it saw at a moment all of whose transactions have ended since. (Every transaction that writes
has its number before its first row: its command is written first.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

TABLES = ("policy_decision", "register_statement", "trail_entry")


@dataclass
class Watch:
    """What one holder has seen.

    `floors`: below these ids everything has been seen. `looks`: what was highest, and which transactions ran.
    """

    floors: tuple[int, ...] = ()
    looks: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    seen: tuple[int, ...] = ()

    def look(self) -> frozenset[int] | None:
        """The households moved since the last look, as the engine; none at the first.

        None in a transaction that has itself written: what it sees is not what others see.
        """
        wrote, oldest, newest, *tops = _horizon()
        if wrote:
            return None
        moved = self._moved() if self.floors and (tuple(tops) != self.seen or self.looks) else frozenset()
        self._settle(oldest, newest, tuple(tops))
        return moved

    def _moved(self) -> frozenset[int]:
        with connection.cursor() as cursor:
            cursor.execute(_MOVED, self.floors)
            return frozenset(number for (number,) in cursor.fetchall())

    def _settle(self, oldest: int, newest: int, tops: tuple[int, ...]) -> None:
        """Raise the floors to the latest look whose transactions have all ended, and remember this one."""
        self.seen = tops
        self.looks.append((newest, tops))
        ended = [top for limit, top in self.looks if limit <= oldest]
        self.floors = ended[-1] if ended else self.floors or (0,) * len(TABLES)
        self.looks = [look for look in self.looks if look[0] > oldest][-1000:]


def _horizon() -> tuple[Any, ...]:
    """Of one moment: has this transaction written, the oldest running, the next to come, each table's highest id."""
    with connection.cursor() as cursor:
        tops = ", ".join(f"coalesce((SELECT max(id) FROM {table}), 0)" for table in TABLES)
        cursor.execute(
            "SELECT pg_current_xact_id_if_assigned() IS NOT NULL, pg_snapshot_xmin(s)::text::bigint,"
            f" pg_snapshot_xmax(s)::text::bigint, {tops} FROM pg_current_snapshot() AS s"
        )
        return tuple(cursor.fetchone())


_MOVED = """
SELECT household_id FROM policy_decision WHERE id > %s AND household_id IS NOT NULL
UNION SELECT household_id FROM register_statement WHERE id > %s AND household_id IS NOT NULL
UNION (
    WITH entry AS (
        SELECT "table" AS name, "row", before, after FROM trail_entry
        WHERE id > %s AND "table" IN ('register_household', 'register_person', 'register_membership', 'register_item')
    ), said AS (SELECT name, "row", before AS held FROM entry UNION ALL SELECT name, "row", after FROM entry)
    SELECT CASE WHEN name = 'register_household' THEN "row"::bigint ELSE (held ->> 'household_id')::bigint END
    FROM said WHERE name = 'register_household' OR held ->> 'household_id' IS NOT NULL
)
"""
