"""Purchases: one lot of a household's produce, bought by one buyer, or by a helper and the unit in equal amounts."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models

from doudi.delivery import buyers
from doudi.delivery.buyers import MODES, Buyer
from doudi.delivery.price_bands import PriceBand
from doudi.delivery.stock import MOST_PRICE_FEN, Produce, refuse_parts
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PROPOSED, AGREED, DELIVERED, RECEIVED = "proposed", "agreed", "delivered", "received"
DECLINED, CANCELLED = "declined", "cancelled"
STATES = (PROPOSED, AGREED, DELIVERED, RECEIVED, DECLINED, CANCELLED)
OPEN = (PROPOSED, AGREED, DELIVERED)
OVER = (DECLINED, CANCELLED)
ASKED, YES, NO = "asked", "yes", "no"
LONGEST_REASON, LONGEST_RECEIPT = 300, 60
MEASURE = "02_farm_purchases"


class Purchases(models.QuerySet["Purchase"]):
    """The questions asked about purchases."""

    def live(self) -> Purchases:
        """Those neither declined nor cancelled."""
        return self.exclude(state__in=OVER)

    def counted(self, *, from_day: date | None, until: date) -> Purchases:
        """Those whose money the household has, within the days (both included)."""
        begun = self if from_day is None else self.filter(received_on__gte=from_day)
        return begun.filter(state=RECEIVED, received_on__lte=until)


class Purchase(models.Model):
    """One lot. `fen` is what the household gets; `buyer_fen` and `unit_fen` say from whom, equal where there is a unit.

    Proposed, it waits for the buyer's and the unit's own word; agreed, delivered, then the money received, which the
    household or its village confirms and never a buyer (`payers` are their accounts). The names are kept with the row,
    for whoever sees the household need not see the list of buyers. `receipt` is an invoice or slip, counted once.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="purchases")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    fen = models.BigIntegerField()
    mode = models.CharField(max_length=20, choices=[(mode, mode) for mode in MODES])
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="+")
    buyer_name = models.CharField(max_length=100)
    buyer_fen = models.BigIntegerField()
    buyer_says = models.CharField(max_length=8, default=ASKED)
    unit = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    unit_name = models.CharField(max_length=100, blank=True, default="")
    unit_fen = models.BigIntegerField(default=0)
    unit_says = models.CharField(max_length=8, default=ASKED)
    payers = ArrayField(models.CharField(max_length=150), default=list, blank=True)
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES], default=PROPOSED)
    plan = models.BigIntegerField(null=True, blank=True)
    price_reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")
    receipt = models.CharField(max_length=LONGEST_RECEIPT, blank=True, default="")
    made_on = models.DateField()
    made_by = models.CharField(max_length=150)
    delivered_on = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    received_by = models.CharField(max_length=150, blank=True, default="")
    ended_reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")

    objects = Purchases.as_manager()

    class Meta:
        db_table = "delivery_purchase"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("purchase_place_code_whole"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0, fen__gt=0), name="purchase_of_worth"),
            models.CheckConstraint(
                condition=models.Q(fen=models.F("buyer_fen") + models.F("unit_fen")), name="purchase_wholly_paid"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=True, unit_fen=0)
                | models.Q(unit__isnull=False, unit_fen=models.F("buyer_fen")),
                name="purchase_pair_equal",
            ),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="purchase_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=RECEIVED)
                | (models.Q(received_on__isnull=False, delivered_on__isnull=False) & ~models.Q(received_by="")),
                name="purchase_received_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(received_on__isnull=True)
                | models.Q(received_on__gte=models.F("delivered_on"), delivered_on__gte=models.F("made_on")),
                name="purchase_days_in_order",
            ),
            models.UniqueConstraint(
                fields=["receipt"],
                condition=~models.Q(receipt="") & ~models.Q(state__in=OVER),
                name="purchase_receipt_once",
            ),
        ]
        indexes = [
            models.Index(fields=["household", "state"], name="purchase_of_household"),
            models.Index(fields=["state", "place_code"], name="purchase_waiting"),
            models.Index(fields=["buyer"], name="purchase_of_buyer"),
        ]

    @property
    def answered(self) -> bool:
        """Whether everybody who pays has said yes."""
        return self.buyer_says == YES and (self.unit_id is None or self.unit_says == YES)


