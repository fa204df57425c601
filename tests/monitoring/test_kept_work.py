"""A household changes hands while a telephone is away: nothing of it is lost, and the telephone lets it go."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from doudi.access.scope import as_engine
from doudi.facts.vocabulary import load as shipped
from doudi.monitoring.checks import Check
from doudi.monitoring.kept_work import KeptWork
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable


def hand_over(card: dict[str, Any], to: str = "new_helper") -> Any:
    """Another helper stands by the household from today on."""
    from django.utils import timezone

    from doudi.access import duties
    from doudi.access.users import User
    from doudi.register import pairings
    from doudi.register.pairings import Pairing
    from doudi.trail.commands import carry_out

    now = timezone.now()
    with carry_out("test", by="county"), as_engine():
        other = User(username=to, name="赵帮扶")
        other.set_unusable_password()
        other.save()
        duties.give(other, "helper", "", on=timezone.localdate(now), by="county")
        held = Pairing.objects.filter(household_id=card["id"], until_day=None)
        pairings.transfer(list(held), other, on=timezone.localdate(now), by="county", now=now)
    return other


def test_what_comes_late_is_kept_for_whoever_stands_by_the_household_now(
    phone: Phone, phone_of: Callable[..., Phone]
) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact, not fact["value"]), note="门口说的")
    other = hand_over(card)
    (result,) = phone.sync(sent)
    assert result["state"] == "not_yours"
    assert card["id"] not in phone.cards
    assert phone.sync(sent)[0]["state"] == "not_yours"  # and again
    with as_engine():
        (kept,) = KeptWork.objects.filter(household_id=card["id"])
        assert (kept.content, kept.sent_by, kept.why) == (sent, "helper", "not_yours")
        assert not Check.objects.filter(pk=sent["id"]).exists()
    client = Client()
    client.force_login(other)
    page = client.get("/kept-work/").content.decode()
    assert card["name"] in page
    assert "门口说的" in page
    assert client.post(f"/kept-work/{kept.pk}/", {"what": "take"}).status_code == 302
    with as_engine():
        made = Check.objects.get(household_id=card["id"], by="new_helper")
    assert made.note == "门口说的"
    assert client.post(f"/kept-work/{kept.pk}/", {"what": "take"}).status_code == 404
    assert "门口说的" not in client.get("/kept-work/").content.decode()


def test_a_fact_of_the_policys_own_is_told_with_the_others(phone: Phone, phone_of: Callable[..., Phone]) -> None:
    """What the pack adds to the vocabulary is said at the door like anything else."""
    card, _fact = sayable(phone)
    own = {"kind": "household", "id": card["id"], "fact": "lacks_farm_inputs", "value": None}
    assert own["fact"] not in shipped().kinds["household"].facts
    other = hand_over(card)
    phone.sync(check(card, says(own, True)))
    client = Client()
    client.force_login(other)
    assert "春耕农资没有备齐" in client.get("/kept-work/").content.decode()
    taker = phone_of(other.username)
    taker.pull()
    (held,) = taker.cards[card["id"]]["kept"]
    assert [(each["fact"], each["value"]) for each in held["facts"]] == [(own["fact"], True)]


def test_it_is_dropped_with_a_reason_only(phone: Phone) -> None:
    card, _fact = sayable(phone)
    other = hand_over(card)
    phone.sync(check(card, note="旧的"))
    with as_engine():
        (kept,) = KeptWork.objects.filter(household_id=card["id"])
    client = Client()
    client.force_login(other)
    assert client.post(f"/kept-work/{kept.pk}/", {"what": "drop"}).status_code == 422
    assert client.post(f"/kept-work/{kept.pk}/", {"what": "drop", "reason": "已重新核对"}).status_code == 302
    with as_engine():
        kept.refresh_from_db()
    assert (kept.state, kept.looked_at_by, kept.reason) == ("dropped", "new_helper", "已重新核对")


def test_what_was_taken_in_before_the_change_is_not_kept_again(phone: Phone) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    assert phone.sync(sent)[0]["state"] == "done"
    hand_over(card)
    assert phone.sync(sent)[0]["state"] == "not_yours"
    with as_engine():
        assert not KeptWork.objects.filter(command_id=sent["id"]).exists()


def test_an_id_with_another_content_is_refused_and_kept(phone: Phone) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    other = {**sent, "body": {**sent["body"], "note": "改过"}}
    assert [each["state"] for each in phone.sync(sent, other)] == ["done", "refused"]
    with as_engine():
        (kept,) = KeptWork.objects.filter(command_id=sent["id"])
    assert (kept.why, kept.content["body"]["note"]) == ("other_body", "改过")
    assert card["id"] in phone.cards


def reviewed(phone: Phone, card: dict[str, Any], kept: int, choice: str) -> dict[str, Any]:
    """The new helper's answer on the telephone, sent twice as after a lost reply; answers the second result."""
    body = {"kept": kept, "choice": choice}
    sent = {"id": str(uuid.uuid4()), "verb": "review_kept", "household": card["id"], "base_version": 0, "body": body}
    (first,), (again,) = phone.sync(sent), phone.sync(sent)
    assert (first["state"], again["state"], first.get("result")) in (
        ("done", "repeated", again.get("result")),
        ("conflict", "repeated", again.get("result")),
    ), (first, again)
    return first


@pytest.fixture
def late(phone: Phone, phone_of: Callable[..., Phone]) -> tuple[Phone, dict[str, Any], dict[str, Any]]:
    """The new helper's telephone, the household's card on it, and the fact the one before had said otherwise."""
    card, fact = sayable(phone)
    sent = check(card, says(fact, not fact["value"]), note="门口说的", needs=["seed"])
    hand_over(card)
    assert phone.sync(sent)[0]["state"] == "not_yours"
    other = phone_of("new_helper")
    other.pull()
    return other, other.cards[card["id"]], fact


