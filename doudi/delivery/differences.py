"""Differences: a later decision says otherwise than an entitlement; the officer chooses, with a reason."""

from __future__ import annotations

from django.db import models

from doudi.delivery.entitlements import Belonging, Entitlement

KEEP, WITHDRAW, REGRANT = CHOICES = ("keep", "withdraw", "regrant")


class Settlement(Belonging):
    """What was chosen for one entitlement in the face of one later decision (null: the subject is no longer there)."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="settlements")
    decision_id = models.BigIntegerField(null=True)
    choice = models.CharField(max_length=16)
    reason = models.CharField(max_length=1000)
    by = models.CharField(max_length=150)
    on_day = models.DateField()
    command_id = models.UUIDField()

    class Meta:
        db_table = "delivery_settlement"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(choice__in=CHOICES), name="settlement_choice_known"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="settlement_has_reason"),
        ]
