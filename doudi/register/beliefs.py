"""What the register believes of each subject, resolved from its statements (DESIGN: section 2.3)."""

from __future__ import annotations

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH
from doudi.register.statements import SUBJECT_KINDS


class Belief(models.Model):
    """One document a subject: `{fact: [value, statement id, source, about day, others]}`.

    `others`, left out when empty, lists `[value, source, statement id, about day]` of each further source, the most
    trusted first, that says something else or, where the fact has a `keeps`, spoke later than the one believed.
    `contested` lists the facts on which sources differ. `revision` is the transaction that last wrote the row.
    """

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True, blank=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    document = models.JSONField()
    contested = models.JSONField(default=list)
    revision = models.BigIntegerField()

    class Meta:
        db_table = "register_belief"
        ordering = ["subject_kind", "subject_id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="belief_one_a_subject"),
            models.CheckConstraint(condition=models.Q(subject_kind__in=SUBJECT_KINDS), name="belief_kind_known"),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="belief_household"),
            models.Index(fields=["place_code"], name="belief_place"),
        ]
