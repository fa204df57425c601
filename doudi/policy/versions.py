"""Versions of policy packs: immutable, named by the hash of their text, so that a run can be repeated in five years."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models


class PackVersion(models.Model):
    """The whole text of a pack, file by file. A change, a parameter adopted included, makes a new version."""

    hash = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=64, db_index=True)
    files = models.JSONField()  # {path within the pack: text}
    based_on = models.CharField(max_length=64, blank=True)  # hash of the version it changes
    change = models.JSONField(default=dict)  # {parameter, value, from, source, named_by} of an adopted what-if
    stored_by = models.CharField(max_length=150)
    stored_at = models.DateTimeField()
    order = models.BigIntegerField(unique=True)  # the newest of a name is in force

    class Meta:
        db_table = "policy_pack_version"
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.name}@{self.hash[:12]}"
