"""What a household has to sell: kind, quantity, unit, price asked, and who saw it on which day."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_DOWN, Decimal

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_KIND, LONGEST_UNIT = 40, 10
THOUSANDTH = Decimal("0.001")
MOST_QUANTITY = Decimal(1_000_000)
MOST_PRICE_FEN = 10_000_000
# Sold by the piece: half a hen is sold to nobody.
PIECES = frozenset({"只", "个", "头", "条", "枚", "瓶", "罐", "箱", "盒", "件", "袋", "桶"})
_SPACE = re.compile(r"\s+")


class Produces(models.QuerySet["Produce"]):
    """The questions asked about stock."""

    def on_offer(self) -> Produces:
        """What has not been taken off and is not wholly sold or promised."""
        return self.filter(off_day=None, taken__lt=models.F("quantity"))


class Produce(models.Model):
    """One lot of produce of a household on a day.

    `quantity` and `taken` are in `unit`, to the thousandth; `price_fen` is asked for one unit. `taken` is what live
    purchases hold of it: the database keeps it, and refuses one thousandth more than there is.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    kind = models.CharField(max_length=LONGEST_KIND)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    taken = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    unit = models.CharField(max_length=LONGEST_UNIT)
    price_fen = models.BigIntegerField()
    seen_on = models.DateField()
    off_day = models.DateField(null=True, blank=True)
    recorded_by = models.CharField(max_length=150)

    objects = Produces.as_manager()

    class Meta:
        db_table = "delivery_produce"
        ordering = ["place_code", "household_id", "id"]
        constraints = [
            place_code_is_whole("produce_place_code_whole"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0, price_fen__gt=0), name="produce_of_worth"),
            models.CheckConstraint(
                condition=models.Q(taken__gte=0, taken__lte=models.F("quantity")), name="produce_not_oversold"
            ),
            models.UniqueConstraint(
                fields=["household", "kind", "unit", "seen_on"],
                condition=models.Q(off_day=None),
                name="produce_once_a_day",
            ),
        ]
        indexes = [models.Index(fields=["household"], name="produce_of_household")]

    @property
    def left(self) -> Decimal:
        """What is neither sold nor promised, in units."""
        return self.quantity - self.taken

    @property
    def left_fen(self) -> int:
        """What that is worth at the price asked, in whole fen."""
        return worth(self.left, self.price_fen)

    @property
    def by_piece(self) -> bool:
        """Whether it is sold in whole units only."""
        return self.unit in PIECES


def worth(quantity: Decimal, price_fen: int) -> int:
    """Whole fen of a quantity at a price, rounded down."""
    return int((quantity * price_fen).to_integral_value(rounding=ROUND_DOWN))


def measured(fen: int, price_fen: int) -> Decimal:
    """How many units that money buys, to the thousandth, rounded down."""
    return (Decimal(fen) / price_fen).quantize(THOUSANDTH, rounding=ROUND_DOWN)


def put(household: Household, kind: str, quantity: Decimal, unit: str, *, price_fen: int, on: date, by: str) -> Produce:
    """Record what a household has to sell. Raises Refusal for the same produce twice on a day, and for no quantity."""
    kind, unit = named(kind), named(unit)
    check(kind, quantity, unit, price_fen)
    if Produce.objects.filter(household=household, kind=kind, unit=unit, seen_on=on, off_day=None).exists():
        raise Refusal(
            f"{household.code} 户 {on} 的“{kind}”已登记过。要改数量,请先下架再重新登记。",
            f"“{kind}” of {household.code} was recorded on {on} already. To change it, take it off and record it anew.",
            "kind",
        )
    payload = [household.pk, kind, str(quantity), unit, price_fen, on.isoformat()]
    with carry_out("delivery.stock.put", by=by, payload=payload) as act:
        made = Produce.objects.create(
            household=household,
            place_code=household.place_code,
            kind=kind,
            quantity=quantity,
            unit=unit,
            price_fen=price_fen,
            seen_on=on,
            recorded_by=by,
        )
        act.result = made.pk
    return made


def take_off(produce: Produce, *, on: date, by: str) -> None:
    """Offer it no more: spoilt, eaten or sold elsewhere. What was promised of it stays promised."""
    if produce.off_day is not None:
        raise Refusal("这批产品已经下架。", "This produce has been taken off already.")
    with carry_out("delivery.stock.take_off", by=by, payload=[produce.pk, on.isoformat()]):
        produce.off_day = max(on, produce.seen_on)
        produce.save(update_fields=["off_day"])


def named(text: str) -> str:
    """A kind or unit as it is compared: without spaces around, single ones within."""
    return _SPACE.sub(" ", text).strip()


def check(kind: str, quantity: Decimal, unit: str, price_fen: int) -> None:
    """Raise Refusal for a lot nobody could sell."""
    if not kind or len(kind) > LONGEST_KIND:
        raise Refusal(
            f"请写明产品名称,不超过{LONGEST_KIND}字。", f"Name the produce, at most {LONGEST_KIND} signs.", "kind"
        )
    if not unit or len(unit) > LONGEST_UNIT:
        raise Refusal("请写明单位,如斤、只。", "Name the unit, a jin or a piece, say.", "unit")
    if not 0 < quantity <= MOST_QUANTITY or quantity != quantity.quantize(THOUSANDTH):
        raise Refusal(
            "数量要大于0、不超过一百万,最多三位小数。",
            "The quantity is more than 0, at most a million, with three decimals at most.",
            "quantity",
        )
    refuse_parts(quantity, unit)
    if not 0 < price_fen <= MOST_PRICE_FEN:
        raise Refusal("单价要大于0、不超过十万元。", "The price is more than 0 and at most 100,000 yuan.", "price")


def refuse_parts(quantity: Decimal, unit: str) -> None:
    """Raise Refusal for a part of what is sold by the piece."""
    if unit in PIECES and quantity != quantity.to_integral_value():
        raise Refusal(
            f"按“{unit}”卖的要写整数,不能是 {quantity.normalize():f}。",
            f"What is sold by the piece ({unit}) is whole; {quantity.normalize():f} is not.",
            "quantity",
        )
