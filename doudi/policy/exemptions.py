"""Exemptions from data-quality checks: a named subject, a reason, and a day it ends."""

from __future__ import annotations

from django.db import models


class Exemption(models.Model):
    """A finding a person has looked at and found right. It ends by itself: `until` is its last day."""

    check_name = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=12)
    reason = models.TextField()
    from_day = models.DateField()
    until = models.DateField()
    granted_by = models.CharField(max_length=150)

    class Meta:
        db_table = "policy_exemption"
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gte=models.F("from_day")), name="policy_exemption_ends"),
            models.UniqueConstraint(
                fields=["check_name", "subject_kind", "subject_id", "from_day"], name="policy_exemption_once"
            ),
        ]
