"""No money is approved while the trail has not been sealed for a day; unspent money is told by its age."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from doudi.funds import batches, budgets, payments, reconciliation, settlements
from doudi.funds.settlements import Settled
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from tests.funds.conftest import DAY, batch_of, now, payees

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officials")]


def test_nothing_is_approved_while_the_seal_fails_for_more_than_a_day(budget: Any, accounts: Any) -> None:
    soon, late = now() + timedelta(hours=23), now() + timedelta(hours=25)
    made = list(payments.make(payees(100, 200), by="li", on=DAY, budget=budget).values())
    with pytest.raises(Refusal, match="not been sealed for"):
        payments.check(made, by="wang", now=late)
    assert payments.check(made, by="wang", now=soon) == 300
    batch = batches.make(budget, by="li", on=DAY)  # recording goes on
    with pytest.raises(Refusal, match="not been sealed"):
        batches.check(batch, by="wang", now=late)
    batch = batches.check(batch, by="wang", now=soon)
    with pytest.raises(Refusal, match="not been sealed"):
        batches.send(batch, by="zhao", now=late)
    assert payments.state_of("entitlement", [1])[1].state == "checked"


def test_unspent_money_is_told_by_its_age(budget: Any, accounts: Any) -> None:
    for days, fen in ((31, 700), (61, 80), (91, 9)):
        budgets.appropriate(budget, fen, document="追加", by="li", on=DAY + timedelta(days=days))
    (age,) = reconciliation.ages(on=DAY + timedelta(days=91))
    assert (age.days_30, age.days_60, age.days_90, age.older) == (80 + 9, 700, 0, 50_000)
    assert (age.unspent, age.oldest) == (50_789, DAY)
    batch = batch_of(budget, 49_990)
    with carry_out("test.settle", by="zhao", payload=[]) as act:
        (number,) = batch.payments.values_list("pk", flat=True)
        settlements.settle([Settled(number, "paid", "")], command=act.id, by="zhao", on=DAY, document="回单")
    (age,) = reconciliation.ages(on=DAY + timedelta(days=91))
    assert (age.older, age.unspent) == (10, 799)  # the oldest is spent first
