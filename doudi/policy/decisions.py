"""Decisions, kept as changes: one row for a subject whose answer changed, with the reasons of every measure."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from doudi.policy.runs import Run
from doudi.trail import audit

NO, YES, UNKNOWN = 0, 1, 2


class Decision(models.Model):
    """What was decided about one subject, by every measure of its kind, in the order of `run.measures[subject_kind]`.

    `verdicts` are 0 no, 1 yes, 2 not yet known; `amounts` are fen, null where nothing is given or it is not known;
    `reasons` hold two bits a condition (0 no, 1 yes, 2 unknown, 3 error; condition i at bit 2i); `places` are places
    in line of limited measures. Bit i of `contested`: another source's value would change verdict i.
    `command_id` is null for a decision of the run itself, else the command (an answer) that re-decided the subject.
    `as_of` is the day decided for: the run's, or the later day an answer spoke of.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_index=False, related_name="decisions")
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=12)
    verdicts = ArrayField(models.SmallIntegerField())
    amounts = ArrayField(models.BigIntegerField(null=True))
    reasons = ArrayField(models.BigIntegerField())
    places = ArrayField(models.BigIntegerField(null=True))
    contested = models.BigIntegerField(default=0)
    previous = models.BigIntegerField(null=True)  # id of the decision it replaces
    command_id = models.UUIDField(null=True)
    as_of = models.DateField()
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "policy_decision"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="policy_decision_subject"),
            models.Index(fields=["id"], name="policy_decision_contested", condition=~models.Q(contested=0)),
            models.Index(
                fields=["run"], name="policy_decision_redecided", condition=models.Q(command_id__isnull=False)
            ),
        ]


class Standing(models.Model):
    """The decision in force for a subject under a pack."""

    pk = models.CompositePrimaryKey("pack_name", "subject_kind", "subject_id")
    pack_name = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=12)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        db_table = "policy_standing"
        indexes = [
            models.Index(fields=["household_id"], name="policy_standing_household"),
            models.Index(fields=["place_code"], name="policy_standing_place"),
        ]


class Tally(models.Model):
    """How a measure stands in one village: subjects by verdict and the fen the yes verdicts give.

    `stale`: an answer given since the run may move the line of a limited measure here; the next run draws it again.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="tallies")
    measure = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    place_code = models.CharField(max_length=12)
    yes = models.BigIntegerField()
    no = models.BigIntegerField()
    unknown = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    stale = models.BooleanField(default=False)

    class Meta:
        db_table = "policy_tally"
        constraints = [
            models.UniqueConstraint(fields=["run", "measure", "place_code"], name="policy_tally_once"),
            models.CheckConstraint(
                condition=models.Q(yes__gte=0, no__gte=0, unknown__gte=0), name="policy_tally_counts"
            ),
        ]


# One row a subject and measure, for whoever reads decisions by SQL; row-level security is the reader's own.
VERDICTS = """
CREATE VIEW policy_verdict WITH (security_invoker = true) AS
SELECT s.pack_name, d.subject_kind, d.subject_id, d.household_id, d.place_code,
       (r.measures -> d.subject_kind) ->> (v.nth::int - 1) AS measure, v.verdict, v.amount AS amount_fen, v.reasons,
       v.place, (d.contested >> (v.nth::int - 1)) & 1 = 1 AS contested, d.id AS decision_id, d.run_id, d.decided_at
FROM policy_standing s
JOIN policy_decision d ON d.id = s.decision_id
JOIN policy_run r ON r.id = d.run_id
CROSS JOIN LATERAL unnest(d.verdicts, d.amounts, d.reasons, d.places)
    WITH ORDINALITY AS v(verdict, amount, reasons, place, nth)
"""
DROP_VERDICTS = "DROP VIEW policy_verdict"

# A decision stays as it was made; only where its subject lives today, and in which household, is re-stamped.
STAYS = """
CREATE FUNCTION policy_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND to_jsonb(NEW) - ARRAY['place_code', 'household_id'] = to_jsonb(OLD) - ARRAY['place_code', 'household_id']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of policy_decision is refused: a decision is never changed, a newer one replaces it', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER policy_decision_stays BEFORE UPDATE OR DELETE ON policy_decision
    FOR EACH ROW EXECUTE FUNCTION policy_decision_stays();
CREATE TRIGGER policy_decision_no_truncate BEFORE TRUNCATE ON policy_decision
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
""" + audit.seal("policy_decision", omit=("place_code", "household_id"))
DROP_STAYS = """
DROP TRIGGER policy_decision_no_truncate ON policy_decision;
DROP TRIGGER policy_decision_stays ON policy_decision;
DROP FUNCTION policy_decision_stays();
"""
