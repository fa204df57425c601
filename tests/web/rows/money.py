"""The nouns of money: budgets, payments, batches and the bank's answers."""

from __future__ import annotations

import datetime
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from tests.web.rows.base import COUNTY, ELSEWHERE, SIBLING, TOWN, Noun, Row, everybody, here, of_household
from tests.web.rows.making import BEGUN, copied, homes, of, sighted

MEASURE = "01_livelihood_award"


@cache
def _paid() -> dict[str, list[Any]]:
    """A payment of every corner; a batch of the county's budget and of each of two towns', sent, with an answer."""
    from doudi.funds import bank_accounts, batches, budgets, payments
    from doudi.funds.demo.money import BANK, card
    from doudi.funds.payments import Payment
    from doudi.funds.sources import FundSource

    now, day = timezone.now(), timezone.localdate()
    with sighted():
        source = FundSource.objects.order_by("code")[0]
        some = homes()
        bank_accounts.record(
            [
                bank_accounts.Holding("household", h.pk, h.pk, h.place_code, h.head_name, BANK, card(5_000_000 + h.pk))
                for h in some.values()
            ],
            by="county",
            on=BEGUN,
        )
        purses = {
            place: budgets.establish(MEASURE, place, source, title=f"预算{place}", from_day=BEGUN, by="county")
            for place in (COUNTY, TOWN, SIBLING)
        }
        for purse in purses.values():
            budgets.appropriate(purse, 10_000_00, document="演示文件", by="county", on=BEGUN)
        made = []
        for at, (corner, home) in enumerate(some.items()):
            payee = payments.Payee("rows", 900_000 + at, home.pk, None, home.place_code, 100_00)
            made += payments.make([payee], by="county", on=day, budget=purses[_purse(corner)]).values()
        payments.check(made, by="county2", now=now)
        sent = [_sent(batches, purse, day, now) for purse in purses.values()]
        waiting = list(Payment.objects.filter(pk__in=made).order_by("id"))
    return {"budgets": list(purses.values()), "payments": waiting, "batches": sent}


def _purse(corner: str) -> str:
    return {ELSEWHERE: COUNTY, SIBLING: SIBLING}.get(corner, TOWN)


def _sent(batches: Any, purse: Any, day: datetime.date, now: datetime.datetime) -> Any:
    batch = batches.make(purse, by="county", on=day)
    batches.check(batch, by="county2", now=now)
    return batches.send(batch, by="treasurer", now=now)


def published() -> list[Row]:
    """Budgets, which every reader of money sees."""
    return [Row({"number": str(each.pk)}) for each in _paid()["budgets"]]


def payments() -> list[Row]:
    """A payment to a household of every corner."""
    return of(_paid()["payments"])


@cache
def _batches() -> list[Any]:

    found = _paid()["batches"]
    with sighted():
        return [*found, copied(found[0], ELSEWHERE, number="of another county")]


def batches() -> list[Row]:
    """Batches of the county's budget, of two towns', and of another county's."""
    return of(_batches())


def answers() -> list[Row]:
    """What the bank says of each of those, not taken in yet."""
    from doudi.funds import returns

    made = []
    with sighted(), tempfile.TemporaryDirectory() as folder:
        first, *others = _batches()
        file = Path(folder, "answer.csv")
        lines = [f"{each.reference},{each.fen // 100},成功," for each in first.payments.order_by("line")]
        file.write_text("\r\n".join(["业务参考号,金额,处理结果,失败原因", *lines]) + "\r\n", encoding="utf-8")
        found = returns.preview(first, file, name="银行回单.csv", by="county", now=timezone.now())
        made = [found, *(copied(found, each.place_code, batch=each) for each in others)]
    return of(made)


NOUNS: dict[str, Noun] = {
    "budget": Noun(published, everybody),
    "payment": Noun(payments, of_household),
    "batch": Noun(batches, here),
    "bank's answer": Noun(answers, here),
}
