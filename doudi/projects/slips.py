"""A day that moves: proposed with a reason by one person, agreed by another; nothing else can change the two days."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from doudi.projects import projects
from doudi.projects.projects import Project
from doudi.projects.starts import AGREED, REFUSED, WAITING, refuse_own
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WORKS, MONEY = "works", "money"


class Slip(models.Model):
    """One proposed change of a project's day: which of the two, from, to, why, who."""

    STATES = [(WAITING, "waiting"), (AGREED, "agreed"), (REFUSED, "refused")]

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="slips")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    which = models.CharField(max_length=8, choices=[(WORKS, "works"), (MONEY, "money")])
    old = models.DateField()
    new = models.DateField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=STATES, default=WAITING)
    proposed_by = models.CharField(max_length=150)
    proposed_on = models.DateField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "projects_slip"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(which__in=[WORKS, MONEY]), name="projects_slip_which"),
            models.CheckConstraint(condition=~Q(new=F("old")), name="projects_slip_moves"),
            models.CheckConstraint(condition=~Q(reason=""), name="projects_slip_has_a_reason"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="projects_slip_two_persons"),
            models.CheckConstraint(
                condition=Q(state=WAITING, decided_by="") | (~Q(state=WAITING) & ~Q(decided_by="")),
                name="projects_slip_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["project", "which"], condition=Q(state=WAITING), name="projects_slip_one_waiting"
            ),
        ]


def propose(project: Project, which: str, new: date, *, reason: str, by: str, on: date) -> Slip:
    """Propose another day for the end of works (`works`) or of the money (`money`). Raises Refusal."""
    if which not in (WORKS, MONEY):
        raise Refusal("请选完工期限或拨付期限。", "Choose the day of the works or of the money.", "which")
    if not reason.strip():
        raise Refusal("改期限要写明原因。", "Give the reason for moving the day.", "reason")
    with carry_out("projects.slips.propose", by=by, payload=[project.pk, which, new, reason, on]) as act:
        held = projects.hold(project)
        old = held.works_due if which == WORKS else held.money_due
        if new == old:
            raise Refusal(f"新日期和现在的期限({old})一样。", f"The day is {old} already.", "new")
        if held.slips.filter(which=which, state=WAITING).exists():
            raise Refusal("这个期限已有一项改期在等审核。", "A change of this day waits already.", "which")
        _refuse_disorder(held, which, new)
        made = Slip.objects.create(
            project=held, place_code=held.place_code, which=which, old=old, new=new, reason=reason.strip(),
            proposed_by=by, proposed_on=on,
        )  # fmt: skip
        act.result = {"slip": made.pk}
    return made


def decide(slip: Slip, *, agreed: bool, answer: str = "", by: str, on: date) -> Slip:
    """Agree to another day or refuse it, as another person than proposed it; refusing needs a reason."""
    with carry_out("projects.slips.decide", by=by, payload=[slip.pk, agreed, answer, on]):
        project = projects.hold(slip.project)
        held = Slip.objects.select_for_update().get(pk=slip.pk)
        if held.state != WAITING:
            raise Refusal("这项改期已经处理过。", "This was decided already.", "slip")
        refuse_own(held.proposed_by, by)
        if agreed:
            _refuse_disorder(project, held.which, held.new)
        elif not answer.strip():
            raise Refusal("不同意要写明原因。", "Give a reason for refusing.", "answer")
        held.state, held.answer = (AGREED if agreed else REFUSED), answer.strip()
        held.decided_by, held.decided_on = by, on
        held.save(update_fields=["state", "answer", "decided_by", "decided_on"])
    return held


def _refuse_disorder(project: Project, which: str, new: date) -> None:
    works, money = (new, project.money_due) if which == WORKS else (project.works_due, new)
    if money < works:
        raise Refusal(
            f"拨付期限({money})不能早于完工期限({works})。请先改另一个期限。",
            f"The money cannot be due ({money}) before the works ({works}). Move the other day first.",
            "new",
        )
