"""Who stands by which household (结对帮扶): the helper, the helper's unit, from when until when."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models

from doudi.access.models import User
from doudi.access.scope import as_engine
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.spans import Span, holds_on, in_order
from doudi.trail.commands import carry_out
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


def households_of(user: User, on: date) -> frozenset[int]:
    """The households `user` is paired with on that day: the supplier of a helper's scope.

    Reads past the wall, since the wall is built from its answer.
    """
    with as_engine():
        found = Pairing.objects.filter(holds_on(on), helper=user).values_list("household_id", flat=True)
        return frozenset(found)


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
