"""Batches: payments that go to the bank together, made by one person, checked by another, sent by a third."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import connection, models
from django.utils import timezone

from doudi.funds import approvals, batch_rows, ledger, reservations
from doudi.funds.budgets import Budget
from doudi.funds.plans import set_based
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MADE, CHECKED, SENT, CLOSED, DROPPED = "made", "checked", "sent", "closed", "dropped"
SENDS = "batch.send"  # the permission whose holders give money to the bank


class Batch(models.Model):
    """One file's worth of payments of one budget. `number` names it to the bank and is never used twice.

    `count` and `fen` are what it was made with and never change. It is `closed` when the bank has answered for all.
    """

    STATES = [(MADE, "made"), (CHECKED, "checked"), (SENT, "sent"), (CLOSED, "closed"), (DROPPED, "dropped")]

    number = models.CharField(max_length=24, unique=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="batches")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    count = models.IntegerField()
    fen = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=STATES, default=MADE)
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()
    checked_by = models.CharField(max_length=150, blank=True, default="")
    checked_on = models.DateField(null=True)
    sent_by = models.CharField(max_length=150, blank=True, default="")
    sent_on = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "funds_batch"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("funds_batch_place_whole"),
            models.CheckConstraint(condition=models.Q(count__gt=0, fen__gt=0), name="funds_batch_of_something"),
            models.CheckConstraint(condition=~models.Q(made_by=""), name="funds_batch_made_by_someone"),
            models.CheckConstraint(
                condition=models.Q(checked_by="") | ~models.Q(checked_by=models.F("made_by")),
                name="funds_batch_checker",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_by="")
                | (~models.Q(sent_by=models.F("made_by")) & ~models.Q(sent_by=models.F("checked_by"))),
                name="funds_batch_payer",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[MADE, DROPPED])
                | (models.Q(state=CHECKED, sent_by="", checked_on__isnull=False) & ~models.Q(checked_by=""))
                | (
                    models.Q(state__in=[SENT, CLOSED], sent_on__isnull=False)
                    & ~models.Q(
                        checked_by="",
                    )
                    & ~models.Q(sent_by="")
                ),
                name="funds_batch_state",
            ),
        ]

    def __str__(self) -> str:
        return self.number


def drop_all(ids: set[int], *, reason: str, on: date) -> None:
    """Drop batches that are not sent yet, within a command: their payments wait for a new one.

    Raises Refusal for one that was sent.
    """
    held = list(Batch.objects.select_for_update().filter(pk__in=ids).order_by("id"))
    for batch in held:
        if batch.state not in (MADE, CHECKED):
            raise _moved_on(batch, "撤销", "dropped")
    with connection.cursor() as cursor:
        cursor.execute(batch_rows.LEAVE, [list(ids)])
    Batch.objects.filter(pk__in=ids).update(state=DROPPED, note=f"{on} {reason.strip()}"[:500])


def _moved_on(batch: Batch, zh: str, en: str) -> Refusal:
    return Refusal(
        f"批次 {batch.number} 现在是“{STATES_ZH[batch.state]}”,不能{zh}。请刷新后再看。",
        f"Batch {batch.number} is {batch.state} now and cannot be {en}. Look at it again.",
        batch.number,
    )


STATES_ZH = {MADE: "待复核", CHECKED: "已复核", SENT: "已交银行", CLOSED: "已办结", DROPPED: "已撤销"}


def make(budget: Budget, *, by: str, on: date, ids: Collection[int] | None = None) -> Batch:
    """Put checked payments of a budget into a new batch: all that wait, or those named. Their order is the file's.

    Raises Refusal where none waits, or one that is named does not.
    """
    with carry_out("funds.batches.make", by=by, payload=[budget.pk, sorted(ids or []), on]) as act:
        chosen = list(ids) if ids is not None else None
        with connection.cursor() as cursor:
            cursor.execute(batch_rows.WAITING, {"budget": budget.pk, "chosen": chosen})
            rows = cursor.fetchall()
        if not rows or (ids is not None and len(rows) != len(set(ids))):
            raise Refusal(
                f"“{budget.title}”没有(或有的付款不是)已复核、待成批的付款。请先复核。",
                f"“{budget.title}” has no payment that is checked and waits, or one named is not. Check them first.",
                "payments",
            )
        batch = _new(budget, len(rows), sum(fen for _, fen in rows), by=by, on=on)
        with connection.cursor() as cursor, set_based():
            cursor.execute(batch_rows.TAKE, [batch.pk, [number for number, _ in rows]])
        act.result = {"batch": batch.pk, "number": batch.number, "payments": batch.count, "fen": batch.fen}
    return batch


def check(batch: Batch, *, by: str, now: datetime) -> Batch:
    """Check a batch somebody else made: its number of payments and its sum. Raises Refusal for one's own."""
    approvals.require_seal(now=now)
    with carry_out("funds.batches.check", by=by, payload=[batch.pk, batch.count, batch.fen]):
        held = _held(batch, MADE, "复核", "checked")
        if held.made_by == by:
            raise Refusal(
                f"批次 {held.number} 是您自己制的,要由另一人复核。",
                f"You made batch {held.number} yourself; another person checks it.",
                "by",
            )
        held.state, held.checked_by, held.checked_on = CHECKED, by, timezone.localdate(now)
        held.save(update_fields=["state", "checked_by", "checked_on"])
    return held


