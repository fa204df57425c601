"""Pairings: handed over whole or not at all, within the reader's places; who left leaves orphans that are listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access import duties, users
from doudi.access.scope import Scope, enter
from doudi.access.users import User
from doudi.register import pairings
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from tests.conftest import COUNTY, DAY
from tests.web.conftest import NOW

Open = Callable[[str], Client]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def helped(decided: None, acting: str) -> dict[str, Any]:
    """The demo helper, another one, and the pairings of the first."""
    other = users.add("helper2", "何", "correct-horse-2020", unit="县林业局", by=acting)
    duties.give(other, "helper", on=DAY, by=acting)
    helper = User.objects.get(username="helper")
    return {"helper": helper, "other": other}


def held(user: User) -> set[int]:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        return set(Pairing.objects.filter(helper=user, until_day=None).values_list("household_id", flat=True))


def pairings_of(user: User) -> list[int]:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        return list(Pairing.objects.filter(helper=user, until_day=None).values_list("pk", flat=True))


def move(client: Client, numbers: list[Any], to: str = "helper2", day: str = "2026-01-01") -> Any:
    return client.post("/pairings/transfer/", {"pairing": numbers, "to": to, "day": day, "town": ""})


def test_households_are_handed_over(county: Client, helped: dict[str, Any]) -> None:
    before = held(helped["helper"])
    assert before
    assert move(county, pairings_of(helped["helper"])).status_code == 302
    assert (held(helped["helper"]), held(helped["other"])) == (set(), before)
    assert "何" in text(county.get("/pairings/?helper=helper2"))


def test_handing_over_is_whole_or_not_at_all(county: Client, helped: dict[str, Any]) -> None:
    before, numbers = held(helped["helper"]), pairings_of(helped["helper"])
    day = "2026-01-01"
    wrong: list[tuple[list[Any], str, str]] = [
        ([], "helper2", day),
        (numbers, "town", day),
        (numbers, "nobody", day),
        (numbers, "helper2", "1990-01-01"),
        (numbers, "helper2", "x"),
        (["x", "-1", "9" * 30], "helper2", day),
    ]
    for chosen, to, day in wrong:
        assert move(county, chosen, to, day).status_code == 422
    assert held(helped["helper"]) == before


def test_whoever_left_leaves_orphans_that_are_listed(county: Client, helped: dict[str, Any], acting: str) -> None:
    assert "仍挂着的户:0 户" in text(county.get("/pairings/"))
    count = len(held(helped["helper"]))
    users.close(helped["helper"], by=acting)
    assert f"仍挂着的户:{count} 户" in text(county.get("/pairings/"))


def test_an_unpaired_household_is_paired(county: Client, helped: dict[str, Any]) -> None:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        pairing = Pairing.objects.filter(helper=helped["helper"], until_day=None).select_related("household").first()
        assert pairing is not None
        code = pairing.household.code
        for each in Pairing.objects.filter(household=pairing.household, until_day=None):
            pairings.part(each, on=NOW.date(), by="tester", now=NOW)
    assert f'value="{code}"' in text(county.get("/pairings/?town=" + code[:9]))
    sent = {"household": [code], "to": "helper2", "day": "2026-01-01", "town": ""}
    assert county.post("/pairings/assign/", sent).status_code == 302
    assert len(held(helped["other"])) == 1


def test_a_town_moves_nothing_of_another_town(reading_as: Open, helped: dict[str, Any], codes: dict[str, str]) -> None:
    town = reading_as("town")
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        far = Household.objects.get(code=codes["far"])
        numbers = list(Pairing.objects.filter(household=far, until_day=None).values_list("pk", flat=True))
    assert codes["far"] not in text(town.get("/pairings/"))
    assert move(town, numbers).status_code == 422
    sent = {"household": [codes["far"]], "to": "helper2", "day": "2026-01-01"}
    assert town.post("/pairings/assign/", sent).status_code == 422


@pytest.mark.parametrize("username", ["village", "helper", "bureau", "bank", "admin", "auditor", "supervisor"])
def test_others_hand_nothing_over(reading_as: Open, helped: dict[str, Any], username: str) -> None:
    assert move(reading_as(username), pairings_of(helped["helper"])).status_code == 403


def test_a_helper_of_elsewhere_is_not_named_by_asking(reading_as: Open, helped: dict[str, Any]) -> None:
    town = reading_as("town")
    assert "县林业局" not in text(town.get("/pairings/?helper=helper2"))
    assert helped["helper"].name in text(town.get("/pairings/?helper=helper"))
    hidden = text(town.get("/pairings/?helper=helper2")).replace("helper2", "nobody")
    assert without_tokens(hidden) == without_tokens(text(town.get("/pairings/?helper=nobody")))


def without_tokens(page: str) -> str:
    return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", page)
