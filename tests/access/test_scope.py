"""The second wall: what the application's role can see and write when the scope says so, and when nothing does."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager

import pytest
from django.db import connection, transaction

from doudi.access.scope import NOTHING, Scope, as_engine, enter
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

VILLAGES = ["510921110212", "510921110700", "510921102701"]


@pytest.fixture(scope="module")
def rows(module_database: str) -> str:
    """A walled table with one row a village; the household of the row is its number."""
    from django.db import connections

    from doudi.access import scope

    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE walled (id bigint PRIMARY KEY, place_code text, household_id bigint)")
        cursor.execute("INSERT INTO walled SELECT n, c, n FROM unnest(%s::text[]) WITH ORDINALITY t(c, n)", [VILLAGES])
        cursor.execute(scope.wall("walled").sql)
    return "walled"


def seen() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM walled")
        return int(cursor.fetchone()[0])


def seen_with(**settings: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"doudi.{name}", value])
        return seen()


def test_the_application_owns_nothing_and_cannot_bypass(rows: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


def test_nothing_is_seen_without_a_scope(rows: str) -> None:
    assert seen() == 0
    with transaction.atomic(), enter(NOTHING):
        assert seen() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        ",,",
        "5",
        "51",
        "51092",
        "5109211",
        "%",
        "_",
        "~",
        "510921%",
        "'",
        "510921110212 ",
        "NULL",
        "{}",
        "５１０９２１",
    ],
)
def test_a_malformed_place_opens_nothing(rows: str, text: str) -> None:
    assert seen_with(places=text) == 0


@pytest.mark.parametrize("text", ["", ",", "x", "1.5", "-1", "9" * 30, "1e1", " 1", "0x1"])
def test_a_malformed_household_opens_nothing(rows: str, text: str) -> None:
    assert seen_with(households=text) == 0


def test_a_malformed_part_takes_nothing_from_the_rest(rows: str) -> None:
    assert seen_with(places="5,510921110", households="x,3") == 3


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        (Scope(frozenset(["510921"])), 3),
        (Scope(frozenset(["510921110"])), 2),
        (Scope(frozenset(["510921110212"])), 1),
        (Scope(frozenset(["510922"])), 0),
        (Scope(households=frozenset([3])), 1),
        (Scope(frozenset(["510921110212"]), frozenset([3])), 2),
    ],
)
def test_a_scope_opens_exactly_its_places_and_households(rows: str, scope: Scope, count: int) -> None:
    with transaction.atomic(), enter(scope):
        assert seen() == count
        assert sum(scope.covers(code, n) for n, code in enumerate(VILLAGES, 1)) == count


def test_nothing_is_seen_after_the_transaction(rows: str) -> None:
    with transaction.atomic(), enter(Scope(frozenset(["510921"]))):
        assert seen() == 3
    assert seen() == 0
    with pytest.raises(ZeroDivisionError), transaction.atomic(), enter(Scope(frozenset(["510921"]))):
        raise ZeroDivisionError
    assert seen() == 0


def test_a_scope_within_a_scope_gives_way_to_the_first(rows: str) -> None:
    with transaction.atomic(), enter(Scope(frozenset(["510921110"]))):
        with enter(Scope(frozenset(["510921110212"]))):
            assert seen() == 1
        assert seen() == 2


def test_a_row_cannot_be_written_or_moved_out_of_scope(rows: str) -> None:
    from django.db import DatabaseError

    with transaction.atomic(), enter(Scope(frozenset(["510921110"]))), connection.cursor() as cursor:
        cursor.execute("UPDATE walled SET household_id = 9 WHERE id = 3")
        assert cursor.rowcount == 0
        for statement in (
            "INSERT INTO walled VALUES (7, '510921102701', NULL)",
            "UPDATE walled SET place_code = '510921102701' WHERE id = 1",
        ):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                cursor.execute(statement)


def test_the_engine_sees_all_and_only_while_it_runs(rows: str) -> None:
    with transaction.atomic():
        with as_engine():
            assert seen() == 3
            with as_engine():
                assert seen() == 3
            assert seen() == 3
        assert seen() == 0
    with pytest.raises(ZeroDivisionError), transaction.atomic(), as_engine():
        raise ZeroDivisionError
    assert seen() == 0


def test_a_scope_needs_a_transaction(rows: str) -> None:
    with pytest.raises(RuntimeError), enter(NOTHING):
        pass
    with pytest.raises(RuntimeError), as_engine():
        pass


@pytest.mark.parametrize("code", ["", "5", "5109211102123", "51092１", "abcdef"])
def test_a_scope_of_no_division_is_refused(code: str) -> None:
    with pytest.raises(Refusal):
        Scope(frozenset([code]))


def test_the_trail_is_read_within_the_scope(rows: str) -> None:
    from doudi.places.divisions import Division, load

    key = uuid.uuid4()
    load([Division("510921000000", "蓬溪县", "county", "county")], by="tester")
    with carry_out("look", by="tester", key=key):
        assert Entry.objects.count() == 0
        with as_engine():
            assert Entry.objects.filter(table="places_place").count() == 1


def refuse_within(way: AbstractContextManager[None]) -> None:
    with way:
        assert seen() == len(VILLAGES)
        raise Refusal("不行", "no")


def test_a_refusal_inside_does_not_leave_the_door_open(rows: str) -> None:
    with transaction.atomic(), enter(NOTHING):
        for way in (as_engine(), enter(Scope(places=frozenset({"510921"})))):
            with pytest.raises(Refusal):
                refuse_within(way)
            assert seen() == 0
