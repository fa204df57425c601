"""Payments of the demo county on their way to the bank and back: a batch of three persons, and the bank's answer."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from doudi.funds import batches, payments, returns
from doudi.funds.bank_lines import amount
from doudi.funds.batches import Batch
from doudi.funds.payments import Payment

MAKER, CHECKER, TREASURER = "county", "county2", "treasurer"
NOON = 4  # o'clock UTC, noon in the county


def send(ids: Collection[int], *, on: date) -> Batch | None:
    """Send checked payments of one budget; None where none of them waits."""
    waiting = list(Payment.objects.filter(pk__in=ids, state=payments.CHECKED).order_by("id"))
    if not waiting:
        return None
    batch = batches.make(waiting[0].budget, by=MAKER, on=on, ids=[each.pk for each in waiting])
    batches.check(batch, by=CHECKER, now=noon(on))
    return batches.send(batch, by=TREASURER, now=noon(on))


def answer(batch: Batch, told: Mapping[int, str], *, on: date) -> None:
    """Take in the bank's answer: what it says of a payment by its id (`退回,账号不符`), else that it was paid."""
    lines = ["业务参考号,金额,处理结果,失败原因"]
    rows = batch.payments.order_by("line")
    lines += [f"{each.reference},{amount(each.fen)},{told.get(each.pk, '成功,')}" for each in rows]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answer.csv")
        file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
        found = returns.preview(batch, file, name=f"银行回单{batch.number}.csv", by=MAKER, now=noon(on))
    returns.accept(found, by=MAKER, now=noon(on))


def noon(day: date) -> datetime:
    """Noon of a day in the county."""
    return datetime(day.year, day.month, day.day, NOON, tzinfo=UTC)
