"""Tables taken in: which file, read by which profile, with what outcome."""

from __future__ import annotations

from django.db import models


class Intake(models.Model):
    """One accepted table. `counts` holds rows, new, changed, same, held and refused; rows is the sum of the others."""

    id = models.BigAutoField(primary_key=True)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    profile = models.CharField(max_length=64)
    profile_sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=32)
    about_day = models.DateField()
    accepted_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=150)
    counts = models.JSONField()
    command_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "register_intake"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "profile_sha256", "source", "about_day"], name="intake_same_table_once"
            ),
        ]
