"""Tables of projects and of weekly progress: read in the limited child, looked at row by row, then taken in whole.

What was read is kept as text; every look and the taking in judge it anew, so that nothing is written that the records
of that moment refuse.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import IO

from django.db import models
from django.db.models import Q

from doudi.projects import sheet_rows
from doudi.projects.sheet_rows import PROGRESS, PROJECTS, Line
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.register.importing import tables
from doudi.register.uploads import shown_name
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

OPEN, ACCEPTED, DISCARDED = "open", "accepted", "discarded"
MOST_ROWS = 5_000
MOST_BYTES = 10_000_000


class Sheet(models.Model):
    """One table sent in: which of the two kinds, the text of its rows, where it stands."""

    STATES = [(OPEN, "open"), (ACCEPTED, "accepted"), (DISCARDED, "discarded")]

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    kind = models.CharField(max_length=8, choices=[(PROJECTS, "projects"), (PROGRESS, "progress")])
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField()
    state = models.CharField(max_length=9, choices=STATES, default=OPEN)
    written = models.IntegerField(default=0)
    received_by = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        db_table = "projects_sheet"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[PROJECTS, PROGRESS]), name="projects_sheet_kind_known"),
            models.UniqueConstraint(
                fields=["kind", "sha256"], condition=Q(state=ACCEPTED), name="projects_sheet_taken_once"
            ),
        ]


def receive(file: IO[bytes], name: str, *, kind: str, place_code: str, by: str, now: datetime) -> Sheet:
    """Read a table and keep its rows to be looked at. Raises Refusal for what is no such table."""
    if kind not in (PROJECTS, PROGRESS):
        raise Refusal("请选项目清单或每周进度。", "Choose the list of projects or the weekly progress.", "kind")
    shown = shown_name(name)
    read = _read(file, shown)
    rows = sheet_rows.cells(read, kind)
    if not rows:
        raise Refusal("表头下面没有一行内容。", "There is no row below the headings.", "file")
    if len(rows) > MOST_ROWS:
        raise Refusal(f"超过{MOST_ROWS}行,请分成几份。", f"More than {MOST_ROWS} rows; split it.", "file")
    with carry_out("projects.sheets.receive", by=by, payload=[kind, read[0].sha256]) as act:
        made = Sheet.objects.create(
            place_code=place_code, kind=kind, name=shown, sha256=read[0].sha256, rows=rows, received_by=by,
            received_at=now,
        )  # fmt: skip
        act.result = {"sheet": made.pk}
    return made


def preview(sheet: Sheet) -> list[Line]:
    """What each row would do, judged by the records as they are now; writes nothing."""
    return sheet_rows.judge(sheet.kind, sheet.rows)


def accept(sheet: Sheet, *, by: str, on: date, now: datetime) -> int:
    """Take in every row, or nothing where one is refused; answers how many. Raises Refusal, naming the row."""
    with carry_out("projects.sheets.accept", by=by, payload=[sheet.pk, on]) as act:
        held = _open(sheet)
        if Sheet.objects.filter(kind=held.kind, sha256=held.sha256, state=ACCEPTED).exists():
            raise Refusal("这张表以前已经收下过,没有再次写入。", "This very table was taken in before.", "file")
        lines = sheet_rows.judge(held.kind, held.rows)
        if bad := next((line for line in lines if line.problem), None):
            raise Refusal(
                f"第 {bad.number} 行有问题,整张表没有写入。请改好后重新上传。",
                f"Row {bad.number} is refused, so nothing was written. Correct the table and send it again.",
                "file",
            )
        held.written = sum(sheet_rows.write(held.kind, line, by=by, on=on, now=now) for line in lines)
        held.state, held.closed_by = ACCEPTED, by
        held.save(update_fields=["state", "closed_by", "written"])
        act.result = {"rows": held.written}
    return held.written


def discard(sheet: Sheet, *, by: str) -> None:
    """Throw a table away. Raises Refusal for one closed already."""
    with carry_out("projects.sheets.discard", by=by, payload=[sheet.pk]):
        held = _open(sheet)
        held.state, held.closed_by = DISCARDED, by
        held.save(update_fields=["state", "closed_by"])


def _open(sheet: Sheet) -> Sheet:
    held = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if held.state != OPEN:
        raise Refusal("这张表已经处理过(收下或作废)。", "This table was accepted or discarded already.", "file")
    return held


def _read(file: IO[bytes], name: str) -> list[tables.Table]:
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refusal("文件超过10MB。", "The file is larger than 10 MB.", "file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(data)
        return tables.read(path, name=name)