def order(
    produce: Produce,
    buyer: Buyer,
    quantity: Decimal,
    fen: int,
    *,
    unit: Buyer | None = None,
    mode: str = "",
    agreed: bool = False,
    reason: str = "",
    on: date,
    by: str,
) -> Purchase:
    """Write an order for a part of a household's stock: agreed, where all who pay have said yes, else as a question.

    With a unit the sum is split into equal halves. Raises Refusal for more than the stock, an odd sum for a pair, and a
    price outside the market's band without a reason.
    """
    reason = reason.strip()[:LONGEST_REASON]
    _refuse_pair(buyer, unit, fen)
    held = Produce.objects.select_for_update().get(pk=produce.pk)
    _refuse_stock(held, quantity, fen, on)
    _refuse_price(held, quantity, fen, reason, on)
    payload = [held.pk, buyer.pk, unit.pk if unit else None, str(quantity), fen, mode, agreed, on.isoformat()]
    with carry_out("delivery.purchases.order", by=by, payload=payload) as act:
        made = Purchase.objects.create(
            household_id=held.household_id,
            place_code=held.place_code,
            produce=held,
            quantity=quantity,
            fen=fen,
            **paid_by(buyer, unit, fen),
            mode=mode or buyer.mode,
            buyer_says=YES if agreed else ASKED,
            unit_says=YES if agreed else ASKED,
            state=AGREED if agreed else PROPOSED,
            price_reason=reason,
            made_on=on,
            made_by=by,
        )
        act.result = made.pk
    return made


def paid_by(buyer: Buyer, unit: Buyer | None, fen: int) -> dict[str, object]:
    """The columns that say who pays how much."""
    return {
        "buyer": buyer,
        "buyer_name": buyer.name,
        "buyer_fen": fen // 2 if unit else fen,
        "unit": unit,
        "unit_name": unit.name if unit else "",
        "unit_fen": fen // 2 if unit else 0,
        "payers": [each.username for each in (buyer, unit) if each and each.username],
    }


def _refuse_pair(buyer: Buyer, unit: Buyer | None, fen: int) -> None:
    if (buyer.kind == buyers.HELPER) != (unit is not None) or (unit and unit.kind != buyers.UNIT):
        raise Refusal(
            "帮扶责任人与帮扶单位等额出资:责任人采购要同时写单位,其他采购方不写。",
            "A helper and the helper's unit pay equal amounts: name the unit with a helper, and with nobody else.",
            "unit",
        )
    if unit and fen % 2:
        raise Refusal(
            "责任人和单位等额出资,总额要能平分到分。请多写或少写一分。",
            "The two pay equal amounts, so the sum must split into whole fen. Add or take a fen.",
            "fen",
        )


def _refuse_stock(held: Produce, quantity: Decimal, fen: int, on: date) -> None:
    if held.off_day is not None:
        raise Refusal("这批产品已经下架。", "This produce has been taken off.", "produce")
    if on < held.seen_on:
        raise Refusal(
            f"这批产品 {held.seen_on} 才登记,采购日不能更早。",
            f"This produce was recorded on {held.seen_on}; the order cannot be earlier.",
            "on",
        )
    if not 0 < quantity <= held.left:
        raise Refusal(
            f"还剩 {held.left.normalize():f} {held.unit} 可卖,数量要大于0且不超过它。",
            f"{held.left.normalize():f} {held.unit} are left; the quantity is above 0 and not above that.",
            "quantity",
        )
    refuse_parts(quantity, held.unit)
    if not 0 < fen <= quantity * MOST_PRICE_FEN:
        raise Refusal("金额要大于0,单价不超过十万元。", "The sum is above 0, a unit at most 100,000 yuan.", "fen")


def _refuse_price(held: Produce, quantity: Decimal, fen: int, reason: str, on: date) -> None:
    band = PriceBand.objects.of(held.kind, held.unit, on=on)
    if band is None or reason or not band.side(quantity, fen):
        return
    zh, en = ("高于", "above") if band.side(quantity, fen) > 0 else ("低于", "below")
    low, high = band.low_fen / 100, band.high_fen / 100
    raise Refusal(
        f"成交价{zh}市场价({band.day} {band.source}:每{held.unit} {low:.2f}-{high:.2f} 元)。请改价,或写明理由。",
        f"The price is {en} the market's ({band.day}, {band.source}: {low:.2f}-{high:.2f} yuan a {held.unit})."
        " Change it, or give the reason.",
        "reason",
    )


