"""How many households have sold as much as the floor: by village and town, with the households below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection

from doudi.delivery.campaigns import Campaign


class Standing(NamedTuple):
    """Where one household stands, in fen: money received, promised by open orders, stock left at the price asked."""

    household_id: int
    code: str
    head_name: str
    place_code: str
    sold: int
    promised: int
    left: int


@dataclass(frozen=True, slots=True)
class Area:
    """A village or town: `households` with something to sell or sold, of them `reached` the floor; sums in fen."""

    code: str
    households: int
    reached: int
    sold: int
    promised: int
    left: int

    @property
    def below(self) -> int:
        """Households that have not reached it."""
        return self.households - self.reached


# Households with stock on record, an order or a platform's sale; what counts is money received within the days.
_STANDINGS = """
WITH stock AS (
    SELECT household_id, sum(trunc((quantity - taken) * price_fen)) FILTER (WHERE off_day IS NULL) AS fen
    FROM delivery_produce WHERE seen_on <= %(day)s
        AND (%(homes)s::bigint[] IS NULL OR household_id = ANY (%(homes)s::bigint[])) GROUP BY household_id),
bought AS (
    SELECT household_id,
        sum(fen) FILTER (WHERE state = 'received' AND received_on BETWEEN %(first)s AND %(last)s) AS sold,
        sum(fen) FILTER (WHERE state IN ('proposed', 'agreed', 'delivered')) AS promised
    FROM delivery_purchase WHERE state NOT IN ('declined', 'cancelled') AND made_on <= %(day)s
        AND (%(homes)s::bigint[] IS NULL OR household_id = ANY (%(homes)s::bigint[])) GROUP BY household_id),
ordered AS (
    SELECT household_id, sum(fen) AS sold FROM delivery_platform_order
    WHERE day BETWEEN %(first)s AND %(last)s
        AND (%(homes)s::bigint[] IS NULL OR household_id = ANY (%(homes)s::bigint[])) GROUP BY household_id)
SELECT h.id, h.code, h.head_name, h.place_code, (coalesce(b.sold, 0) + coalesce(o.sold, 0))::bigint,
    coalesce(b.promised, 0)::bigint, coalesce(s.fen, 0)::bigint
FROM register_household h
LEFT JOIN stock s ON s.household_id = h.id
LEFT JOIN bought b ON b.household_id = h.id
LEFT JOIN ordered o ON o.household_id = h.id
WHERE coalesce(s.household_id, b.household_id, o.household_id) IS NOT NULL AND h.place_code LIKE %(prefix)s
ORDER BY h.place_code, h.code
"""


def standings(campaign: Campaign, *, on: date, prefix: str = "", homes: Sequence[int] | None = None) -> list[Standing]:
    """Every household (of `homes`) with something to sell or sold, within the reader's duty and a place."""
    params = {
        "day": on,
        "first": campaign.counts_from or date.min,
        "last": campaign.counts_until(on),
        "prefix": f"{prefix}%",
        "homes": None if homes is None else list(homes),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, params)
        return [Standing(*row) for row in cursor.fetchall()]


def by_area(rows: Iterable[Standing], floor_fen: int, *, digits: int) -> list[Area]:
    """The same counted by town (9 digits) or village (12), in the order of the codes."""
    found: dict[str, list[Standing]] = defaultdict(list)
    for row in rows:
        found[row.place_code[:digits]].append(row)
    return [_area(code, there, floor_fen) for code, there in sorted(found.items())]


def whole(rows: Iterable[Standing], floor_fen: int) -> Area:
    """All of them as one area."""
    return _area("", list(rows), floor_fen)


def _area(code: str, rows: list[Standing], floor_fen: int) -> Area:
    return Area(
        code=code,
        households=len(rows),
        reached=sum(row.sold >= floor_fen for row in rows),
        sold=sum(row.sold for row in rows),
        promised=sum(row.promised for row in rows),
        left=sum(row.left for row in rows),
    )
