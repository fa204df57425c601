"""Attendance as a village sends it in: a row a holder and week, seven columns of days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from doudi.delivery import attendance
from doudi.delivery.attendance import Attendance
from doudi.delivery.posts import PostHolding
from doudi.register import sheets
from doudi.register.sheets import CHANGED, NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.values.refusals import Refusal

DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_ENGLISH = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
YES, NO = frozenset("1√✓是到出yY"), frozenset(("", "0", "×", "x", "X", "否", "缺", "休", "n", "N"))
COLUMNS = (
    Column("holding", ("上岗编号", "number in post"), required=True, example="1"),
    Column("name", ("姓名(不必填)", "姓名", "name")),
    Column("week", ("星期一是哪天", "周", "week (its Monday)"), required=True, example="2020-03-02"),
    *(Column(f"d{at}", (word, _ENGLISH[at]), required=True, example="1") for at, word in enumerate(DAYS)),
)


def judge(hands: Sequence[Hand], about: str) -> list[Row]:
    """What each row would do; `about` is the day it was sent in (ISO), after which no day can have been worked."""
    sent = date.fromisoformat(about)
    numbers = {
        int(text) for _, cells in hands if (text := cells.get("holding", "").strip()).isdecimal() and _short(text)
    }
    held = {each.pk: each for each in PostHolding.objects.filter(pk__in=numbers)}
    before = {(each.holding_id, each.week): each.mask for each in Attendance.objects.filter(holding__in=held)}

    def look(cells: Cells) -> tuple[str, str, str, Any]:
        text = cells.get("holding", "")
        found = held.get(int(text)) if text.isdecimal() and _short(text) else None
        if found is None:
            raise Refusal(
                "职责范围内没有这个上岗编号。", "There is no such number in post within your duty.", "holding"
            )
        week, mask = _day(cells.get("week", "")), attendance.mask_of(_yes(cells, at) for at in range(7))
        attendance.refuse_impossible(found, week, mask, on=sent)
        attendance.refuse_paid(found, week, mask)
        number = mask.bit_count()
        old = before.get((found.pk, week))
        if old == mask:
            return SAME, "已登记", "recorded already", None
        action = NEW if old is None else CHANGED
        return action, f"登记出勤 {number} 天", f"record {number} days", (found, week, mask)

    return sheets.judged(hands, look, key=("holding", "week"))


def _short(text: str) -> bool:
    return len(text) <= 18


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-")[:10])
    except ValueError as error:
        raise Refusal("日期要写成 2020-03-02。", "Write the day like 2020-03-02.", "week") from error


def _yes(cells: Cells, at: int) -> bool:
    text = cells.get(f"d{at}", "").strip()
    if text in NO:
        return False
    if text in YES:
        return True
    raise Refusal(
        f"“{DAYS[at]}”写的“{text[:10]}”读不懂:出勤写 1,没出勤留空。",
        f"“{text[:10]}” under {_ENGLISH[at]} is not understood: 1 for worked, empty for not.",
        f"d{at}",
    )


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Record the weeks."""
    for row in rows:
        held, week, mask = row.made
        attendance.record(held, week, mask, by=by, on=on)


def blank(week: date, held: Iterable[tuple[PostHolding, str]]) -> list[list[Any]]:
    """The rows of the form for a week, to be marked: a row for each holder with the name to show."""
    known = {each.holding_id: each.mask for each in Attendance.objects.filter(week=week)}
    return [
        [each.pk, name, week.isoformat(), *("1" if known.get(each.pk, 0) >> at & 1 else "" for at in range(7))]
        for each, name in held
    ]


ATTENDANCE = Kind("post_attendance", "公益岗位考勤表", "Attendance in posts", COLUMNS, judge, write)
