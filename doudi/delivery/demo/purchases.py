"""Farm purchases of the demo county: stock nobody fetched, buyers and wishes, orders at every stage, a plan."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.delivery import buyers, grants, price_bands, purchase_plans, purchases, sale_results
from doudi.delivery.buyers import Buyer
from doudi.delivery.demo import orders
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.stock import Produce, measured
from doudi.policy.runs import Run
from doudi.register.demo.places import COUNTY, FENGMING, QINGGANG
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

SEEN, ASKED, BROUGHT, PAID, TODAY = (date(2020, 2, day) for day in (18, 19, 22, 25, 27))
PLACE, OFFICER, SECOND, TOWN = f"{COUNTY[0]}000000", "county", "county2", "town"
ORDERED = 60  # households with an order at most, and never more than half: the plan is about the rest
AT_LEAST = 12  # of the village whose officer has a demo account, where so many have anything to sell


class Kind(NamedTuple):
    """A kind of produce: its unit and what one costs, in fen, from and to."""

    name: str
    unit: str
    low: int
    high: int


KINDS = (
    Kind("鸡蛋", "枚", 90, 150),
    Kind("土鸡", "只", 6_000, 9_000),
    Kind("青菜头", "斤", 80, 140),
    Kind("红薯粉", "斤", 900, 1_400),
    Kind("柠檬", "斤", 300, 500),
    Kind("腊肉", "斤", 3_000, 4_200),
)
OTHERS = (
    ("firm", "川中食品有限公司(演示)", buyers.RESELL, 1_500_000, ()),
    ("firm", "清溪超市(演示)", buyers.RESELL, 800_000, ("鸡蛋", "青菜头", "柠檬")),
    ("organisation", "县志愿服务联合会(演示)", buyers.INSTEAD, 600_000, ()),
    ("person", "爱心人士甲(演示)", buyers.HELP, 60_000, ("土鸡", "腊肉")),
    ("person", "爱心人士乙(演示)", buyers.HELP, 40_000, ()),
    ("person", "爱心人士丙(演示)", buyers.HELP, None, ()),
)


def load(run: Run, *, seed: int = 1) -> dict[str, int]:
    """Load it after the run that decided the county; answers how many rows. Inside the demo's own transaction."""
    dice = random.Random(seed)  # noqa: S311 - invented goods
    with transaction.atomic(), as_engine():
        homes = _homes()
        _stock(homes, dice)
        _prices()
        helped = _buyers(homes, dice)
        _grant(run, [home for home, _ in homes])
        _order(helped)
        told = {"produce": len(homes), "buyers": Buyer.objects.count(), "orders": orders.load(seed=seed)}
        if homes:
            purchase_plans.make(on=TODAY, by=OFFICER)
        return told


def _homes() -> list[tuple[int, str]]:
    """Registered households with produce unsold, and some that merely have produce, of the shown village."""
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [QINGGANG, AT_LEAST])
        return cursor.fetchall()


_HOMES = """
WITH has AS (
    SELECT h.id, h.place_code, b.document->'unsold_produce'->>0 = 'true' AS unsold, row_number() OVER (
        PARTITION BY h.place_code ORDER BY (b.document->'unsold_produce'->>0) DESC NULLS LAST, h.code) AS nth
    FROM register_household h JOIN register_belief b ON b.subject_kind = 'household' AND b.subject_id = h.id
    WHERE b.document->'registered_poor'->>0 = 'true'
        AND 'true' IN (b.document->'unsold_produce'->>0, b.document->'produce_for_sale'->>0))
SELECT id, place_code FROM has WHERE unsold OR (place_code = %s AND nth <= %s) ORDER BY place_code, id
"""


