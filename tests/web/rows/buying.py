"""The nouns of farm purchases: what is for sale, who buys, orders, plans, the platforms' lists."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from tests.web.rows.base import ELSEWHERE, PLACES, Noun, Row, here, of_household
from tests.web.rows.making import BEGUN, copied, homes, of, sighted


@cache
def _bought() -> dict[str, list[Any]]:
    """In every corner something for sale, and an order of a part of it."""
    from doudi.delivery import buyers, purchases, stock

    with sighted():
        firms = [
            buyers.enter("firm", f"演示商行{place}", place_code=place.ljust(12, "0"), by="county") for place in PLACES
        ]
        lots = [
            stock.put(home, "豆干", Decimal(20), "斤", price_fen=1_000, on=BEGUN, by="village")
            for home in homes().values()
        ]
        orders = [purchases.order(lot, firms[0], Decimal(5), 5_000, agreed=False, on=BEGUN, by="town") for lot in lots]
    return {"buyers": firms, "lots": lots, "orders": orders}


def buyers() -> list[Row]:
    """A buyer at each place."""
    return of(_bought()["buyers"])


def produce() -> list[Row]:
    """What a household of every corner has to sell."""
    return of(_bought()["lots"])


def purchases() -> list[Row]:
    """An order proposed for each of those."""
    return of(_bought()["orders"])


def purchase_plans() -> list[Row]:
    """The county's plan, and one of another."""
    from doudi.delivery.purchase_plans import PurchasePlan

    with sighted():
        plan = PurchasePlan.objects.order_by("id")[0]
        return of([plan, copied(plan, ELSEWHERE)])


def order_lists() -> list[Row]:
    """The lists of two platforms, and one of another county."""
    from doudi.delivery.platform_orders import OrderList

    with sighted():
        found = list(OrderList.objects.order_by("-id"))
        return of([*found, copied(found[0], ELSEWHERE, sha256="0" * 64)])


NOUNS: dict[str, Noun] = {
    "buyer": Noun(buyers, here),
    "produce": Noun(produce, of_household),
    "purchase": Noun(purchases, of_household),
    "purchase plan": Noun(purchase_plans, here),
    "list of orders": Noun(order_lists, here),
}
