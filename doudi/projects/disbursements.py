"""Money out of a project's contract: never more than accepted progress times the contract, whoever asks at once.

Asked by one person, checked by a second, paid by a third. What is asked for counts at once, so that two who ask at the
same moment cannot both get the last fen; what is refused counts no longer. The database keeps the sum and its bound.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from doudi.projects import projects
from doudi.projects.projects import LARGEST_FEN, Project
from doudi.projects.starts import refuse_own
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

ASKED, CHECKED, PAID, REFUSED = "asked", "checked", "paid", "refused"


class Disbursements(models.QuerySet["Disbursement"]):
    """The questions asked about money out."""

    def paid(self) -> Disbursements:
        """What has been paid, the earliest day first."""
        return self.filter(state=PAID).order_by("project_id", "paid_on", "id")


class Disbursement(models.Model):
    """One sum of a project's contract, in fen, and the three persons it went through."""

    STATES = [(ASKED, "asked"), (CHECKED, "checked"), (PAID, "paid"), (REFUSED, "refused")]

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="disbursements")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    fen = models.BigIntegerField()
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default=ASKED)
    asked_by = models.CharField(max_length=150)
    asked_on = models.DateField()
    checked_by = models.CharField(max_length=150, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    paid_by = models.CharField(max_length=150, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    refused_by = models.CharField(max_length=150, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    objects = Disbursements.as_manager()

    class Meta:
        db_table = "projects_disbursement"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(fen__gt=0, fen__lte=LARGEST_FEN), name="projects_disbursement_some"),
            models.CheckConstraint(
                condition=~Q(checked_by=F("asked_by")) & ~(Q(paid_by=F("asked_by"))), name="projects_disbursement_maker"
            ),
            models.CheckConstraint(
                condition=Q(paid_by="") | ~Q(paid_by=F("checked_by")), name="projects_disbursement_payer_not_checker"
            ),
            models.CheckConstraint(
                condition=Q(state=ASKED, checked_by="", paid_by="")
                | (Q(state=CHECKED, paid_by="") & ~Q(checked_by=""))
                | (Q(state=PAID, paid_on__isnull=False) & ~Q(checked_by="") & ~Q(paid_by=""))
                | (Q(state=REFUSED, paid_by="") & ~Q(refused_by="")),
                name="projects_disbursement_went_through_all",
            ),
        ]


def ask(project: Project, fen: int, *, note: str = "", by: str, on: date) -> Disbursement:
    """Ask for a sum. Raises Refusal for one fen more than accepted progress allows."""
    with carry_out("projects.disbursements.ask", by=by, payload=[project.pk, fen, note, on]) as act:
        held = projects.hold(project)
        _refuse_beyond(held, fen)
        made = Disbursement.objects.create(
            project=held, place_code=held.place_code, fen=fen, note=note.strip(), asked_by=by, asked_on=on
        )
        act.result = {"disbursement": made.pk}
    return made


def check(disbursement: Disbursement, *, by: str, on: date) -> Disbursement:
    """Find a sum right, as another person than asked for it. Raises Refusal."""
    with carry_out("projects.disbursements.check", by=by, payload=[disbursement.pk, on]):
        held = _in_state(disbursement, ASKED)
        refuse_own(held.asked_by, by)
        held.state, held.checked_by, held.checked_on = CHECKED, by, on
        held.save(update_fields=["state", "checked_by", "checked_on"])
    return held


def pay(disbursement: Disbursement, *, by: str, on: date) -> Disbursement:
    """Note that a sum was paid on a day, as a third person. Raises Refusal."""
    with carry_out("projects.disbursements.pay", by=by, payload=[disbursement.pk, on]):
        held = _in_state(disbursement, CHECKED)
        refuse_own(held.asked_by, by)
        refuse_own(held.checked_by, by)
        if on < held.asked_on:
            raise Refusal("拨付日早于申请日。", "The day of payment is before the day it was asked for.", "on")
        held.state, held.paid_by, held.paid_on = PAID, by, on
        held.save(update_fields=["state", "paid_by", "paid_on"])
    return held


def refuse(disbursement: Disbursement, *, answer: str, by: str, on: date) -> Disbursement:
    """Refuse a sum not yet paid, for a reason; it counts no longer. Raises Refusal."""
    if not answer.strip():
        raise Refusal("不同意要写明原因。", "Give a reason for refusing.", "answer")
    with carry_out("projects.disbursements.refuse", by=by, payload=[disbursement.pk, answer, on]):
        projects.hold(disbursement.project)
        held = _in_state(disbursement, ASKED, CHECKED)
        held.state, held.refused_by, held.answer = REFUSED, by, answer.strip()
        held.save(update_fields=["state", "refused_by", "answer"])
    return held


def _in_state(disbursement: Disbursement, *states: str) -> Disbursement:
    held = Disbursement.objects.select_for_update().get(pk=disbursement.pk)
    if held.state not in states:
        raise Refusal("这笔拨款已经处理过,不在这一步。", "This sum is no longer at that step.", "state")
    return held


def _refuse_beyond(project: Project, fen: int) -> None:
    if fen <= 0:
        raise Refusal("金额应大于0元。", "The sum must be above 0 yuan.", "sum")
    if project.contract_fen is None:
        raise Refusal("这个项目还没有登记合同,不能拨款。", "The project has no contract yet.", "sum")
    left = project.allowed_fen - project.out_fen
    if fen > left:
        raise Refusal(
            f"最多还能申请 {money.tell(max(0, left))} 元:已验收进度 {project.accepted_bp / 100:g}% × 合同"
            f" {money.tell(project.contract_fen)} 元,减去已申请 {money.tell(project.out_fen)} 元。",
            f"At most {money.tell(max(0, left))} yuan can be asked for: {project.accepted_bp / 100:g} % accepted of"
            f" {money.tell(project.contract_fen)} yuan, less {money.tell(project.out_fen)} yuan asked for.",
            "sum",
        )
