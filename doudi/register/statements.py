"""What a source said about one subject: written once, never changed (DESIGN: section 2.3)."""

from __future__ import annotations

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole

SUBJECT_KINDS = ("place", "household", "person", "loan", "hire", "post", "platform", "project")


class Statement(models.Model):
    """One act of one source: `facts` is `{fact: value}`, encoded as `doudi.rules.types` says, dates as ISO text.

    A fact of a year has the key `name@2019`; the completeness of a relation is the fact `<relation>_complete`. A null
    value takes the source's earlier word back. `about_day` is the day spoken of, `recorded_at` when it was written
    here. `household_id` and `place_code` are the wall's and may be re-stamped by a merger; nothing else ever changes.
    """

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    source = models.CharField(max_length=32)
    about_day = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)
    evidence = models.JSONField(default=dict)
    facts = models.JSONField()
    command_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "register_statement"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="statement_subject"),
            models.Index(fields=["household_id"], name="statement_household"),
            models.Index(fields=["about_day"], name="statement_about"),
            models.Index(fields=["recorded_at"], name="statement_recorded"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(subject_kind__in=SUBJECT_KINDS), name="statement_kind_known"),
            place_code_is_whole("statement_place_code_whole"),
        ]