def answer(purchase: Purchase, *, side: str, yes: bool, by: str) -> Purchase:
    """Record what a buyer (`side` "buyer") or the unit ("unit") says to a proposal; a no ends it, without a reason.

    Raises Refusal once the proposal has been answered.
    """
    held = _held(purchase)
    if held.state != PROPOSED or (side == "unit" and held.unit_id is None) or side not in ("buyer", "unit"):
        raise Refusal("这条建议已经答复过了。", "This proposal has been answered already.")
    with carry_out("delivery.purchases.answer", by=by, payload=[held.pk, side, yes]):
        setattr(held, f"{side}_says", YES if yes else NO)
        held.state = DECLINED if not yes else AGREED if held.answered else PROPOSED
        held.save(update_fields=["buyer_says", "unit_says", "state"])
    return held


def deliver(purchase: Purchase, *, on: date, receipt: str = "", by: str) -> Purchase:
    """Record that the goods were handed over. Raises Refusal for a receipt another purchase bears."""
    held = _held(purchase)
    _refuse_state(held, AGREED, "交货", "delivered")
    _refuse_early(on, held.made_on)
    receipt = number_of(receipt)
    twin = Purchase.objects.live().filter(receipt=receipt).exclude(pk=held.pk).first() if receipt else None
    if twin is not None:
        raise Refusal(
            f"票据号 {receipt} 已记在采购 {twin.pk} 上,一张票据只算一次。",
            f"The receipt {receipt} stands at purchase {twin.pk}; a receipt counts once.",
            "receipt",
        )
    with carry_out("delivery.purchases.deliver", by=by, payload=[held.pk, on.isoformat(), receipt]):
        held.state, held.delivered_on, held.receipt = DELIVERED, on, receipt
        held.save(update_fields=["state", "delivered_on", "receipt"])
    return held


def receive(purchase: Purchase, *, on: date, by: str) -> Purchase:
    """Record that the household has the money, as it or its village says. Raises Refusal for a buyer's own word."""
    held = _held(purchase)
    _refuse_state(held, DELIVERED, "收款", "paid")
    _refuse_early(on, held.delivered_on or held.made_on)
    if by in held.payers:
        raise Refusal(
            "收款由农户或村里确认,采购方自己不能确认。",
            "The household or its village confirms the money; the buyer cannot.",
        )
    with carry_out("delivery.purchases.receive", by=by, payload=[held.pk, on.isoformat()]):
        held.state, held.received_on, held.received_by = RECEIVED, on, by
        held.save(update_fields=["state", "received_on", "received_by"])
    return held


def cancel(purchase: Purchase, *, reason: str, by: str) -> Purchase:
    """End an order before the money is there; its stock is free again. Raises Refusal without a reason."""
    held, reason = _held(purchase), reason.strip()[:LONGEST_REASON]
    if held.state not in OPEN:
        raise Refusal("这笔采购已经结束,不能取消。", "This purchase is over and cannot be cancelled.")
    if not reason:
        raise Refusal("取消要写明理由。", "A cancelled order needs its reason.", "reason")
    with carry_out("delivery.purchases.cancel", by=by, payload=[held.pk, reason]):
        held.state, held.ended_reason = CANCELLED, reason
        held.save(update_fields=["state", "ended_reason"])
    return held


def number_of(text: str) -> str:
    """A receipt's number as it is compared: full-width as plain signs, capitals, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())[:LONGEST_RECEIPT]


def _held(purchase: Purchase) -> Purchase:
    return Purchase.objects.select_for_update().get(pk=purchase.pk)


def _refuse_state(held: Purchase, wanted: str, zh: str, en: str) -> None:
    if held.state != wanted:
        raise Refusal(
            f"这笔采购现在不能记{zh}。请刷新看它到了哪一步。",
            f"This purchase cannot be marked as {en} now. Refresh to see where it stands.",
        )


def _refuse_early(on: date, first: date) -> None:
    if on < first:
        raise Refusal(f"日期不能早于 {first}。", f"The day cannot be before {first}.", "on")
