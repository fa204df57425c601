"""Exemptions from data-quality checks: a named subject, a reason, and a day it ends."""

from __future__ import annotations

from datetime import date

from django.db import models

PROPOSED, GRANTED, REFUSED = "proposed", "granted", "refused"


class Exemptions(models.QuerySet["Exemption"]):
    """The questions asked about exemptions."""

    def in_force(self, on: date) -> Exemptions:
        """Those that hold on a day: granted, begun, not past and not ended early."""
        held = self.filter(state=GRANTED, from_day__lte=on, until__gte=on)
        return held.filter(models.Q(ended_on=None) | models.Q(ended_on__gt=on))


class Exemption(models.Model):
    """A finding a person has looked at and found right. It ends by itself: `until` is its last day.

    A town proposes, the county grants. `ended_on` is the first day it no longer holds, where it was ended early.
    """

    STATES = [(PROPOSED, "proposed"), (GRANTED, "granted"), (REFUSED, "refused")]

    check_name = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=12)
    reason = models.TextField()
    from_day = models.DateField()
    until = models.DateField()
    state = models.CharField(max_length=16, choices=STATES, default=GRANTED)
    proposed_by = models.CharField(max_length=150, blank=True, default="")
    granted_by = models.CharField(max_length=150, blank=True, default="")
    ended_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")

    objects = Exemptions.as_manager()

    class Meta:
        db_table = "policy_exemption"
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gte=models.F("from_day")), name="policy_exemption_ends"),
            models.CheckConstraint(
                condition=models.Q(state=PROPOSED) | ~models.Q(granted_by=""), name="policy_exemption_decided"
            ),
            models.UniqueConstraint(
                fields=["check_name", "subject_kind", "subject_id", "from_day"],
                condition=models.Q(state=GRANTED, ended_on=None),
                name="policy_exemption_once",
            ),
        ]
