"""Stock as a village sends it in: a table of households, kinds, quantities and prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from doudi.delivery import stock
from doudi.delivery.stock import Produce
from doudi.register import sheets
from doudi.register.households import Household
from doudi.register.sheets import NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.values import money
from doudi.values.refusals import Refusal

COLUMNS = (
    Column("code", ("户编号", "农户编号", "household code"), required=True, example="510921110212-0001"),
    Column("kind", ("产品", "产品名称", "produce"), required=True, example="鸡蛋"),
    Column("quantity", ("数量", "存量", "quantity"), required=True, example="200"),
    Column("unit", ("单位", "unit"), required=True, example="枚"),
    Column("price", ("单价(元)", "单价", "price (yuan)", "price"), required=True, example="1.20"),
    Column("day", ("登记日期", "日期", "date"), required=True, example="2020-02-27"),
)


def judge(hands: Sequence[Hand], _about: str) -> list[Row]:
    """What each row would do: a new lot, or the same as recorded; a household beyond the duty is not found."""
    codes = {cells.get("code", "").strip() for _, cells in hands}
    homes = {each.code: each for each in Household.objects.filter(code__in=codes)}
    known = {
        (each.household_id, each.kind, each.unit, each.seen_on): each
        for each in Produce.objects.filter(household__in=homes.values(), off_day=None)
    }

    def look(cells: Cells) -> tuple[str, str, str, Any]:
        home = homes.get(cells.get("code", ""))
        if home is None:
            raise Refusal("职责范围内没有这户。", "There is no such household within your duty.", "code")
        lot = _lot(cells)
        kind, quantity, unit, price, day = lot
        before = known.get((home.pk, kind, unit, day))
        if before and (before.quantity, before.price_fen) == (quantity, price):
            return SAME, "已登记", "recorded already", None
        if before:
            raise Refusal(
                "这户这天的这种产品已登记为别的数量或单价,请先下架。",
                "This produce is recorded for that day with another quantity or price; take it off first.",
                "kind",
            )
        return NEW, "登记这批产品", "record this lot", (home, lot)

    return sheets.judged(hands, look, key=("code", "kind", "unit", "day"))


def _lot(cells: Cells) -> tuple[str, Decimal, str, int, date]:
    kind, unit = stock.named(cells.get("kind", "")), stock.named(cells.get("unit", ""))
    try:
        quantity = Decimal(cells.get("quantity", ""))
        if not quantity.is_finite():
            raise InvalidOperation
    except InvalidOperation as error:
        raise Refusal("数量读不懂。", "The quantity is no number.", "quantity") from error
    try:
        price = money.read(cells.get("price", ""))
    except ValueError as error:
        raise Refusal("单价读不懂。", "The price is no amount.", "price") from error
    try:
        day = date.fromisoformat(cells.get("day", "").replace("/", "-")[:10])
    except ValueError as error:
        raise Refusal("日期要写成 2020-02-27。", "Write the day like 2020-02-27.", "day") from error
    stock.check(kind, quantity, unit, price)
    return kind, quantity, unit, price, day


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Record the new lots. Raises Refusal for a day still to come."""
    for row in rows:
        home, (kind, quantity, unit, price, day) = row.made
        if day > on:
            raise Refusal(f"第 {row.number} 行:{day} 还没有到。", f"Row {row.number}: {day} is still to come.", "day")
        stock.put(home, kind, quantity, unit, price_fen=price, on=day, by=by)


STOCK = Kind("produce_stock", "农产品存货登记表", "Stock of farm produce", COLUMNS, judge, write)
