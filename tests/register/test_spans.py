"""Spans of days: half-open, never two at once, kept so by the database; and what moves with them."""

from __future__ import annotations

import datetime
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from doudi.register import households, pairings, persons
from doudi.register.households import Household, Residence
from doudi.register.pairings import Pairing, households_of
from doudi.register.persons import Membership, Person
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal
from tests.register.conftest import AS_OF, BEGUN, CHEN, LIN, NOW, ZHOU

MARCH = datetime.date(2020, 3, 1)
IN_MARCH = datetime.datetime(2020, 3, 1, 4, tzinfo=datetime.UTC)


def insert(table: str, **values: Any) -> None:
    columns, given = ", ".join(values), list(values.values())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(given))})", given)


PLACE = {"place_code": "510921110212", "recorded_at": NOW}
LIVES = {**PLACE, "village_code": "510921110212", "reason": ""}
BELONGS = {**PLACE, "reason": "", "ended": ""}
IMPOSSIBLE: dict[str, tuple[str, dict[str, Any]]] = {
    "two villages at once": ("register_residence", {**LIVES, "household_id": LIN, "from_day": AS_OF}),
    "a day before the end of another": (
        "register_residence",
        {**LIVES, "household_id": LIN, "from_day": datetime.date(2014, 5, 1), "until_day": datetime.date(2014, 6, 2)},
    ),
    "an end before the beginning": (
        "register_residence",
        {**LIVES, "household_id": LIN, "from_day": datetime.date(2013, 1, 2), "until_day": datetime.date(2013, 1, 2)},
    ),
    "two households at once": (
        "register_membership",
        {**BELONGS, "person_id": 12, "household_id": CHEN, "from_day": AS_OF},
    ),
    "a code taken": (
        "register_household",
        {**PLACE, "code": "H-LIN", "head_name": "", "group_name": ""},
    ),
    "a number taken": (
        "register_person",
        {
            **PLACE,
            "code": "P-X",
            "name": "冒名",
            "id_number": "510999196001010023",
            "id_number_old": "",
            "certificate": "",
        },
    ),
    "a place code cut short": (
        "register_household",
        {"code": "H-9", "head_name": "", "group_name": "", "place_code": "510921110", "recorded_at": NOW},
    ),
    "a statement of no kind": (
        "register_statement",
        {
            **PLACE,
            "subject_kind": "county",
            "subject_id": 1,
            "source": "bureau",
            "about_day": AS_OF,
            "recorded_by": "t",
            "evidence": "{}",
            "facts": "{}",
        },
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_the_database_refuses_what_cannot_be(case: str, village: Any, seeing: Any) -> None:
    table, values = IMPOSSIBLE[case]
    with seeing("510921"), pytest.raises(DatabaseError, match="violates"):
        insert(table, **values)


def test_a_span_may_begin_on_the_day_another_ends(village: Any, seeing: Any) -> None:
    values = {**LIVES, "household_id": LIN, "from_day": datetime.date(2010, 1, 1), "until_day": BEGUN}
    with seeing("510921"):
        insert("register_residence", **values)
        assert Residence.objects.filter(household_id=LIN).count() == 2


def test_a_household_that_moves_is_seen_where_it_is_and_its_past_stays(village: Any, say: Any, seeing: Any) -> None:
    say("household", LIN, {"insured": True}, "bureau")
    say("person", 12, {"labour": "skilled"}, "national")
    with seeing("510921"):
        households.move(Household.objects.get(pk=LIN), village.far, on=MARCH, by="t", now=NOW)
    with seeing(village.far):
        assert set(Household.objects.values_list("pk", flat=True)) == {LIN, ZHOU}
        assert Statement.objects.count() == 2
        assert list(Residence.objects.filter(household_id=LIN).values_list("village_code", "until_day")) == [
            (village.village, MARCH),
            (village.far, None),
        ]
    with seeing(village.village):
        assert set(Household.objects.values_list("pk", flat=True)) == {CHEN}
        assert not Statement.objects.exists()


MOVES = {
    "nowhere": ("510921110999", MARCH, "no division"),
    "where it lives": ("510921110212", MARCH, "not another village"),
    "to a town": ("510921110000", MARCH, "not another village"),
    "before it came": ("510921110700", datetime.date(2014, 1, 1), "cannot have left"),
}


@pytest.mark.parametrize("case", MOVES)
def test_a_move_that_cannot_be_is_refused(case: str, village: Any, seeing: Any) -> None:
    place, day, why = MOVES[case]
    with seeing("510921"), pytest.raises(Refusal, match=why):
        households.move(Household.objects.get(pk=LIN), place, on=day, by="t", now=NOW)


def test_one_leaves_before_one_joins_and_what_was_said_goes_along(village: Any, say: Any, seeing: Any) -> None:
    say("person", 12, {"labour": "skilled"}, "national")
    with seeing("510921"):
        lan, zhou = Person.objects.get(pk=12), Household.objects.get(pk=ZHOU)
        with pytest.raises(Refusal, match="record the leaving first"):
            persons.join(lan, zhou, on=MARCH, reason="married_in", by="t", now=IN_MARCH)
        persons.leave(lan, on=MARCH, ended="married_out", by="t", now=IN_MARCH)
        with pytest.raises(Refusal, match="no household now"):
            persons.leave(lan, on=MARCH, ended="died", by="t", now=IN_MARCH)
        persons.join(lan, zhou, on=MARCH, reason="married_in", by="t", now=IN_MARCH)
    with seeing(village.far):
        assert Person.objects.get(pk=12).household_id == ZHOU
        assert Statement.objects.get().household_id == ZHOU
        assert Membership.objects.get(person_id=12).from_day == MARCH


@pytest.mark.parametrize("verb", ["join", "leave"])
def test_a_change_of_members_is_not_recorded_ahead(verb: str, village: Any, seeing: Any) -> None:
    """The last hour of 29 February in Beijing is its day still; the next is 1 March."""
    eve = datetime.datetime(2020, 2, 29, 15, 59, tzinfo=datetime.UTC)
    with seeing("510921"):
        lan, zhou = Person.objects.get(pk=12), Household.objects.get(pk=ZHOU)
        if verb == "join":
            persons.leave(lan, on=AS_OF, ended="moved_out", by="t", now=NOW)
        for now in (NOW, eve):
            with pytest.raises(Refusal, match="still to come"):
                _change(verb, lan, zhou, now)
        assert Person.objects.get(pk=12).household_id == (LIN if verb == "leave" else None)
        _change(verb, lan, zhou, eve + datetime.timedelta(minutes=1))
        assert Person.objects.get(pk=12).household_id == (None if verb == "leave" else ZHOU)


def _change(verb: str, person: Person, household: Household, now: datetime.datetime) -> None:
    if verb == "leave":
        persons.leave(person, on=MARCH, ended="married_out", by="t", now=now)
    else:
        persons.join(person, household, on=MARCH, reason="married_in", by="t", now=now)


def test_a_helper_sees_the_households_paired_with_them_that_day(village: Any, seeing: Any) -> None:
    assert households_of(village.helper, AS_OF) == {LIN}
    with seeing("510921"):
        chen = Household.objects.get(pk=CHEN)
        pairings.pair(chen, village.helper, unit="局", on=MARCH, by="t", now=NOW)
        with pytest.raises(Refusal, match="already"):
            pairings.pair(chen, village.helper, unit="局", on=MARCH, by="t", now=NOW)
        pairings.part(Pairing.objects.get(household_id=LIN), on=MARCH, by="t", now=NOW)
    assert households_of(village.helper, AS_OF) == {LIN}
    assert households_of(village.helper, MARCH) == {CHEN}
    with seeing(households=(CHEN,)):
        assert list(Person.objects.values_list("name", flat=True)) == ["陈大福"]


def test_of_two_writers_at_once_one_is_refused(fresh_database: str, django_db_blocker: Any) -> None:
    """Neither sees what the other has not committed; the database still lets only one span stand."""
    import psycopg

    from doudi.access.scope import ENGINE

    with django_db_blocker.unblock():
        settings = connection.get_connection_params()
        plain = {name: settings[name] for name in ("host", "user", "dbname") if name in settings}
        first, second = psycopg.connect(**plain), psycopg.connect(**plain)
        for writer in (first, second):
            writer.execute(f"SET ROLE {ENGINE}")
            writer.execute("SELECT set_config('doudi.actor', 'tester', false)")
        first.execute(
            "INSERT INTO register_household (id, code, head_name, group_name, place_code, recorded_at)"
            " VALUES (1, 'H-1', '王', '', '510921110212', now())"
        )
        first.commit()
        lives = (
            "INSERT INTO register_residence (household_id, village_code, place_code, from_day, recorded_at, reason)"
            " VALUES (1, '510921110212', '510921110212', %s, now(), '')"
        )
        first.execute(lives, ["2020-01-01"])
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(second.execute, lives, ["2020-02-01"])
            time.sleep(0.5)
            assert not waiting.done()
            first.commit()
            with pytest.raises(psycopg.errors.ExclusionViolation):
                waiting.result(timeout=20)
        first.close()
        second.close()
