"""The held differences: as the register tells them, within each reader's scope, and anew wherever something is said."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import Scope, as_engine, enter
from doudi.facts import vocabulary
from doudi.policy import disagreements
from doudi.register import statements
from doudi.register.exporting import corrections
from doudi.register.persons import Person

DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 3, 1, 4, tzinfo=datetime.UTC)
COUNTY, TOWN, VILLAGE = "510921", "510921110", "510921110212"
WORDS = vocabulary.load()


def both(scope: Scope, place: str = "") -> tuple[list[Any], list[Any]]:
    """The held ones, and those read by this reader without anything held."""
    with transaction.atomic(), enter(scope):
        held = disagreements.find("national", WORDS, as_of=DAY, place=place)
        return held, corrections.find("national", WORDS, as_of=DAY, place=place)


def test_what_the_county_asked_for_widens_nobodys_scope(county: Client) -> None:
    whole, read = both(Scope(frozenset({COUNTY})))
    assert whole == read
    assert whole
    home = next(one.household_id for one in whole if one.household_id)
    scopes = [Scope(frozenset({TOWN})), Scope(frozenset({VILLAGE})), Scope(households=frozenset({home})), Scope()]
    for scope in scopes:
        held, read = both(scope)
        assert held == read
        assert len(held) < len(whole)
    assert both(Scope()) == ([], [])


@pytest.mark.parametrize("place", [TOWN, VILLAGE])
def test_a_place_is_cut_out_alike(county: Client, place: str) -> None:
    held, read = both(Scope(frozenset({COUNTY})), place)
    assert held == read
    assert all(one.place_code.startswith(place) for one in held)


def test_another_day_and_another_source_are_not_answered_by_what_is_held(county: Client) -> None:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        for source, day in (("national", DAY), ("provincial", DAY), ("national", datetime.date(2021, 6, 1))):
            held = disagreements.find(source, WORDS, as_of=day)
            assert held == corrections.find(source, WORDS, as_of=day)


def test_the_moved_household_alone_read_anew_gives_the_whole(county: Client) -> None:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        before = disagreements.find("provincial", WORDS, as_of=DAY)
        person = Person.objects.exclude(household=None).order_by("pk")[0]
        for source, phone in (("provincial", "13800001111"), ("national", "13900002222")):
            statements.record("person", person.pk, {"phone": phone}, source=source, about=DAY, by="village", now=NOW)
        with as_engine():
            home = person.household_id
            fresh = corrections.find("provincial", WORDS, as_of=DAY, households=[home or 0])
            kept = [one for one in before if one.household_id != home]
            assert corrections.ordered([*kept, *fresh]) == corrections.find("provincial", WORDS, as_of=DAY)
        assert disagreements.find("provincial", WORDS, as_of=DAY) != before  # a writer reads its own
