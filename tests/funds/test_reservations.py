"""Budgets and reservations: to the fen, once, and never beyond what was given."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from doudi.funds import budgets, ledger, reservations
from doudi.values.refusals import Refusal
from tests.funds.conftest import DAY

pytestmark = pytest.mark.django_db


def standing(budget: Any) -> dict[str, int]:
    return {kind: fen for kind, fen in ledger.balances(budget).items() if fen}


def test_what_is_reserved_is_not_available(budget: Any) -> None:
    assert reservations.reserve(budget, {"entitlement:1": 10_000, "entitlement:2": 15_000}, by="li", on=DAY) == 25_000
    assert standing(budget) == {"appropriated": 50_000, "available": 25_000, "reserved": 25_000}
    assert reservations.release(["entitlement:1"], reason="撤回", by="li", on=DAY) == 10_000
    assert standing(budget) == {"appropriated": 50_000, "available": 35_000, "reserved": 15_000}
    assert ledger.recount() == []


def test_one_fen_over_is_refused_and_told(budget: Any) -> None:
    reservations.reserve(budget, {"a:1": 50_000}, by="li", on=DAY)
    with pytest.raises(Refusal, match=r"has 0.00 yuan available, not 0.01"):
        reservations.reserve(budget, {"a:2": 1}, by="li", on=DAY)
    assert standing(budget) == {"appropriated": 50_000, "reserved": 50_000}
    assert not reservations.Reservation.objects.filter(reference="a:2").exists()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [({}, "nothing to reserve"), ({"a:1": 0}, "not positive"), ({"a:1": -5}, "not positive")],
)
def test_no_such_reservation(budget: Any, wanted: dict[str, int], told: str) -> None:
    with pytest.raises(Refusal, match=told):
        reservations.reserve(budget, wanted, by="li", on=DAY)


def test_a_second_time_and_another_day_are_refused(budget: Any) -> None:
    reservations.reserve(budget, {"a:1": 100}, by="li", on=DAY)
    with pytest.raises(Refusal, match="reserved already"):
        reservations.reserve(budget, {"a:2": 100, "a:1": 100}, by="li", on=DAY)
    with pytest.raises(Refusal, match="does not run on"):
        reservations.reserve(budget, {"a:3": 100}, by="li", on=DAY.replace(month=1))
    with pytest.raises(Refusal, match="never reserved"):
        reservations.release(["a:9"], reason="x", by="li", on=DAY)
    reservations.release(["a:1"], reason="x", by="li", on=DAY)
    with pytest.raises(Refusal, match="released"):
        reservations.release(["a:1"], reason="x", by="li", on=DAY)
    reservations.reserve(budget, {"a:1": 100}, by="li", on=DAY)
    assert standing(budget)["reserved"] == 100


def test_an_appropriation_is_taken_back_as_far_as_it_is_free_and_reversed_once(budget: Any) -> None:
    reservations.reserve(budget, {"a:1": 40_000}, by="li", on=DAY)
    with pytest.raises(Refusal, match=r"100.00 yuan available, not 100.01"):
        budgets.appropriate(budget, -10_001, document="县财3号", by="li", on=DAY)
    number = budgets.appropriate(budget, 5_000, document="县财4号", by="li", on=DAY)
    entry = ledger.Entry.objects.get(pk=number)
    ledger.reverse(entry, reason="重复下达", by="li", on=DAY)
    with pytest.raises(Refusal, match="once only"):
        ledger.reverse(entry, reason="重复下达", by="li", on=DAY)
    assert standing(budget) == {"appropriated": 50_000, "available": 10_000, "reserved": 40_000}


def test_the_database_refuses_what_does_not_balance(budget: Any) -> None:
    accounts = {a.kind: a for a in ledger.Account.objects.filter(budget=budget)}
    entry = ledger.Entry.objects.first()
    assert entry is not None
    made = ledger.Entry(kind="x", command_id=entry.command_id, on=DAY, by="li")
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        made.save()
        ledger.Posting.objects.create(entry=made, account=accounts["available"], fen=7)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE funds_posting SET fen = fen + 1",
        "DELETE FROM funds_posting",
        "UPDATE funds_entry SET kind = 'x'",
        "UPDATE funds_balance SET fen = fen + 1",
        "INSERT INTO funds_balance (account_id, kind, fen) VALUES (0, 'available', 1)",
    ],
)
def test_what_is_posted_stays(budget: Any, statement: str) -> None:
    from django.db import DatabaseError

    with (
        pytest.raises(DatabaseError, match=r"refused|permission denied"),
        transaction.atomic(),
        connection.cursor() as c,
    ):
        c.execute(statement)
