"""Settlements: what became of payments that were with the bank, in the ledger and on the payment, in one command."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from doudi.funds import batch_rows, ledger, reservations
from doudi.funds.batches import SENT, Batch
from doudi.funds.payments import FAILED, HELD, OPEN, PAID, Payment
from doudi.funds.plans import set_based
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_REASON = 500


class Settled(NamedTuple):
    """What the bank says of one payment: `state` is paid, failed or held; the last two with the reason."""

    payment: int
    state: str
    reason: str


def settle(rows: Sequence[Settled], *, command: UUID, by: str, on: date, document: str) -> dict[str, int]:
    """Take answers for open payments in, within a command, all or none; fen by state.

    Money of a failed payment is reserved again, for the one that will replace it. Raises Refusal where a payment is no
    longer open.
    """
    found = _update(rows, OPEN, on)
    for before, after, state in ((reservations.PAYING, reservations.SPENT, PAID),
                                 (reservations.PAYING, reservations.HELD, FAILED)):  # fmt: skip
        names = [name for name, became, _ in found if became == state]
        sums = reservations.move(names, before, after)
        gains = ledger.SPENT if state == PAID else ledger.RESERVED
        moves = {budget: {ledger.PAYING: -fen, gains: fen} for budget, fen in sums.items()}
        if moves:
            ledger.post(f"settle_{state}", moves, command=command, on=on, by=by, document=document[:200])
    _close([row.payment for row in rows])
    return {state: sum(fen for _, became, fen in found if became == state) for state in (PAID, FAILED, HELD)}


def give_up(batch: Batch, *, document: str, by: str, on: date) -> int:
    """Give up what the bank left unanswered, on its written word that it will not carry it out; answers how many.

    Without that paper the money may still arrive and would be paid twice, so nothing times out by itself. Whatever the
    bank answers later for these is refused. Raises Refusal without a document and where nothing is open.
    """
    if not document.strip():
        raise Refusal(
            "要写明银行书面确认未办理的文件号。没有书面确认,不能作退回处理。",
            "Name the paper in which the bank confirms that it did not pay. Without it nothing is given up.",
            "document",
        )
    with carry_out("funds.settlements.give_up", by=by, payload=[batch.pk, document]) as act:
        with connection.cursor() as cursor:
            cursor.execute(batch_rows.OPEN, [batch.pk])
            ids = [number for (number,) in cursor.fetchall()]
        if not ids:
            raise Refusal("这个批次没有未答复的付款。", "The bank has answered for all of this batch.", batch.number)
        reason = f"银行未办理:{document.strip()}"[:LONGEST_REASON]
        rows = [Settled(number, FAILED, reason) for number in ids]
        settle(rows, command=act.id, by=by, on=on, document=document.strip())
        act.result = {"failed": len(ids)}
    return len(ids)


def take_back(ids: Collection[int], *, document: str, by: str, on: date) -> int:
    """Money that was paid has come back (退汇、追回): it is reserved again for the same thing; answers the fen.

    Raises Refusal without a document, and for a payment that is not paid.
    """
    if not document.strip():
        raise Refusal("资金退回要写明凭证号。", "Name the voucher of the money that came back.", "document")
    wanted = sorted(set(ids))
    with carry_out("funds.settlements.take_back", by=by, payload=[wanted, document]) as act:
        list(Payment.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("id"))
        reason = f"资金退回:{document.strip()}"[:LONGEST_REASON]
        found = _update([Settled(number, FAILED, reason) for number in wanted], (PAID,), on)
        sums = reservations.move([name for name, _, _ in found], reservations.SPENT, reservations.HELD)
        moves = {budget: {ledger.SPENT: -fen, ledger.RESERVED: fen} for budget, fen in sums.items()}
        ledger.post("take_back", moves, command=act.id, on=on, by=by, document=document.strip()[:200])
        total = sum(sums.values())
        act.result = {"fen": total}
    return total


def _update(rows: Sequence[Settled], before: Collection[str], on: date) -> list[tuple[str, str, int]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor, set_based():
        cursor.execute(
            "SELECT id FROM funds_payment WHERE id = ANY (%s::bigint[]) ORDER BY id FOR UPDATE", [columns[0]]
        )
        cursor.execute(batch_rows.SETTLE, [on, *columns, list(before)])
        found = cursor.fetchall()
    if len(found) != len(rows):
        raise Refusal(
            "有的付款在这期间已经办理过。请重新核对。",
            "Some of these payments were settled meanwhile. Look at them again.",
            "payments",
        )
    return found


def _close(ids: Collection[int]) -> None:
    batches = set(Payment.objects.filter(pk__in=ids).values_list("batch_id", flat=True))
    held = Batch.objects.select_for_update(of=("self",)).filter(pk__in=batches, state=SENT).order_by("id")
    with connection.cursor() as cursor:
        cursor.execute(batch_rows.CLOSE, [[batch.pk for batch in held]])
