"""Mergers: afterwards every role sees the same households and their history as before."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from doudi.access.scope import enter
from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Division, load
from doudi.register import households, mergers, snapshot
from doudi.register.beliefs import Belief
from doudi.register.graphs import graph_of_item, rows_of
from doudi.register.households import Household, Residence
from doudi.register.items import Item
from doudi.register.pairings import Pairing
from doudi.register.persons import Membership, Person
from doudi.register.statements import Statement
from doudi.trail.audit import Entry
from doudi.values.refusals import Refusal
from doudi.web.reader import read_as
from tests.register.conftest import AS_OF, CHEN, LIN, NOW, ZHOU

MAY = datetime.date(2020, 5, 1)
BEFORE, AFTER = datetime.date(2020, 4, 30), datetime.date(2020, 5, 2)
NEW = "510921110701"  # 合兴村, made for the merger
WALLED = (Household, Person, Membership, Residence, Pairing, Item, Statement, Belief, Entry)
ROLES = ["county_officer", "town_clerk", "village_officer", "helper", "auditor", "far_clerk", "administrator"]


@pytest.fixture
def people(village: Any, say: Any, someone: Any) -> dict[str, Any]:
    """One user of every role; the households have a history."""
    load([Division(NEW, "合兴村", "village", "village", "510921110000")], by=village.by, from_day=MAY)
    say("household", LIN, {"insured": True}, "bureau")
    say("person", 12, {"labour": "skilled"}, "national")
    say("post", 103, {"number": 1}, "village")
    say("household", ZHOU, {"insured": True}, "bureau")
    made = {
        role: someone(role, place)
        for role, place in [
            ("county_officer", "510921"),
            ("town_clerk", "510921110"),
            ("village_officer", "510921110212"),
            ("auditor", "510921"),
            ("administrator", ""),
        ]
    }
    return {**made, "helper": village.helper, "far_clerk": someone("town_clerk", "510921102")}


def seen(user: Any, day: datetime.date) -> dict[str, frozenset[Any]]:
    """Every row of every walled table a user's duties of a day show, read as the application's own role."""
    with enter(read_as(user, on=day).scope):
        return {model.__name__: frozenset(model._default_manager.values_list("pk", flat=True)) for model in WALLED}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_the_same_rows_after_a_merger_as_before(role: str, people: dict[str, Any]) -> None:
    before = seen(people[role], BEFORE)
    mergers.merge("510921110212", NEW, on=MAY, by="tester", now=NOW)
    after = seen(people[role], AFTER)
    for name, rows in before.items():
        added = after[name] - rows
        assert rows <= after[name], f"{role} no longer sees {name} {sorted(rows - after[name])}"
        if name not in ("Residence", "Entry"):  # the merger itself writes these
            assert not added, f"{role} now sees {name} {sorted(added)}"
    assert bool(before["Household"]) == (role != "administrator")


def test_whoever_comes_to_the_new_village_sees_its_past_and_no_one_else_does(
    people: dict[str, Any], someone: Any
) -> None:
    before = seen(people["village_officer"], BEFORE)
    mergers.merge("510921110212", NEW, on=MAY, by="tester", now=NOW)
    newcomer = seen(someone("village_officer", NEW), AFTER)
    assert all(rows <= newcomer[name] for name, rows in before.items())
    neighbour = seen(someone("village_officer", "510921110700"), AFTER)
    assert [name for name, rows in neighbour.items() if rows] == ["Entry"]  # of their own duty


def test_history_keeps_the_code_of_its_day(people: dict[str, Any], tmp_path: Path, words: Vocabulary) -> None:
    def village_of(day: datetime.date) -> dict[str, Any]:
        taken = snapshot.write(tmp_path / day.isoformat(), as_of=day, vocabulary=words)
        return {
            "household": pq.read_table(taken.tables["household"]).to_pydict()["village_id"][0],
            "post": pq.read_table(taken.tables["post"]).to_pydict()["village_id"][0],
            "places": set(pq.read_table(taken.tables["place"]).to_pydict()["id"]) & {510921110212, int(NEW)},
            "alone": rows_of(LIN, as_of=day, vocabulary=words).ones["village"].id,
            "post alone": graph_of_item(103, as_of=day, vocabulary=words).rows["post", 103].ones["village"].id,
        }

    first = snapshot.write(tmp_path / "first", as_of=AS_OF, vocabulary=words)
    mergers.merge("510921110212", NEW, on=MAY, by="tester", now=NOW)
    assert snapshot.write(tmp_path / "again", as_of=AS_OF, vocabulary=words).hash == first.hash
    old, new = 510921110212, int(NEW)
    expected = {"household": old, "post": old, "alone": old, "post alone": old, "places": {old}}
    assert village_of(BEFORE) == expected
    assert village_of(AFTER) == {name: {new} if name == "places" else new for name in expected}


def test_every_walled_row_takes_the_new_code(people: dict[str, Any], seeing: Any) -> None:
    stamped = mergers.merge("510921110212", NEW, on=MAY, by="tester", now=NOW)
    assert stamped["register_household"] == 2
    assert stamped["register_statement"] == 3
    with seeing("510921"), connection.cursor() as cursor:
        for table in stamped:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE place_code = '510921110212'")
            assert cursor.fetchone()[0] == 0, table


def test_a_household_known_to_move_away_later_still_does(people: dict[str, Any], seeing: Any) -> None:
    """One moves on to 远山村 in June, the other leaves the register then: neither lives in the new village after."""
    june = datetime.date(2020, 6, 1)
    with seeing("510921"):
        households.move(Household.objects.get(pk=LIN), "510921102701", on=june, by="tester", now=NOW)
        households.dissolve(Household.objects.get(pk=CHEN), on=june, by="tester", now=NOW)
    later = NOW + datetime.timedelta(days=1)
    mergers.merge("510921110212", NEW, on=MAY, by="tester", now=later)
    with seeing("510921"):
        for household, end in ((LIN, [("510921102701", june, None, None)]), (CHEN, [])):
            spans = Residence.objects.filter(household_id=household, until_day__isnull=False).order_by("from_day")
            assert [(s.village_code, s.until_day, s.closed_at) for s in spans] == [
                ("510921110212", MAY, later),
                (NEW, june, NOW),
            ]
            rest = Residence.objects.filter(household_id=household, until_day=None)
            assert [(s.village_code, s.from_day, s.until_day, s.closed_at) for s in rest] == end


REFUSED = {
    "an unknown village": ("510921110212", "510921110999", "no division"),
    "itself": ("510921110212", "510921110212", "two villages"),
    "a village into a town": ("510921110212", "510921110000", "two villages"),
    "the county": ("510921000000", "510921110000", "two villages"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_merger_that_cannot_be_is_refused_whole(case: str, people: dict[str, Any], seeing: Any) -> None:
    old, new, why = REFUSED[case]
    with pytest.raises(Refusal, match=why):
        mergers.merge_all([("510921110700", NEW), (old, new)], on=MAY, by="tester", now=NOW)
    with seeing("510921"):
        assert not Residence.objects.filter(village_code=NEW).exists()


def test_a_village_merges_once(people: dict[str, Any]) -> None:
    mergers.merge("510921110212", NEW, on=MAY, by="tester", now=NOW)
    with pytest.raises(Refusal, match="already"):
        mergers.merge("510921110212", "510921110700", on=AFTER, by="tester", now=NOW)
