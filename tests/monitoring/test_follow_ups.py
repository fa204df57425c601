"""A follow-up ends: on the telephone by what came of it, at the desk, or because what was missed has arrived."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from doudi.access.scope import as_engine
from doudi.access.users import User
from doudi.monitoring import alerts, orders
from doudi.monitoring.alerts import Alert
from doudi.monitoring.follow_ups import FollowUp
from doudi.trail.commands import carry_out
from tests.monitoring.conftest import Phone
from tests.policy.conftest import DAY


def order(card: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    """A command as a telephone writes it."""
    return {"id": str(uuid.uuid4()), "verb": verb, "household": card["id"], "base_version": 0, "body": body}


def tasks(phone: Phone, home: int) -> list[str]:
    """The follow-ups among the tasks of a card, by what they name."""
    phone.pull()
    return [each["where"] for each in phone.cards[home]["tasks"] if each["kind"] == "follow_up"]


def test_a_follow_up_is_a_task_until_somebody_says_what_came_of_it(phone: Phone) -> None:
    card, other = list(phone.cards.values())[:2]
    (made,) = phone.sync(order(card, "follow_up", on=DAY.isoformat(), what="看看秧苗"))
    number = made["result"]["follow_up"]
    assert tasks(phone, card["id"]) == [f"follow_up:{number}"]
    for wrong in (
        order(card, "follow_up_done", follow_up=number, result=" "),
        order(card, "follow_up_done", follow_up=str(number), result="好"),
        order(card, "follow_up_done", result="好"),
        order(other, "follow_up_done", follow_up=number, result="好"),
    ):
        (refused,) = phone.sync(wrong)
        assert refused["state"] == "refused", refused
    sent = order(card, "follow_up_done", follow_up=number, result="秧苗长好了")
    assert [each["state"] for each in (*phone.sync(sent), *phone.sync(sent))] == ["done", "repeated"]
    assert tasks(phone, card["id"]) == []
    with as_engine():
        held = FollowUp.objects.get(pk=number)
    assert (held.done_by, held.result) == ("helper", "秧苗长好了")
    (again,) = phone.sync(order(card, "follow_up_done", follow_up=number, result="又一次"))
    assert again["state"] == "refused"


def test_what_was_missed_and_came_needs_no_more_coming_back(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    card = next(iter(phone.cards.values()))

    class Found:
        pk, subject_kind, subject_id, amount_fen = 7, "household", card["id"], None

    class Delivered:
        def filter(self, **_asked: Any) -> Delivered:
            return self

        def first(self) -> Found:
            return Found()

    monkeypatch.setattr(orders, "Entitlement", SimpleNamespace(objects=Delivered()))
    monkeypatch.setattr(orders.entitlements, "confirm", lambda *_a, **_k: None)
    monkeypatch.setattr(orders.waiting, "title_of", lambda _one: ("化肥", "fertiliser"))
    said = {"thing": "entitlement", "id": 7, "note": ""}
    assert phone.sync(order(card, "confirm_delivery", received="no", **said))[0]["state"] == "done"
    (task,) = tasks(phone, card["id"])
    assert phone.sync(order(card, "confirm_delivery", received="yes", **said))[0]["state"] == "done"
    assert tasks(phone, card["id"]) == []
    with as_engine():
        assert FollowUp.objects.get(pk=task.partition(":")[2]).result == "农户说收到了"


def test_at_the_desk_a_follow_up_of_an_alert_ends_by_its_result(phone: Phone) -> None:
    card = next(iter(phone.cards.values()))
    with carry_out("test", by="county"), as_engine():
        place = card["code"][:12]
        alert = Alert.objects.create(
            name="produce_unsold", subject_kind="household", subject_id=card["id"], household_id=card["id"],
            place_code=place, raised_on=DAY, holds=True,
        )  # fmt: skip
        made = alerts.follow(alert, "下周再问", due=DAY, by="county", on=DAY)
    county, address = Client(), reverse("alert-act", args=[alert.pk])
    county.force_login(User.objects.get(username="county"))
    wrong = county.post(address, {"act": "done", "follow_up": made.pk, "result": ""})
    assert wrong.status_code == 422
    assert "请写一句回访的结果" in wrong.content.decode()
    assert county.post(address, {"act": "done", "follow_up": 10**9, "result": "好"}).status_code == 422
    assert county.post(address, {"act": "done", "follow_up": made.pk, "result": "已卖出"}).status_code == 302
    page = county.get(reverse("alert", args=[alert.pk])).content.decode()
    assert "已卖出" in page
    assert tasks(phone, card["id"]) == []
