"""What produce goes for at the market: by kind and unit, from a day on, with its source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import models

from doudi.delivery.stock import LONGEST_KIND, LONGEST_UNIT, MOST_PRICE_FEN, named
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class PriceBands(models.QuerySet["PriceBand"]):
    """The questions asked about prices."""

    def of(self, kind: str, unit: str, *, on: date) -> PriceBand | None:
        """The band that holds on a day; None where nobody has recorded one."""
        return self.filter(kind=kind, unit=unit, day__lte=on).order_by("-day", "-id").first()


class PriceBand(models.Model):
    """Between which prices (fen a unit) a kind was sold at the market on a day, by a source somebody can check."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=LONGEST_KIND)
    unit = models.CharField(max_length=LONGEST_UNIT)
    low_fen = models.BigIntegerField()
    high_fen = models.BigIntegerField()
    day = models.DateField()
    source = models.CharField(max_length=200)
    recorded_by = models.CharField(max_length=150)

    objects = PriceBands.as_manager()

    class Meta:
        db_table = "delivery_price_band"
        ordering = ["kind", "unit", "-day", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(low_fen__gt=0, high_fen__gte=models.F("low_fen")), name="price_band_in_order"
            ),
            models.UniqueConstraint(fields=["kind", "unit", "day", "source"], name="price_band_once"),
        ]

    def side(self, quantity: Decimal, fen: int) -> int:
        """-1 below the band, 1 above it, 0 within; the sums are compared, so that no price is rounded."""
        return -1 if fen < quantity * self.low_fen - 1 else 1 if fen > quantity * self.high_fen + 1 else 0


def record(kind: str, unit: str, low_fen: int, high_fen: int, *, on: date, source: str, by: str) -> PriceBand:
    """Record a market price. Raises Refusal for one the wrong way round, or recorded already."""
    kind, unit, source = named(kind), named(unit), source.strip()[:200]
    if not kind or not unit or len(kind) > LONGEST_KIND or len(unit) > LONGEST_UNIT:
        raise Refusal("请写明产品和单位。", "Name the produce and the unit.", "kind")
    if not 0 < low_fen <= high_fen <= MOST_PRICE_FEN:
        raise Refusal("最低价要大于0,且不高于最高价。", "The low price is above 0 and not above the high one.", "low")
    if not source:
        raise Refusal("请写明价格来源,如某市场某日询价。", "Say where the price was learnt.", "source")
    if PriceBand.objects.filter(kind=kind, unit=unit, day=on, source=source).exists():
        raise Refusal("这一天这个来源的价格已登记。", "This source's price of that day is recorded already.", "source")
    payload = [kind, unit, low_fen, high_fen, on.isoformat(), source]
    with carry_out("delivery.price_bands.record", by=by, payload=payload):
        return PriceBand.objects.create(
            kind=kind, unit=unit, low_fen=low_fen, high_fen=high_fen, day=on, source=source, recorded_by=by
        )


def newest(kinds: Iterable[str], *, on: date) -> dict[tuple[str, str], PriceBand]:
    """The band in force for each kind and unit."""
    rows = PriceBand.objects.filter(kind__in=set(kinds), day__lte=on).order_by("kind", "unit", "-day", "-id")
    return {(row.kind, row.unit): row for row in rows.distinct("kind", "unit")}
