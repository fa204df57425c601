"""Persons, and the household each belongs to over time."""

from __future__ import annotations

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.spans import Span, in_order, no_overlap


class Person(models.Model):
    """One person. `household` is the present one (null after death or leaving), `id_number` the 18 digits or null.

    `id_number_old` keeps the fifteen-digit number a person had before 1999; `certificate` the 20 or 22 characters of
    a disability certificate.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=32, unique=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="persons")
    name = models.CharField(max_length=100)
    id_number = models.CharField(max_length=18, null=True, blank=True, unique=True)
    id_number_old = models.CharField(max_length=15, blank=True)
    certificate = models.CharField(max_length=22, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "register_person"
        ordering = ["code"]
        constraints = [
            place_code_is_whole("person_place_code_whole"),
            models.CheckConstraint(condition=~models.Q(code=""), name="person_code_given"),
            models.CheckConstraint(
                condition=models.Q(id_number__isnull=True) | models.Q(id_number__regex=r"^[0-9]{17}[0-9X]$"),
                name="person_id_number_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Membership(Span):
    """A person in a household over a span; a person is in one household at a time.

    `reason` says why it began (registered, born, married_in, moved_in), `ended` why it ended (died, married_out,
    moved_out, abroad, prison, merged).
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    reason = models.CharField(max_length=32, blank=True)
    ended = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "register_membership"
        ordering = ["household_id", "person_id", "from_day"]
        constraints = [
            in_order("membership_days_in_order"),
            no_overlap("membership_one_household_at_a_time", "person_id"),
            place_code_is_whole("membership_place_code_whole"),
        ]