def send(batch: Batch, *, by: str, now: datetime) -> Batch:
    """Give a checked batch to the bank: from now on its money is with the bank, and its file may be written.

    Sent first, written then: a file that reached the bank is always known here. Raises Refusal for who is no
    treasurer, who made or checked the batch or any payment of it, and while nothing is sealed.
    """
    on = timezone.localdate(now)
    approvals.require_seal(now=now)
    approvals.require_duty(by, SENDS, on=on)
    with carry_out("funds.batches.send", by=by, payload=[batch.pk, batch.count, batch.fen]) as act:
        held = _held(batch, CHECKED, "交银行", "sent")
        _refuse_same_person(held, by)
        with connection.cursor() as cursor, set_based():
            cursor.execute(batch_rows.SEND, [by, on, held.pk])
            rows = cursor.fetchall()
        if (len(rows), sum(fen for _, fen in rows)) != (held.count, held.fen):
            raise Refusal(
                f"批次 {held.number} 的付款与制批时不一致。请撤销后重新制批。",
                f"The payments of batch {held.number} are not those it was made with. Drop it and make a new one.",
                held.number,
            )
        found = reservations.move([name for name, _ in rows], reservations.HELD, reservations.PAYING)
        moves = {number: {ledger.RESERVED: -fen, ledger.PAYING: fen} for number, fen in found.items()}
        ledger.post("send", moves, command=act.id, on=on, by=by, document=held.number)
        held.state, held.sent_by, held.sent_on = SENT, by, on
        held.save(update_fields=["state", "sent_by", "sent_on"])
        act.result = {"batch": held.pk, "payments": held.count, "fen": held.fen}
    return held


def drop(batch: Batch, *, reason: str, by: str, on: date) -> None:
    """Give a batch up before it is sent. Raises Refusal without a reason, and for one that was sent."""
    if not reason.strip():
        raise Refusal("撤销批次要写明理由。", "Say why the batch is dropped.", "reason")
    with carry_out("funds.batches.drop", by=by, payload=[batch.pk, reason]):
        drop_all({batch.pk}, reason=reason, on=on)


def _new(budget: Budget, count: int, fen: int, *, by: str, on: date) -> Batch:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('funds_batch_id_seq')")
        number = cursor.fetchone()[0]
    return Batch.objects.create(
        id=number,
        number=f"{on:%Y%m%d}-{number:05d}",
        budget=budget,
        place_code=budget.place_code,
        count=count,
        fen=fen,
        made_by=by,
        made_on=on,
    )


def _held(batch: Batch, state: str, zh: str, en: str) -> Batch:
    held = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if held.state != state:
        raise _moved_on(held, zh, en)
    return held


def _refuse_same_person(batch: Batch, by: str) -> None:
    """The payer is neither maker nor checker; the database would refuse, this says it in words."""
    with connection.cursor() as cursor:
        cursor.execute(batch_rows.HANDLED, [batch.pk, by, by])
        row = cursor.fetchone()
    if row or by in (batch.made_by, batch.checked_by):
        what = row[0] if row else batch.number
        raise Refusal(
            f"{what} 由您制单或复核,要由另一人付款。",
            f"You made or checked {what}; another person pays it.",
            "by",
        )
