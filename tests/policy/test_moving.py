"""The watch over what has moved sees every household, whatever order transactions end in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.policy.moving import Watch

SAY = """
INSERT INTO register_statement (subject_kind, subject_id, household_id, place_code, source, about_day, recorded_at,
    recorded_by, evidence, facts)
VALUES ('household', %s, %s, '510921110212', 'field', '2020-02-01', now(), 'x', '{}', '{"monitored": true}')
"""


@pytest.fixture
def other(fresh_database: str, django_db_blocker: Any) -> Any:
    """A second connection to the same database; commits of both are real."""
    with django_db_blocker.unblock():
        second = connection.copy()
        yield second
        second.close()


def say(on: Any, household: int) -> None:
    with on.cursor() as cursor:
        cursor.execute("SELECT set_config('doudi.places', '510921', true)")
        cursor.execute(SAY, [household, household])


def look(watch: Watch) -> frozenset[int] | None:
    with transaction.atomic(), as_engine():
        return watch.look()


def test_nothing_has_moved_at_the_first_look(other: Any) -> None:
    assert look(Watch()) == frozenset()


def test_what_is_said_between_two_looks_has_moved_once(other: Any) -> None:
    watch = Watch()
    look(watch)
    with transaction.atomic():
        say(connection, 7)
    assert look(watch) == {7}
    assert look(watch) == look(watch) == frozenset()


def test_an_earlier_number_committed_later_is_seen(other: Any) -> None:
    watch = Watch()
    look(watch)
    with transaction.atomic(using=None), other.cursor() as cursor:
        cursor.execute("BEGIN")
        say(other, 1)  # takes its number now ...
        with transaction.atomic():
            say(connection, 2)  # ... and this takes a higher one
    assert look(watch) == {2}
    with transaction.atomic():
        say(connection, 3)
    assert 3 in (look(watch) or ())
    with other.cursor() as cursor:
        cursor.execute("COMMIT")  # ... which ends only here
    assert 1 in (look(watch) or ())
    assert look(watch) == frozenset()


def test_what_was_rolled_back_has_not_moved(other: Any) -> None:
    watch = Watch()
    look(watch)
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        say(other, 1)
        cursor.execute("ROLLBACK")
    assert look(watch) == frozenset()


def test_who_has_written_looks_for_itself_alone(other: Any) -> None:
    watch = Watch()
    look(watch)
    with transaction.atomic():
        say(connection, 1)
        assert look(watch) is None
