"""Two telephones on one household: what clashes waits for a person, and the choice has a name."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.monitoring.disputes import Dispute
from doudi.register.statements import Statement
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable

Pair = tuple[Phone, Phone]


@pytest.fixture
def two(phone_of: Callable[..., Phone]) -> Pair:
    """Two helpers who stand by the same households, each with a telephone that has them."""
    from django.utils import timezone

    from doudi.access import duties
    from doudi.access.users import User
    from doudi.register import pairings
    from doudi.register.households import Household
    from doudi.trail.commands import carry_out

    first = phone_of()
    first.pull()
    now = timezone.now()
    with carry_out("test", by="county"), as_engine():
        other = User(username="second_helper", name="李帮扶")
        other.set_unusable_password()
        other.save()
        duties.give(other, "helper", "", on=timezone.localdate(now), by="county")
        for household in Household.objects.filter(pk__in=first.cards):
            pairings.pair(household, other, unit="县医院", on=timezone.localdate(now), by="county", now=now)
    second = phone_of("second_helper")
    second.pull()
    assert set(second.cards) == set(first.cards)
    return first, second


def choose(phone: Phone, card: dict[str, Any], dispute: int, choice: str) -> dict[str, Any]:
    body = {"dispute": dispute, "choice": choice}
    sent = {"id": str(uuid.uuid4()), "verb": "choose", "household": card["id"], "base_version": 0, "body": body}
    (result,) = phone.sync(sent)
    return result


def believed(fact: dict[str, Any]) -> Any:
    from doudi.register.beliefs import Belief

    with as_engine():
        document = Belief.objects.get(subject_kind=fact["kind"], subject_id=fact["id"]).document
    return document[fact["fact"]][0]


def clash(two: Pair) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The first says otherwise, then the second something else again from the card as it was: (card, fact, result)."""
    first, second = two
    card, fact = next(
        (c, f)
        for c in first.cards.values()
        for f in c["facts"]
        if f["type"] == "bool" and f["can_say"] and not f["protected"] and f["value"] is None
    )
    assert first.sync(check(card, says(fact, True)))[0]["state"] == "done"
    (result,) = second.sync(check(second.cards[card["id"]], says(fact, False)))
    return card, fact, result


def test_the_same_fact_never_silently_wins(two: Pair) -> None:
    card, fact, result = clash(two)
    assert result["state"] == "conflict"
    (told,) = result["disputes"]
    assert (told["why"], told["base"], told["mine"], told["theirs"]) == ("conflict", None, False, True)
    assert (told["mine_by_zh"], told["mine_by_en"]) == ("李帮扶(帮扶责任人)", "李帮扶 (helper)")
    assert told["theirs_by_zh"].endswith("(帮扶责任人)")
    assert "second_helper" not in str(told), "an account is nobody's name"
    assert believed(fact) is True
    assert [each["kind"] for each in two[1].cards[card["id"]]["tasks"]].count("dispute") == 1


@pytest.mark.parametrize(("choice", "value"), [("mine", False), ("theirs", True)])
def test_a_choice_settles_it_once(two: Pair, choice: str, value: bool) -> None:
    card, fact, result = clash(two)
    number = result["disputes"][0]["id"]
    assert choose(two[1], card, number, choice)["result"]["settled"] is True
    assert believed(fact) is value
    again = choose(two[0], card, number, "theirs")
    assert again["state"] == "refused"
    assert "second_helper" in again["refusal"]["zh"]
    with as_engine():
        held = Dispute.objects.get(pk=number)
        stated = Statement.objects.filter(evidence__dispute=number).count()
    assert (held.choice, held.chosen_by, stated) == (choice, "second_helper", int(choice == "mine"))


def test_what_the_village_is_asked_stays_open(two: Pair) -> None:
    card, fact, result = clash(two)
    number = result["disputes"][0]["id"]
    assert choose(two[1], card, number, "ask_village")["result"]["settled"] is False
    with as_engine():
        assert list(Dispute.objects.for_village().values_list("pk", flat=True)) == [number]
    assert two[1].cards[card["id"]]["disputes"][0]["choice"] == "ask_village"
    assert believed(fact) is True


