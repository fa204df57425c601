"""Households, and where each has lived."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models

from doudi.access.scope import as_engine
from doudi.places import divisions
from doudi.register import stamping
from doudi.register.spans import Span, in_order
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PLACE_CODE_LENGTH = 12


def place_code_is_whole(name: str) -> models.CheckConstraint:
    """A place code is twelve digits."""
    return models.CheckConstraint(condition=models.Q(place_code__regex=r"^[0-9]{12}$"), name=name)


class Household(models.Model):
    """One household for as long as it exists; `code` is doudi's own and never given to another.

    `national_code` is the number of the national system (户编号), `place_code` the village it belongs to under the
    codes of today (a merger re-stamps it), `group_name` the villagers' group (社、组).
    """

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=32, unique=True)
    national_code = models.CharField(max_length=32, null=True, blank=True, unique=True)
    head_name = models.CharField(max_length=100, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    group_name = models.CharField(max_length=50, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "register_household"
        ordering = ["code"]
        constraints = [
            place_code_is_whole("household_place_code_whole"),
            models.CheckConstraint(condition=~models.Q(code=""), name="household_code_given"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.head_name}"


class Residence(Span):
    """Where a household lives over a span: `village_code` as the codes were then, `place_code` as they are today."""

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="residences")
    village_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    reason = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "register_residence"
        ordering = ["household_id", "from_day"]
        constraints = [
            in_order("residence_days_in_order"),
            place_code_is_whole("residence_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(village_code__regex=r"^[0-9]{12}$"), name="residence_village_whole"
            ),
        ]


def move(
    household: Household, place_code: str, *, on: date, by: str, now: datetime, reason: str = "moved"
) -> Residence:
    """Let a household live in another village from a day on; whoever answers for that village sees it from now on.

    Raises Refusal for a place that does not exist, or a day before the present residence began.
    """
    divisions.require(place_code)
    here = _present_residence(household)
    if place_code.endswith("000") or place_code == here.village_code:
        raise Refusal(f"{place_code} 不是另一个村(社区)。", f"{place_code} is not another village.", "place_code")
    if on <= here.from_day:
        raise Refusal(
            f"这户从 {here.from_day} 起住在现在的村,不能在 {on} 搬走。",
            f"The household has lived in its village since {here.from_day}; it cannot have left on {on}.",
            "on",
        )
    payload = [household.pk, place_code, on.isoformat(), reason]
    with carry_out("register.households.move", by=by, payload=payload), as_engine():
        here.until_day, here.closed_at = on, now
        here.save(update_fields=["until_day", "closed_at"])
        there = Residence.objects.create(
            household=household,
            village_code=place_code,
            place_code=place_code,
            from_day=on,
            recorded_at=now,
            reason=reason,
        )
        stamping.follow_move(household.pk, place_code)
        household.place_code = place_code
    return there


def dissolve(household: Household, *, on: date, by: str, now: datetime) -> None:
    """End a household: from that day on it is in no snapshot. Its past stays."""
    here = _present_residence(household)
    with carry_out("register.households.dissolve", by=by, payload=[household.pk, on.isoformat()]):
        here.until_day, here.closed_at = on, now
        here.save(update_fields=["until_day", "closed_at"])


def _present_residence(household: Household) -> Residence:
    here = household.residences.filter(until_day=None).order_by("-from_day").first()
    if here is None:
        raise Refusal(f"{household.code} 户已不在册。", f"The household {household.code} has left the register.")
    return here