def test_an_amount_is_told_with_its_unit_and_whose_it_is(phone: Phone) -> None:
    """What came late has it in fen, and may be anything: nobody looked at it yet."""
    card = next(each for each in phone.cards.values() if any(fact["type"] == "money" for fact in each["facts"]))
    amount = next(fact for fact in card["facts"] if fact["type"] == "money" and fact["can_say"])
    own = next(
        each for each in card["facts"] if (each["kind"], each["type"], each["can_say"]) == ("person", "bool", True)
    )
    name = next(each["name"] for each in card["members"] if each["id"] == own["id"])
    client = Client()
    client.force_login(hand_over(card))
    strange = {**says(amount, 1), "value": {"a": [1]}}
    for said in (says(amount, 2_090_000), says(own, not own["value"]), strange):
        assert phone.sync(check(card, said))[0]["state"] == "not_yours"
    page = client.get("/kept-work/").content.decode()
    assert "20,900元" in page
    assert "2090000" not in page
    assert f"{name} · " in page


def test_the_new_helpers_card_has_it_as_a_task(late: tuple[Phone, dict[str, Any], dict[str, Any]]) -> None:
    _other, card, fact = late
    (kept,) = card["kept"]
    (task,) = (each for each in card["tasks"] if each["kind"] == "kept")
    assert task["where"] == f"kept:{kept['id']}"
    assert kept["by_zh"].endswith("(帮扶责任人)")
    assert "helper" not in kept["by_zh"]
    assert (kept["note"], kept["needs"]) == ("门口说的", ["seed"])
    (said,) = kept["facts"]
    assert (said["fact"], said["value"], said["same"]) == (fact["fact"], not fact["value"], False)


def test_theirs_is_recorded_in_the_new_helpers_name(late: tuple[Phone, dict[str, Any], dict[str, Any]]) -> None:
    other, card, fact = late
    reviewed(other, card, card["kept"][0]["id"], "theirs")
    with as_engine():
        made = Check.objects.get(household_id=card["id"], by="new_helper")
    assert (made.note, made.needs) == ("门口说的", ["seed"])
    assert other.cards[card["id"]]["kept"] == []
    assert other.fact(card["id"], kind=fact["kind"], id=fact["id"], fact=fact["fact"])["value"] == (not fact["value"])


def test_mine_leaves_what_stands_and_says_so(late: tuple[Phone, dict[str, Any], dict[str, Any]]) -> None:
    other, card, fact = late
    reviewed(other, card, card["kept"][0]["id"], "mine")
    with as_engine():
        (held,) = KeptWork.objects.filter(household_id=card["id"])
        assert not Check.objects.filter(household_id=card["id"], by="new_helper").exists()
    assert (held.state, held.looked_at_by) == ("dropped", "new_helper")
    assert held.reason
    assert other.fact(card["id"], kind=fact["kind"], id=fact["id"], fact=fact["fact"])["value"] == fact["value"]


def test_asked_the_village_finds_it_on_its_desk(late: tuple[Phone, dict[str, Any], dict[str, Any]]) -> None:
    from doudi.access import duties
    from doudi.access.users import User
    from doudi.register.households import Household
    from doudi.trail.commands import carry_out

    other, card, _fact = late
    reviewed(other, card, card["kept"][0]["id"], "ask_village")
    assert other.cards[card["id"]]["kept"] == []
    assert [each for each in other.cards[card["id"]]["tasks"] if each["kind"] == "kept"] == []
    with carry_out("test", by="county"), as_engine():
        place = Household.objects.get(pk=card["id"]).place_code
        officer = User.objects.create(username="officer_there", name="钱村")
        duties.give(officer, "village_officer", place, on=datetime.date(2020, 1, 1), by="county")
    client = Client()
    client.force_login(officer)
    assert "已以您的名义记下" in client.get("/kept-work/", {"done": "take"}).content.decode()
    page = client.get("/kept-work/").content.decode()
    assert "赵帮扶(帮扶责任人) 拿不准" in page
    assert "门口说的" in page
    with as_engine():
        (held,) = KeptWork.objects.filter(household_id=card["id"])
    assert client.post(f"/kept-work/{held.pk}/", {"what": "take"}).status_code == 302
    with as_engine():
        assert Check.objects.filter(household_id=card["id"], by="officer_there", note="门口说的").exists()


@pytest.mark.parametrize("body", [{}, {"kept": "1", "choice": "mine"}, {"kept": 2**40, "choice": "mine"}])
def test_a_review_of_nothing_is_refused(phone: Phone, body: dict[str, Any]) -> None:
    card, _fact = sayable(phone)
    sent = {"id": str(uuid.uuid4()), "verb": "review_kept", "household": card["id"], "base_version": 0, "body": body}
    assert phone.sync(sent)[0]["state"] == "refused"


def test_kept_work_of_another_household_is_not_reviewed(late: tuple[Phone, dict[str, Any], dict[str, Any]]) -> None:
    other, card, _fact = late
    stranger = other.cards[card["id"]]
    with as_engine():
        kept = KeptWork.objects.get(household_id=card["id"])
        kept_of_nobody = kept.pk + 1_000
    sent = {
        "id": str(uuid.uuid4()), "verb": "review_kept", "household": stranger["id"], "base_version": 0,
        "body": {"kept": kept_of_nobody, "choice": "theirs"},
    }  # fmt: skip
    assert other.sync(sent)[0]["state"] == "refused"
