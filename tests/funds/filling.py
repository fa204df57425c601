"""A county with money at every step, made by the verbs: `python -m tests.funds.filling WAITING SENT EACH PASSWORD`.

WAITING budgets hold EACH checked payments, SENT batches of EACH are with the bank; li, wang and zhao have the password.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import Any

import click

COUNTY, VILLAGE, DAY, FEN = "510921", "510921110212", date(2020, 3, 2), 10_000


def card(number: int) -> str:
    """A number nobody has, with its right check digit."""
    from doudi.values.account_numbers import luhn

    return next(f"6228480{number:011d}{d}" for d in "0123456789" if luhn(f"6228480{number:011d}{d}"))


def begin(each: int, password: str) -> Any:
    from doudi.access import duties
    from doudi.access.users import User
    from doudi.funds import bank_accounts, sources
    from doudi.places.divisions import Division, load

    load([Division(COUNTY + "000000", "蓬溪县", "county", "county")], by="test")
    for name, role in (("li", "county_officer"), ("wang", "county_officer"), ("zhao", "treasurer")):
        user = User(username=name, name=name)
        user.set_password(password)
        user.save()
        duties.give(user, role, COUNTY, on=date(2020, 1, 1), by="test")
    rows = [
        bank_accounts.Holding("household", n, n, VILLAGE, f"户主{n}", "农商行", card(n)) for n in range(1, each + 1)
    ]
    bank_accounts.record(rows, by="li", on=DAY)
    return sources.register("S", "县级资金", level="county", document="1号", on=DAY, by="li")


def fill(source: Any, name: str, each: int, *, sent: bool) -> None:
    from doudi.funds import batches, budgets, payments

    now = datetime.now(UTC)
    budget = budgets.establish(name, COUNTY, source, title=name, from_day=DAY, by="li")
    budgets.appropriate(budget, each * FEN, document="2号", by="li", on=DAY)
    due = [payments.Payee(name, n, n, None, VILLAGE, FEN) for n in range(1, each + 1)]
    payments.check(payments.make(due, by="li", on=DAY, budget=budget).values(), by="wang", now=now)
    if sent:
        batch = batches.make(budget, by="li", on=DAY)
        batches.check(batch, by="wang", now=now)
        batches.send(batch, by="zhao", now=now)


def main(waiting: int, sent: int, each: int, password: str) -> None:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.trail.commands import carry_out

    with transaction.atomic(), as_engine():
        with carry_out("test.fill", by="test", payload=[]):
            source = begin(each, password)
        for turn in range(waiting + sent):
            fill(source, f"m{turn}", each, sent=turn >= waiting)


if __name__ == "__main__":
    from doudi.cli import frame

    with click.Context(click.Command("filling")) as context:
        frame.open_home(context)
        main(*map(int, sys.argv[1:4]), sys.argv[4])
