"""A household changes hands while a telephone is away: nothing of it is lost, and the telephone lets it go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from doudi.access.scope import as_engine
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
