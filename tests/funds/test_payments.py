"""Payments: never twice, never by one person alone, never of money that is not reserved."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.funds import bank_accounts, payments, reservations
from doudi.funds.payments import Payment
from doudi.values.refusals import Refusal
from tests.funds.conftest import DAY, now, payees

pytestmark = pytest.mark.django_db


def test_payments_are_made_of_what_is_reserved_and_checked_by_another(budget: Any, accounts: Any) -> None:
    reservations.reserve(budget, {"entitlement:1": 10_000, "entitlement:2": 20_000}, by="li", on=DAY)
    made = payments.make(payees(10_000, 20_000), by="li", on=DAY)
    assert set(made) == {1, 2}
    with pytest.raises(Refusal, match="You made"):
        payments.check(made.values(), by="li", now=now())
    assert payments.check(made.values(), by="wang", now=now()) == 30_000
    standing = payments.state_of("entitlement", [1, 2, 3])
    assert {origin: (each.state, each.fen) for origin, each in standing.items()} == {
        1: ("checked", 10_000),
        2: ("checked", 20_000),
    }
    with pytest.raises(Refusal, match="is checked now"):
        payments.check(made.values(), by="wang", now=now())


@pytest.mark.parametrize(
    ("reserved", "told"), [(None, "nothing is reserved"), (9_999, r"99\.99 yuan are"), (10_001, r"100\.01 yuan are")]
)
def test_another_amount_than_is_reserved_is_refused(
    budget: Any, accounts: Any, reserved: int | None, told: str
) -> None:
    if reserved:
        reservations.reserve(budget, {"entitlement:1": reserved}, by="li", on=DAY)
    with pytest.raises(Refusal, match=told):
        payments.make(payees(10_000), by="li", on=DAY)
    assert not Payment.objects.exists()


def test_a_second_payment_for_the_same_is_refused(budget: Any, accounts: Any) -> None:
    payments.make(payees(10_000), by="li", on=DAY, budget=budget)
    with pytest.raises(Refusal, match="never twice"):
        payments.make(payees(10_000), by="li", on=DAY, budget=budget)
    with pytest.raises(Refusal, match="comes twice"):
        payments.make([*payees(5), *payees(5)], by="li", on=DAY, budget=budget)


def test_a_stopped_payment_can_be_made_again(budget: Any, accounts: Any) -> None:
    payments.make(payees(10_000), by="li", on=DAY, budget=budget)
    assert payments.stop("entitlement", [1], reason="有异议", by="li", on=DAY) == 1
    assert payments.state_of("entitlement", [1])[1].state == "stopped"
    again = payments.make(payees(10_000), by="li", on=DAY)
    assert Payment.objects.current().get().pk == again[1]


def test_the_database_knows_three_persons(budget: Any, accounts: Any) -> None:
    made = payments.make(payees(10_000), by="li", on=DAY, budget=budget)
    mine = Payment.objects.filter(pk__in=made.values())
    with pytest.raises(IntegrityError, match="funds_payment_checker"), transaction.atomic():
        mine.update(state="checked", checked_by="li", checked_on=DAY)
    with pytest.raises(IntegrityError, match="is what it was made as"), transaction.atomic():
        mine.update(fen=10_001)
    with pytest.raises(IntegrityError, match="does not go from made to paid"), transaction.atomic():
        mine.update(state="paid")


def test_an_account_is_asked_for_before_the_check(budget: Any) -> None:
    made = payments.make(payees(10_000), by="li", on=DAY, budget=budget)
    with pytest.raises(Refusal, match="no account to go to"):
        payments.check(made.values(), by="wang", now=now())
    row = bank_accounts.Holding("person", 11, 1, payees(1)[0].place_code, "张三", "农商行", "6228480000000000018")
    (number,) = bank_accounts.record([row], by="li", on=DAY)
    payments.check(made.values(), by="wang", now=now())
    assert Payment.objects.get().bank_account_id == number
    assert bank_accounts.number_of(Payment.objects.get().bank_account) == "6228480000000000018"
