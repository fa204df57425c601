"""The telephone's door: what it takes with it, and that what it sends is taken in once, each command by itself."""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from doudi.access.scope import as_engine
from doudi.monitoring.checks import Check
from doudi.monitoring.needs import Need
from doudi.register.statements import Statement
from doudi.trail.commands import Command
from tests.monitoring.conftest import Phone, check, says


def sayable(phone: Phone, kind: str = "bool") -> tuple[dict[str, Any], dict[str, Any]]:
    """A card and a fact of it that nobody protects and the household may say."""
    for card in phone.cards.values():
        for fact in card["facts"]:
            if fact["type"] == kind and fact["can_say"] and not fact["protected"] and fact["value"] is not None:
                return card, fact
    raise AssertionError("the helper's households have no such fact")


def test_a_telephone_takes_its_owners_households_and_nothing_more(phone: Phone) -> None:
    from django.utils import timezone

    from doudi.register.pairings import households_of

    assert set(phone.cards) == households_of(phone.user, timezone.localdate())
    for card in phone.cards.values():
        assert card["decisions"]
        assert card["members"]
        assert all(0 <= n < len(card["facts"]) for n in card["ask"])
        assert not {fact["sensitivity"] for fact in card["facts"]} & {"identity"}


def test_nothing_new_is_told_shortly(phone: Phone) -> None:
    told = phone.pull()
    assert told["households"] == []
    answer = phone.client.get(
        "/m/api/pull",
        {"since": phone.cursor},
        headers={"Authorization": f"Device {phone.token}", "If-None-Match": phone.cursor},
    )
    assert answer.status_code == 304
    assert "ETag" not in answer.headers


def test_a_check_is_stated_decided_and_kept(phone: Phone) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact, not fact["value"]), needs=["seed", "masks"], wants_counselling=True, note="门口说的")
    (result,) = phone.sync(sent)
    assert result["state"] == "done", result
    assert result["version"] > card["version"]
    fresh = phone.fact(card["id"], kind=fact["kind"], id=fact["id"], fact=fact["fact"])
    with as_engine():
        held = Check.objects.get(pk=sent["id"])
        statement = Statement.objects.get(pk=result["result"]["statements"][0])
        needs = set(Need.objects.filter(household_id=card["id"]).values_list("code", flat=True))
    assert (held.by, held.facts[0]["outcome"], held.note) == ("helper", "applied", "门口说的")
    assert statement.facts == {fact["fact"]: not fact["value"]}
    assert statement.evidence == {"check": sent["id"]}
    assert {"seed", "masks", "counselling"} <= needs
    assert fresh["value"] == (not fact["value"]) or fresh["source"] not in ("field", "household")
    assert phone.cards[card["id"]]["last_check"]["by"] == phone.user.name


def test_the_same_check_sent_again_is_told_the_same(phone: Phone) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    first, again = phone.sync(sent)[0], phone.sync(sent)[0]
    assert (first["state"], again["state"]) == ("done", "repeated")
    assert first["result"] == again["result"]
    with as_engine():
        assert Statement.objects.filter(evidence__check=sent["id"]).count() == 1
    other = {**sent, "body": {**sent["body"], "note": "改过"}}
    assert phone.sync(other)[0]["state"] == "refused"


def test_one_bad_command_fails_alone(phone: Phone) -> None:
    card, fact = sayable(phone)
    good, better = check(card, says(fact)), check(card)
    bad = check(card, {**says(fact), "fact": "no_such_fact"})
    strange = check({**card, "id": 99_999_999})
    results = phone.sync(good, bad, strange, {"verb": "erase"}, 7, better)  # type: ignore[arg-type]
    assert [each["state"] for each in results] == ["done", "refused", "not_yours", "refused", "refused", "done"]
    assert results[1]["refusal"]["where"] == "no_such_fact"
    with as_engine():
        assert Check.objects.filter(pk__in=[good["id"], better["id"]]).count() == 2
        assert not Check.objects.filter(pk=bad["id"]).exists()


def test_a_token_that_is_none_is_told_why(phone: Phone) -> None:
    from django.utils import timezone

    from doudi.access import devices
    from doudi.access.devices import Device

    devices.revoke(Device.objects.get(user=phone.user), by="helper", now=timezone.now())
    answer = phone.get("/m/api/pull")
    assert answer.status_code == 401
    assert set(answer.json()) == {"zh", "en", "where"}
    phone.token = "nonsense"
    assert phone.post("/m/api/sync", {"commands": []}).status_code == 401
    assert phone.client.get("/m/api/pull").status_code == 401


def test_pairing_by_a_code_works_once(run: Any) -> None:
    from django.test import Client
    from django.utils import timezone

    from doudi.access import pairing_codes
    from doudi.access.users import User

    code = pairing_codes.issue(User.objects.get(username="helper"), now=timezone.now())
    client = Client()
    body = {"code": code, "device_name": "新手机"}
    made = client.post("/m/api/pair", body, content_type="application/json")
    assert made.status_code == 200, made.content
    assert client.get("/m/api/pull", headers={"Authorization": f"Device {made.json()['token']}"}).status_code == 200
    assert client.post("/m/api/pair", body, content_type="application/json").status_code == 422


