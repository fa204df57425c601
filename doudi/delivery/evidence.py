"""Evidence: by what it is known that a result is there; brought by one person, seen by another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models

from doudi.delivery import files, moves
from doudi.delivery.conflicts import related
from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_NOTE = 1_000


class Evidence(Belonging):
    """A note, and where there is one a file, of a kind the pack wants. `sha256` names the file in the home.

    `verdict` is "" while nobody has looked, then seen or rejected, by another person than who brought it.
    """

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=40)
    note = models.CharField(max_length=LONGEST_NOTE)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    media_type = models.CharField(max_length=40, blank=True, default="")
    size = models.BigIntegerField(default=0)
    brought_by = models.CharField(max_length=150)
    brought_on = models.DateField()
    verdict = models.CharField(max_length=16, blank=True, default="")
    seen_by = models.CharField(max_length=150, blank=True, default="")
    seen_on = models.DateField(null=True)
    remark = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        db_table = "delivery_evidence"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(verdict__in=("", "seen", "rejected")), name="evidence_verdict"),
            models.CheckConstraint(
                condition=~models.Q(seen_by=models.F("brought_by")), name="evidence_seen_by_another"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="", seen_by="") | (~models.Q(verdict="") & ~models.Q(seen_by="")),
                name="evidence_seen_by_somebody",
            ),
            models.CheckConstraint(condition=~models.Q(note="") | ~models.Q(sha256=""), name="evidence_says_something"),
        ]


def bring(entitlement: Entitlement, kind: str, note: str, *, body: bytes | None = None, by: str, on: date) -> Evidence:
    """Bring evidence: a note, and where there is one a file. Who looks at it must be somebody else.

    Raises Refusal for a kind the measure does not ask for, nothing said, a bad file, or an entitlement that is over.
    """
    note = note.strip()
    if kind not in entitlement.evidence_wanted:
        raise Refusal("请选择这项措施要的佐证种类。", "Choose a kind of evidence that the measure asks for.", "kind")
    if not note or len(note) > LONGEST_NOTE:
        raise Refusal(
            f"请写明看到了什么(最多 {LONGEST_NOTE} 字)。", f"Say what was seen, {LONGEST_NOTE} letters at most.", "note"
        )
    kept = files.keep(body) if body is not None else None
    payload = [entitlement.pk, kind, note, kept.sha256 if kept else ""]
    with carry_out("delivery.evidence.bring", by=by, payload=payload) as act:
        if not Entitlement.objects.live().filter(pk=entitlement.pk).exists():
            raise Refusal("这一条已经了结,不用再交佐证。", "This one is over; no evidence is needed.", "kind")
        made = Evidence.objects.create(
            entitlement=entitlement,
            subject_kind=entitlement.subject_kind,
            subject_id=entitlement.subject_id,
            household_id=entitlement.household_id,
            place_code=entitlement.place_code,
            kind=kind,
            note=note,
            sha256=kept.sha256 if kept else "",
            media_type=kept.media_type if kept else "",
            size=kept.size if kept else 0,
            brought_by=by,
            brought_on=on,
        )
        act.result = {"evidence": made.pk}
    return made


def look(ids: Iterable[int], *, seen: bool, remark: str = "", by: str, on: date) -> int:
    """Say that pieces of evidence show the result, or not (with a remark); what was approved becomes payable.

    Answers how many entitlements became payable. Raises Refusal for one's own, one looked at already, a relative's.
    """
    wanted, remark = sorted(set(ids)), remark.strip()[:LONGEST_NOTE]
    if not seen and not remark:
        raise Refusal("不认可佐证要写明原因。", "Say why the evidence does not show it.", "remark")
    with carry_out("delivery.evidence.look", by=by, payload=[wanted, seen, remark]) as act:
        held = list(Evidence.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("id"))
        if not held or len(held) != len(wanted) or any(each.verdict for each in held):
            raise Refusal(
                "其中有的别人已经看过。请刷新。", "Somebody has looked at one of these. Load the page again.", "ids"
            )
        for each in held:
            _refuse_party(each, by)
        Evidence.objects.filter(pk__in=wanted).update(
            verdict="seen" if seen else "rejected", seen_by=by, seen_on=on, remark=remark
        )
        ripe = moves.ripen([each.entitlement_id for each in held], by=by, on=on, command=act.id) if seen else 0
        act.result = {"looked": len(held), "payable": ripe}
    return ripe


def _refuse_party(evidence: Evidence, by: str) -> None:
    if evidence.brought_by == by or related(by, evidence.household_id):
        raise Refusal(
            "自己交的和亲属家的佐证要由别人看。",
            "What you brought yourself, or of a relative, is looked at by somebody else.",
            "ids",
        )
