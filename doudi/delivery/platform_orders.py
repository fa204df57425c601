"""Orders of e-commerce platforms, each line traced to a household; what comes back is a line below zero."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db import connection, models

from doudi.delivery.stock import LONGEST_KIND
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.items import Item

READY, ACCEPTED, DISCARDED = "ready", "accepted", "discarded"
LONGEST_NUMBER = 60


class OrderList(models.Model):
    """One list a platform sent: `rows` as read (see `order_lists.Line`), `counts` of what became of them.

    The same file of a platform is accepted once (`sha256`).
    """

    STATES = [(READY, "ready"), (ACCEPTED, "accepted"), (DISCARDED, "discarded")]

    id = models.BigAutoField(primary_key=True)
    platform = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=STATES, default=READY)
    received_on = models.DateField()
    received_by = models.CharField(max_length=150)
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "delivery_order_list"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("order_list_place_code_whole"),
            models.UniqueConstraint(
                fields=["platform", "sha256"], condition=models.Q(state=ACCEPTED), name="order_list_accepted_once"
            ),
        ]


class PlatformOrder(models.Model):
    """One line: what a platform sold for a household, in fen; below zero what was returned or cancelled.

    An order number of a platform stands once above zero and once below it.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(OrderList, on_delete=models.PROTECT, related_name="lines")
    row = models.IntegerField()
    platform = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=LONGEST_NUMBER)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    kind = models.CharField(max_length=LONGEST_KIND, blank=True, default="")
    fen = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        db_table = "delivery_platform_order"
        ordering = ["platform_id", "day", "number", "-fen"]
        constraints = [
            place_code_is_whole("platform_order_place_code_whole"),
            models.CheckConstraint(condition=~models.Q(fen=0) & ~models.Q(number=""), name="platform_order_of_worth"),
            models.UniqueConstraint(
                fields=["platform", "number"], condition=models.Q(fen__gt=0), name="platform_order_once"
            ),
            models.UniqueConstraint(
                fields=["platform", "number"], condition=models.Q(fen__lt=0), name="platform_order_returned_once"
            ),
        ]
        indexes = [models.Index(fields=["household", "day"], name="platform_order_of_household")]


class Volume(NamedTuple):
    """What a platform has sold for poor households: fen net of what came back, orders, households, days."""

    platform_id: int
    code: str
    label: str
    sold: int
    returned: int
    orders: int
    households: int
    last: date | None

    @property
    def net(self) -> int:
        """Sold less returned, in fen."""
        return self.sold - self.returned


_VOLUMES = """
SELECT i.id, i.code, i.label, coalesce(sum(o.fen) FILTER (WHERE o.fen > 0), 0)::bigint,
    coalesce(-sum(o.fen) FILTER (WHERE o.fen < 0), 0)::bigint, count(o.id) FILTER (WHERE o.fen > 0),
    count(DISTINCT o.household_id), max(o.day)
FROM register_item i LEFT JOIN delivery_platform_order o ON o.platform_id = i.id AND o.day <= %s
WHERE i.kind = 'platform' GROUP BY i.id ORDER BY i.code
"""


def volumes(*, on: date) -> list[Volume]:
    """Every platform with what was traced to households up to a day, within the reader's duty."""
    with connection.cursor() as cursor:
        cursor.execute(_VOLUMES, [on])
        return [Volume(*row) for row in cursor.fetchall()]
