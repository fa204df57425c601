"""Starting works: the line bureau proposes, another person agrees for the epidemic office; all four safety items hold.

The database refuses a start without a statement of yes for every item (`doudi.projects.guards`).
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from doudi.policy.decisions import YES, Decision, Standing
from doudi.projects import projects, readiness
from doudi.projects.projects import Project
from doudi.register.households import PLACE_CODE_LENGTH
from doudi.register.statements import Statement
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

WAITING, AGREED, REFUSED = "waiting", "agreed", "refused"
START = "10a_start_works"  # the pack's measure a start rests on


class Start(models.Model):
    """One proposal to start, the statements it rests on, and the decision of the county's rules, where one was made.

    `decision` is null only for works that began before the county first decided.
    """

    STATES = [(WAITING, "waiting"), (AGREED, "agreed"), (REFUSED, "refused")]

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="starts")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    workers_healthy = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    disinfected = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    permits_ready = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    materials_ready = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    day = models.DateField()
    state = models.CharField(max_length=8, choices=STATES, default=WAITING)
    proposed_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "projects_start"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="projects_start_two_persons"),
            models.CheckConstraint(
                condition=Q(state=WAITING, decided_by="") | (~Q(state=WAITING) & ~Q(decided_by="")),
                name="projects_start_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["project"], condition=~Q(state=REFUSED), name="projects_start_once_a_project"
            ),
        ]


def decision_of(project: Project) -> Decision | None:
    """The decision in force for a project, of whatever pack decided it last; None before the first run."""
    held = Standing.objects.filter(subject_kind="project", subject_id=project.item_id)
    standing = held.select_related("decision__run").order_by("-decision_id").first()
    return standing.decision if standing else None


def verdict_of(decision: Decision, measure: str) -> int | None:
    """What a decision says of one measure; None when the pack has no such measure."""
    names = decision.run.measures["project"]
    return decision.verdicts[names.index(measure)] if measure in names else None


def propose(project: Project, *, by: str, on: date) -> Start:
    """Propose to start works on a day. Raises Refusal unless the rules say yes and all four items hold that day."""
    with carry_out("projects.starts.propose", by=by, payload=[project.pk, on]) as act:
        held = projects.hold(project)
        if held.starts.exclude(state=REFUSED).exists():
            raise Refusal("已经申请开工,或已开工。", "A start was proposed or agreed already.", "start")
        decision = decision_of(held)
        if decision is None or verdict_of(decision, START) != YES:
            raise Refusal(
                "最近一次运行没有判定这个项目可以开工。请先补齐清单,再请县里重新运行。",
                "The latest run does not decide that this project may start. Complete the list and have it run again.",
                "start",
            )
        answers = _all_hold(held, on)
        made = Start.objects.create(
            project=held, place_code=held.place_code, decision=decision, day=on, proposed_by=by,
            **{f"{answer.item}_id": answer.statement_id for answer in answers},
        )  # fmt: skip
        act.result = {"start": made.pk}
    return made


def decide(start: Start, *, agreed: bool, answer: str = "", by: str, on: date) -> Start:
    """Agree to a start or refuse it, as another person than proposed it; refusing needs a reason. Raises Refusal."""
    with carry_out("projects.starts.decide", by=by, payload=[start.pk, agreed, answer, on]):
        held = Start.objects.select_for_update().get(pk=start.pk)
        if held.state != WAITING:
            raise Refusal("这项申请已经处理过。", "This was decided already.", "start")
        refuse_own(held.proposed_by, by)
        if agreed:
            _all_hold(held.project, held.day)
        elif not answer.strip():
            raise Refusal("不同意要写明原因。", "Give a reason for refusing.", "answer")
        held.state, held.answer = (AGREED if agreed else REFUSED), answer.strip()
        held.decided_by, held.decided_on = by, on
        held.save(update_fields=["state", "answer", "decided_by", "decided_on"])
    return held


def refuse_own(first: str, by: str) -> None:
    """Nobody agrees to what they put forward. Raises Refusal."""
    if first == by:
        raise Refusal(
            "经办人不能审核自己提出的事项。请另一位有权限的同志办理。",
            "Nobody agrees to what they put forward themselves. Ask another person with this duty.",
        )


def _all_hold(project: Project, on: date) -> tuple[readiness.Answer, ...]:
    checklist = readiness.of([project], on=on)[project.pk]
    if checklist.standing != readiness.READY:
        words = {"workers_healthy": "人员健康", "disinfected": "防疫消杀", "permits_ready": "手续",
                 "materials_ready": "备工备料"}  # fmt: skip
        missing = "、".join(words[answer.item] for answer in checklist.lacking)
        listed = ", ".join(answer.item for answer in checklist.lacking)
        raise Refusal(
            f"开工清单还不全:{missing}。四项都为“是”且未过期才能开工。",
            f"The list is not complete: {listed}. Works start only when all four hold and none is out of date.",
            "checklist",
        )
    return checklist.answers
