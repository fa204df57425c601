"""Many writers at one budget, and the same command from many senders: nothing over, nothing twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from doudi.access.scope import as_engine
from doudi.funds import budgets, ledger, reservations, sources
from doudi.funds.budgets import Budget
from doudi.places.divisions import Division, load
from doudi.trail.commands import AlreadyDone, carry_out
from doudi.values.refusals import Refusal
from tests.funds.conftest import DAY, MEASURE

WRITERS, EACH, CAP, FEN = 16, 20, 20_000, 101
KEYS, SENDERS = 1_500, 8


@pytest.fixture
def shared(fresh_database: str, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), transaction.atomic(), as_engine():
        load([Division("510921000000", "蓬溪县", "county", "county")], by="li")
        source = sources.register("S1", "县级资金", level="county", document="1号", on=DAY, by="li")
        made = budgets.establish(MEASURE, "510921", source, title="试", from_day=DAY, by="li")
        budgets.appropriate(made, CAP, document="2号", by="li", on=DAY)
    with django_db_blocker.unblock():
        yield made


def together(number: int, work: Callable[[int], None]) -> list[BaseException]:
    wrong: list[BaseException] = []

    def run(at: int) -> None:
        try:
            work(at)
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_sixteen_writers_reserve_not_one_fen_too_much(shared: Budget) -> None:
    refused: list[int] = []

    def work(at: int) -> None:
        for n in range(EACH):
            try:
                reservations.reserve(shared, {f"race:{at * EACH + n}": FEN}, by=f"w{at}", on=DAY)
            except Refusal:
                refused.append(at)

    assert together(WRITERS, work) == []
    stand = ledger.balances(shared)
    assert stand["reserved"] == CAP // FEN * FEN
    assert stand["available"] == CAP - stand["reserved"]
    assert len(refused) == WRITERS * EACH - CAP // FEN
    assert ledger.recount() == []


def test_a_key_sent_by_eight_has_one_effect(shared: Budget) -> None:
    answered: list[bool] = []
    keys = [uuid.uuid4() for _ in range(KEYS)]
    budgets.appropriate(shared, KEYS, document="3号", by="li", on=DAY)

    def work(at: int) -> None:
        for number, key in enumerate(keys):
            try:
                with carry_out("test.reserve", by="li", key=key, payload=number) as act:
                    reservations.reserve(shared, {f"key:{number}": 1}, by="li", on=DAY)
                    act.result = number
            except AlreadyDone as done:
                answered.append(done.result == number)

    assert together(SENDERS, work) == []
    assert answered == [True] * (KEYS * (SENDERS - 1))
    assert reservations.Reservation.objects.filter(reference__startswith="key:").count() == KEYS
    assert ledger.balances(shared)["reserved"] == KEYS
    with (
        pytest.raises(Refusal, match="used for something else"),
        carry_out("test.reserve", by="li", key=keys[0], payload="other"),
    ):
        pass
