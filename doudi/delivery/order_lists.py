"""Taking in a platform's list of orders: read in the limited child, traced row by row, looked at, accepted whole.

A row that names no household by its code is held for a person, who says which household it is; a row nobody can trace
stays out, with its reason (measure 9: no volume without a household of origin).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from doudi.delivery.platform_orders import ACCEPTED, DISCARDED, LONGEST_NUMBER, READY, OrderList, PlatformOrder
from doudi.delivery.stock import LONGEST_KIND
from doudi.places.divisions import Place
from doudi.policy.snapshots import county_code
from doudi.register.households import Household
from doudi.register.importing import tables
from doudi.register.items import Item
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

MOST_ROWS, HEADER_WITHIN, MOST_FEN = 50_000, 10, 100_000_000
NEW, HELD, SAME, REFUSED = "new", "held", "same", "refused"
HEADINGS = {
    "number": ("订单号", "订单编号", "平台订单号", "order number", "order"),
    "code": ("户编号", "农户编号", "贫困户编号", "household code", "household"),
    "head": ("户主", "户主姓名", "农户姓名", "贫困户姓名", "head"),
    "village": ("村", "村名", "行政村", "所在村", "village"),
    "kind": ("产品", "商品", "产品名称", "商品名称", "produce"),
    "fen": ("金额", "金额(元)", "订单金额", "订单金额(元)", "销售额(元)", "amount", "amount (yuan)"),
    "day": ("日期", "下单日期", "订单日期", "成交日期", "date"),
    "state": ("状态", "类型", "订单状态", "state"),
}
NEEDED = ("number", "fen", "day")
_BACK = re.compile("退|取消|return|cancel", re.IGNORECASE)
_DAY_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M")


@dataclass(slots=True)
class Line:
    """One row of a list: what it says, the household it was traced to, and what is wrong with it.

    `standing` is new, held (a person must say whose it is), same (taken in before) or refused; `broken` where the row
    itself cannot be read; `guesses` are the codes of households whose head and village fit.
    """

    row: int
    number: str = ""
    code: str = ""
    head: str = ""
    village: str = ""
    kind: str = ""
    fen: int = 0
    day: str = ""
    household: int | None = None
    standing: str = NEW
    zh: str = ""
    en: str = ""
    guesses: list[str] = field(default_factory=list)
    broken: bool = False

    def refuse(self, zh: str, en: str) -> None:
        """Keep it out, once: the first reason stays."""
        if self.standing != REFUSED:
            self.standing, self.zh, self.en = REFUSED, zh, en


def receive(path: Path, name: str, platform: Item, *, on: date, by: str) -> OrderList:
    """Read a list and keep its preview. Raises Refusal for what is no list of orders, or was accepted before."""
    found = tables.read(path, name=name)
    if not found:
        raise Refusal("文件里没有表格。", "There is no table in the file.", "file")
    sha256 = found[0].sha256
    _refuse_twice(platform, sha256)
    lines = trace(read(found), platform, on=on)
    with carry_out("delivery.order_lists.receive", by=by, payload=[sha256, platform.pk]) as act:
        made = OrderList.objects.create(
            platform=platform,
            place_code=county_code(),
            name=name[:200],
            sha256=sha256,
            rows=[asdict(line) for line in lines],
            counts=counts_of(lines),
            received_on=on,
            received_by=by,
        )
        act.result = made.pk
    return made


def _refuse_twice(platform: Item, sha256: str) -> None:
    before = OrderList.objects.filter(platform=platform, sha256=sha256, state=ACCEPTED).first()
    if before is not None:
        raise Refusal(
            f"这份清单已在 {before.closed_on} 收下(第 {before.pk} 份)。",
            f"This very list was accepted on {before.closed_on} (number {before.pk}).",
            "file",
        )


def read(found: Sequence[tables.Table]) -> list[Line]:
    """The lines of the first sheet that has the headings. Raises Refusal naming the headings that lack."""
    best: set[str] = set()
    for table in found:
        for at, (_, cells) in enumerate(table.rows[:HEADER_WITHIN]):
            columns = _columns(cells)
            if set(NEEDED) <= set(columns):
                return _lines(table.rows[at + 1 :], columns)
            best = max(best, set(columns) & set(NEEDED), key=len)
    lacking = [HEADINGS[name][0] for name in NEEDED if name not in best]
    raise Refusal(
        f"清单缺少列:{'、'.join(lacking)}。表头请写 订单号、户编号(或 户主 和 村)、产品、金额(元)、日期。",
        f"The list lacks the columns {', '.join(lacking)}."
        " Its headings are 订单号, 户编号 (or 户主 and 村), 产品, 金额(元), 日期.",
        "file",
    )


def _columns(cells: Sequence[str]) -> dict[str, int]:
    plain = [cell.strip().replace("(", "(").replace(")", ")").replace(" ", "").lower() for cell in cells]
    found: dict[str, int] = {}
    for name, words in HEADINGS.items():
        wanted = [word.replace(" ", "").lower() for word in words]
        at = next((plain.index(word) for word in wanted if word in plain), None)
        if at is not None:
            found[name] = at
    return found


def _lines(rows: Iterable[tuple[int, list[str]]], columns: Mapping[str, int]) -> list[Line]:
    kept = list(rows)
    if len(kept) > MOST_ROWS:
        raise Refusal(f"超过 {MOST_ROWS} 行,请分成几份。", f"More than {MOST_ROWS} rows; split the list.", "file")
    lines = [_line(number, {name: _cell(cells, at) for name, at in columns.items()}) for number, cells in kept]
    return [line for line in lines if line is not None]


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip().replace("\0", "") if at < len(cells) else ""


def _line(row: int, said: Mapping[str, str]) -> Line | None:
    """One row; None for the sum below a table."""
    if said["number"] in ("合计", "总计", "小计") or not any(said.values()):
        return None
    line = Line(
        row,
        number=said["number"][:LONGEST_NUMBER],
        code=said.get("code", "")[:32],
        head=said.get("head", "")[:100],
        village=said.get("village", "")[:80],
        kind=said.get("kind", "")[:LONGEST_KIND],
    )
    if not line.number or len(said["number"]) > LONGEST_NUMBER:
        line.refuse("没有订单号,或订单号太长", "no order number, or one too long")
    try:
        line.fen = money.read(said["fen"])
    except ValueError:
        line.refuse(f"金额读不懂:{said['fen'][:20]}", f"no amount of money: {said['fen'][:20]}")
    if _BACK.search(said.get("state", "")) and line.fen > 0:
        line.fen = -line.fen
    if line.standing == NEW and not 0 < abs(line.fen) <= MOST_FEN:
        line.refuse("金额为零或过大", "the amount is zero or too large")
    day = _day(said["day"])
    if day is None:
        line.refuse(f"日期读不懂:{said['day'][:20]}", f"no day: {said['day'][:20]}")
    line.day, line.broken = day.isoformat() if day else "", line.standing == REFUSED
    return line


def _day(text: str) -> date | None:
    for form in _DAY_FORMS:
        try:
            found = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return found if 2000 <= found.year <= 2100 else None
    return None


def trace(lines: list[Line], platform: Item, *, on: date) -> list[Line]:
    """Find each line's household, and what was taken in before; a name never decides alone, it only suggests."""
    _trace_households(lines)
    before = _before(platform, [line.number for line in lines])
    seen: Counter[tuple[str, bool]] = Counter()
    sold = {number: fen for (number, back), (fen, _) in before.items() if not back}
    owner = {number: home for (number, back), (_, home) in before.items() if not back}
    for line in sorted(lines, key=lambda each: each.fen < 0):
        _judge(line, before, seen, sold, owner, on)
    return lines


