"""Objections: what somebody says against an entitlement, who wrote it down, and who answered."""

from __future__ import annotations

from django.db import models

from doudi.delivery.entitlements import Belonging, Entitlement

OPEN, UPHELD, DISMISSED = "open", "upheld", "dismissed"
WAYS = ("phone", "in_person", "letter")


class Objection(Belonging):
    """Open until answered by another than who recorded it and than anyone who decided; while open it stops payment.

    `said_by` may be empty: nobody has to give a name.
    """

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="objections")
    way = models.CharField(max_length=16)
    said_by = models.CharField(max_length=100, blank=True, default="")
    said = models.CharField(max_length=2000)
    said_on = models.DateField()
    recorded_by = models.CharField(max_length=150)
    state = models.CharField(max_length=16, default=OPEN)
    answer = models.CharField(max_length=2000, blank=True, default="")
    answered_by = models.CharField(max_length=150, blank=True, default="")
    answered_on = models.DateField(null=True)

    class Meta:
        db_table = "delivery_objection"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(way__in=WAYS), name="objection_way_known"),
            models.CheckConstraint(condition=~models.Q(said=""), name="objection_says_something"),
            models.CheckConstraint(condition=models.Q(state__in=(OPEN, UPHELD, DISMISSED)), name="objection_state"),
            models.CheckConstraint(
                condition=models.Q(state=OPEN, answered_by="")
                | (~models.Q(state=OPEN) & ~models.Q(answered_by="") & ~models.Q(answer="")),
                name="objection_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(answered_by=models.F("recorded_by")), name="objection_answered_by_another"
            ),
        ]
        indexes = [models.Index(fields=["entitlement"], name="objection_open", condition=models.Q(state=OPEN))]
