"""The bank's answer to a batch: previewed row by row, matched by reference and amount, then taken in as one command.

A row that does not match is refused by name and changes nothing: another batch's, another amount, an unknown
reference, one that was answered before or was given up, one that comes twice. A file is taken in once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, models
from django.utils import timezone

from doudi.funds import answers, settlements
from doudi.funds.answers import Answer, Message
from doudi.funds.batches import CLOSED, SENT, Batch
from doudi.funds.payments import FAILED, HELD, OPEN, PAID, STATES_ZH, Payment
from doudi.funds.settlements import Settled
from doudi.register.uploads import shown_name
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

PREVIEWED, ACCEPTED, DISCARDED = "previewed", "accepted", "discarded"
STATE_OF = {answers.PAID: PAID, answers.REFUSED: FAILED, answers.HELD: HELD}


class Return(models.Model):
    """One file of the bank's for one batch. `counts` tells how many rows are paid, refused, held, and not taken.

    `message_id` is the bank's own number of an ISO 20022 message; neither it nor the same content is taken in twice.
    """

    STATES = [(PREVIEWED, "previewed"), (ACCEPTED, "accepted"), (DISCARDED, "discarded")]

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="returns")
    place_code = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    form = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    message_id = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=16, choices=STATES, default=PREVIEWED)
    counts = models.JSONField(default=dict)
    read_by = models.CharField(max_length=150)
    read_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "funds_return"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=models.Q(state=ACCEPTED), name="funds_return_file_once"
            ),
            models.UniqueConstraint(
                fields=["message_id"],
                condition=models.Q(state=ACCEPTED) & ~models.Q(message_id=""),
                name="funds_return_message_once",
            ),
        ]


class ReturnRow(models.Model):
    """One row as it came, with the payment it answers, or why it answers none (`zh`, `en`)."""

    file = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="rows")
    place_code = models.CharField(max_length=12)
    number = models.IntegerField()
    reference = models.CharField(max_length=40)
    fen = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="answers")
    zh = models.CharField(max_length=300, blank=True)
    en = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "funds_return_row"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="funds_return_row_once")]


class Matched(NamedTuple):
    """A row and what it answers; or why it does not."""

    answer: Answer
    payment: int | None
    zh: str = ""
    en: str = ""


def preview(batch: Batch, path: Path, *, name: str, by: str, now: datetime) -> Return:
    """Read a file and match its rows; nothing of any payment changes.

    Raises Refusal for what is no answer at all, a file that was taken in before, and a batch that was never sent.
    """
    if batch.state not in (SENT, CLOSED):
        raise Refusal(
            f"批次 {batch.number} 还没有交银行,不会有回单。",
            f"Batch {batch.number} was not sent: there is no answer to it.",
            batch.number,
        )
    message = answers.read(path, name=shown_name(name))
    refuse_again(message.sha256, message.message_id)
    matched = match(batch, message.rows)
    with carry_out("funds.returns.preview", by=by, payload=[batch.pk, message.sha256]) as act:
        made = Return.objects.create(
            batch=batch,
            place_code=batch.place_code,
            name=shown_name(name),
            form=message.form,
            sha256=message.sha256,
            message_id=message.message_id[:64],
            counts=_counts(message, matched),
            read_by=by,
            read_at=now,
        )
        _write(made, matched)
        act.result = {"return": made.pk, **made.counts}
    return made


def accept(found: Return, *, by: str, now: datetime) -> dict[str, int]:
    """Take in what the preview shows, in one command; fen by state. Rows that did not match stay refused.

    Raises Refusal for a file that was taken in or thrown away, where no row matches, and where a payment was settled
    since the preview: look again.
    """
    with carry_out("funds.returns.accept", by=by, payload=[found.pk, found.sha256]) as act:
        held = Return.objects.select_for_update(of=("self",)).get(pk=found.pk)
        _refuse_closed(held)
        refuse_again(held.sha256, held.message_id)
        rows = held.rows.filter(zh="").exclude(payment=None).values_list("payment_id", "verdict", "reason")
        settled = [Settled(payment, STATE_OF[verdict], reason) for payment, verdict, reason in rows]
        if not settled:
            raise Refusal("没有一行对得上,没有可以收下的。", "No row matches: there is nothing to take in.", held.name)
        on = timezone.localdate(now)
        sums = settlements.settle(settled, command=act.id, by=by, on=on, document=held.name)
        _close(held, ACCEPTED, by, now)
        act.result = {"return": held.pk, **sums}
    return sums


def discard(found: Return, *, by: str, now: datetime) -> None:
    """Throw a preview away. Raises Refusal for one that was taken in or thrown away."""
    with carry_out("funds.returns.discard", by=by, payload=[found.pk]):
        held = Return.objects.select_for_update(of=("self",)).get(pk=found.pk)
        _refuse_closed(held)
        _close(held, DISCARDED, by, now)


def refuse_again(sha256: str, message_id: str) -> None:
    """Raise Refusal where the very file, or the bank's message of that number, was taken in before."""
    same = models.Q(sha256=sha256) | (models.Q(message_id=message_id) if message_id else models.Q(pk=None))
    before = Return.objects.filter(same, state=ACCEPTED).select_related("batch").first()
    if before is not None:
        raise Refusal(
            f"这份回单已于 {timezone.localdate(before.closed_at)} 由 {before.closed_by} 收下"
            f"(批次 {before.batch.number}),没有再收一次。",
            f"This answer was taken in on {timezone.localdate(before.closed_at)} by {before.closed_by}"
            f" (batch {before.batch.number}); it is not taken in again.",
            before.name,
        )