def _trace_households(lines: list[Line]) -> None:
    codes = dict(
        Household.objects.filter(code__in={line.code for line in lines if line.code}).values_list("code", "pk")
    )
    nameless = [line for line in lines if not line.code and line.head and line.village]
    called = defaultdict(list)
    villages = dict(Place.objects.filter(level="village").values_list("code", "name"))
    heads = Household.objects.filter(head_name__in={line.head for line in nameless})
    for code, head, place in heads.order_by("code").values_list("code", "head_name", "place_code"):
        called[head, villages.get(place, "")].append(code)
    for line in lines:
        if line.standing == REFUSED:
            continue
        if line.code:
            line.household = codes.get(line.code)
            if line.household is None:
                line.refuse(f"没有编号为 {line.code} 的农户", f"there is no household {line.code}")
        elif line.head and line.village:
            line.guesses = called[line.head, line.village][:10]
            line.standing, line.zh = HELD, "没有户编号,请选定是哪一户"
            line.en = "no household code; say which household it is"
        else:
            line.refuse(
                "追溯不到户:没有户编号,也没有户主和村", "traced to no household: neither code nor head and village"
            )


def _before(platform: Item, numbers: Iterable[str]) -> dict[tuple[str, bool], tuple[int, int]]:
    rows = PlatformOrder.objects.filter(platform=platform, number__in=set(numbers))
    found = rows.values_list("number", "fen", "household_id")
    return {(number, fen < 0): (fen, home) for number, fen, home in found}


