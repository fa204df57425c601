"""Weekly progress: reported by one person, accepted by another; it never goes back without a recorded reason."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from doudi.projects import projects
from doudi.projects.projects import WHOLE, Project
from doudi.projects.starts import refuse_own
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WAITING, ACCEPTED, RETURNED = "waiting", "accepted", "returned"
BASES = {"quantity": ("按工程量", "by quantity"), "value": ("按产值", "by value")}


class Reports(models.QuerySet["Report"]):
    """The questions asked about reports."""

    def accepted(self) -> Reports:
        """Those that count, the earliest day first."""
        return self.filter(state=ACCEPTED).order_by("project_id", "day")


class Report(models.Model):
    """How much of a project is done by the end of a day, in basis points of its quantity or value."""

    STATES = [(WAITING, "waiting"), (ACCEPTED, "accepted"), (RETURNED, "returned")]

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    day = models.DateField()
    done_bp = models.IntegerField()
    basis = models.CharField(max_length=8, choices=[(name, en) for name, (_, en) in BASES.items()])
    note = models.CharField(max_length=500, blank=True)
    back_reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default=WAITING)
    reported_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    objects = Reports.as_manager()

    class Meta:
        db_table = "projects_report"
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(done_bp__gte=0, done_bp__lte=WHOLE), name="projects_report_in_bounds"),
            models.CheckConstraint(condition=Q(basis__in=list(BASES)), name="projects_report_basis_known"),
            models.CheckConstraint(condition=~Q(decided_by=F("reported_by")), name="projects_report_two_persons"),
            models.CheckConstraint(
                condition=Q(state=WAITING, decided_by="") | (~Q(state=WAITING) & ~Q(decided_by="")),
                name="projects_report_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["project", "day"], condition=~Q(state=RETURNED), name="projects_report_once_a_day"
            ),
        ]


def report(
    project: Project, done_bp: int, *, basis: str, note: str = "", back_reason: str = "", by: str, on: date
) -> Report:
    """Report progress as of a day. Raises Refusal for works not started, a day or a share that cannot be."""
    with carry_out("projects.reports.report", by=by, payload=[project.pk, done_bp, basis, back_reason, on]) as act:
        held = projects.hold(project)
        refuse_wrong(held, done_bp, basis=basis, back_reason=back_reason, on=on)
        made = Report.objects.create(
            project=held, place_code=held.place_code, day=on, done_bp=done_bp, basis=basis, note=note.strip(),
            back_reason=back_reason.strip(), reported_by=by,
        )  # fmt: skip
        act.result = {"report": made.pk}
    return made


def decide(report: Report, *, accepted: bool, answer: str = "", by: str, on: date) -> Report:
    """Accept a report, so that it counts, or send it back with a reason. Raises Refusal."""
    with carry_out("projects.reports.decide", by=by, payload=[report.pk, accepted, answer, on]):
        project = projects.hold(report.project)
        held = Report.objects.select_for_update().get(pk=report.pk)
        if held.state != WAITING:
            raise Refusal("这份进度已经处理过。", "This report was decided already.", "report")
        refuse_own(held.reported_by, by)
        if accepted:
            refuse_order(project, held.day)
            refuse_back(project, held.done_bp, held.back_reason)
        elif not answer.strip():
            raise Refusal("退回要写明原因。", "Give a reason for sending it back.", "answer")
        held.state, held.answer = (ACCEPTED if accepted else RETURNED), answer.strip()
        held.decided_by, held.decided_on = by, on
        held.save(update_fields=["state", "answer", "decided_by", "decided_on"])
    return held


def refuse_wrong(project: Project, done_bp: int, *, basis: str, back_reason: str, on: date) -> None:
    """Raise Refusal, naming the field, for a report that cannot stand."""
    if project.started_on is None or on < project.started_on:
        raise Refusal("这一天项目还没有批准开工,不能报进度。", "No start had been agreed to by that day.", "day")
    if not 0 <= done_bp <= WHOLE:
        raise Refusal("进度应在0到100之间。", "Progress is between 0 and 100 percent.", "done")
    if basis not in BASES:
        raise Refusal("请选按工程量还是按产值。", "Choose by quantity or by value.", "basis")
    if project.reports.exclude(state=RETURNED).filter(day=on).exists():
        raise Refusal(f"{on} 已报过进度。", f"Progress of {on} was reported already.", "day")
    refuse_order(project, on)
    refuse_back(project, done_bp, back_reason)


def refuse_order(project: Project, day: date) -> None:
    """Progress counts day after day: nothing is put before what was accepted. Raises Refusal."""
    later = project.reports.filter(state=ACCEPTED, day__gte=day).order_by("-day").first()
    if later is not None:
        raise Refusal(
            f"{later.day} 的进度已经验收,不能再报更早的日期。",
            f"Progress as of {later.day} was accepted; an earlier day can no longer be put in.",
            "day",
        )


def refuse_back(project: Project, done_bp: int, back_reason: str) -> None:
    """Raise Refusal where progress goes back without a reason, or below what was paid for."""
    if done_bp < project.accepted_bp and not back_reason.strip():
        raise Refusal(
            f"比已验收的 {project.accepted_bp / 100:g}% 低。确实倒退的,请写明原因。",
            f"This is less than the {project.accepted_bp / 100:g} % accepted. Give the reason if it did go back.",
            "back_reason",
        )
    if project.out_fen > (project.contract_fen or 0) * done_bp // WHOLE:
        raise Refusal(
            "按这个进度,已申请的拨款就超了。请先退回多拨的部分。",
            "At this progress more money than allowed is out. Send that back first.",
            "done",
        )
