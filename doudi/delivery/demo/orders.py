"""Lists of two platforms of the demo county: one taken in, with what came back; one that waits for a person."""

from __future__ import annotations

import hashlib
import random
from dataclasses import asdict
from datetime import date, timedelta

from django.db import connection

from doudi.delivery import order_lists
from doudi.delivery.order_lists import Line
from doudi.delivery.platform_orders import OrderList
from doudi.policy.snapshots import county_code
from doudi.register.items import Item
from doudi.trail.commands import carry_out

FIRST, TODAY, OFFICER = date(2020, 2, 1), date(2020, 2, 27), "county"
LINES, WAITING = 320, 12
_HOMES = """
SELECT h.code, h.head_name, p.name FROM register_household h
JOIN register_belief b ON b.subject_kind = 'household' AND b.subject_id = h.id
JOIN places_place p ON p.code = h.place_code
WHERE b.document->'registered_poor'->>0 = 'true' AND b.document->'produce_for_sale'->>0 = 'true'
    AND NOT EXISTS (SELECT FROM delivery_produce d WHERE d.household_id = h.id)
ORDER BY h.place_code, h.code LIMIT %s
"""


def load(*, seed: int = 1) -> int:
    """Answers how many lines were taken in."""
    platforms = list(Item.objects.filter(kind="platform").order_by("code")[:2])
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [LINES])
        homes = cursor.fetchall()
    if len(platforms) < 2 or not homes:
        return 0
    dice = random.Random(seed)  # noqa: S311 - invented orders
    taken = order_lists.trace([_line(n, homes[n % len(homes)][0], dice) for n in range(LINES)], platforms[0], on=TODAY)
    back = [Line(LINES + n, number=line.number, code=line.code, kind=line.kind, fen=-line.fen, day=line.day)
            for n, line in enumerate(taken[::80], 1)]  # fmt: skip
    first = _list(platforms[0], "二月订单(演示).xlsx", taken + back)
    _list(platforms[1], "二月订单(演示)二.xlsx", _waiting(homes, dice))
    return order_lists.accept(first, on=TODAY, by=OFFICER)


def _line(n: int, code: str, dice: random.Random) -> Line:
    day = FIRST + timedelta(days=dice.randint(0, 25))
    kind = dice.choice(("鸡蛋礼盒", "腊肉", "红薯粉", "柠檬"))
    return Line(n + 2, number=f"YX{day:%Y%m%d}{n:04d}", code=code, kind=kind, fen=dice.randint(220, 560) * 100,
                day=day.isoformat())  # fmt: skip


def _waiting(homes: list[tuple[str, str, str]], dice: random.Random) -> list[Line]:
    """Mostly sound; two rows that name only head and village, one that names nobody."""
    lines = [_line(5_000 + n, homes[-1 - n % len(homes)][0], dice) for n in range(WAITING)]
    for line, (_, head, village) in zip(lines[2:4], homes, strict=False):
        line.code, line.head, line.village = "", head, village
    lines[5].code = ""
    return lines


def _list(platform: Item, name: str, lines: list[Line]) -> OrderList:
    traced = order_lists.trace([order_lists.fresh(line) for line in lines], platform, on=TODAY)
    with carry_out("delivery.demo.orders", by=OFFICER, payload=[name]):
        return OrderList.objects.create(
            platform=platform, place_code=county_code(), name=name, rows=[asdict(line) for line in traced],
            sha256=hashlib.sha256(name.encode()).hexdigest(), counts=order_lists.counts_of(traced), received_on=TODAY,
            received_by=OFFICER,
        )  # fmt: skip
