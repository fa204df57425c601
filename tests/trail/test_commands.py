"""Commands: once, whole, by someone, and written down by the database."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import DatabaseError, connection, connections, transaction

from doudi.access.scope import as_engine
from doudi.places.divisions import Place
from doudi.trail.audit import Entry
from doudi.trail.commands import AlreadyDone, Command, carry_out
from doudi.values.refusals import Refusal

COUNTY = {"code": "510921000000", "name": "蓬溪县", "level": "county", "kind": "county"}


def entries(table: str = "places_place") -> list[tuple[str, str, str]]:
    with transaction.atomic(), as_engine():
        found = Entry.objects.filter(table=table).order_by("id")
        return [(entry.operation, entry.row, entry.actor) for entry in found]


@pytest.mark.django_db
def test_a_command_answers_the_same_when_sent_again() -> None:
    key = uuid.uuid4()
    with carry_out("places.note", by="li", key=key, payload={"a": 1, "b": [2]}) as act:
        Place.objects.create(**COUNTY)
        act.result = {"places": 1}
    with pytest.raises(AlreadyDone) as again, carry_out("places.note", by="li", key=key, payload={"b": [2], "a": 1}):
        Place.objects.all().delete()
    assert again.value.result == {"places": 1}
    assert Place.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verb", "by", "payload"), [("places.note", "li", 2), ("other", "li", 1), ("places.note", "wang", 1)]
)
def test_a_key_used_for_something_else_is_refused(verb: str, by: str, payload: int) -> None:
    key = uuid.uuid4()
    with carry_out("places.note", by="li", key=key, payload=1):
        pass
    with pytest.raises(Refusal, match="used for something else"), carry_out(verb, by=by, key=key, payload=payload):
        raise AssertionError("the body must not run")


@pytest.mark.django_db
def test_a_command_that_fails_leaves_nothing() -> None:
    key = uuid.uuid4()
    with pytest.raises(ZeroDivisionError), carry_out("places.note", by="li", key=key):
        Place.objects.create(**COUNTY)
        raise ZeroDivisionError
    assert not Place.objects.exists()
    assert not Command.objects.filter(pk=key).exists()
    assert entries() == []


@pytest.mark.django_db
def test_nobody_cannot_act() -> None:
    with pytest.raises(Refusal), carry_out("places.note", by=""):
        pass
    with pytest.raises(DatabaseError, match="no one is named"), transaction.atomic():
        Place.objects.create(**COUNTY)


@pytest.mark.django_db
def test_the_actor_is_forgotten_after_the_command() -> None:
    with carry_out("outer", by="li"):
        with carry_out("inner", by="wang"):
            Place.objects.create(**COUNTY)
        Place.objects.update(name="蓬溪")
    with pytest.raises(DatabaseError, match="no one is named"), transaction.atomic():
        Place.objects.update(name="别处")
    assert entries() == [("I", COUNTY["code"], "wang"), ("U", COUNTY["code"], "li")]


@pytest.mark.django_db
def test_every_way_of_writing_is_recorded() -> None:
    place = Place(**COUNTY)
    others = [Place(code=f"51092{n}000000", name="县", level="county", kind="county") for n in (2, 3)]
    with carry_out("write", by="li"), connection.cursor() as cursor:
        place.save()
        place.name = "蓬溪"
        place.save()
        Place.objects.bulk_create(others)
        Place.objects.filter(code__gt="510921").update(kind="x")
        Place.objects.bulk_update(others, ["name"])
        cursor.execute("UPDATE places_place SET name = 'raw' WHERE code = %s", [COUNTY["code"]])
        Place.objects.filter(code="510922000000").delete()
        cursor.execute("DELETE FROM places_place")
    assert "".join(operation for operation, _, _ in entries()) == "IUIIUUUUUUDDD"


@pytest.mark.django_db
def test_an_entry_says_what_was_and_what_is() -> None:
    with carry_out("write", by="li") as act:
        Place.objects.create(**COUNTY)
        Place.objects.update(name="蓬溪")
    with as_engine():
        entry = Entry.objects.get(operation="U", table="places_place")
    assert (entry.before["name"], entry.after["name"], entry.command_id) == ("蓬溪县", "蓬溪", act.id)
    assert entry.transaction > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        'INSERT INTO trail_entry (transaction, at, actor, "table", operation, "row", place_code)'
        " VALUES (1, now(), 'x', 'x', 'I', 'x', '')",
        "UPDATE trail_entry SET actor = 'someone else'",
        "DELETE FROM trail_entry",
        "TRUNCATE trail_entry",
        "TRUNCATE places_place CASCADE",
        "UPDATE trail_command SET actor = 'someone else'",
        "DELETE FROM trail_command",
        "UPDATE trail_outcome SET result = NULL",
        "ALTER TABLE places_place DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE trail_entry",
        "ALTER TABLE trail_entry NO FORCE ROW LEVEL SECURITY",
    ],
)
@pytest.mark.parametrize("engine", [False, True])
def test_the_application_cannot_rewrite_the_trail(statement: str, engine: bool) -> None:
    with carry_out("write", by="li"):
        Place.objects.create(**COUNTY)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        if engine:
            cursor.execute("SET LOCAL ROLE doudi_engine")
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_password_is_not_in_the_trail() -> None:
    from doudi.access import users

    users.add("li.fang", "李芳", "correct horse battery", by="admin")
    with as_engine():
        entry = Entry.objects.get(table="access_user")
    assert "password" not in entry.after
    assert entry.after["username"] == "li.fang"


def test_eight_senders_of_one_command_have_one_effect(fresh_database: str) -> None:
    keys = [uuid.uuid4() for _ in range(12)]
    answers: list[str] = []

    def send() -> None:
        for key in keys:
            try:
                with carry_out("places.note", by="li", key=key, payload=str(key)) as act:
                    Place.objects.create(code=f"{key.int % 10**12:012}", name="x", level="county", kind="county")
                    act.result = str(key)
                answers.append(str(key))
            except AlreadyDone as done:
                answers.append(done.result)
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted([str(key) for key in keys] * 8)
    assert Place.objects.count() == Command.objects.count() == len(keys)
