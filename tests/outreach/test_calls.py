"""Calls and visits on the helper's telephone: a task with its reason, closed by what came of it, which is a reach."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from doudi.access.scope import Scope, as_engine
from doudi.outreach import dispatches, escalations, reaches, reports, starting
from doudi.outreach.call_listing import LIST
from doudi.outreach.dispatches import Dispatch
from doudi.policy.listing.lists import Asker
from doudi.values.refusals import Refusal
from tests.monitoring.conftest import Phone, phone, phone_of
from tests.outreach.conftest import DAY, NOON

__all__ = ["phone", "phone_of"]
pytestmark = pytest.mark.django_db
Asked = tuple[dict[str, Any], dict[str, Any]]


def tell(card: dict[str, Any], which: str, outcome: str) -> dict[str, Any]:
    body = {"dispatch": which, "outcome": outcome, "note": ""}
    sent = {"id": str(uuid.uuid4()), "verb": "tell", "household": card["id"], "base_version": card["version"]}
    return {**sent, "body": body}


@pytest.fixture
def asked(begun: Callable[..., Any], phone: Phone) -> Asked:
    """A card with a call that waits, and the call."""
    begun("call_list")
    phone.pull()
    card = next(card for card in phone.cards.values() if card["to_tell"])
    return card, card["to_tell"][0]


def test_a_call_that_is_asked_for_is_a_task_with_what_to_say(asked: Asked) -> None:
    card, call = asked
    task = next(task for task in card["tasks"] if task["where"] == f"dispatch:{call['dispatch']}")
    assert (task["kind"], call["step"]) == ("call", "call")
    assert call["title"] in task["zh"]
    assert call["text"] == "自己做事有100元。", "the plain words"
    assert task["due"] == "2020-03-01", "a visit is asked for three days later"


@pytest.mark.parametrize("sure", ["heard", "read_back"])
def test_closing_it_is_a_reach_by_whoever_called_and_the_task_is_gone(
    phone: Phone,
    asked: Asked,
    sure: str,
) -> None:
    card, call = asked
    said = tell(card, call["dispatch"], sure)
    assert phone.sync(said)[0]["state"] == "done"
    assert phone.cards[card["id"]]["to_tell"] == []
    assert not [task for task in phone.cards[card["id"]]["tasks"] if task["where"].startswith("dispatch:")]
    assert phone.sync(said)[0]["state"] == "repeated"
    with as_engine():
        held = Dispatch.objects.get(pk=call["dispatch"])
        told = reaches.Reach.objects.of(held.campaign.thing).get(household=card["id"])
    assert (told.sure, told.confirmed_by, told.channel, told.dispatch) == (sure, "helper", "call_list", held.pk)
    assert (held.state, held.done_by) == ("delivered", "helper")


def test_nobody_is_visited_for_what_they_heard_on_the_telephone(begun: Callable[..., Any], phone: Phone) -> None:
    """A campaign by calls and visits asks for both at once; the first that tells them spares the other."""
    campaign = begun("call_list", "door")
    phone.pull()
    card = next(card for card in phone.cards.values() if len(card["to_tell"]) == 2)
    call = next(each for each in card["to_tell"] if each["step"] == "call")
    assert phone.sync(tell(card, call["dispatch"], "no_answer"))[0]["state"] == "done"
    with as_engine():
        visit = Dispatch.objects.get(campaign=campaign, household=card["id"], step="door")
        assert visit.state == dispatches.WAITING, "who was not reached is visited"
    other = next(one for one in phone.cards.values() if len(one["to_tell"]) == 2)
    call = next(each for each in other["to_tell"] if each["step"] == "call")
    assert phone.sync(tell(other, call["dispatch"], "heard"))[0]["state"] == "done"
    with as_engine():
        spared = Dispatch.objects.get(campaign=campaign, household=other["id"], step="door")
        assert (spared.state, spared.why) == ("suppressed", "told_before")
        report = reports.of(campaign)
    assert report.holds
    assert phone.cards[other["id"]]["to_tell"] == []


def test_nobody_answered_reaches_nobody_and_leads_to_the_door(phone: Phone, asked: Asked) -> None:
    card, call = asked
    assert phone.sync(tell(card, call["dispatch"], "no_answer"))[0]["state"] == "done"
    with as_engine():
        held = Dispatch.objects.select_related("campaign").get(pk=call["dispatch"])
        assert (held.state, held.why) == ("failed", "no_answer")
        assert not reaches.Reach.objects.filter(household=card["id"]).of(held.campaign.thing).exists()
        later = NOON + 3 * (NOON - NOON.replace(day=26))
        assert escalations.escalate(held.campaign, by="county", now=later)["door"] > 0
    phone.pull()
    (visit,) = phone.cards[card["id"]]["to_tell"]
    assert visit["step"] == "door"
    assert "door" in {task["kind"] for task in phone.cards[card["id"]]["tasks"]}


def test_what_was_told_counts_though_the_campaign_is_over_by_then(phone: Phone, asked: Asked) -> None:
    card, call = asked
    with as_engine():
        held = Dispatch.objects.select_related("campaign").get(pk=call["dispatch"])
        starting.end(held.campaign, stopped=False, by="county", now=NOON)
    assert phone.sync(tell(card, call["dispatch"], "heard"))[0]["state"] == "done"
    with as_engine():
        told = reaches.Reach.objects.of(held.campaign.thing).get(household=card["id"])
    assert (told.sure, told.confirmed_by) == ("heard", "helper")


def test_another_households_call_and_a_strange_outcome_are_refused(phone: Phone, asked: Asked) -> None:
    card, call = asked
    with as_engine():
        other = Dispatch.objects.filter(step="call").exclude(household=card["id"]).first()
        assert other is not None
    for which, outcome in ((str(other.pk), "heard"), ("x", "heard"), (call["dispatch"], "sent")):
        result = phone.sync(tell(card, which, outcome))[0]
        assert result["state"] == "refused", result
    with as_engine():
        assert Dispatch.objects.get(pk=call["dispatch"]).state == dispatches.WAITING
        assert not reaches.Reach.objects.filter(on__gte=DAY).of(f"campaign:{other.campaign_id}").exists()


def test_the_list_of_calls_leaves_by_the_one_way_without_whole_numbers(
    begun: Callable[..., Any], with_numbers: Callable[..., dict[int, str]], run: Any
) -> None:
    given = with_numbers(3)
    campaign = begun("call_list")
    with as_engine():
        scope = Scope(frozenset(["510921"]))
        asker = Asker(frozenset(["county_officer"]), scope, DAY, run)
        columns = [column.name for column in LIST.columns({}, asker)]
        found = LIST.find({"step": "call", "campaign": str(campaign.pk)}, asker)
        rows = list(LIST.rows(found, {}, [], asker))
        assert found.households == found.rows == len(rows) == campaign.households
        told = {row[0]: dict(zip(columns, row[2:], strict=True)) for row in rows}
        assert LIST.find({"step": "door"}, asker).rows == 0
        with pytest.raises(Refusal):
            LIST.find({"step": "message"}, asker)
    for home, number in given.items():
        assert told[home]["phone"] == f"{number[:3]}****{number[-4:]}"
        assert told[home]["campaign"] == "扶持金"
        assert (told[home]["step"], told[home]["how"]) == ("打电话", None)
