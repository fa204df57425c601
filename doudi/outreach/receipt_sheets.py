"""The table a gateway gives of its receipts and replies, whatever it calls its columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from doudi.outreach import receipts
from doudi.outreach.receipts import CAME, LOST, REPLY, STOP, Line, Said
from doudi.policy.snapshots import county_code
from doudi.register.sheets import NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.values.refusals import Refusal

COLUMNS = (
    Column("number", ("号码", "手机号", "手机号码", "接收号码", "phone", "mobile", "number", "to", "from"), True,
           "13800000000"),
    Column("key", ("编号", "发送编号", "消息编号", "key", "msgid", "message id"), example=""),
    Column("state", ("状态", "回执", "状态报告", "报告", "state", "status", "report"), example="DELIVRD"),
    Column("text", ("回复内容", "上行内容", "回复", "内容", "reply", "text", "content"), example=""),
    Column("at", ("时间", "状态时间", "接收时间", "回复时间", "time", "at", "date"), example="2020-02-27 10:30"),
)  # fmt: skip
WORDS = {
    CAME: ("到了手机,不等于看了", "came to the telephone, which is not being read"),
    LOST: ("没有送到", "did not come"),
    STOP: ("退订:以后不再发给这个号码", "wants none: nothing goes to that number any more"),
    REPLY: ("回复,存下", "a reply, kept"),
}


def judge(hands: Sequence[Hand], _about: str) -> list[Row]:
    """Each row as a receipt or a reply; one taken in before changes nothing."""
    read: list[Said | Refusal] = [_read(cells) for _number, cells in hands]
    lines = iter(receipts.understand([each for each in read if isinstance(each, Said)]))
    found = [next(lines) if isinstance(each, Said) else each for each in read]
    return [_row(number, cells, line) for (number, cells), line in zip(hands, found, strict=True)]


def _row(number: int, cells: Cells, line: Line | Refusal) -> Row:
    if isinstance(line, Refusal):
        return Row(number, cells, problem=line)
    zh, en = WORDS[line.kind]
    return Row(number, cells, SAME if line.repeated else NEW, zh, en, made=line)


def _read(cells: Cells) -> Said | Refusal:
    given = {name: cells.get(name, "").strip() for name in ("number", "key", "state", "text")}
    try:
        return Said(**given, at=moment(cells.get("at", "")))
    except ValueError:
        return Refusal("时间写成 2020-02-27 10:30 的样子。", "Write the time as 2020-02-27 10:30.", "at")


def moment(text: str) -> datetime | None:
    """A time as gateways write it, the county's where it names no zone; None for none. ValueError for what is none."""
    if not text.strip():
        return None
    at = datetime.fromisoformat(text.strip().replace("/", "-"))
    return at if at.tzinfo else timezone.make_aware(at)


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Take the rows in (`sheets.accept`)."""
    receipts.write([row.made for row in rows], county=county_code(), by=by, now=now)


RECEIPTS = Kind("sms_receipts", "短信回执和回复", "Receipts and replies of text messages", COLUMNS, judge, write)
