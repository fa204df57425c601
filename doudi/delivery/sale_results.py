"""Measure 2 comes to its end: what a household was promised is delivered once its money adds up to the floor."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from doudi.delivery import campaigns, entitlements, floors, moves, order_lists, purchases
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.floors import Standing
from doudi.delivery.platform_orders import OrderList, PlatformOrder
from doudi.delivery.purchases import MEASURE, Purchase
from doudi.delivery.states import DELIVER, DELIVERABLE


def reached(*, on: date, prefix: str = "") -> dict[int, Standing]:
    """Approved entitlements within the duty and a place whose household has the floor, by id; none while it is open."""
    rows = Entitlement.objects.filter(measure=MEASURE, state=DELIVERABLE, place_code__startswith=prefix)
    waiting = dict(rows.values_list("household_id", "pk"))
    campaign = campaigns.present(on=on) if waiting else None
    if campaign is None or campaign.floor_fen is None:
        return {}
    standings = floors.standings(campaign, on=on, prefix=prefix)
    return {
        waiting[row.household_id]: row
        for row in standings
        if row.household_id in waiting and row.sold >= campaign.floor_fen
    }


def close(*, on: date, by: str, prefix: str = "") -> int:
    """Deliver those that have reached the floor, each with the sales it is known by; answers how many.

    Another person confirms them with the household. What `by` may not act on (a relative's) waits for somebody else.
    """
    found = reached(on=on, prefix=prefix)
    kept = set(found) - set(moves.clashing(list(found), DELIVER, DELIVER, by=by))
    for number in sorted(kept):
        entitlements.deliver([number], by=by, on=on, evidence=_evidence(found[number]))
    return len(kept)


def receive(purchase: Purchase, *, on: date, by: str) -> Purchase:
    """Record that the household has the money, and deliver its entitlement where that makes up the floor; at once."""
    with transaction.atomic():
        held = purchases.receive(purchase, on=on, by=by)
        close(on=on, by=by, prefix=held.place_code)
    return held


def take_in(held: OrderList, *, on: date, by: str) -> int:
    """Accept a platform's list, and deliver what its sales make up to the floor; answers how many rows."""
    with transaction.atomic():
        number = order_lists.accept(held, on=on, by=by)
        close(on=on, by=by)
    return number


def _evidence(row: Standing) -> dict[str, object]:
    bought = Purchase.objects.filter(household_id=row.household_id, state="received")
    ordered = PlatformOrder.objects.filter(household_id=row.household_id, fen__gt=0)
    return {
        "kind": "money_received",
        "note": f"实收货款 {row.sold / 100:.2f} 元,已满保底额",
        "sold_fen": row.sold,
        "purchases": list(bought.order_by("pk").values_list("pk", flat=True)),
        "orders": ordered.count(),
    }
