"""Households, and where each has lived."""

from __future__ import annotations

from django.db import models

from doudi.register.spans import Span, in_order, no_overlap

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
            no_overlap("residence_one_village_at_a_time", "household_id"),
            place_code_is_whole("residence_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(village_code__regex=r"^[0-9]{12}$"), name="residence_village_whole"
            ),
        ]
