"""A check the town sends back is a task on the helper's telephone, with the reason, until they checked again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from doudi.access.scope import as_engine
from doudi.monitoring import reviews, sent_back
from doudi.monitoring.checks import Check
from doudi.monitoring.days import county_day
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable


def decided(check_id: str, verdict: str, reason: str) -> None:
    """The village marks a check, the town decides on it."""
    from django.utils import timezone

    with transaction.atomic(), as_engine():
        on = county_day(timezone.now())
        made = reviews.mark(Check.objects.get(pk=check_id), "right", by="village", on=on)
        reviews.decide(made, verdict, reason=reason, by="town", on=on)


def asked(phone: Phone, household: int) -> list[dict[str, Any]]:
    phone.pull()
    return [task for task in phone.cards[household]["tasks"] if task["kind"] == "recheck"]


@pytest.mark.parametrize(
    ("verdict", "words"), [("return", "请再核一次"), ("visit", "入户看一看")], ids=["returned", "visit"]
)
def test_the_helper_is_told_until_they_checked_again(phone: Phone, verdict: str, words: str) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    assert phone.sync(sent)[0]["state"] == "done"
    assert asked(phone, card["id"]) == []
    decided(sent["id"], verdict, "收入要问清是哪几个月的")
    (task,) = asked(phone, card["id"])
    assert words in task["zh"]
    assert "收入要问清是哪几个月的" in task["reason_zh"]
    assert not any(task["kind"] == "recheck" for other in phone.cards if other != card["id"]
                   for task in phone.cards[other]["tasks"])  # fmt: skip
    again = check(phone.cards[card["id"]], reached="not_reached")
    assert phone.sync(again)[0]["state"] == "done"
    assert len(asked(phone, card["id"])) == 1, "nobody was reached"
    assert phone.sync(check(phone.cards[card["id"]], says(fact)))[0]["state"] == "done"
    assert asked(phone, card["id"]) == []


def test_what_was_accepted_is_no_task(phone: Phone) -> None:
    card, fact = sayable(phone)
    sent = check(card, says(fact))
    phone.sync(sent)
    decided(sent["id"], "accept", "")
    assert asked(phone, card["id"]) == []
    with as_engine():
        assert not sent_back.waiting([card["id"]]).exists()
