"""Steps: every act upon an entitlement, with its person, day and reason; only ever added to."""

from __future__ import annotations

from django.db import models

from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.delivery.states import VERDICTS, WITH_REASON


class Step(Belonging):
    """One act. `stage` is the pack's, or the verdict's own name for what happens after approval."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=40)
    verdict = models.CharField(max_length=16)
    by = models.CharField(max_length=150)
    on_day = models.DateField()
    reason = models.CharField(max_length=1000, blank=True, default="")
    said = models.JSONField(default=dict)
    command_id = models.UUIDField()

    class Meta:
        db_table = "delivery_step"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(verdict__in=VERDICTS), name="step_verdict_known"),
            models.CheckConstraint(condition=~models.Q(by=""), name="step_has_person"),
            models.CheckConstraint(
                condition=~models.Q(verdict__in=WITH_REASON) | ~models.Q(reason=""), name="step_has_reason"
            ),
        ]
