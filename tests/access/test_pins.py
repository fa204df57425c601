"""PINs at a shared desk: good only there, only for its village, only so often."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from doudi.access import duties, pins, users
from doudi.values.refusals import Refusal

DAY = datetime.date(2020, 2, 27)
VILLAGE, NEIGHBOUR = "510921110212", "510921110700"
PIN = "482916"


@pytest.fixture
def officer(places: Any, acting: str) -> Any:
    made = users.add("cun.wang", "王文书", "a long enough password", by=acting)
    duties.give(made, "village_officer", VILLAGE, on=DAY, by=acting)
    pins.choose(made, PIN, on=DAY)
    return made


@pytest.fixture
def desk(officer: Any) -> pins.Desk:
    return pins.open_desk(VILLAGE, "村部电脑", by=officer, on=DAY)[0]


def test_the_right_pin_lets_in_under_ones_own_name(desk: pins.Desk, officer: Any) -> None:
    assert pins.enter(desk, officer.username, PIN, on=DAY) == officer


def test_five_wrong_ones_and_even_the_right_one_opens_nothing(desk: pins.Desk, officer: Any) -> None:
    for _ in range(pins.TRIES):
        assert pins.enter(desk, officer.username, "000111", on=DAY) is None
    with pytest.raises(Refusal) as refused:
        pins.enter(desk, officer.username, PIN, on=DAY)
    assert "密码" in refused.value.zh


def test_a_right_one_forgives_the_wrong_ones_before(desk: pins.Desk, officer: Any) -> None:
    for _ in range(pins.TRIES - 1):
        pins.enter(desk, officer.username, "000111", on=DAY)
    assert pins.enter(desk, officer.username, PIN, on=DAY) == officer
    assert pins.enter(desk, officer.username, "000111", on=DAY) is None
    assert pins.enter(desk, officer.username, PIN, on=DAY) == officer


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "123456", "987654", "111111", "121212", "12345六", "abcdef"])
def test_a_pin_that_is_none_or_too_easy_is_refused(officer: Any, pin: str) -> None:
    with pytest.raises(Refusal):
        pins.choose(officer, pin, on=DAY)


def test_who_owes_a_code_has_no_pin(someone: Any) -> None:
    with pytest.raises(Refusal):
        pins.choose(someone("town_clerk", "510921110"), PIN, on=DAY)


def test_another_villages_officer_takes_no_turn_here(desk: pins.Desk, someone: Any) -> None:
    other = someone("village_officer", NEIGHBOUR)
    pins.choose(other, PIN, on=DAY)
    with pytest.raises(Refusal):
        pins.enter(desk, other.username, PIN, on=DAY)


def test_a_desk_is_opened_by_an_officer_of_the_village_alone(places: Any, someone: Any) -> None:
    with pytest.raises(Refusal):
        pins.open_desk(VILLAGE, "", by=someone("village_officer", NEIGHBOUR), on=DAY)


def test_a_desk_closed_or_run_out_is_no_desk(officer: Any) -> None:
    made, token = pins.open_desk(VILLAGE, "", by=officer, on=DAY)
    assert pins.desk_of(token, on=DAY) == made
    assert pins.desk_of(token, on=made.until) is None
    assert pins.desk_of("another", on=DAY) is None
    pins.close_desk(made, by=officer.username, on=DAY)
    assert pins.desk_of(token, on=DAY) is None


def test_an_officer_whose_duty_ended_takes_no_turn(desk: pins.Desk, officer: Any, acting: str) -> None:
    duties.end(officer.duties.get(), on=DAY + datetime.timedelta(days=1), by=acting)
    assert pins.people_of(desk, on=DAY) == [officer]
    assert pins.people_of(desk, on=DAY + datetime.timedelta(days=1)) == []