def test_too_many_wrong_codes_wait(run: Any) -> None:
    from django.test import Client

    from doudi.access import pairing_codes

    client, body = Client(), {"code": "00000000", "device_name": "x"}
    states = [
        client.post("/m/api/pair", body, content_type="application/json").status_code
        for _ in range(pairing_codes.MOST_FROM_ONE + 1)
    ]
    assert states == [422] * pairing_codes.MOST_FROM_ONE + [429]


def test_a_key_of_no_household_is_refused_without_a_trace(phone: Phone) -> None:
    card = next(iter(phone.cards.values()))
    for given in ("", "x", str(uuid.UUID(int=0)), str(uuid.uuid1()), 7, None):
        assert phone.sync({**check(card), "id": given})[0]["state"] == "refused"


def test_an_id_of_somebody_else_is_refused(phone: Phone) -> None:
    from doudi.trail.commands import carry_out

    card, fact = sayable(phone)
    sent = check(card, says(fact))
    with carry_out("phone.check", by="somebody", key=uuid.UUID(sent["id"]), payload=[]):
        pass
    assert phone.sync(sent)[0]["state"] == "refused"


def test_under_pressure_a_telephone_is_asked_to_come_again(phone: Phone) -> None:
    from doudi.web.phone import syncing

    card, fact = sayable(phone)
    sent = {"commands": [check(card, says(fact))]}
    taken = [syncing._turns.acquire(timeout=1) for _ in range(syncing.AT_ONCE)]
    try:
        answer = phone.post("/m/api/sync", sent)
    finally:
        for _ in taken:
            syncing._turns.release()
    assert (all(taken), answer.status_code) == (True, 429)
    assert syncing.SOONEST <= int(answer.headers["Retry-After"]) <= syncing.LATEST
    assert phone.post("/m/api/sync", sent).json()["results"][0]["state"] == "done"


@pytest.mark.parametrize("met", [OperationalError("deadlock detected"), IntegrityError("alert_one_while_it_holds")])
def test_a_batch_that_met_another_is_asked_to_come_again_whole(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, met: Exception
) -> None:
    from doudi.policy.sittings import Sitting

    card, fact = sayable(phone)
    sent = {"commands": [check(card, says(fact))]}

    def deadlock(*_given: Any, **_named: Any) -> None:
        raise met

    with monkeypatch.context() as while_busy:
        while_busy.setattr(Sitting, "decide", deadlock)
        answer = phone.post("/m/api/sync", sent)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    assert not Command.objects.filter(pk=sent["commands"][0]["id"]).exists(), "nothing of it is half there"
    assert phone.post("/m/api/sync", sent).json()["results"][0]["state"] == "done"


def test_a_card_that_comes_back_to_what_it_was_is_brought_again(phone_of: Callable[..., Phone]) -> None:
    """Two helpers check a household in turn: what one holds from an answer is not what the cursor says it holds."""
    first = phone_of()
    first.pull()
    number = min(first.cards)
    second = phone_of(_second_helper_of(number))
    second.pull()
    second.sync(check(second.cards[number]))
    first.pull()
    before = first.cards[number]
    first.sync(check(before))
    assert first.cards[number]["last_check"] != before["last_check"]
    second.sync(check(second.cards[number]))
    first.pull()
    assert first.cards[number] == before


def _second_helper_of(household: int) -> str:
    from django.utils import timezone

    from doudi.access import duties
    from doudi.access.users import User
    from doudi.register import pairings
    from doudi.register.households import Household
    from doudi.trail.commands import carry_out

    now, day = timezone.now(), timezone.localdate()
    with carry_out("test", by="county"), as_engine():
        user = User(username="second_helper", name="李帮扶")
        user.set_unusable_password()
        user.save()
        duties.give(user, "helper", "", on=day, by="county")
        pairings.pair(Household.objects.get(pk=household), user, unit="县医院", on=day, by="county", now=now)
    return user.username


def test_a_telephone_without_a_cursor_is_brought_everything(phone: Phone) -> None:
    """Cleared after weeks without signal it has no card, whatever it still says it got in answer to a batch."""
    cards, told = phone.cards, phone.sync(check(next(iter(phone.cards.values()))))
    assert told
    assert phone.held
    phone.cards, phone.cursor = {}, ""
    phone.pull()
    assert phone.cards.keys() == cards.keys()


def test_what_is_said_to_be_held_is_read_kindly(phone: Phone) -> None:
    """Nonsense there brings more cards, never an error."""
    for held in ("81", "x:y,,:,81:", "9" * 30 + ":a", "٣:a", ",".join("1:" for _ in range(5000))):
        answer = phone.get("/m/api/pull", since=phone.cursor, held=held)
        assert answer.status_code == 200, answer.content
    for number in ("9" * 30, "²", "-1", ""):
        forged = base64.urlsafe_b64encode(zlib.compress(json.dumps({number: "a"}).encode())).decode()
        answer = phone.get("/m/api/pull", since=forged)
        assert answer.status_code == 200, answer.content
        assert answer.json()["gone"] == []