def test_the_village_states_what_it_found(two: Pair) -> None:
    from django.utils import timezone

    from doudi.monitoring import disputes

    card, _fact, result = clash(two)
    number = result["disputes"][0]["id"]
    choose(two[1], card, number, "ask_village")
    with as_engine():
        done = disputes.state(
            number, "否", source="village", by="village", roles=["village_officer"], now=timezone.now()
        )
        assert done.settled_at is not None
        assert Statement.objects.get(pk=done.statement_id).source == "village"


def test_other_facts_of_one_household_are_merged(two: Pair) -> None:
    first, second = two
    card = next(c for c in first.cards.values() if sum(f["can_say"] and not f["protected"] for f in c["facts"]) >= 2)
    one, other = [f for f in card["facts"] if f["type"] == "bool" and f["can_say"] and not f["protected"]][:2]
    assert first.sync(check(card, says(one, not one["value"])))[0]["state"] == "done"
    (result,) = second.sync(check(second.cards[card["id"]], says(other, not other["value"])))
    assert result["state"] == "done"
    assert result["result"]["outcomes"][0][3] == "parallel"


def test_a_protected_fact_keeps_the_servers_value_and_is_settled_by_another(two: Pair) -> None:
    from django.utils import timezone

    from doudi.monitoring import disputes
    from doudi.values.refusals import Refusal

    first, _second = two
    card, fact = next(
        (c, f)
        for c in first.cards.values()
        for f in c["facts"]
        if f["protected"] and f["type"] == "money" and f["can_say"] and f["value"] is not None
    )
    (result,) = first.sync(check(card, says(fact, "1.00")))
    assert (result["state"], result["disputes"][0]["why"]) == ("conflict", "protected")
    assert believed(fact) == fact["value"]
    number = result["disputes"][0]["id"]
    kept = choose(first, card, number, "mine")
    assert kept["result"] == {"dispute": number, "choice": "mine", "settled": False}
    assert believed(fact) == fact["value"]
    with as_engine():
        with pytest.raises(Refusal):
            disputes.state(number, "2", source="household", by="helper", roles=["town_clerk"], now=timezone.now())
        done = disputes.choose(number, "mine", by="town", roles=["town_clerk"], now=timezone.now())
        stated = Statement.objects.get(pk=done.statement_id)
    assert done.settled_at is not None
    assert (stated.facts, stated.evidence["said_by"]) == ({fact["fact"]: 100}, "helper")


def test_the_same_clash_sent_again_is_one_dispute(two: Pair) -> None:
    _card, fact, result = clash(two)
    card = two[1].cards[result["household"]]
    old = {**says({**fact, "value": None}, False)}
    (again,) = two[1].sync(check({**card, "version": 1}, old))
    assert again["disputes"][0]["id"] == result["disputes"][0]["id"]


def test_one_persons_later_word_replaces_the_earlier(phone: Phone) -> None:
    card, fact = sayable(phone)
    value = fact["value"]
    first, second = check(card, says(fact, not value)), check(card, says({**fact, "value": not value}, value))
    assert [each["state"] for each in phone.sync(first, second)] == ["done", "done"]


def test_the_demo_has_words_that_wait_for_another_person(run: Any, phone_of: Callable[..., Phone]) -> None:
    from doudi.monitoring.demo import disputing

    told = disputing.load(run)
    with as_engine():
        held = list(Dispute.objects.waiting().order_by("pk"))
        asked = list(Dispute.objects.for_village().order_by("pk"))
    assert told == {"disputes": len(held)}
    assert [(each.fact, each.kind, each.choice) for each in held] == [
        ("wage_income@2019", "protected", ""),
        ("wants_to_start_business", "conflict", "ask_village"),
        ("lacks_farm_inputs", "conflict", ""),
    ]
    assert asked == held[:2], "income, and what was handed to the village"
    assert all(each.mine_by == "helper" and each.mine != each.theirs for each in held)
    phone = phone_of()
    phone.pull()
    shown = [each for card in phone.cards.values() for each in card["disputes"]]
    assert {each["fact"] for each in shown} == {each.fact for each in held}
