"""One budget with 500 yuan, three households with accounts, and three people who make, check and pay."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import COUNTY, FAR_VILLAGE, TOWN, VILLAGE

DAY = datetime.date(2020, 3, 2)
MEASURE = "01_livelihood_award"
CARDS = {1: "6228480000000000018", 2: "6228480000000000026", 3: "6228480000000000034"}


def now() -> datetime.datetime:
    from django.utils import timezone

    return timezone.now()


def payees(*fens: int, kind: str = "entitlement") -> list[Any]:
    """So many fen for the persons 1, 2, 3 … of the households 1, 2, 3 …; each for the origin of that number."""
    from doudi.funds.payments import Payee

    return [Payee(kind, n, n, 10 + n, VILLAGE if n < 3 else FAR_VILLAGE, fen) for n, fen in enumerate(fens, start=1)]


@pytest.fixture
def budget(places: dict[str, Any], seeing_county: None) -> Any:
    from doudi.funds import budgets, sources

    source = sources.register(
        "S1", "中央财政专项扶贫资金", level="central", document="川财〔2020〕1号", on=DAY, by="li"
    )
    made = budgets.establish(MEASURE, COUNTY, source, title="产业就业扶持金", from_day=DAY, by="li")
    budgets.appropriate(made, 50_000, document="县财〔2020〕2号", by="li", on=DAY)
    return made


@pytest.fixture
def accounts(budget: Any) -> SimpleNamespace:
    from doudi.funds import bank_accounts

    rows = [
        bank_accounts.Holding("household", n, n, VILLAGE if n < 3 else FAR_VILLAGE, f"户主{n}", "农商行", number)
        for n, number in CARDS.items()
    ]
    ids = bank_accounts.record(rows, by="li", on=DAY)
    return SimpleNamespace(ids=ids, town=TOWN)


@pytest.fixture
def officials(acting: str) -> SimpleNamespace:
    """Somebody who makes, somebody who checks, and a treasurer who pays."""
    from doudi.access import duties
    from doudi.access.users import User

    for name, role in (("li", "county_officer"), ("wang", "county_officer"), ("zhao", "treasurer")):
        user = User(username=name, name=name)
        user.set_unusable_password()
        user.save()
        duties.give(user, role, COUNTY, on=datetime.date(2020, 1, 1), by=acting)
    return SimpleNamespace(makes="li", checks="wang", pays="zhao")


def batch_of(budget: Any, *fens: int, sent: bool = True, kind: str = "entitlement") -> Any:
    """A batch of payments to persons 1, 2, 3 …: made by li, checked by wang, sent by zhao."""
    from doudi.funds import batches, payments

    made = payments.make(payees(*fens, kind=kind), by="li", on=DAY, budget=budget)
    payments.check(made.values(), by="wang", now=now())
    batch = batches.make(budget, by="li", on=DAY)
    if sent:
        batches.check(batch, by="wang", now=now())
        batch = batches.send(batch, by="zhao", now=now())
    return batch
