"""What a source said about one subject: written once, never changed (DESIGN: section 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.utils import timezone

from doudi.facts.kinds import Vocabulary
from doudi.register import beliefs, sayings, subjects, vocabularies
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.register.sayings import of as sayings_of
from doudi.register.subjects import SUBJECT_KINDS
from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.values.refusals import Refusal


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


def record(
    subject_kind: str,
    subject_id: int,
    facts: Mapping[str, Any],
    *,
    source: str,
    about: date,
    by: str,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
    vocabulary: Vocabulary | None = None,
    key: UUID | None = None,
) -> Statement:
    """Write down what a source said of a subject within the reader's scope, and believe it at once.

    Raises Refusal for a subject out of scope, a fact the source may not state, a day to come; AlreadyDone when
    the same `key` was recorded before.
    """
    words = vocabulary or vocabularies.in_force()
    subject = subjects.find(subject_kind, subject_id)
    sayings.of(words).check(subject_kind, source, facts)
    _refuse_empty_or_future(facts, about, now)
    payload = [subject_kind, subject_id, dict(facts), source, about.isoformat(), evidence or {}]
    with carry_out("register.statements.record", by=by, key=key, payload=payload) as act:
        statement = Statement.objects.create(
            subject_kind=subject_kind,
            subject_id=subject_id,
            household_id=subject.household_id,
            place_code=subject.place_code,
            source=source,
            about_day=about,
            recorded_at=now,
            recorded_by=by,
            evidence=dict(evidence or {}),
            facts=dict(facts),
            command_id=act.id,
        )
        beliefs.resolve([(subject_kind, subject_id)], vocabulary=words)
        act.result = {"statement": statement.pk}
    return statement


class Saying(NamedTuple):
    """What one source said of one subject."""

    kind: str
    subject_id: int
    source: str
    facts: Mapping[str, Any]


def record_all(
    sayings: Sequence[Saying],
    *,
    about: date,
    by: str,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
    vocabulary: Vocabulary | None = None,
    found: Sequence[subjects.Subject] | None = None,
    command: UUID | None = None,
) -> list[Statement]:
    """Write down what was said of several subjects within the reader's scope on one day, all or none (`record`).

    It is a part of `command`, which is under way, or without one a command of its own. `found` are the subjects, where
    they have been found within the scope in this transaction.
    """
    words = vocabulary or vocabularies.in_force()
    found = found or subjects.find_all([(saying.kind, saying.subject_id) for saying in sayings])
    for saying in sayings:
        sayings_of(words).check(saying.kind, saying.source, saying.facts)
        _refuse_empty_or_future(saying.facts, about, now)
    parts = list(zip(sayings, found, strict=True))
    if command is not None:
        return _write([_statement(*part, about, by, now, evidence, command) for part in parts], words)
    payload = [[saying.kind, saying.subject_id, dict(saying.facts), saying.source] for saying in sayings]
    asked = [payload, about, evidence or {}]
    with carry_out("register.statements.record_all", by=by, payload=asked, part=True) as act:
        made = _write([_statement(*part, about, by, now, evidence, act.id) for part in parts], words)
        act.result = {"statements": [statement.pk for statement in made]}
    return made


def _write(made: list[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """Keep the statements, and believe anew what they are about."""
    put_in(made)
    beliefs.resolve([(each.subject_kind, each.subject_id) for each in made], vocabulary=vocabulary)
    return made


def _statement(
    saying: Saying,
    subject: subjects.Subject,
    about: date,
    by: str,
    now: datetime,
    evidence: Mapping[str, Any] | None,
    command: UUID,
) -> Statement:
    return Statement(
        subject_kind=saying.kind,
        subject_id=saying.subject_id,
        household_id=subject.household_id,
        place_code=subject.place_code,
        source=saying.source,
        about_day=about,
        recorded_at=now,
        recorded_by=by,
        evidence=dict(evidence or {}),
        facts=dict(saying.facts),
        command_id=command,
    )


def _refuse_empty_or_future(facts: Mapping[str, Any], about: date, now: datetime) -> None:
    if not facts:
        raise Refusal("没有填写任何事实。", "No fact is stated.")
    if about > timezone.localdate(now):
        raise Refusal(
            f"所说的日期 {about} 还没有到。请改为今天或以前的日期。",
            f"{about} is still to come. Give today or a day before.",
            "about",
        )
