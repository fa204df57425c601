"""Who stands by which household (结对帮扶): the helper, the helper's unit, from when until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import models

from doudi.access.models import Duty, User
from doudi.access.scope import as_engine
from doudi.register.households import PLACE_CODE_LENGTH, Household, Residence, place_code_is_whole
from doudi.register.spans import Span, holds_on, in_order
from doudi.trail.commands import carry_out
from doudi.trail.written import DAY, NUMBER, Written
from doudi.values.refusals import Refusal


class Pairing(Span):
    """A helper paired with a household; the same helper is paired with the same household once at a time."""

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="pairings")
    helper = models.ForeignKey(User, on_delete=models.PROTECT, related_name="pairings")
    unit = models.CharField(max_length=100, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        db_table = "register_pairing"
        ordering = ["household_id", "from_day"]
        constraints = [
            in_order("pairing_days_in_order"),
            place_code_is_whole("pairing_place_code_whole"),
        ]


_households = Written(
    lambda helper, on: Pairing.objects.filter(holds_on(on), helper=helper).values_list("household_id", flat=True),
    helper=NUMBER,
    on=DAY,
)


def households_of(user: User, on: date) -> frozenset[int]:
    """The households `user` is paired with on that day: the supplier of a helper's scope.

    Reads past the wall, since the wall is built from its answer.
    """
    with as_engine():
        return frozenset(_households(helper=user.pk, on=on))


def pair(household: Household, helper: User, *, unit: str, on: date, by: str, now: datetime) -> Pairing:
    """Let a helper stand by a household from a day on. Raises Refusal while they do already."""
    if Pairing.objects.filter(household=household, helper=helper, until_day=None).exists():
        raise Refusal(
            f"{helper.name}已结对 {household.code} 户。", f"{helper.name} stands by {household.code} already."
        )
    payload = [household.pk, helper.pk, unit, on.isoformat()]
    with carry_out("register.pairings.pair", by=by, payload=payload):
        return Pairing.objects.create(
            household=household,
            helper=helper,
            unit=unit,
            place_code=household.place_code,
            from_day=on,
            recorded_at=now,
        )


def part(pairing: Pairing, *, on: date, by: str, now: datetime) -> None:
    """End a pairing on a day: from then on the helper sees the household no more."""
    if pairing.until_day is not None or on <= pairing.from_day:
        raise Refusal(
            f"结对从 {pairing.from_day} 开始,不能在 {on} 结束。",
            f"The pairing began on {pairing.from_day} and cannot end on {on}.",
            "on",
        )
    with carry_out("register.pairings.part", by=by, payload=[pairing.pk, on.isoformat()]):
        pairing.until_day, pairing.closed_at = on, now
        pairing.save(update_fields=["until_day", "closed_at"])


def transfer(pairings: Iterable[Pairing], to: User, *, on: date, by: str, now: datetime) -> int:
    """Let `to` stand by the households of pairings under way from a day on, in place of their helpers; all or none.

    Answers how many. Raises Refusal for somebody who is no helper that day, and for a pairing that cannot end then.
    """
    moved = list(pairings)
    _refuse_no_helper(to, on)
    payload = [[pairing.pk for pairing in moved], to.pk, on.isoformat()]
    with carry_out("register.pairings.transfer", by=by, payload=payload) as act:
        for pairing in moved:
            part(pairing, on=on, by=by, now=now)
            pair(pairing.household, to, unit=to.unit[:100], on=on, by=by, now=now)
        act.result = {"households": len(moved)}
    return len(moved)


def pair_many(households: Iterable[Household], helper: User, *, on: date, by: str, now: datetime) -> int:
    """Let a helper stand by several households from a day on; all or none. Answers how many.

    Raises Refusal for somebody who is no helper that day.
    """
    wanted = list(households)
    _refuse_no_helper(helper, on)
    payload = [[household.pk for household in wanted], helper.pk, on.isoformat()]
    with carry_out("register.pairings.pair_many", by=by, payload=payload) as act:
        for household in wanted:
            pair(household, helper, unit=helper.unit[:100], on=on, by=by, now=now)
        act.result = {"households": len(wanted)}
    return len(wanted)


def _refuse_no_helper(user: User, on: date) -> None:
    if not user.is_active or not Duty.objects.of(user, on=on).filter(role="helper").exists():
        raise Refusal(
            f"{user.name} 在 {on} 不是帮扶责任人。请先给这项职责。",
            f"{user.name} is no helper on {on}. Give the duty first.",
            "to",
        )


def orphaned(on: date) -> models.QuerySet[Pairing]:
    """The pairings of a day whose helper can no longer sign in or has no duty as a helper that day."""
    helpers = Duty.objects.in_force(on=on).filter(role="helper", user__is_active=True)
    return Pairing.objects.filter(holds_on(on)).exclude(helper__in=helpers.values("user"))


def unpaired(on: date) -> models.QuerySet[Household]:
    """The households of the register that nobody stands by on a day."""
    there = Residence.objects.filter(holds_on(on), household=models.OuterRef("pk"))
    # As one list of ids and not a question for each household: the planner takes the wall for narrower than it is.
    paired = Pairing.objects.filter(holds_on(on)).values("household")
    return Household.objects.filter(models.Exists(there), ~models.Q(pk__in=paired))
