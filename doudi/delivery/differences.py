"""Differences: a later decision says otherwise than an entitlement; the officer chooses, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, models

from doudi.delivery import entitlements, grants, moves
from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.delivery.states import AFTER
from doudi.delivery.states import WITHDRAW as TAKE_BACK
from doudi.policy.decisions import YES
from doudi.policy.runs import Run
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

KEEP, WITHDRAW, REGRANT = CHOICES = ("keep", "withdraw", "regrant")


class Settlement(Belonging):
    """What was chosen for one entitlement in the face of one later decision (null: the subject is no longer there)."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="settlements")
    decision_id = models.BigIntegerField(null=True)
    choice = models.CharField(max_length=16)
    reason = models.CharField(max_length=1000)
    by = models.CharField(max_length=150)
    on_day = models.DateField()
    command_id = models.UUIDField()

    class Meta:
        db_table = "delivery_settlement"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(choice__in=CHOICES), name="settlement_choice_known"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="settlement_has_reason"),
        ]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is decided now of one entitlement: `verdict` 0 no, 1 yes, 2 not yet known, None when no longer asked."""

    entitlement: int
    decision: int | None
    verdict: int | None
    amount_fen: int | None
    reasons: int | None


def found(entitlement: int | None = None, *, most: int = 500) -> list[Difference]:
    """The entitlements in scope (or the one) that a later decision contradicts and nobody has settled since."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"one": entitlement, "yes": YES, "most": most})
        return [Difference(*row) for row in cursor.fetchall()]


def settle(
    entitlement: Entitlement, choice: str, *, reason: str, by: str, on: date, key: UUID | None = None
) -> Settlement:
    """Keep it as granted, take it back, or take it back and grant what is decided now; always with a reason.

    Raises Refusal where nothing differs (any more), for an unknown choice, and for a regrant without a yes.
    """
    reason = moves.needed(TAKE_BACK, reason)
    with carry_out("delivery.differences.settle", by=by, key=key, payload=[entitlement.pk, choice, reason]) as act:
        held = Entitlement.objects.select_for_update(of=("self",)).select_related("run").get(pk=entitlement.pk)
        told = _difference(held, choice)
        moves.refuse_conflict([held.pk], choice, choice, by=by)
        made = Settlement.objects.create(
            entitlement=held,
            subject_kind=held.subject_kind,
            subject_id=held.subject_id,
            household_id=held.household_id,
            place_code=held.place_code,
            decision_id=told.decision,
            choice=choice,
            reason=reason,
            by=by,
            on_day=on,
            command_id=act.id,
        )
        if choice != KEEP:
            _take_back(held, reason=reason, by=by, on=on)
        if choice == REGRANT:
            run = Run.objects.in_force(held.run.pack_name)
            places = [held.place_code]
            grants.grant(run, held.measure, places=places, subjects=[held.subject_id], by=by, on=on)
        act.result = {"settlement": made.pk}
    return made


def _difference(held: Entitlement, choice: str) -> Difference:
    if choice not in CHOICES:
        raise Refusal("请选择维持、撤回或重新办理。", "Choose to keep, withdraw or grant anew.", "choice")
    told = found(held.pk)
    if not told:
        raise Refusal("现在没有差异了,可能别人已处理。", "Nothing differs now; somebody may have settled it.", "choice")
    if choice == REGRANT and told[0].verdict != YES:
        raise Refusal("现在的结论不是“符合”,不能重新办理。", "It is no yes now; it cannot be granted anew.", "choice")
    return told[0]


def _take_back(held: Entitlement, *, reason: str, by: str, on: date) -> None:
    verb = entitlements.withdraw if held.state in AFTER[TAKE_BACK][0] else entitlements.reverse
    verb([held.pk], by=by, on=on, reason=reason)


_FOUND = """
SELECT e.id, d.id, d.verdicts[n.nth], d.amounts[n.nth], d.reasons[n.nth]
FROM delivery_entitlement e
JOIN policy_run own ON own.id = e.run_id
LEFT JOIN policy_standing s
    ON s.pack_name = own.pack_name AND s.subject_kind = e.subject_kind AND s.subject_id = e.subject_id
LEFT JOIN policy_decision d ON d.id = s.decision_id
LEFT JOIN policy_run r ON r.id = d.run_id
LEFT JOIN LATERAL (
    SELECT m.nth FROM jsonb_array_elements_text(r.measures -> e.subject_kind) WITH ORDINALITY AS m (name, nth)
    WHERE m.name = e.measure) AS n ON true
WHERE (%(one)s::bigint IS NULL OR e.id = %(one)s) AND e.state NOT IN ('refused', 'withdrawn', 'reversed')
    AND d.id IS DISTINCT FROM e.decision_id
    AND (d.verdicts[n.nth] IS DISTINCT FROM %(yes)s OR d.amounts[n.nth] IS DISTINCT FROM e.amount_fen)
    AND NOT EXISTS (SELECT FROM delivery_settlement t
        WHERE t.entitlement_id = e.id AND t.decision_id IS NOT DISTINCT FROM d.id)
ORDER BY e.place_code, e.id LIMIT %(most)s
"""
