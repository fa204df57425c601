"""Prepared statements behave as Django's own: in the transaction, as the role, with its errors."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from doudi.access.scope import as_engine
from doudi.trail import prepared

pytestmark = pytest.mark.django_db

NUMBERS = "SELECT n, n * %(by)s::bigint FROM unnest(%(ids)s::bigint[]) AS t (n)"


def test_rows_and_how_many_there_were() -> None:
    for by in (2, 3, 4):  # the same statement, prepared once
        assert prepared.ask(NUMBERS, {"ids": [1, 2], "by": by}) == ([(1, by), (2, 2 * by)], 2)


def test_a_statement_without_rows_tells_how_many_it_touched() -> None:
    prepared.ask("CREATE TEMP TABLE prepared_here ON COMMIT DROP AS SELECT 1 AS n", {})
    assert prepared.ask("UPDATE prepared_here SET n = %(n)s::int", {"n": 2}) == ([], 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM prepared_here")
        assert cursor.fetchone() == (2,), "it is the same transaction"


def test_the_role_is_the_connections() -> None:
    query = "SELECT current_user::text"
    (outside,) = prepared.ask(query, {}).rows[0]
    with as_engine():
        assert prepared.ask(query, {}).rows == [("doudi_engine",)]
    assert prepared.ask(query, {}).rows == [(outside,)]


def test_an_error_is_djangos_and_a_savepoint_outlives_it() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.ask("SELECT 1 / %(by)s::int", {"by": 0})
    assert prepared.ask(NUMBERS, {"ids": [7], "by": 1}).rows == [(7, 7)]
