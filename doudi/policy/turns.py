"""Turns: what is decided by reading and then writing happens one after the other, or the later undoes the earlier.

Answers about one household wait for each other; a run that puts its decisions in force waits for the answers under way,
and those that come meanwhile wait for it. A merger of places waits for the run under way, which writes the places of
its snapshot, and none begins meanwhile. All turns end with the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection

RUN = 0x646F756469  # "doudi": one run at a time; a run holds it from before its snapshot until its end
_IN_FORCE, _HOUSEHOLD, _LOOK = 0x646F7564, 0x646F7565, 0x646F7566


@contextmanager
def of_run() -> Iterator[bool]:
    """Whether the county's one place for a run is ours while the body lasts; the database lets go of it on a death."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [RUN])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        # Where the connection is lost the lock went with it, and what broke it is the error to tell.
        with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s) WHERE %s", [RUN, mine])


def take_of_household(household_id: int) -> None:
    """Decide one household: alone there, beside others elsewhere, and not while a run comes into force."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [_IN_FORCE])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_HOUSEHOLD, household_id % 2**31])


def take_of_households(household_ids: Sequence[int]) -> None:
    """Decide several households, whose turns are taken in the order given; two who take them sorted never deadlock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [_IN_FORCE])
        keys = [number % 2**31 for number in household_ids]
        cursor.execute("SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::int[]) AS t (id)", [_HOUSEHOLD, keys])


def take_of_county() -> None:
    """Put a run's decisions in force: alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_IN_FORCE])


def take_of_look() -> None:
    """Look at the whole county: one at a time, so that none clears the facts another is looking at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOOK])


def take_of_places() -> None:
    """Change which place things belong to: while no run is under way, and nothing is being decided."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RUN])
    take_of_county()
