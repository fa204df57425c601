"""What the bank is told of each payment of a batch: full account numbers pass through here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doudi.funds import bank_accounts
from doudi.funds.batches import Batch
from doudi.funds.payments import Payment
from doudi.register.exporting.columns import clean


class Line(NamedTuple):
    """One payment as the bank takes it; `number` is whole, `fen` an amount in fen."""

    line: int
    holder: str
    number: str
    bank: str
    fen: int
    purpose: str
    reference: str


def lines(batch: Batch) -> Iterator[Line]:
    """The payments of a batch in the order of its file, with whole account numbers."""
    rows = Payment.objects.filter(batch=batch).select_related("bank_account").order_by("line")
    for payment in rows.iterator(chunk_size=5000):
        account = payment.bank_account
        assert account is not None
        assert payment.line is not None
        yield Line(
            payment.line,
            clean(account.holder),
            bank_accounts.number_of(account),
            clean(account.bank),
            payment.fen,
            batch.budget.title,
            payment.reference,
        )


def amount(fen: int) -> str:
    """An amount as banks read it: 10000 fen is `100.00`, without separators."""
    return f"{fen // 100}.{fen % 100:02d}"
