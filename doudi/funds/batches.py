"""Batches: payments that go to the bank together, made by one person, checked by another, sent by a third."""

from __future__ import annotations

from datetime import date

from django.db import connection, models

from doudi.funds.budgets import Budget
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.values.refusals import Refusal

MADE, CHECKED, SENT, CLOSED, DROPPED = "made", "checked", "sent", "closed", "dropped"


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
        cursor.execute(
            "UPDATE funds_payment SET batch_id = NULL, line = NULL WHERE batch_id = ANY (%s::bigint[])", [list(ids)]
        )
    Batch.objects.filter(pk__in=ids).update(state=DROPPED, note=f"{on} {reason.strip()}"[:500])


def _moved_on(batch: Batch, zh: str, en: str) -> Refusal:
    return Refusal(
        f"批次 {batch.number} 现在是“{STATES_ZH[batch.state]}”,不能{zh}。请刷新后再看。",
        f"Batch {batch.number} is {batch.state} now and cannot be {en}. Look at it again.",
        batch.number,
    )


STATES_ZH = {MADE: "待复核", CHECKED: "已复核", SENT: "已交银行", CLOSED: "已办结", DROPPED: "已撤销"}
