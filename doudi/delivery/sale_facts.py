"""What purchases and platform orders show of a household and a platform, as facts a rule may read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from doudi.delivery import campaigns, floors, platform_orders

# Stock as it was on a day: an order of a later day had not taken anything of it yet.
_LEFT = """
SELECT p.household_id, bool_or(
    (p.off_day IS NULL OR p.off_day > %(day)s) AND p.quantity > coalesce((
        SELECT sum(b.quantity) FROM delivery_purchase b
        WHERE b.produce_id = p.id AND b.made_on <= %(day)s AND b.state NOT IN ('declined', 'cancelled')), 0))
FROM delivery_produce p WHERE p.seen_on <= %(day)s
    AND (%(homes)s::bigint[] IS NULL OR p.household_id = ANY (%(homes)s::bigint[])) GROUP BY p.household_id
"""
_TRADES = """
SELECT EXISTS (SELECT FROM delivery_purchase WHERE household_id = ANY (%(homes)s::bigint[]))
    OR EXISTS (SELECT FROM delivery_platform_order WHERE household_id = ANY (%(homes)s::bigint[]))
"""
_TOLD = """
SELECT subject_id, (document->'sold_in_window'->>0)::bigint FROM register_belief
WHERE subject_kind = 'household' AND subject_id = ANY (%s::bigint[]) AND document ? 'sold_in_window'
"""


def facts(day: date, few: Mapping[str, Collection[int]] | None = None) -> dict[tuple[str, str], Mapping[int, Any]]:
    """Values by (table, fact) and subject.

    A household with stock on record has produce unsold while some of it is neither sold nor promised. What it has sold
    within the campaign is said only once both its days are decided: the money received and the platforms' net sales,
    or what the register was told where that is more (it sold some itself). A platform's sales are those traced.
    """
    homes = None if few is None else list(few.get("household", ()))
    left = _unsold(day, homes)
    found: dict[tuple[str, str], Mapping[int, Any]] = {
        ("household", "unsold_produce"): left,
        ("household", "produce_for_sale"): {household: True for household, some in left.items() if some},
    }
    if (homes is None or _trades(homes)) and (sold := _sold(day, homes)):
        found["household", "sold_in_window"] = sold
    if few is None or few.get("platform"):
        volumes = [each for each in platform_orders.volumes(on=day) if each.orders]
        found["platform", "sold_for_poor"] = {each.platform_id: each.net for each in volumes}
        found["platform", "traceable"] = {each.platform_id: True for each in volumes}
    return {key: values for key, values in found.items() if values}


def _trades(homes: Sequence[int]) -> bool:
    """Whether anybody has bought of these households: where nobody has, the campaign need not be looked up."""
    with connection.cursor() as cursor:
        cursor.execute(_TRADES, {"homes": homes})
        return bool(cursor.fetchone()[0])


def _unsold(day: date, homes: Sequence[int] | None) -> dict[int, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, {"day": day, "homes": homes})
        return dict(cursor.fetchall())


def _sold(day: date, homes: Sequence[int] | None) -> dict[int, int]:
    campaign = campaigns.present(on=day)
    if not campaign.decided:
        return {}
    sold = {row.household_id: row.sold for row in floors.standings(campaign, on=day, homes=homes) if row.sold > 0}
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [list(sold)])
        told = dict(cursor.fetchall())
    return {household: max(fen, told.get(household) or 0) for household, fen in sold.items()}
