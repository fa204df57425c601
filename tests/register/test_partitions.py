"""Divisions of a village: every household falls to a part, everybody who saw it still does, and nobody else."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection

from doudi.places import lineage
from doudi.places.divisions import Place, Succession
from doudi.register import mergers, partitions
from doudi.register.households import Household, Residence
from doudi.register.partitions import Part
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal
from tests.register.conftest import CHEN, LIN, NOW, ZHOU
from tests.register.test_mergers import ROLES, people, seen

__all__ = ["people"]
OLD, EAST, WEST = "510921110212", "510921110711", "510921110712"
MAY, BEFORE, AFTER = datetime.date(2020, 5, 1), datetime.date(2020, 4, 30), datetime.date(2020, 5, 2)
PARTS = [Part(EAST, "青杠东村"), Part(WEST, "青杠西社区", "community")]


def divide(falls_to: dict[int, str], **more: Any) -> dict[str, int]:
    asked: dict[str, Any] = {"rest": EAST, "on": MAY, "by": "tester", "now": NOW, "reason": "县府批复〔2020〕9号"}
    return partitions.divide(more.pop("old", OLD), more.pop("parts", PARTS), falls_to, **(asked | more))


def of_the_old(seeing: Any) -> list[int]:
    with seeing("510921"):
        return [home.pk for home in partitions.residents(OLD, on=MAY)]


def test_each_household_lives_on_in_its_part(people: dict[str, Any], seeing: Any) -> None:
    assert sorted(of_the_old(seeing)) == sorted([LIN, CHEN])
    assert divide({LIN: EAST, CHEN: WEST}) == {EAST: 1, WEST: 1}
    with seeing("510921"):
        assert dict(Household.objects.filter(pk__in=[LIN, CHEN]).values_list("pk", "place_code")) == {
            LIN: EAST,
            CHEN: WEST,
        }
        spans = Residence.objects.filter(household_id=CHEN).order_by("from_day")
        assert [(span.village_code, span.until_day, span.reason) for span in spans][-2:] == [
            (OLD, MAY, spans[len(spans) - 2].reason),
            (WEST, None, "division"),
        ]
        assert Household.objects.get(pk=ZHOU).place_code == "510921102701"
    assert Place.objects.get(code=OLD).until_day == MAY
    assert Place.objects.get(code=WEST).kind == "community"
    assert set(Succession.objects.filter(old_code=OLD).values_list("new_code", flat=True)) == {EAST, WEST}


def test_nothing_stays_behind(people: dict[str, Any], seeing: Any) -> None:
    divide({LIN: EAST, CHEN: WEST}, rest=WEST)
    with seeing("510921"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'place_code'"
            " WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relname NOT IN ('trail_entry', 'policy_tally')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} WHERE place_code = %s", [OLD])
            assert cursor.fetchone()[0] == 0, table
        assert Statement.objects.filter(subject_kind="post").get().place_code == WEST  # of no household


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_the_same_rows_after_a_division_as_before(role: str, people: dict[str, Any]) -> None:
    before = seen(people[role], BEFORE)
    divide({LIN: EAST, CHEN: WEST})
    after = seen(people[role], AFTER)
    for name, rows in before.items():
        assert rows <= after[name], f"{role} no longer sees {name}"
        if name not in ("Residence", "Entry"):
            assert not after[name] - rows, f"{role} now sees {name}"


def test_whoever_comes_to_one_part_sees_that_part_alone(people: dict[str, Any], someone: Any) -> None:
    divide({LIN: EAST, CHEN: WEST})
    east, west = (seen(someone("village_officer", code), AFTER)["Household"] for code in (EAST, WEST))
    assert (east, west) == (frozenset({LIN}), frozenset({CHEN}))
    assert lineage.forerunners([EAST], on=AFTER) == {EAST: frozenset({EAST, OLD})}


def test_a_household_without_a_part_is_refused_by_name(people: dict[str, Any], seeing: Any) -> None:
    with seeing("510921"):
        home = Household.objects.get(pk=CHEN)
    for falls_to in ({LIN: EAST}, {LIN: EAST, CHEN: "510921110700"}):
        with pytest.raises(Refusal, match=f"1 households fall to no part: {home.code}"):
            divide(falls_to)
    assert Place.objects.get(code=OLD).until_day is None
    assert not Place.objects.filter(code=EAST).exists()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "one part": ({"parts": PARTS[:1]}, "Name 2 to 6"),
    "one code twice": ({"parts": [PARTS[0], PARTS[0]]}, "Name 2 to 6"),
    "the old code again": ({"parts": [PARTS[0], Part(OLD, "青杠村")]}, "none the old one"),
    "a code that is taken": ({"parts": [PARTS[0], Part("510921110700", "临近村")]}, "is taken"),
    "a village of another town": ({"parts": [PARTS[0], Part("510921102711", "远村")]}, "this town"),
    "a town": ({"parts": [PARTS[0], Part("510921110000", "镇")]}, "this town"),
    "no code": ({"parts": [PARTS[0], Part("x", "西村")]}, "this town"),
    "no name": ({"parts": [PARTS[0], Part(WEST, " ")]}, "Say the name"),
    "no reason": ({"reason": " "}, "rests on"),
    "a rest elsewhere": ({"rest": OLD}, "of no household"),
    "a town divided": ({"old": "510921110000"}, "no village"),
    "an unknown village": ({"old": "510921110999"}, "no village"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_division_that_cannot_be_is_refused_whole(case: str, people: dict[str, Any], seeing: Any) -> None:
    more, why = REFUSED[case]
    with pytest.raises(Refusal, match=why):
        divide({LIN: EAST, CHEN: WEST}, **more)
    assert not Succession.objects.exists()
    assert sorted(of_the_old(seeing)) == sorted([LIN, CHEN])


def test_a_village_is_divided_once(people: dict[str, Any]) -> None:
    divide({LIN: EAST, CHEN: WEST})
    for on in (AFTER, BEFORE):
        with pytest.raises(Refusal, match="no village"):
            divide({LIN: EAST, CHEN: WEST}, parts=[Part("510921110713", "甲"), Part("510921110714", "乙")], on=on)
    with pytest.raises(Refusal, match="already"):
        mergers.merge(OLD, "510921110700", on=AFTER, by="tester", now=NOW)


def test_a_part_can_be_merged_later(people: dict[str, Any], seeing: Any) -> None:
    divide({LIN: EAST, CHEN: WEST})
    mergers.merge(WEST, "510921110700", on=AFTER, by="tester", now=NOW)
    with seeing("510921"):
        assert Household.objects.get(pk=CHEN).place_code == "510921110700"


def test_a_town_goes_after_its_villages(people: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="Merge its villages first"):
        mergers.merge("510921110000", "510921102000", on=MAY, by="tester", now=NOW)