def _stock(homes: Sequence[tuple[int, str]], dice: random.Random) -> None:
    """Most of a village has the same to sell: one product that fails fails a whole village."""
    made = []
    for home, village in homes:
        same = random.Random(village).choice(KINDS)  # noqa: S311 - invented goods
        kind = same if dice.random() < 0.8 else dice.choice(KINDS)
        price = dice.randint(kind.low // 10, kind.high // 10) * 10
        worth = dice.choice((20_000, 36_000, 45_000, 60_000, 90_000))
        much = Decimal(max(1, worth // price))
        made.append(Produce(household_id=home, place_code=village, kind=kind.name, quantity=much, unit=kind.unit,
                            price_fen=price, seen_on=SEEN, recorded_by="village"))  # fmt: skip
    with carry_out("delivery.demo.stock", by="village"):
        Produce.objects.bulk_create(made, batch_size=2_000)


def _prices() -> None:
    for kind in KINDS:
        source = "县城农贸市场询价(演示)"
        price_bands.record(kind.name, kind.unit, kind.low, kind.high, on=SEEN, source=source, by=TOWN)


def _buyers(homes: Sequence[tuple[int, str]], dice: random.Random) -> dict[int, Buyer]:
    """The helpers of those households and their units, four in five with a wish; a few others. Helper by household."""
    with connection.cursor() as cursor:
        cursor.execute(_HELPERS, [[home for home, _ in homes], TODAY])
        rows = cursor.fetchall()
    with carry_out("delivery.demo.buyers", by=OFFICER):
        many = Counter(unit for _, _, _, unit, _ in rows)
        units = {name: _buyer("unit", name, most=16_000 * number) for name, number in sorted(many.items())}
        Buyer.objects.bulk_create(units.values())
        helpers: dict[str, Buyer] = {}
        for _, username, name, unit, _ in rows:
            wish = dice.choice((15_000, 20_000, 30_000)) if dice.random() < 0.8 else None
            helpers.setdefault(username, _buyer("helper", name, most=wish, username=username, unit=units[unit]))
        others = [
            _buyer(kind, name, mode=mode, most=most, kinds=list(kinds)) for kind, name, mode, most, kinds in OTHERS
        ]
        Buyer.objects.bulk_create([*helpers.values(), *others], batch_size=2_000)
    return {home: helpers[username] for home, username, _, _, _ in rows}


_HELPERS = """
SELECT DISTINCT ON (p.household_id) p.household_id, u.username, u.name, p.unit, p.place_code
FROM register_pairing p JOIN access_user u ON u.id = p.helper_id
WHERE p.household_id = ANY (%s::bigint[]) AND p.unit <> '' AND p.from_day <= %s AND p.until_day IS NULL
ORDER BY p.household_id, u.username
"""


def _buyer(kind: str, name: str, *, most: int | None = None, **more: object) -> Buyer:
    said = {"said_on": ASKED, "said_by": more.get("username") or OFFICER} if most else {}
    return Buyer(kind=kind, name=name, place_code=PLACE, most_fen=most, **said, **more)


def _grant(run: Run, homes: Sequence[int]) -> None:
    """Measure 2 of one town is granted, and the helping units have agreed: what sells is then delivered."""
    try:
        made = grants.grant(run, purchases.MEASURE, places=[FENGMING], subjects=homes, by=OFFICER, on=ASKED)
    except Refusal:
        return
    ids = list(Entitlement.objects.filter(grant=made).values_list("pk", flat=True))
    grants.advance(ids, "helper_unit", "accept", by=SECOND, on=ASKED)


def _order(helped: dict[int, Buyer]) -> None:
    """The helper's and the unit's halves, the further on the earlier in line; the shown village first."""
    lots = Produce.objects.filter(household__in=helped).order_by("pk")
    most = min(ORDERED, len(lots) // 2)
    for turn, lot in enumerate(sorted(lots, key=lambda each: each.place_code != QINGGANG)[:most]):
        buyer = helped[lot.household_id]
        fen = min(lot.left_fen, 30_000) // 2 * 2
        much = min(lot.left, measured(fen, lot.price_fen))
        if lot.by_piece:
            much = Decimal(int(much))
            fen = int(much) * lot.price_fen // 2 * 2
        if much and fen:
            _carry(
                purchases.order(lot, buyer, much, fen, unit=buyer.unit, agreed=turn % 6 < 4, on=ASKED, by=TOWN), turn
            )
    sale_results.close(on=TODAY, by=TOWN)


def _carry(one: purchases.Purchase, turn: int) -> None:
    if turn % 6 < 3:
        one = purchases.deliver(one, on=BROUGHT, receipt=f"PX2020-{turn + 1:04d}", by="village")
    if turn % 6 < 2:
        purchases.receive(one, on=PAID, by="village")
    if turn % 6 == 5:
        purchases.answer(one, side="unit", yes=True, by=OFFICER)
