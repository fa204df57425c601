"""What the bank sends back, read: a table, pain.002, camt.053 or camt.054. Every file is read in the limited child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from doudi.register.importing import tables
from doudi.register.importing.conversions import Unreadable, clean
from doudi.values import money
from doudi.values.refusals import Refusal

PAID, REFUSED, HELD = VERDICTS = ("paid", "refused", "held")
CHILD = "doudi.funds.messages"
NO_REASON = "银行未说明原因"
_WORDS = {
    PAID: "成功 已入账 入账成功 交易成功 付款成功 已付 已到账 paid success successful accepted acsc accc 0 00 0000",
    REFUSED: "失败 退回 退票 退汇 拒绝 入账失败 交易失败 付款失败 refused failed rejected returned rjct canc",
    HELD: "挂账 暂挂 待处理 处理中 挂起 held pending pdng acsp actc accp acwc rcvd",
}
VERDICT_OF = {word: verdict for verdict, words in _WORDS.items() for word in words.split()}
_HEADINGS = {
    "reference": ("业务参考号", "参考号", "业务编号", "客户流水号", "reference", "endtoendid"),
    "amount": ("金额", "交易金额", "发生额", "实发金额", "amount"),
    "verdict": ("处理结果", "处理状态", "交易状态", "状态", "结果", "result", "status"),
    "reason": ("失败原因", "原因", "备注", "附言", "退回原因", "reason", "note"),
    "batch": ("批次号", "批次", "批次编号", "batch"),
}
_MOST_HEADER = 20  # rows above the headings


class Answer(NamedTuple):
    """One row of an answer, as text where it is not understood: `fen` and `verdict` are None and "" then."""

    number: int
    reference: str
    fen: int | None
    verdict: str
    reason: str
    batch: str
    trouble_zh: str = ""
    trouble_en: str = ""


class Message(NamedTuple):
    """A whole answer: its form, hash, the bank's own number of it (ISO 20022), rows, and entries that are not ours."""

    form: str
    sha256: str
    message_id: str
    rows: list[Answer]
    others: int = 0


def read(path: Path, *, name: str) -> Message:
    """Read a file the bank sent. Raises Refusal for one that is no answer, with what is missing."""
    data = tables.contents(path, name)
    start = data[:400].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")
    if start.startswith((b"<?xml", b"<Document")):
        return _message(path, name, data)
    return _table(path, name)


# -- ISO 20022


def _message(path: Path, name: str, data: bytes) -> Message:
    import hashlib

    found = list(tables.child_lines(CHILD, str(path.resolve()), name=name))
    if not found:
        raise Refusal("这个报文里没有一笔付款", "there is no payment in this message", name)
    (form, message_id, others), *rows = found
    answers = [
        _answer(number, reference, amount, VERDICT_OF.get(status.lower(), ""), reason, batch, status)
        for number, (reference, amount, status, reason, batch) in enumerate(rows, start=1)
    ]
    return Message(form, hashlib.sha256(data).hexdigest(), message_id, answers, others)


# -- tables


def _table(path: Path, name: str) -> Message:
    for table in tables.read(path, name=name):
        for at, (_, cells) in enumerate(table.rows[:_MOST_HEADER]):
            columns = _columns(cells)
            if {"reference", "amount", "verdict"} <= columns.keys():
                rows = [_row(number, row, columns) for number, row in table.rows[at + 1 :]]
                kept = [row for row in rows if row is not None]
                return Message("table", table.sha256, "", kept)
    raise Refusal(
        "没有找到表头。银行回单要有“业务参考号”“金额”“处理结果”三列",
        "no headings were found: the answer has the columns 业务参考号, 金额 and 处理结果",
        name,
    )


def _columns(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        word = re.sub(r"[\s_]|[((].*", "", cell).lower()
        for part, words in _HEADINGS.items():
            if word in words:
                found.setdefault(part, at)
    return found


def _row(number: int, cells: Sequence[str], columns: dict[str, int]) -> Answer | None:
    """A row of the table; None for a line of totals."""
    said = {part: _cell(cells, at) for part, at in columns.items()}
    if not said["reference"] and any(re.match(r"^(合计|总计|小计|共计|total)", c.strip().lower()) for c in cells):
        return None
    verdict = VERDICT_OF.get(said["verdict"].lower(), "")
    return _answer(
        number,
        said["reference"].upper(),
        said["amount"],
        verdict,
        said.get("reason", ""),
        said.get("batch", ""),
        said["verdict"],
    )


def _cell(cells: Sequence[str], at: int) -> str:
    try:
        return clean(cells[at]).lstrip("'").strip() if at < len(cells) else ""
    except Unreadable:
        return "?"


def _answer(number: int, reference: str, amount: str, verdict: str, reason: str, batch: str, status: str) -> Answer:
    """A row with its amount in fen, or with what is wrong with it."""
    trouble = ("", "")
    fen: int | None = None
    try:
        fen = money.read(amount)
    except ValueError:
        told = amount[:30] or "—"
        trouble = (f"金额“{told}”读不懂", f"the amount “{told}” cannot be read")
    if not verdict:
        told = status[:30] or "—"
        trouble = (f"处理结果“{told}”不认识", f"the result “{told}” is not known")
    reason = reason[:300] or (NO_REASON if verdict in (REFUSED, HELD) else "")
    return Answer(number, reference[:40], fen, verdict, reason, batch[:40], *trouble)


def batches(rows: Sequence[Answer]) -> Iterator[str]:
    """The numbers of batches a file names, each once."""
    yield from dict.fromkeys(row.batch for row in rows if row.batch)
