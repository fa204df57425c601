"""The file to the bank: the one place where full account numbers leave. As a workbook, as CSV, or as ISO 20022.

It is written from a batch that was sent, always to the same content, and every writing is kept with its hash.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import models
from django.utils import timezone

from doudi.funds import approvals, pain001
from doudi.funds.bank_lines import amount, lines
from doudi.funds.batches import CLOSED, SENDS, SENT, Batch
from doudi.register.exporting import books
from doudi.register.exporting.books import Book, Page
from doudi.register.exporting.columns import Column
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

FORMS = ("xlsx", "csv", "pain.001")
LAYOUT = (
    Column("line", "序号", "line", width=8),
    Column("holder", "收款人姓名", "payee", width=14),
    Column("number", "账号", "account", width=26),
    Column("bank", "开户行", "bank", width=30),
    Column("amount", "金额", "amount", unit="元", width=14),
    Column("purpose", "用途", "purpose", width=24),
    Column("reference", "业务参考号", "reference", width=20),
)


class BatchFile(models.Model):
    """One writing of a batch's file: its form, the SHA-256 of what left, by whom."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="files")
    place_code = models.CharField(max_length=12)
    form = models.CharField(max_length=16, choices=[(form, form) for form in FORMS])
    sha256 = models.CharField(max_length=64)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "funds_batch_file"
        ordering = ["-id"]


def export(batch: Batch, path: Path, *, form: str, by: str, now: datetime) -> BatchFile:
    """Write the file of a batch that was sent, under a name that appears only when it is whole.

    Raises Refusal for a form that is none, for who is no treasurer, and for a batch that was not sent.
    """
    if form not in FORMS:
        raise Refusal(f"没有“{form}”这种格式。", f"There is no form “{form}”: use {', '.join(FORMS)}.", "form")
    approvals.require_duty(by, SENDS, on=timezone.localdate(now))
    batch = Batch.objects.select_related("budget__source").get(pk=batch.pk)
    if batch.state not in (SENT, CLOSED):
        raise Refusal(
            f"批次 {batch.number} 还没有交银行。请先“交银行”,再下载文件。",
            f"Batch {batch.number} was not sent. Send it first, then write its file.",
            batch.number,
        )
    with carry_out("funds.bank_files.export", by=by, payload=[batch.pk, form]) as act:
        sha256 = pain001.write(batch, lines(batch), path) if form == "pain.001" else _table(batch, path, form)
        made = BatchFile.objects.create(
            batch=batch, place_code=batch.place_code, form=form, sha256=sha256, by=by, at=now
        )
        act.result = {"batch": batch.pk, "form": form, "sha256": sha256}
    return made


def name_of(batch: Batch, form: str) -> str:
    """What the file is called."""
    return f"{batch.number}.{'xml' if form == 'pain.001' else form}"


def _table(batch: Batch, path: Path, form: str) -> str:
    rows = ([str(e.line), e.holder, e.number, e.bank, amount(e.fen), e.purpose, e.reference] for e in lines(batch))
    told = [("批次号", batch.number), ("笔数", str(batch.count)), ("合计(元)", amount(batch.fen))]
    book = Book([Page("付款明细", LAYOUT, rows, raw=True)], told, "zh")
    return books.write(book, path, form=form, most=batch.count)
