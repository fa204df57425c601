"""Many rows put in by one statement: recorded by one statement, and as strictly as one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from doudi.access.scope import as_engine
from doudi.monitoring.disagreements import Disagreement
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail import audit
from doudi.trail.audit import Entry
from doudi.trail.commands import carry_out
from doudi.trail.putting import MANY, put_in

NOW = datetime(2020, 2, 27, 12, tzinfo=UTC)
PLACE = "510921110212"


def households(count: int) -> list[Household]:
    return [Household(code=f"T{number}", place_code=PLACE, recorded_at=NOW) for number in range(count)]


@pytest.mark.django_db
def test_each_of_many_rows_has_its_entry() -> None:
    with as_engine(), carry_out("tried", by="li") as act:
        made = Household.objects.bulk_create(households(300))
        found = list(Entry.objects.filter(table="register_household").order_by("id"))
    assert [entry.row for entry in found] == [str(each.pk) for each in made]
    assert {(entry.operation, entry.actor, entry.command_id, entry.before) for entry in found} == {
        ("I", "li", act.id, None)
    }
    assert [entry.after["code"] for entry in found] == [each.code for each in made]
    assert {entry.place_code for entry in found} == {PLACE}


@pytest.mark.django_db
def test_what_is_kept_out_of_the_record_is_kept_out_of_many() -> None:
    with as_engine(), carry_out("tried", by="li"):
        (home,) = Household.objects.bulk_create(households(1))
        Person.objects.bulk_create(
            Person(
                code=f"P{n}", name="张三", household=home, place_code=PLACE, recorded_at=NOW, id_number_old=f"5109{n}"
            )
            for n in range(3)
        )
        found = list(Entry.objects.filter(table="register_person"))
    assert len(found) == 3
    assert {entry.household_id for entry in found} == {home.pk}
    assert not any({"id_number", "id_number_old", "certificate"} & set(entry.after) for entry in found)


@pytest.mark.django_db
def test_one_statement_that_puts_in_and_changes_records_both() -> None:
    upsert = (
        "INSERT INTO register_household (code, head_name, place_code, group_name, recorded_at)"
        f" SELECT 'T' || n, '新', '{PLACE}', '', now() FROM generate_series(0, 4) n"
        " ON CONFLICT (code) DO UPDATE SET head_name = excluded.head_name"
    )
    with as_engine(), carry_out("tried", by="li"):
        Household.objects.bulk_create(households(2))
        known = Entry.objects.count()
        with connection.cursor() as cursor:
            cursor.execute(upsert)
        made = [entry for entry in Entry.objects.order_by("id")[known:] if entry.table == "register_household"]
    assert sorted(entry.operation for entry in made) == ["I", "I", "I", "U", "U"]
    assert {entry.before["head_name"] for entry in made if entry.operation == "U"} == {""}
    assert {entry.after["head_name"] for entry in made} == {"新"}


@pytest.mark.django_db
def test_nobody_puts_in_unnamed_but_nothing_may_be_put_in() -> None:
    many = (
        "INSERT INTO register_household (code, head_name, place_code, group_name, recorded_at)"
        f" SELECT 'T' || n, '', '{PLACE}', '', now() FROM generate_series(1, %s) n"
    )
    with as_engine(), connection.cursor() as cursor:
        cursor.execute(many, [0])
        for count in (1, 50):
            with pytest.raises(DatabaseError, match="no one is named"), transaction.atomic():
                cursor.execute(many, [count])
        assert not Household.objects.filter(code__startswith="T").exists()


def triggers(cursor: Any) -> set[str]:
    cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname ~ '^trail_protect'")
    return {made for (made,) in cursor.fetchall()}


def test_a_home_that_recorded_row_by_row_is_brought_along(cluster: Any, module_database: str) -> None:
    """Back to one trigger for all three, as every home had, and forward again to the same triggers and arguments."""
    with cluster.connect("doudi_owner", module_database) as owner, owner.cursor() as cursor:
        cursor.execute("BEGIN")
        now = triggers(cursor)
        assert sum("FOR EACH STATEMENT" in made for made in now) * 2 == len(now)
        cursor.execute(audit.APART_ALL)
        before = triggers(cursor)
        assert all("AFTER INSERT OR DELETE OR UPDATE" in made and "FOR EACH ROW" in made for made in before)
        assert len(before) * 2 == len(now)
        cursor.execute(audit.TOGETHER_ALL)
        assert triggers(cursor) == now
        cursor.execute("ROLLBACK")


def test_an_index_answers_like_although_it_is_the_only_one(cluster: Any, module_database: str) -> None:
    with cluster.connect("postgres", module_database) as administrator:
        administrator.execute("SET enable_seqscan = off")
        for table, column in (("household", "place_code"), ("person", "place_code"), ("person", "code")):
            told = administrator.execute(
                f"EXPLAIN SELECT 1 FROM register_{table} WHERE {column} LIKE '510921%'"
            ).fetchall()
            assert any("Index Cond" in line and ">=" in line for (line,) in told), told
        left = administrator.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename IN ('register_household', 'register_person')"
            " AND indexname ~ '_like$'"
        ).fetchall()
        assert left == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [MANY - 1, MANY + 1])
def test_rows_put_in_get_their_keys_and_entries_in_order(number: int) -> None:
    with as_engine(), carry_out("tried", by="li"):
        made = put_in(households(number))
        put_in(households_of(made))
        found = list(Entry.objects.filter(table="register_household").order_by("id"))
        kept = dict(Household.objects.values_list("code", "pk"))
    assert [entry.row for entry in found] == [str(each.pk) for each in made]
    assert kept == {each.code: each.pk for each in made}
    assert not any(each._state.adding for each in made)


def households_of(made: Any) -> list[Person]:
    return [
        Person(code=f"P{n}", name="张\t三", household=h, place_code=PLACE, recorded_at=NOW) for n, h in enumerate(made)
    ]


def disagreement(home: Household) -> Disagreement:
    return Disagreement(
        household=home, place_code=PLACE, subject_kind="household", subject_id=home.pk, fact="a\\b", opened_on=NOW,
        words={"paper": [home.pk, "\t\n"]}, believed=None, differs=["paper", "平台"],
    )  # fmt: skip


@pytest.mark.django_db
def test_rows_put_in_keep_every_kind_of_value() -> None:
    with as_engine(), carry_out("tried", by="li"):
        homes = put_in(households(MANY))
        put_in([disagreement(home) for home in homes])
        kept = Disagreement.objects.order_by("pk")[0]
    assert (kept.words, kept.believed, kept.differs) == ({"paper": [homes[0].pk, "\t\n"]}, None, ["paper", "平台"])
    assert (kept.fact, kept.opened_on, kept.closed_on) == ("a\\b", NOW.date(), None)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [MANY - 1, MANY + 1])
def test_rows_put_in_by_nobody_or_through_the_wall_are_refused(number: int) -> None:
    with pytest.raises(DatabaseError, match="no one is named"), transaction.atomic(), as_engine():
        put_in(households(number))
    with pytest.raises(DatabaseError, match="row-level security"), carry_out("tried", by="li"):
        put_in(households(number))
    with as_engine():
        assert not Household.objects.exists()