def _judge(
    line: Line,
    before: Mapping[tuple[str, bool], tuple[int, int]],
    seen: Counter[tuple[str, bool]],
    sold: dict[str, int],
    owner: dict[str, int],
    on: date,
) -> None:
    """What a line is beside those before it: the same, a second one, or a return of nothing."""
    if line.standing == REFUSED:
        return
    back = line.fen < 0
    key = line.number, back
    seen[key] += 1
    if line.day > on.isoformat():
        line.refuse(f"日期 {line.day} 还没有到", f"the day {line.day} is still to come")
    elif seen[key] > 1:
        line.refuse("订单号在本表里重复", "the order number is in this list twice")
    elif key in before:
        same = before[key][0] == line.fen and line.household in (None, before[key][1])
        line.standing = SAME if same else line.standing
        if not same:
            line.refuse("订单号已收过,金额或农户不同", "the order was taken in before with another amount or household")
    elif back and sold.get(line.number, 0) < -line.fen:
        line.refuse("退货没有对应的订单,或超过原金额", "what came back has no order, or is more than it")
    elif back and line.household is not None and owner.get(line.number, line.household) != line.household:
        line.refuse("退货的农户与原订单不同", "what came back is another household's order")
    elif not back:
        sold[line.number] = line.fen
        if line.household is not None:
            owner[line.number] = line.household


def lines_of(held: OrderList) -> list[Line]:
    """The rows kept with a list."""
    return [Line(**row) for row in held.rows]


def counts_of(lines: Iterable[Line]) -> dict[str, int]:
    """Rows by standing, with the fen of each; rows in = new + held + same + refused."""
    lines = list(lines)
    rows, fen = Counter(line.standing for line in lines), Counter[str]()
    for line in lines:
        fen[line.standing] += line.fen
    told = {name: rows[name] for name in (NEW, HELD, SAME, REFUSED)}
    return {"rows": len(lines), **told, **{f"{name}_fen": fen[name] for name in told}}


def settle(held: OrderList, chosen: Mapping[int, str], *, on: date, by: str) -> int:
    """Say by household code whose held rows are; answers how many. Raises Refusal for a code that is none.

    `chosen` is by row number; an empty code leaves the row held.
    """
    held = _open(held)
    lines = lines_of(held)
    codes = {row: code.strip()[:32] for row, code in chosen.items() if code.strip()}
    found = dict(Household.objects.filter(code__in=set(codes.values())).values_list("code", "pk"))
    settled = 0
    for line in lines:
        code = codes.get(line.row)
        if line.standing != HELD or code is None:
            continue
        if code not in found:
            raise Refusal(
                f"第 {line.row} 行:没有编号为 {code} 的农户。", f"Row {line.row}: there is no household {code}.", "code"
            )
        line.code, line.standing, line.zh, line.en = code, NEW, "", ""
        settled += 1
    lines = trace([fresh(line) for line in lines], held.platform, on=on)
    with carry_out("delivery.order_lists.settle", by=by, payload=[held.pk, codes]):
        held.rows, held.counts = [asdict(line) for line in lines], counts_of(lines)
        held.save(update_fields=["rows", "counts"])
    return settled


def fresh(line: Line) -> Line:
    """The line as it was read, to be traced anew; what could not be read stays refused."""
    if line.broken:
        return line
    said = (line.row, line.number, line.code, line.head, line.village, line.kind, line.fen, line.day)
    return Line(*said)


def accept(held: OrderList, *, on: date, by: str) -> int:
    """Take in the new rows in one command; answers how many. What is held or refused stays out, with its reason.

    The rows are traced anew: what another list has brought meanwhile is counted once.
    """
    held = _open(held)
    _refuse_twice(held.platform, held.sha256)
    lines = trace([fresh(line) for line in lines_of(held)], held.platform, on=on)
    new = [line for line in lines if line.standing == NEW and line.household is not None]
    if not new:
        raise Refusal("没有一行可以收下。", "No row can be taken in.")
    places = dict(Household.objects.filter(pk__in={line.household for line in new}).values_list("pk", "place_code"))
    with carry_out("delivery.order_lists.accept", by=by, payload=[held.pk, held.sha256]) as act:
        PlatformOrder.objects.bulk_create([_order(line, held, places) for line in new], batch_size=2_000)
        held.rows, held.counts = [asdict(line) for line in lines], counts_of(lines)
        held.state, held.closed_on, held.closed_by = ACCEPTED, on, by
        held.save(update_fields=["rows", "counts", "state", "closed_on", "closed_by"])
        act.result = len(new)
    return len(new)


def _order(line: Line, held: OrderList, places: Mapping[int, str]) -> PlatformOrder:
    assert line.household is not None
    return PlatformOrder(
        list=held,
        row=line.row,
        platform=held.platform,
        number=line.number,
        household_id=line.household,
        place_code=places[line.household],
        kind=line.kind,
        fen=line.fen,
        day=date.fromisoformat(line.day),
    )


def discard(held: OrderList, *, on: date, by: str) -> None:
    """Put a list aside; nothing of it is counted."""
    held = _open(held)
    with carry_out("delivery.order_lists.discard", by=by, payload=[held.pk]):
        held.state, held.closed_on, held.closed_by = DISCARDED, on, by
        held.save(update_fields=["state", "closed_on", "closed_by"])


def _open(held: OrderList) -> OrderList:
    found: Any = OrderList.objects.select_for_update().get(pk=held.pk)
    if found.state != READY:
        raise Refusal("这份清单已经收下或作废。", "This list was accepted or put aside already.")
    return OrderList.objects.get(pk=found.pk)
