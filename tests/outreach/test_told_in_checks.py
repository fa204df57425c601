"""A check says what was told: beside the scripts, the measures a household may claim and nobody has told it of."""

from __future__ import annotations

from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.outreach import reaches, untold
from tests.monitoring.conftest import Phone, check, phone, phone_of

__all__ = ["phone", "phone_of"]
pytestmark = pytest.mark.django_db


def waiting(phone: Phone) -> dict[str, Any]:
    """A card with a measure nobody has told the household of."""
    return next(card for card in phone.cards.values() if card["untold"])


def test_the_card_names_what_they_may_claim_and_were_not_told_of(phone: Phone, run: Any) -> None:
    card = waiting(phone)
    named = {each["name"].partition(":")[2] for each in card["untold"]}
    assert named == {one["measure"] for one in card["decisions"] if one["verdict"] == "yes"}
    with as_engine():
        held = untold.of(run)
        assert all(card["id"] in untold.among(held, [name]) for name in named & held.measures.keys())


def test_a_measure_told_in_a_check_is_told_and_leaves_the_list(phone: Phone, run: Any) -> None:
    card = waiting(phone)
    first, *others = [each["name"] for each in card["untold"]]
    said = check(card, told=["prevention", first], reached="phone", reached_whom="本人")
    assert phone.sync(said)[0]["state"] == "done"
    assert [each["name"] for each in phone.cards[card["id"]]["untold"]] == others
    with as_engine():
        reach = reaches.Reach.objects.of(first).get(household=card["id"])
        assert card["id"] not in untold.among(untold.of(run), [first.partition(":")[2]])
    assert (reach.sure, reach.channel, reach.confirmed_by) == ("heard", "phone", "helper")
    assert set(reach.things) == {"script:prevention", first}


def test_who_was_not_reached_was_told_nothing(phone: Phone) -> None:
    card = waiting(phone)
    first = card["untold"][0]["name"]
    said = check(card, told=[first], reached="not_reached", reached_whom="")
    assert phone.sync(said)[0]["state"] in ("done", "refused")
    with as_engine():
        assert not reaches.Reach.objects.filter(household=card["id"]).of(first).exists()
