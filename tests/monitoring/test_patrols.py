"""The patrol: what is tapped is stated by the village, what was not asked stays unknown; needs follow."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from doudi.access.scope import Scope, as_engine, enter
from doudi.monitoring import patrol_sheets, patrols
from doudi.monitoring.models import Need, PatrolLine, Suspicion
from doudi.monitoring.patrols import Asked
from doudi.register.beliefs import Belief
from doudi.register.demo.places import QINGGANG
from doudi.register.models import Household, Person, Statement
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 9, tzinfo=datetime.UTC)


@pytest.fixture
def village(run: Any) -> Any:
    """Within the scope of the village's officer."""
    with transaction.atomic(), enter(Scope(places=frozenset([QINGGANG]))):
        yield QINGGANG


@pytest.fixture
def door(village: str) -> tuple[Household, list[int]]:
    """A household of at least two members, and their ids."""
    for each in Household.objects.filter(place_code=village).order_by("pk"):
        people = list(Person.objects.filter(household=each).order_by("code").values_list("pk", flat=True))
        if len(people) > 1:
            return each, people
    raise AssertionError("no household of two in the village")


def asked(people: list[int], **more: Any) -> Asked:
    return Asked(persons=frozenset(people), **more)


def believed(kind: str, number: int, fact: str) -> Any:
    found = Belief.objects.get(subject_kind=kind, subject_id=number).document.get(fact)
    return found[0] if found else None


def heard(number: int, fact: str) -> dict[str, Any]:
    """What is believed of a household and what else was said, by source."""
    value, _, source, _, *others = Belief.objects.get(subject_kind="household", subject_id=number).document[fact]
    return {source: value} | {told[1]: told[0] for told in (others[0] if others else [])}


def test_what_is_tapped_is_the_villages_word(door: Any) -> None:
    household, people = door
    given = asked(people, isolated=frozenset([people[1]]), back_from="hubei", unsold=True, inputs=False)
    line = patrols.write(household, given, by="village", on=DAY, now=NOW)
    assert line.said == len(people) + 3
    said = Statement.objects.filter(source="village", recorded_by="village", subject_kind="person", about_day=DAY)
    assert {each.subject_id: each.facts["isolated"] for each in said} == {pk: pk == people[1] for pk in people}
    assert heard(household.pk, "unsold_produce")["village"] is True  # though a helper is believed before the village
    assert believed("household", household.pk, "back_from") == "hubei"
    assert {n.code for n in Need.objects.filter(household=household, noted_by="village")} == {"care", "sell"}


def test_what_was_not_asked_is_not_said(door: Any) -> None:
    household, people = door
    before = Statement.objects.filter(household_id=household.pk).count()
    line = patrols.write(household, asked(people, unsold=False), by="village", on=DAY, now=NOW)
    said = Statement.objects.filter(household_id=household.pk).order_by("-pk")[: line.said]
    assert Statement.objects.filter(household_id=household.pk).count() == before + 1
    assert [each.facts for each in said] == [{"unsold_produce": False}]
    assert line.answers == {"unsold": False}


def test_a_decision_follows_at_once(door: Any) -> None:
    from doudi.policy.decisions import Standing

    household, people = door
    patrols.write(household, asked(people, inputs=True, unsold=True), by="village", on=DAY, now=NOW)
    with as_engine():
        row = Standing.objects.get(subject_kind="household", subject_id=household.pk)
        assert row.decision.as_of >= DAY


def test_what_looks_wrong_is_on_the_ledger(door: Any) -> None:
    household, people = door
    patrols.write(household, asked(people, wrong="少登记了一个孙子"), by="village", on=DAY, now=NOW)
    line = Suspicion.objects.get(household=household)
    assert (line.what, line.state, line.raised_at) == ("少登记了一个孙子", "open", "patrol")


@pytest.mark.parametrize(
    "wrong",
    [{}, {"ill": frozenset([10**12])}, {"back_from": "moon", "unsold": True}],
    ids=["nothing", "a stranger", "no place"],
)
def test_what_cannot_be_is_refused_whole(door: Any, wrong: dict[str, Any]) -> None:
    household, people = door
    with pytest.raises(Refusal):
        patrols.write(household, asked(people, **wrong), by="village", on=DAY, now=NOW)
    assert not PatrolLine.objects.filter(household=household, by="village").exists()


def test_a_day_to_come_is_refused(door: Any) -> None:
    household, people = door
    with pytest.raises(Refusal):
        patrols.write(household, asked(people, unsold=True), by="v", on=DAY + datetime.timedelta(days=2), now=NOW)


def test_the_same_door_sent_twice_is_written_once(door: Any) -> None:
    household, people = door
    key, given = uuid.uuid4(), asked(people, unsold=True)
    patrols.write(household, given, by="village", on=DAY, now=NOW, key=key)
    with pytest.raises(AlreadyDone):
        patrols.write(household, given, by="village", on=DAY, now=NOW, key=key)
    with pytest.raises(Refusal):
        patrols.write(household, replace(given, unsold=False), by="village", on=DAY, now=NOW, key=key)
    assert PatrolLine.objects.filter(household=household, by="village").count() == 1


def test_a_line_is_never_changed(door: Any) -> None:
    household, people = door
    line = patrols.write(household, asked(people, unsold=True), by="village", on=DAY, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        PatrolLine.objects.filter(pk=line.pk).update(note="x")


# -- on paper


MEMBERS = [("王秀", 11), ("王小", 12), ("王小", 13)]


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ({"ill": "0"}, {"ill": []}),
        ({"ill": "无", "willing": "1,3"}, {"ill": [], "willing": [11, 13]}),
        ({"willing": "1、 2"}, {"willing": [11, 12]}),
        ({"isolated": "王秀"}, {"isolated": [11]}),
        ({"back_from": "4", "unsold": "1", "inputs": "不"}, {"back_from": "hubei", "unsold": True, "inputs": False}),
        ({"back_from": "外省"}, {"back_from": "elsewhere"}),
        ({"wrong": "房子已垮"}, {"wrong": "房子已垮"}),
        ({}, {}),
    ],
)
def test_a_row_of_paper_is_read(cells: dict[str, str], kept: dict[str, Any]) -> None:
    assert patrol_sheets.asked_of(cells, MEMBERS).kept() == kept


@pytest.mark.parametrize(
    ("field", "text"),
    [("ill", "4"), ("ill", "王小"), ("willing", "1,x"), ("back_from", "9"), ("unsold", "也许"), ("inputs", "2")],
)
def test_a_cell_that_is_not_understood_is_named(field: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        patrol_sheets.asked_of({field: text}, MEMBERS)
    assert refused.value.where == field


def test_a_table_says_what_each_row_would_do_and_writes_it(door: Any) -> None:
    household, _people = door
    hands = [
        (2, {"code": household.code, "ill": "0", "unsold": "1"}),
        (3, {"code": "nobody", "ill": "0"}),
        (4, {"code": household.code, "ill": "0"}),
        (5, {"code": "", "ill": "0"}),
    ]
    rows = patrol_sheets.judge(hands, DAY.isoformat())
    assert [row.state for row in rows][:2] == ["new", "refused"]
    assert {row.state for row in rows[2:]} == {"refused"}
    patrol_sheets.write(rows[:1], about=DAY.isoformat(), by="town", on=DAY, now=NOW)
    line = PatrolLine.objects.get(household=household, by="town")
    assert (line.origin, line.answers) == ("paper", {"ill": [], "unsold": True})
    assert patrol_sheets.judge(hands[:1], DAY.isoformat())[0].state == "same"
