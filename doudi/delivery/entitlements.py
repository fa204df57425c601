"""Entitlements: what a decision of yes becomes once somebody has put their name to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from doudi.delivery import moves
from doudi.delivery.stages import name_of
from doudi.delivery.states import IN_REVIEW, OVER, STATES
from doudi.policy.decisions import Decision
from doudi.policy.runs import Run
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.persons import Person


class Belonging(models.Model):
    """A row about a subject: the wall's columns, which follow the subject where it moves."""

    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id: int | None
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        abstract = True


class Grant(models.Model):
    """A list frozen from a run: who put their name to it, of what run and measure, for which places.

    `counts`: granted, already (a live entitlement stands), settled_before (refused or withdrawn, and nothing has
    changed since), related (left for another officer). `place_code` is the county's.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    pack_hash = models.CharField(max_length=64)
    measure = models.CharField(max_length=64)
    places = ArrayField(models.CharField(max_length=12))
    counts = models.JSONField(default=dict)
    amount_fen = models.BigIntegerField(default=0)
    granted_by = models.CharField(max_length=150)
    granted_on = models.DateField()
    command_id = models.UUIDField()
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        db_table = "delivery_grant"
        ordering = ["-id"]


class Entitlements(models.QuerySet["Entitlement"]):
    """The questions asked about entitlements."""

    def live(self) -> Entitlements:
        """Those that have not been refused, withdrawn or reversed."""
        return self.exclude(state__in=OVER)

    def at(self, stage: str) -> Entitlements:
        """Those that wait at a stage."""
        return self.filter(state=IN_REVIEW, stage=stage)

    def not_hanging(self) -> Entitlements:
        """Those that hang on no notice in this round."""
        return self.exclude(notice_lines__round=models.F("round"))

    def within(self, prefix: str) -> Entitlements:
        """Those of a county, town or village, by 6, 9 or 12 digits."""
        return self.filter(place_code__startswith=prefix)


class Entitlement(Belonging):
    """One subject's claim under one measure, on its way from a decision to a fact.

    Everything about why is frozen when granted: run, decision, pack, the sha256 of the measure's text, the amount in
    fen (null where the measure gives no sum), `quantities` ({name: value}), the bits of reasons as in the decision,
    `place_in_line`, `stages` ("public_notice:7d") and the kinds of evidence wanted: one of them, or `evidence_each`.
    `position` counts the stages passed, `stage` names the one it waits at ("" when none), `round` how often it was
    returned.
    """

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="entitlements")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+", db_index=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+", db_index=False)
    pack_hash = models.CharField(max_length=64)
    measure = models.CharField(max_length=64)
    rule_sha256 = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    amount_fen = models.BigIntegerField(null=True)
    quantities = models.JSONField(default=dict)
    reasons = models.BigIntegerField()
    place_in_line = models.BigIntegerField(null=True)
    stages = ArrayField(models.CharField(max_length=40))
    channel = models.CharField(max_length=32)
    evidence_wanted = ArrayField(models.CharField(max_length=40))
    evidence_each = models.BooleanField(default=False)
    state = models.CharField(max_length=16, default=IN_REVIEW)
    position = models.SmallIntegerField(default=0)
    stage = models.CharField(max_length=40, blank=True, default="")
    round = models.SmallIntegerField(default=0)
    granted_by = models.CharField(max_length=150)
    granted_on = models.DateField()

    objects = Entitlements.as_manager()

    class Meta:
        db_table = "delivery_entitlement"
        ordering = ["id"]
        constraints = [
            place_code_is_whole("entitlement_place_code_whole"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="entitlement_state_known"),
            models.CheckConstraint(
                condition=models.Q(amount_fen__isnull=True) | models.Q(amount_fen__gte=0), name="entitlement_amount"
            ),
            models.CheckConstraint(
                condition=models.Q(state=IN_REVIEW) | models.Q(stage=""), name="entitlement_stage_in_review_only"
            ),
            models.UniqueConstraint(
                fields=["measure", "subject_kind", "subject_id"],
                condition=~models.Q(state__in=OVER),
                name="entitlement_one_live",
            ),
        ]
        indexes = [
            models.Index(fields=["measure", "state", "stage", "place_code"], name="entitlement_waiting"),
            models.Index(fields=["place_code"], name="entitlement_place"),
            models.Index(fields=["subject_kind", "subject_id"], name="entitlement_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.subject_kind}:{self.subject_id}"

    @property
    def live(self) -> bool:
        """Whether it still stands."""
        return self.state not in OVER

    @property
    def passed(self) -> list[str]:
        """The names of the stages passed."""
        return [name_of(stage) for stage in self.stages[: self.position]]


def deliver(
    ids: Sequence[int], *, by: str, on: date, evidence: Mapping[str, Any] | None = None, key: UUID | None = None
) -> int:
    """Record that what was granted has reached the subject; answers how many.

    `evidence` says by what it is known: {"kind": "handover_list", "note": "...", ...}. Raises Refusal when one of them
    is not ready to be delivered; then none is.
    """
    return moves.move(ids, "deliver", by=by, on=on, reason="", said=evidence or {}, key=key)


def confirm(ids: Sequence[int], *, by: str, on: date, reason: str = "", key: UUID | None = None) -> int:
    """Record that the household says it has it, as another person than who delivered; answers how many."""
    return moves.move(ids, "confirm", by=by, on=on, reason=reason, key=key)


def withdraw(ids: Sequence[int], *, by: str, on: date, reason: str, key: UUID | None = None) -> int:
    """Take entitlements back before anything was paid or delivered, with a reason; what was reserved is released."""
    return moves.move(ids, "withdraw", by=by, on=on, reason=reason, key=key)


def reverse(ids: Sequence[int], *, by: str, on: date, reason: str, key: UUID | None = None) -> int:
    """Undo what was delivered in error, with a reason; what is to be recovered stays on the books of `funds`."""
    return moves.move(ids, "reverse", by=by, on=on, reason=reason, key=key)
