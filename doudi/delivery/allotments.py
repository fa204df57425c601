"""Allotments: which household is to get how much of a good from which depot, and what was handed over against a name.

Who is struck by the epidemic comes first (the measure's number puts 7a before 7b); nothing here says why a household
is on the list, for it may be somebody's illness (field notes, section 4, row 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, models

from doudi.delivery.depots import Depot, Movement, held_of
from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.delivery.goods import Good, checked
from doudi.delivery.states import DELIVERABLE
from doudi.policy.packs import Pack
from doudi.register.households import place_code_is_whole
from doudi.rules.types import DECIMAL_UNIT
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PLANNED, HANDED, CANCELLED = "planned", "handed", "cancelled"
EACH, BY_LAND = "each", "by_land"
BASES = {EACH: ("每户", "a household"), BY_LAND: ("每亩耕地", "a mu of arable land")}
CHANNEL = "goods"
SIGNERS = {"self": ("本人", "themselves"), "family": ("家属", "family"), "other": ("代领人", "somebody for them")}


class Allotment(Belonging):
    """So many units of a good for one entitlement; `handed` is what was signed for, no more than allotted."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="allotments")
    depot = models.ForeignKey(Depot, on_delete=models.PROTECT, related_name="allotments")
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="allotments")
    quantity = models.BigIntegerField()
    state = models.CharField(max_length=12, default=PLANNED)
    allotted_by = models.CharField(max_length=150)
    allotted_on = models.DateField()
    handed = models.BigIntegerField(null=True)
    handed_by = models.CharField(max_length=150, blank=True, default="")
    handed_on = models.DateField(null=True)
    signed_by = models.CharField(max_length=50, blank=True, default="")
    signer = models.CharField(max_length=8, blank=True, default="")
    movement = models.OneToOneField(Movement, on_delete=models.PROTECT, null=True, related_name="allotment")
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "delivery_allotment"
        ordering = ["place_code", "id"]
        constraints = [
            place_code_is_whole("allotment_place_code_whole"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="allotment_of_something"),
            models.CheckConstraint(
                condition=models.Q(state__in=[PLANNED, CANCELLED], handed__isnull=True, movement__isnull=True)
                | (
                    models.Q(state=HANDED, handed__gt=0, handed__lte=models.F("quantity"), movement__isnull=False)
                    & models.Q(handed_on__isnull=False)
                    & ~models.Q(handed_by="")
                    & ~models.Q(signed_by="")
                    & models.Q(signer__in=list(SIGNERS))
                ),
                name="allotment_handed_against_a_name",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CANCELLED) | ~models.Q(reason=""), name="allotment_cancelled_for_a_reason"
            ),
            models.UniqueConstraint(
                fields=["entitlement", "good"], condition=~models.Q(state=CANCELLED), name="allotment_once"
            ),
        ]
        indexes = [models.Index(fields=["depot", "good", "state"], name="allotment_of_depot")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one household would get. `land` in ten-thousandths of a mu; null where it is not known."""

    entitlement_id: int
    household_id: int
    code: str
    place_code: str
    measure: str
    land: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A list to be looked at before it is allotted: who is served, who is not for want of goods, who is unclear.

    `free` is what the depot holds and has not allotted; all quantities in the good's units.
    """

    depot: Depot
    good: Good
    basis: str
    rate: int
    free: int
    served: tuple[Wanted, ...]
    unserved: tuple[Wanted, ...]
    unclear: tuple[Wanted, ...]

    @property
    def total(self) -> int:
        """What those served get."""
        return sum(each.quantity for each in self.served)

    @property
    def short(self) -> int:
        """What lacks for those not served."""
        return sum(each.quantity for each in self.unserved) - (self.free - self.total) if self.unserved else 0


def measures_of(pack: Pack) -> list[str]:
    """The measures of a pack that give goods, those that come first in front."""
    names = [name for name in pack.measures if pack.terms[name].channel == CHANNEL]
    return sorted(names, key=lambda name: (pack.terms[name].number, name))


def free_of(depot: Depot, good: Good) -> int:
    """What the depot holds of the good and has not allotted."""
    planned = Allotment.objects.filter(depot=depot, good=good, state=PLANNED).aggregate(n=models.Sum("quantity"))["n"]
    return held_of(depot, good) - int(planned or 0)


def propose(depot: Depot, good: Good, *, basis: str, rate: int, measures: Sequence[str]) -> Plan:
    """Who would get how much: `rate` units a household or a mu (rounded up), in the order of measures, then by place.

    Only households of the depot's place whose entitlement waits to be delivered and that have none of this good yet.
    Where land counts and is not known, the household is unclear and gets nothing in this list. Raises Refusal for an
    unknown basis or an impossible rate.
    """
    if basis not in BASES:
        raise Refusal("请选按户还是按耕地面积。", "Choose by household or by arable land.", "basis")
    checked(rate, where="rate")
    found = _wanted(depot, good, basis=basis, rate=rate, measures=measures)
    unclear = tuple(each for each in found if basis == BY_LAND and each.land is None)
    left = free = free_of(depot, good)
    served: list[Wanted] = []
    unserved: list[Wanted] = []
    for each in (each for each in found if each.quantity > 0):
        if not unserved and each.quantity <= left:
            left -= each.quantity
            served.append(each)
        else:  # nobody further back in line goes before somebody who did not get theirs
            unserved.append(each)
    return Plan(depot, good, basis, rate, free, tuple(served), tuple(unserved), unclear)


def _wanted(depot: Depot, good: Good, *, basis: str, rate: int, measures: Sequence[str]) -> list[Wanted]:
    with connection.cursor() as cursor:
        cursor.execute(
            _WANTED,
            {"prefix": depot.prefix, "state": DELIVERABLE, "measures": list(measures), "good": good.pk},
        )
        rows = cursor.fetchall()
    return [
        Wanted(number, household, code, place, measure, land, rate if basis == EACH else _for_land(land, rate))
        for number, household, code, place, measure, land in rows
    ]


def _for_land(land: int | None, rate: int) -> int:
    return 0 if land is None else -(-land * rate // DECIMAL_UNIT)


_WANTED = """
SELECT e.id, e.household_id, h.code, e.place_code, e.measure, (b.document -> 'arable_land' ->> 0)::numeric::bigint
FROM delivery_entitlement e
JOIN register_household h ON h.id = e.household_id
LEFT JOIN register_belief b ON b.subject_kind = 'household' AND b.subject_id = e.household_id
WHERE e.measure = ANY (%(measures)s) AND e.state = %(state)s AND starts_with(e.place_code, %(prefix)s)
    AND NOT EXISTS (SELECT FROM delivery_allotment a JOIN delivery_entitlement o ON o.id = a.entitlement_id
        WHERE o.household_id = e.household_id AND a.good_id = %(good)s AND a.state <> 'cancelled')
    AND NOT EXISTS (SELECT FROM delivery_entitlement o WHERE o.household_id = e.household_id AND o.state = e.state
        AND array_position(%(measures)s, o.measure) < array_position(%(measures)s, e.measure))
ORDER BY array_position(%(measures)s, e.measure), e.place_code, h.code
"""


def allot(plan: Plan, *, by: str, on: date, key: UUID | None = None) -> int:
    """Allot what a plan gives to those it serves, as one command; answers to how many households.

    Raises Refusal for a list that serves nobody, and where the depot or the households have changed since the look.
    """
    rows = [[each.entitlement_id, each.quantity] for each in plan.served]
    with carry_out("delivery.allotments.allot", by=by, key=key, payload=[plan.depot.pk, plan.good.pk, rows, on]) as act:
        if not rows:
            raise Refusal("这份清单没有人能领到。请先入库。", "The list serves nobody. Take goods in first.", "plan")
        _write(plan, by=by, on=on)
        act.result = {"allotments": len(rows)}
    return len(rows)


def _write(plan: Plan, *, by: str, on: date) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                _ALLOT,
                {
                    "ids": [each.entitlement_id for each in plan.served],
                    "quantities": [each.quantity for each in plan.served],
                    "depot": plan.depot.pk,
                    "good": plan.good.pk,
                    "state": DELIVERABLE,
                    "by": by,
                    "on": on,
                },
            )
            written = cursor.rowcount
    except IntegrityError as error:
        if "allotment_is_there" not in str(error) and "allotment_once" not in str(error):
            raise
        raise _changed() from error
    if written != len(plan.served):
        raise _changed()


def _changed() -> Refusal:
    return Refusal(
        "预览之后库存或名单有了变化,没有分配。请重新预览。",
        "The depot or the list has changed since the look; nothing was allotted. Look again.",
        "plan",
    )


_ALLOT = """
INSERT INTO delivery_allotment (entitlement_id, subject_kind, subject_id, household_id, place_code, depot_id, good_id,
    quantity, state, allotted_by, allotted_on, handed_by, signed_by, signer, reason)
SELECT e.id, e.subject_kind, e.subject_id, e.household_id, e.place_code, %(depot)s, %(good)s, w.quantity, 'planned',
    %(by)s, %(on)s, '', '', '', ''
FROM unnest(%(ids)s::bigint[], %(quantities)s::bigint[]) AS w (id, quantity)
JOIN delivery_entitlement e ON e.id = w.id AND e.state = %(state)s
ORDER BY e.id
"""


def cancel(ids: Sequence[int], *, reason: str, by: str, on: date, key: UUID | None = None) -> int:
    """Take allotments back that were not handed over, with the reason; answers how many. Raises Refusal."""
    wanted, why = sorted(set(ids)), reason.strip()
    if not why or len(why) > 300:
        raise Refusal("请写明取消的原因(最多300字)。", "Say why, in at most 300 characters.", "reason")
    with carry_out("delivery.allotments.cancel", by=by, key=key, payload=[wanted, why, on]) as act:
        held = Allotment.objects.select_for_update().filter(pk__in=wanted, state=PLANNED).order_by("pk")
        if not wanted or len(list(held)) != len(wanted):
            raise Refusal(
                "有的已经发放或取消。请刷新后再选。", "Some are handed over or cancelled already. Load again.", "ids"
            )
        Allotment.objects.filter(pk__in=wanted).update(state=CANCELLED, reason=why)
        act.result = {"allotments": len(wanted)}
    return len(wanted)
