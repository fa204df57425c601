"""Who buys: helpers, their units, kind persons, firms, organisations; each with a wish of their own, or none.

Nobody is given a quota and buyers are never ranked: a wish is what a buyer has said of their own will, can be taken
back on any day, and a buyer who has said nothing is asked for nothing (field notes, section 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from doudi.access.scope import as_engine
from doudi.access.users import User
from doudi.delivery.stock import LONGEST_KIND, named
from doudi.policy.snapshots import county_code
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

HELPER, UNIT, PERSON, FIRM, ORGANISATION = "helper", "unit", "person", "firm", "organisation"
KINDS = (HELPER, UNIT, PERSON, FIRM, ORGANISATION)
# 以购助扶 buying to help, 以购代销 buying to sell on, 以购代捐 buying instead of giving.
HELP, RESELL, INSTEAD = "help", "resell", "instead_of_giving"
MODES = (HELP, RESELL, INSTEAD)
MOST_FEN = 10_000_000_000
MOST_KINDS = 30


class Buyer(models.Model):
    """One buyer. `most_fen` is the wish: null for nothing said. `kinds` and `places` (prefixes) narrow it.

    A helper names the `unit` that matches every fen. `username` is the account that answers for the buyer, if any.
    `place_code` is where the buyer is; the county's for a county bureau.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    name = models.CharField(max_length=100)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    unit = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="helpers")
    username = models.CharField(max_length=150, blank=True, default="")
    mode = models.CharField(max_length=20, choices=[(mode, mode) for mode in MODES], default=HELP)
    most_fen = models.BigIntegerField(null=True, blank=True)
    kinds = ArrayField(models.CharField(max_length=LONGEST_KIND), default=list, blank=True)
    places = ArrayField(models.CharField(max_length=PLACE_CODE_LENGTH), default=list, blank=True)
    said_on = models.DateField(null=True, blank=True)
    said_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        db_table = "delivery_buyer"
        ordering = ["kind", "name", "id"]
        constraints = [
            place_code_is_whole("buyer_place_code_whole"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="buyer_kind_known"),
            models.CheckConstraint(condition=models.Q(mode__in=MODES), name="buyer_mode_known"),
            models.CheckConstraint(condition=~models.Q(name=""), name="buyer_named"),
            models.CheckConstraint(
                condition=models.Q(most_fen__isnull=True) | models.Q(most_fen__gt=0), name="buyer_wish_of_worth"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=True) | models.Q(kind=HELPER), name="buyer_unit_of_helper"
            ),
            models.UniqueConstraint(fields=["kind", "name", "username"], name="buyer_once"),
            models.UniqueConstraint(fields=["username"], condition=~models.Q(username=""), name="buyer_one_an_account"),
        ]

    def __str__(self) -> str:
        return self.name


def enter(
    kind: str, name: str, *, place_code: str, unit: Buyer | None = None, username: str = "", mode: str = HELP, by: str
) -> Buyer:
    """Write a buyer down; nothing is asked of them by that. Raises Refusal for one that is there already."""
    name = named(name)
    if kind not in KINDS or mode not in MODES:
        raise Refusal("请选择采购方类型和方式。", "Choose the kind of buyer and the way of buying.", "kind")
    if not name or len(name) > 100:
        raise Refusal("请写明采购方名称,不超过100字。", "Name the buyer, at most 100 signs.", "name")
    if unit is not None and (kind != HELPER or unit.kind != UNIT):
        raise Refusal("只有帮扶责任人可以写帮扶单位。", "Only a helper has a helping unit.", "unit")
    same = Buyer.objects.filter(kind=kind, name=name, username=username)
    if same.exists() or (username and Buyer.objects.filter(username=username).exists()):
        raise Refusal(f"“{name}”已经登记过。", f"“{name}” is on the list already.", "name")
    with carry_out("delivery.buyers.enter", by=by, payload=[kind, name, place_code, username]) as act:
        made = Buyer.objects.create(
            kind=kind, name=name, place_code=place_code, unit=unit, username=username, mode=mode
        )
        act.result = made.pk
    return made


def wish(
    buyer: Buyer,
    most_fen: int | None,
    *,
    kinds: Sequence[str] = (),
    places: Sequence[str] = (),
    on: date,
    by: str,
) -> None:
    """Record what a buyer would buy at most, of what, from where; None takes the wish back.

    Orders already agreed are not touched. Raises Refusal for no money and for a place that is none.
    """
    wanted = sorted({named(kind) for kind in kinds if named(kind)})
    if most_fen is not None and not 0 < most_fen <= MOST_FEN:
        raise Refusal(
            "意愿金额要大于0、不超过一亿元;不愿采购就留空。",
            "The wish is more than 0 and at most 100 million yuan; leave it empty for no wish.",
            "most",
        )
    if len(wanted) > MOST_KINDS or any(len(kind) > LONGEST_KIND for kind in wanted):
        raise Refusal("产品种类太多或太长。", "There are too many kinds, or one is too long.", "kinds")
    bad = next((code for code in places if not is_prefix(code)), None)
    if bad is not None:
        raise Refusal(f"“{bad[:20]}”不是区划代码。", f"“{bad[:20]}” is no division code.", "places")
    payload = [buyer.pk, most_fen, wanted, sorted(set(places)), on.isoformat()]
    with carry_out("delivery.buyers.wish", by=by, payload=payload):
        buyer.most_fen, buyer.kinds, buyer.places = most_fen, wanted, sorted(set(places))
        buyer.said_on, buyer.said_by = on, by
        buyer.save(update_fields=["most_fen", "kinds", "places", "said_on", "said_by"])


def own(user: User) -> Buyer | None:
    """The buyer an account answers for, wherever it is kept; None where nobody wrote it down yet."""
    with transaction.atomic(), as_engine():
        return Buyer.objects.filter(username=user.username).select_related("unit").first()


def wish_own(
    user: User, most_fen: int | None, *, kinds: Sequence[str] = (), places: Sequence[str] = (), on: date
) -> Buyer:
    """Record a helper's own wish, and the helper as a buyer where nobody has; nobody's word but their own.

    Raises Refusal as `wish` does.
    """
    with transaction.atomic(), as_engine():
        buyer = own(user) or _enter_helper(user)
        wish(buyer, most_fen, kinds=kinds, places=places, on=on, by=user.username)
    return buyer


def _enter_helper(user: User) -> Buyer:
    """The helper as a buyer, with the helper's unit, which is asked for nothing by being named."""
    place, unit = county_code(), None
    if name := named(user.unit)[:100]:
        unit = Buyer.objects.filter(kind=UNIT, name=name).first()
        unit = unit or enter(UNIT, name, place_code=place, by=user.username)
    return enter(
        HELPER, user.name or user.username, place_code=place, unit=unit, username=user.username, by=user.username
    )
