"""Evidence: by what it is known that a result is there; brought by one person, seen by another."""

from __future__ import annotations

from django.db import models

from doudi.delivery.entitlements import Belonging, Entitlement


class Evidence(Belonging):
    """A note, and where there is one a file, of a kind the pack wants. `sha256` names the file in the home.

    `verdict` is "" while nobody has looked, then seen or rejected, by another person than who brought it.
    """

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=40)
    note = models.CharField(max_length=1000)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    media_type = models.CharField(max_length=40, blank=True, default="")
    size = models.BigIntegerField(default=0)
    brought_by = models.CharField(max_length=150)
    brought_on = models.DateField()
    verdict = models.CharField(max_length=16, blank=True, default="")
    seen_by = models.CharField(max_length=150, blank=True, default="")
    seen_on = models.DateField(null=True)
    remark = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        db_table = "delivery_evidence"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(verdict__in=("", "seen", "rejected")), name="evidence_verdict"),
            models.CheckConstraint(
                condition=~models.Q(seen_by=models.F("brought_by")), name="evidence_seen_by_another"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="", seen_by="") | (~models.Q(verdict="") & ~models.Q(seen_by="")),
                name="evidence_seen_by_somebody",
            ),
            models.CheckConstraint(condition=~models.Q(note="") | ~models.Q(sha256=""), name="evidence_says_something"),
        ]
