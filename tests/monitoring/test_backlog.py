"""Under pressure: a batch is taken in at once, its households are decided a little later, and the telephone is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.utils import timezone

from doudi.access.scope import as_engine
from doudi.monitoring import alerts, backlog
from doudi.monitoring.backlog import Backlog
from doudi.policy import deferrals, households
from doudi.policy.decisions import Standing
from doudi.policy.runs import Run
from doudi.web.phone import syncing
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable


@contextmanager
def crowd() -> Iterator[None]:
    """As many batches at once as are taken in together: the next finds no turn free, and gets one a little later."""
    taken = [syncing._turns.acquire(timeout=1) for _ in range(syncing.AT_ONCE)]
    assert all(taken)
    soon = threading.Timer(0.1, syncing._turns.release)
    soon.start()
    try:
        yield
    finally:
        soon.join()
        for _ in taken[1:]:
            syncing._turns.release()


def settle(worker: Backlog) -> int:
    """A round of it; how many were decided."""
    return sum(iter(lambda: worker.settle(now=timezone.now()), None))


def sent_in_a_crowd(phone: Phone, *commands: dict[str, Any]) -> dict[str, Any]:
    with crowd():
        answer = phone.post("/m/api/sync", {"device_at": "", "commands": list(commands)})
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    phone.take(told)
    return told


def as_decided_now(household: int) -> bool:
    """Whether what is in force of a household is what is decided of it now."""
    with as_engine():
        run = Run.objects.in_force()
        decided = households.decide(household, run.pack.pack, as_of=run.as_of)
        held = {
            (each.subject_kind, each.subject_id): each.decision
            for each in Standing.objects.filter(household_id=household).select_related("decision")
        }
    return all(held[key].reasons == [each.reasons for each in answers] for key, answers in decided.answers.items())


def changing(phone: Phone) -> dict[str, Any]:
    """A check that says otherwise than what is believed of something a measure is decided by."""
    for card in phone.cards.values():
        for place in card["ask"]:
            fact = card["facts"][place]
            if fact["type"] == "bool" and fact["can_say"] and fact["value"] is None:
                return check(card, says(fact, True))
    raise AssertionError("nothing is open at the helper's households")


def test_in_a_crowd_what_is_said_is_there_and_decided_later(phone: Phone) -> None:
    sent = changing(phone)
    household = sent["household"]
    told = sent_in_a_crowd(phone, sent)
    assert [each["state"] for each in told["results"]] == ["done"]
    assert (told["cards"], told["later"]) == ([], [household])
    assert syncing.CARDS_SOONEST <= told["cards_after"] <= syncing.CARDS_LATEST
    assert not as_decided_now(household)
    phone.pull()
    assert phone.cards[household]["deciding"] is True
    assert phone.fact(household, **{k: sent["body"]["facts"][0][k] for k in ("kind", "id", "fact")})["value"] is True

    assert settle(Backlog()) == 1

    assert as_decided_now(household)
    phone.pull()
    assert phone.cards[household]["deciding"] is False
    assert deferrals.waiting().households == 0


def test_the_next_batch_at_leisure_decides_it(phone: Phone) -> None:
    sent = changing(phone)
    sent_in_a_crowd(phone, sent)
    phone.sync(check(phone.cards[sent["household"]]))  # a check that says nothing decides nobody
    assert deferrals.waiting().households == 1
    card = phone.cards[sent["household"]]
    fact = next(f for f in card["facts"] if f["can_say"] and f["value"] is not None and not f["protected"])
    phone.sync(check(card, says(fact)))
    assert deferrals.waiting().households == 0
    assert as_decided_now(sent["household"])


def test_a_batch_sent_twice_is_not_put_off_again(phone: Phone) -> None:
    """Its telephone holds what it was told the first time, and no card that waits for ever."""
    sent = changing(phone)
    sent_in_a_crowd(phone, sent)
    settle(Backlog())
    told = sent_in_a_crowd(phone, sent)
    assert [each["state"] for each in told["results"]] == ["repeated"]
    assert (told["cards"], told["later"]) == ([], [])
    assert deferrals.waiting().households == 0


def test_alerts_are_settled_with_it(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[set[int]] = []
    raised = alerts.settle

    def watched(*given: Any, **named: Any) -> Any:
        looked.append(set(named["households"]))
        return raised(*given, **named)

    monkeypatch.setattr(alerts, "settle", watched)
    sent = changing(phone)
    sent_in_a_crowd(phone, sent)
    assert looked == []
    settle(Backlog())
    assert looked == [{sent["household"]}]


def test_who_cannot_be_decided_keeps_nobody_else_waiting(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, _well = spoken_of(phone)
    worker = Backlog()
    with monkeypatch.context() as while_broken:
        while_broken.setattr(backlog, "settle", refusing(stuck, ArithmeticError("no number")))
        assert settle(worker) == 1
        assert settle(worker) == 0
        assert deferrals.oldest() == [stuck]
        assert [each.message for each in caplog.records if each.levelname == "ERROR"] == [
            f"household {stuck} cannot be decided"
        ]
    assert settle(worker) == 1
    assert deferrals.oldest() == []


@pytest.mark.parametrize("error", [ArithmeticError("no number"), DataError("out of range"), IntegrityError("twice")])
def test_what_the_database_refuses_of_one_keeps_nobody_else_waiting(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    stuck, well = spoken_of(phone)
    monkeypatch.setattr(backlog, "settle", refusing(stuck, error))
    assert settle(Backlog()) == 1
    assert deferrals.oldest() == [stuck]
    assert as_decided_now(well)


def test_a_database_that_is_away_is_not_a_households_fault(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, _well = spoken_of(phone)
    monkeypatch.setattr(backlog, "settle", refusing(stuck, OperationalError("away")))
    with pytest.raises(OperationalError):
        settle(Backlog())
    assert len(deferrals.oldest()) == 2


def spoken_of(phone: Phone) -> tuple[int, int]:
    """Two households of which something was said in a crowd."""
    some = [c for c in phone.cards.values() if any(f["can_say"] and f["value"] is not None for f in c["facts"])][:2]
    for card in some:
        fact = next(f for f in card["facts"] if f["can_say"] and f["value"] is not None)
        sent_in_a_crowd(phone, check(card, says(fact)))
    first, second = some
    return first["id"], second["id"]


def refusing(stuck: int, error: Exception) -> Callable[..., int]:
    """What settles a piece, broken for one household."""
    whole = backlog.settle

    def some(household_ids: Any, **named: Any) -> int:
        if stuck in household_ids:
            raise error
        return whole(household_ids, **named)

    return some


def test_a_county_without_pressure_decides_within_the_batch(phone: Phone) -> None:
    _card, fact = sayable(phone)
    told = phone.post("/m/api/sync", {"commands": [check(_card, says(fact))]}).json()
    assert "later" not in told
    assert [card["id"] for card in told["cards"]] == [_card["id"]]
    assert told["cards"][0]["deciding"] is False
