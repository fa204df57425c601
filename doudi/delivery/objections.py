"""Objections: what somebody says against an entitlement, who wrote it down, and who answered."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import models

from doudi.delivery import moves, reserving
from doudi.delivery.conflicts import related
from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.delivery.stages import NOTICE
from doudi.delivery.states import REVIEW
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

OPEN, UPHELD, DISMISSED = "open", "upheld", "dismissed"
WAYS = ("phone", "in_person", "letter")
LONGEST = 2_000


class Objection(Belonging):
    """Open until answered by another than who recorded it and than anyone who decided; while open it stops payment.

    `said_by` may be empty: nobody has to give a name.
    """

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="objections")
    round = models.SmallIntegerField(default=0)
    way = models.CharField(max_length=16)
    said_by = models.CharField(max_length=100, blank=True, default="")
    said = models.CharField(max_length=2000)
    said_on = models.DateField()
    recorded_by = models.CharField(max_length=150)
    state = models.CharField(max_length=16, default=OPEN)
    answer = models.CharField(max_length=2000, blank=True, default="")
    answered_by = models.CharField(max_length=150, blank=True, default="")
    answered_on = models.DateField(null=True)

    class Meta:
        db_table = "delivery_objection"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(way__in=WAYS), name="objection_way_known"),
            models.CheckConstraint(condition=~models.Q(said=""), name="objection_says_something"),
            models.CheckConstraint(condition=models.Q(state__in=(OPEN, UPHELD, DISMISSED)), name="objection_state"),
            models.CheckConstraint(
                condition=models.Q(state=OPEN, answered_by="")
                | (~models.Q(state=OPEN) & ~models.Q(answered_by="") & ~models.Q(answer="")),
                name="objection_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(answered_by=models.F("recorded_by")), name="objection_answered_by_another"
            ),
        ]
        indexes = [models.Index(fields=["entitlement"], name="objection_open", condition=models.Q(state=OPEN))]


def record(
    entitlement: Entitlement, *, way: str, said: str, said_by: str = "", by: str, on: date, key: UUID | None = None
) -> Objection:
    """Write down an objection. A payment not yet at the bank is stopped until it is answered.

    Raises Refusal for an unknown way, nothing said, or an entitlement that is over.
    """
    said, said_by = said.strip(), said_by.strip()[:100]
    _refuse_unsaid(way, said)
    with carry_out("delivery.objections.record", by=by, key=key, payload=[entitlement.pk, way, said, said_by]) as act:
        entitlement = Entitlement.objects.select_for_update(of=("self",)).get(pk=entitlement.pk)
        if not entitlement.live:
            raise Refusal("这一条已经了结,不必再提异议。", "This one is over; nothing is left to object to.", "said")
        made = Objection.objects.create(
            entitlement=entitlement,
            subject_kind=entitlement.subject_kind,
            subject_id=entitlement.subject_id,
            household_id=entitlement.household_id,
            place_code=entitlement.place_code,
            round=entitlement.round,
            way=way,
            said_by=said_by,
            said=said,
            said_on=on,
            recorded_by=by,
        )
        stopped = reserving.stop_payment(entitlement.pk, by=by, on=on)
        act.result = {"objection": made.pk, "stopped": stopped}
    return made


def answer(objection: Objection, *, upheld: bool, text: str, by: str, on: date, key: UUID | None = None) -> None:
    """Answer an objection, as another than who recorded it and than anyone who decided.

    Upheld, the entitlement goes no further until it is returned, refused or withdrawn by whoever decides there.
    Raises Refusal for one answered already, without words, and for somebody who may not answer it.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Refusal(f"请写明答复(最多 {LONGEST} 字)。", f"Write the answer, {LONGEST} letters at most.", "answer")
    with carry_out("delivery.objections.answer", by=by, key=key, payload=[objection.pk, upheld, text]) as act:
        held = Objection.objects.select_for_update(of=("self",)).select_related("entitlement").get(pk=objection.pk)
        if held.state != OPEN:
            raise Refusal("这条异议已经答复。", "This objection was answered already.", "answer")
        _refuse_party(held, by)
        held.state = UPHELD if upheld else DISMISSED
        held.answer, held.answered_by, held.answered_on = text, by, on
        held.save(update_fields=["state", "answer", "answered_by", "answered_on"])
        if not upheld:
            moves.ripen([held.entitlement_id], by=by, on=on, command=act.id)


def _refuse_unsaid(way: str, said: str) -> None:
    if way not in WAYS:
        raise Refusal("请选择异议是怎么提出的。", "Choose how the objection was made.", "way")
    if not said or len(said) > LONGEST:
        raise Refusal(
            f"请写明异议内容(最多 {LONGEST} 字)。", f"Write what was said, {LONGEST} letters at most.", "said"
        )


def _refuse_party(objection: Objection, by: str) -> None:
    """Who wrote it down or decided does not answer it; the database refuses them too."""
    row = objection.entitlement
    decided = row.steps.filter(by=by, verdict__in=REVIEW).exclude(stage=NOTICE).exists()
    if by in (objection.recorded_by, row.granted_by) or decided or related(by, row.household_id):
        raise Refusal(
            "记录异议的人、办过这一条的人和亲属不能答复,请由别人答复。",
            "Whoever recorded it, decided here, or is a relative does not answer it. Leave it to somebody else.",
            "answer",
        )
