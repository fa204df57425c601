"""Check sheets as a workbook: a row a household and question, one column to fill in by the marks of the typed sheet.

The sheet is what is recorded or stays out, and not the row: a check of which half is missing would be another check.
So one wrong row keeps its own sheet out and no other; what was taken in before is known by what is written in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from doudi.monitoring import check_outcomes, check_papers, check_sheets
from doudi.monitoring.check_items import ITEMS
from doudi.monitoring.check_outcomes import Desk, Outcome, Sheet
from doudi.monitoring.check_papers import READ, Line, Paper
from doudi.monitoring.check_sheets import Clerk
from doudi.register.sheets import SAME, Column, Hand, Kind, Row
from doudi.values.refusals import Refusal

TOLD = 5  # wrong rows of a sheet that its other rows name
COLUMNS = (
    Column("number", ("表号",), required=True, example="510921110212-0003/88123", en="Sheet number", width=27),
    Column("name", ("户主",), en="Head"),
    Column("who", ("谁",), en="Who", width=10),
    Column("asks", ("问题",), example="怎么联系的", en="Question", width=40),
    Column("record", ("现在的记录",), en="On record", width=24, aside=True),
    Column("source", ("谁说的、哪天",), en="Said by, day", width=24, aside=True),
    Column("may", ("可以填",), en="What can be filled in", width=30, aside=True),
    Column("filled", ("填写",), required=True, example="3", en="Fill in", width=24, fill=True),
    Column("key", ("项目编号",), en="Item", width=26, aside=True),
)


def kind(clerk: Clerk) -> Kind:
    """The kind of table, for whoever sends it in: what a sheet may say depends on what they read."""
    return Kind(
        "check_sheets",
        "入户核实表",
        "Check sheets",
        COLUMNS,
        partial(judge, clerk=clerk),
        partial(write, clerk=clerk),
        most_rows=20_000,
    )


def judge(hands: Sequence[Hand], about: str, *, clerk: Clerk) -> list[Row]:
    """What each row would record. `about` is not needed: every row bears its sheet's number."""
    papers = check_papers.of(hands, clerk)
    filled = [paper for paper in papers if paper.filled]
    ids = [paper.household.pk for paper in filled if paper.household]
    desk = Desk(ids, [paper.key for paper in filled], clerk)
    rows = {row.number: row for paper in papers for row in _rows(paper, desk)}
    return [rows[number] for number, _cells in hands]


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime, clerk: Clerk) -> None:
    """Record the sheets, each as the check it is."""
    check_sheets.record([row.made for row in rows if row.made is not None], clerk, now=now)


def _rows(paper: Paper, desk: Desk) -> list[Row]:
    told = _told(paper, desk)
    return [_row(line, told) for line in paper.lines]


@dataclass(slots=True)
class _Judged:
    """What is told of the rows of one sheet, by their number; of the others why nothing is recorded."""

    rows: dict[int, Row] = field(default_factory=dict)
    stays_out: Refusal | None = None
    before: bool = False


def _row(line: Line, told: _Judged) -> Row:
    if line.number in told.rows:
        return told.rows[line.number]
    if not line.filled:
        return Row(line.number, line.raw, SAME, "没有填", "nothing filled in")
    if told.before:
        return Row(line.number, line.raw, SAME, "这张表已经录过,不再记", "this sheet was recorded before")
    return Row(line.number, line.raw, problem=told.stays_out)


def _told(paper: Paper, desk: Desk) -> _Judged:
    wrong = {line.number: line.problem for line in paper.filled if line.problem is not None}
    if not paper.filled or (not wrong and paper.key in desk.recorded):
        return _Judged(before=True)
    outcome = Outcome()
    if paper.problem is None:
        texts = {box: line.read["filled"] for box, line in paper.parts.items()}
        number = f"{paper.code}/{paper.version}"
        outcome = check_outcomes.read(Sheet(paper.card, number, paper.version, texts, paper.key), desk)
    for where, refusal in outcome.problems.items():
        line = _line_of(paper, where)
        wrong.setdefault((line or paper.filled[0]).number, refusal if line else _lacking(where, refusal))
    return _kept_out(paper, wrong) if wrong else _recorded(paper, outcome)


def _recorded(paper: Paper, outcome: Outcome) -> _Judged:
    told = _Judged()
    for box, line in paper.parts.items():
        each, made = outcome.told[box], outcome.filled if box == "reached" else None
        told.rows[line.number] = Row(line.number, line.raw, each.action, each.zh, each.en, made=made)
    return told


def _kept_out(paper: Paper, wrong: Mapping[int, Refusal]) -> _Judged:
    by_number = {line.number: line for line in paper.lines}
    numbers = [str(number) for number in sorted(wrong)[:TOLD]]
    rows_zh, rows_en = "、".join(numbers), ", ".join(numbers)
    return _Judged(
        rows={number: Row(number, by_number[number].raw, problem=_at(refusal)) for number, refusal in wrong.items()},
        stays_out=Refusal(
            f"这张表第 {rows_zh} 行有问题,整张先不收。改好后,这张表填了的行一起再传。",
            f"Of this sheet row {rows_en} is wrong, so all of it stays out. Put it right and send all its filled rows.",
        ),
    )


def _at(refusal: Refusal) -> Refusal:
    """The refusal at its column: what a box or an item says is what is filled in."""
    return Refusal(refusal.zh, refusal.en, refusal.where if refusal.where in READ else "filled")


def _lacking(where: str, refusal: Refusal) -> Refusal:
    """A complaint about an item of which the file has no row."""
    if where not in ITEMS:
        return refusal
    zh, en = ITEMS[where].words
    return Refusal(
        f"这张表缺“{zh}”这一行,请补上:{refusal.zh}", f"The sheet has no row “{en}”; put it back: {refusal.en}", where
    )


def _line_of(paper: Paper, where: str) -> Line | None:
    """The row a complaint is about, filled in or not."""
    if where in paper.parts:
        return paper.parts[where]
    return next((line for line in paper.lines if not line.filled and _is_of(line, where, paper)), None)


def _is_of(line: Line, where: str, paper: Paper) -> bool:
    try:
        return paper.boxes is not None and paper.boxes.of(line) == where
    except Refusal:
        return False
