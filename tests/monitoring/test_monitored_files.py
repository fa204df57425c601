"""A monitored household leaves only after its risk is gone and two different people have seen it, one at the door."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from doudi.access.scope import as_engine
from doudi.monitoring import alert_rules, exits, file_entries, monitored_files, tasks, watching
from doudi.monitoring.file_entries import DOOR, PHONE, SEEN, VISIT
from doudi.monitoring.monitored_files import LEFT, MonitoredFile
from doudi.register import statements
from doudi.register.households import Household
from doudi.values.refusals import Refusal

DAY, LATER = datetime.date(2020, 2, 27), datetime.date(2020, 2, 28)
NOW = datetime.datetime(2020, 2, 28, 9, tzinfo=datetime.UTC)


@pytest.fixture
def file(run: Any) -> Iterator[MonitoredFile]:
    with transaction.atomic(), as_engine():
        home = Household.objects.order_by("pk")[0]
        say(home.pk, risk_cleared=False, expected_income_per_head=300_000)
        yield monitored_files.open_one(home, "大病花费多", risks=["illness"], by="village", on=DAY)


def say(home: int, about: datetime.date = DAY, **facts: Any) -> None:
    statements.record("household", home, facts, source="village", about=about, by="village", now=NOW)
    if "expected_income_per_head" in facts:
        expected = {"expected_income_per_head": facts["expected_income_per_head"]}
        statements.record("household", home, expected, source="field", about=about, by="helper", now=NOW)


def look(file: MonitoredFile, on: datetime.date = DAY) -> MonitoredFile:
    watching.look_at([file.household_id], by="county", on=on)
    file.refresh_from_db()
    return file


def clear(file: MonitoredFile) -> None:
    say(file.household_id, risk_cleared=True, expected_income_per_head=500_000)
    assert look(file).gone_on == DAY


def refused(file: MonitoredFile, pack: Any, where: str) -> None:
    with pytest.raises(Refusal) as told, transaction.atomic():
        monitored_files.leave(file, reason="风险消除", pack=pack, by="county", on=LATER)
    assert told.value.where == where
    file.refresh_from_db()
    assert file.state != LEFT


def see(file: MonitoredFile, by: str, way: str = DOOR, on: datetime.date = DAY) -> None:
    file_entries.write(file, SEEN, "看过", by=by, on=on, way=way)


def test_it_leaves_after_the_risk_is_gone_and_two_have_seen_it(file: MonitoredFile, pack: Any) -> None:
    refused(look(file), pack, "gone")
    say(file.household_id, risk_cleared=True)
    assert look(file).gone_on is None  # the income is still below the line
    clear(file)
    refused(file, pack, "seen")
    see(file, "village")
    see(file, "village", PHONE, LATER)
    refused(file, pack, "seen")  # the same person twice is one
    see(file, "helper", PHONE)
    left = monitored_files.leave(file, reason="风险消除", pack=pack, by="county", on=LATER)
    assert (left.state, left.first_seen_by, left.second_seen_by) == (LEFT, "village", "helper")


def test_two_voices_on_the_phone_are_not_enough(file: MonitoredFile, pack: Any) -> None:
    clear(file)
    see(file, "village", PHONE)
    see(file, "helper", PHONE)
    refused(file, pack, "seen")


def test_who_saw_it_before_the_risk_came_back_saw_something_else(file: MonitoredFile, pack: Any) -> None:
    clear(file)
    see(file, "village")
    see(file, "helper")
    say(file.household_id, LATER, risk_cleared=False)
    assert look(file, LATER).gone_on is None
    refused(file, pack, "gone")
    say(file.household_id, LATER, risk_cleared=True)
    assert look(file, LATER).gone_on == LATER
    refused(file, pack, "seen")


def test_a_risk_that_is_not_gone_cannot_be_seen_gone(file: MonitoredFile) -> None:
    with pytest.raises(Refusal), transaction.atomic():
        see(file, "village")
    file_entries.write(file, VISIT, "走访", by="village", on=DAY, way=DOOR)
    assert file.entries.count() == 1


def test_what_was_said_since_is_asked_again_when_it_leaves(file: MonitoredFile, pack: Any) -> None:
    clear(file)
    see(file, "village")
    see(file, "helper")
    say(file.household_id, LATER, expected_income_per_head=100_000)  # nobody has looked since
    refused(file, pack, "gone")


def test_without_conditions_in_the_pack_nobody_leaves(file: MonitoredFile, pack: Any) -> None:
    clear(file)
    see(file, "village")
    see(file, "helper")
    refused(file, replace(pack, exits={}), "gone")


def test_over_the_whole_county_the_same_may_leave_as_one_by_one(file: MonitoredFile, pack: Any, run: Any) -> None:
    clear(file)
    snapshot = alert_rules.as_now(run, on=DAY)
    homes = Household.objects.values_list("pk", flat=True)
    at_once = exits.holding_in(snapshot, pack, on=DAY)
    assert at_once == exits.holding(pack, homes, on=DAY)
    assert file.household_id in at_once
    assert len(at_once) < len(homes)
    assert exits.holding_in(snapshot, replace(pack, exits={}), on=DAY) == frozenset()


def test_a_look_at_the_whole_county_sees_it_too(file: MonitoredFile, run: Any) -> None:
    clear(file)
    say(file.household_id, LATER, risk_cleared=False)
    watching.look(by="county", on=LATER, run=run)
    file.refresh_from_db()
    assert file.gone_on is None
    say(file.household_id, LATER, risk_cleared=True)
    assert watching.look(by="county", on=LATER, run=run)["files"] == {"gone": 1, "back": 0}
    file.refresh_from_db()
    assert file.gone_on == LATER


def test_the_database_lets_none_leave_that_two_have_not_seen(file: MonitoredFile) -> None:
    clear(file)
    words = {"left_on": LATER, "left_by": "county", "left_reason": "x", "first_seen_on": DAY, "second_seen_on": DAY}
    for seen in ({"first_seen_by": "a", "second_seen_by": "a"}, {"first_seen_by": "a", "second_seen_by": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            MonitoredFile.objects.filter(pk=file.pk).update(state=LEFT, **words, **seen)
    with pytest.raises(DatabaseError), transaction.atomic():
        early = {**words, "second_seen_on": datetime.date(2020, 2, 1)}
        MonitoredFile.objects.filter(pk=file.pk).update(state=LEFT, **early, first_seen_by="a", second_seen_by="b")


def test_lines_are_never_changed(file: MonitoredFile) -> None:
    file_entries.write(file, VISIT, "走访", by="village", on=DAY, way=DOOR)
    with pytest.raises(DatabaseError), transaction.atomic():
        file.entries.update(text="别的")


def test_every_monitored_household_gets_one_file_and_no_second(file: MonitoredFile) -> None:
    lacking = monitored_files.lacking("", on=DAY)
    towns = {code[:9] for code in Household.objects.values_list("place_code", flat=True)}
    assert sum(monitored_files.lacking(town, on=DAY) for town in towns) == lacking
    made = monitored_files.open_all(by="county", on=DAY)
    assert made == lacking > 0
    assert monitored_files.lacking("", on=DAY) == 0
    assert monitored_files.open_all(by="county", on=DAY) == 0
    with pytest.raises(Refusal), transaction.atomic():
        monitored_files.open_one(file.household, "再建", risks=[], by="county", on=DAY)
    assert all(each.risks for each in MonitoredFile.objects.filter(origin="register")[:5])


def test_the_helper_is_told_to_go_and_see(file: MonitoredFile) -> None:
    clear(file)
    told = [each for each in tasks.of_household(file.household_id, on=DAY) if each.kind == tasks.MONITORED]
    assert [each.where for each in told] == [f"file:{file.pk}"]
