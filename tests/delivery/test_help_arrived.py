"""Help that arrived ends its alert at the next look at what moved, though nobody said a word of the household."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import pytest

from doudi.delivery import evidence, paying
from doudi.funds import bank_accounts, batches, payments, settlements
from doudi.funds.payments import PAID, Payment
from doudi.monitoring import touched, watching
from doudi.monitoring.alerts import OVER, Alert
from doudi.register.beliefs import horizon
from doudi.trail.commands import carry_out
from tests.delivery.test_results import LATER, approve, awards, entitlement, money, noticed
from tests.funds.conftest import CARDS

__all__ = ["awards", "money", "noticed"]
pytestmark = pytest.mark.django_db
LATE = LATER + datetime.timedelta(days=40)
NOW = datetime.datetime.combine(LATE, datetime.time(9), datetime.UTC)


def alert_of(home: int) -> Alert:
    return Alert.objects.get(name="help_not_arrived", household=home)


def the_only_help(ids: list[int]) -> Any:
    """The award of a household that waits for nothing else, and whose account is known."""
    found = [entitlement(number) for number in ids]
    times = Counter(one.household_id for one in found)
    one = next(one for one in found if times[one.household_id] == 1)
    payee = ("household", one.household_id, one.household_id, one.place_code, "户主", "农商行", CARDS[1])
    bank_accounts.record([bank_accounts.Holding(*payee)], by="county", on=LATER)
    return one


def at_the_bank(first: Any) -> Payment:
    """The award of one person, paid by the county's hands up to the bank."""
    brought = evidence.bring(first, "business_seen", "养鸡30只", by="helper", on=LATER)
    evidence.look([brought.pk], seen=True, by="village", on=LATER)
    (number,) = paying.pay([first.pk], by="county", on=LATER).values()
    payments.check([number], by="county2", now=NOW)
    made = Payment.objects.get(pk=number)
    batch = batches.make(made.budget, by="county", on=LATE, ids=[number])
    batches.send(batches.check(batch, by="county2", now=NOW), by="treasurer", now=NOW)
    return Payment.objects.get(pk=number)


def test_a_payment_that_arrived_ends_its_alert_before_the_next_days_look(
    noticed: list[int], whole: Any, money: Any, run: Any
) -> None:
    with whole():
        approve(noticed)
        first = the_only_help(noticed)
        made = at_the_bank(first)
        watching.look(by="county", on=LATE, run=run)
        assert alert_of(first.household_id).holds
        since = horizon()[0]
        assert touched.anything(since)
        with carry_out("test", by="treasurer") as act:
            settlements.settle(
                [settlements.Settled(made.pk, PAID, "")], command=act.id, by="treasurer", on=LATE, document="回单1"
            )
        assert first.household_id in touched.households(since)
        watching.catch_up(by="system", on=LATE)
        over = alert_of(first.household_id)
        assert (over.holds, over.state) == (False, OVER)