def match(batch: Batch, rows: Sequence[Answer]) -> list[Matched]:
    """Each row with the payment of the batch it answers, or with why it answers none."""
    names = [row.reference for row in rows]
    columns = ("reference", "pk", "fen", "state", "batch__number", "batch_id", "settled_on")
    known = {row[0]: row[1:] for row in Payment.objects.filter(reference__in=names).values_list(*columns)}
    times = Counter(names)
    return [_match(batch, row, known.get(row.reference), times[row.reference]) for row in rows]


def _match(batch: Batch, row: Answer, known: tuple[Any, ...] | None, times: int) -> Matched:
    zh, en = row.trouble_zh, row.trouble_en
    if known is None:
        zh, en = "没有这个业务参考号的付款", "there is no payment of this reference"
    elif times > 1:
        zh, en = f"同一参考号在文件里出现{times}次", f"the reference comes {times} times in the file"
    elif known[4] != batch.pk:
        zh, en = f"是另一批次({known[3] or '未成批'})的付款", f"it is of another batch ({known[3] or 'none'})"
    elif row.batch and row.batch != batch.number:
        zh, en = f"写的批次号是 {row.batch},不是本批次", f"it names batch {row.batch}, not this one"
    elif row.fen is not None and row.fen != known[1]:
        zh = f"金额 {money.tell(row.fen)} 元与付款 {money.tell(known[1])} 元不符"
        en = f"the amount {money.tell(row.fen)} yuan is not the payment's {money.tell(known[1])}"
    elif known[2] not in OPEN:
        zh = f"这笔付款已是“{STATES_ZH[known[2]]}”({known[5] or ''}),不再改动"
        en = f"the payment is {known[2]} already ({known[5] or ''}) and stays so"
    return Matched(row, known[0] if known and not zh else None, zh, en)


def _counts(message: Message, matched: Sequence[Matched]) -> dict[str, int]:
    """Of a preview: rows = paid + refused + held + unmatched; the sums in fen of each; entries that are not ours."""
    counts: Counter[str] = Counter(rows=len(matched), others=message.others)
    for verdict in answers.VERDICTS:
        taken = [each.answer.fen or 0 for each in matched if each.payment and each.answer.verdict == verdict]
        counts[verdict], counts[f"{verdict}_fen"] = len(taken), sum(taken)
    counts["unmatched"] = sum(each.payment is None for each in matched)
    return dict(counts)


def _write(made: Return, matched: Sequence[Matched]) -> None:
    rows = [
        (m.answer.number, m.answer.reference, m.answer.fen, m.answer.verdict, m.answer.reason, m.payment, m.zh, m.en)
        for m in matched
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [made.pk, made.place_code, *(list(column) for column in zip(*rows, strict=True))])


_ROWS = """
INSERT INTO funds_return_row (file_id, place_code, number, reference, fen, verdict, reason, payment_id, zh, en)
SELECT %s, %s, w.* FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[],
    %s::text[]) AS w
"""


def _refuse_closed(found: Return) -> None:
    if found.state != PREVIEWED:
        raise Refusal(
            "这份回单已经处理过(收下或作废),没有再次写入。",
            "This answer was taken in or thrown away already; nothing was written again.",
            found.name,
        )


def _close(found: Return, state: str, by: str, now: datetime) -> None:
    found.state, found.closed_by, found.closed_at = state, by, now
    found.save(update_fields=["state", "closed_by", "closed_at"])


def due(batch: Batch, *, on: date) -> int | None:
    """For how many days the bank has not answered for all of a batch; None where it has, or has not got it."""
    return (on - batch.sent_on).days if batch.state == SENT and batch.sent_on else None
