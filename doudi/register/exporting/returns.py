"""Tables that came back changed: what was taken from each, and which clashes were left for the village."""

from __future__ import annotations

from django.db import models

from doudi.register.exporting.exports import Export
from doudi.register.statements import Statement


class Return(models.Model):
    """One file that came back and was accepted; the same file comes back once. `counts` are of cells and rows."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="returns")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=32)
    about_day = models.DateField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    place_code = models.CharField(max_length=12)
    command_id = models.UUIDField()

    class Meta:
        db_table = "register_return"
        ordering = ["-id"]


class Left(models.Model):
    """A cell changed both in the file and in the register, left for the village to find out.

    `file_value` is what the file says, `register_value` what was believed when it was left; both as text.
    """

    id = models.BigAutoField(primary_key=True)
    returned = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="left")
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=12)
    fact = models.CharField(max_length=80)
    file_value = models.TextField(blank=True)
    register_value = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "register_left"
        ordering = ["place_code", "id"]
        indexes = [models.Index(fields=["household_id"], name="left_of_household")]


def open_ones() -> list[Left]:
    """What was left and nobody has said anything of since, within the scope."""
    told = Statement.objects.filter(
        subject_kind=models.OuterRef("subject_kind"),
        subject_id=models.OuterRef("subject_id"),
        recorded_at__gt=models.OuterRef("at"),
        facts__has_key=models.OuterRef("fact"),
    )
    return list(Left.objects.filter(~models.Exists(told)).order_by("place_code", "id")[:500])
