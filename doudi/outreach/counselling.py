"""Counselling: a household asks to talk to somebody; the request goes to a named person, who closes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models, transaction
from django.db.models import F, Q

from doudi.access.users import User
from doudi.outreach import callers
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

OPEN, ASSIGNED, CLOSED = STATES = ("open", "assigned", "closed")
TOPICS = {  # word: zh, en
    "worries": ("心理疏导", "worries"),
    "prevention": ("防疫咨询", "prevention"),
    "policy": ("政策咨询", "policy"),
    "health": ("看病用药", "health and medicine"),
    "other": ("其他", "something else"),
}
OUTCOMES = {
    "talked": ("已谈,问题解决", "talked, settled"),
    "passed_on": ("已转专业机构", "passed on to professionals"),
    "refused": ("农户不再需要", "the household wants it no more"),
}
WITHIN = timedelta(days=2)  # until a named person has called
LONGEST = 500  # of one note


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down of a wish, on which day; `by` is the account."""

    on: date
    by: str
    note: str


class Requests(models.QuerySet["CounsellingRequest"]):
    """The questions asked about requests."""

    def going(self) -> Requests:
        """Those not closed."""
        return self.exclude(state=CLOSED)

    def overdue(self, *, on: date) -> Requests:
        """Those not closed by the day they were due."""
        return self.going().filter(due_on__lt=on)


class CounsellingRequest(models.Model):
    """One request. What was said (`note`, `answer`) is shown to who wrote it, who is to call, and whoever reads health.

    `added` is what was said when the wish was told again before anybody closed it: `{"on": day, "by": account, "note"}`
    in the order it came.
    `open` waits for somebody to be named, `assigned` for that person (`to`), `closed` says what came of it.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="counselling")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    topic = models.CharField(max_length=12, default="other")
    note = models.CharField(max_length=500, blank=True)
    added = models.JSONField(default=list, blank=True)
    asked_by = models.CharField(max_length=150)
    asked_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=[(each, each) for each in STATES], default=OPEN)
    to = models.CharField(max_length=150, blank=True)
    named_by = models.CharField(max_length=150, blank=True)
    named_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    objects = Requests.as_manager()

    class Meta:
        db_table = "outreach_counselling"
        ordering = ["due_on", "id"]
        constraints = [
            place_code_is_whole("outreach_counselling_place_whole"),
            models.CheckConstraint(
                condition=Q(state=OPEN, to="", closed_by="")
                | (Q(state=ASSIGNED, closed_by="") & ~Q(to="") & ~Q(named_by=""))
                | (Q(state=CLOSED, outcome__in=list(OUTCOMES)) & ~Q(to="") & Q(closed_by=F("to"))),
                name="outreach_counselling_by_the_named",
            ),
            models.CheckConstraint(condition=Q(topic__in=list(TOPICS)), name="outreach_counselling_topic_known"),
        ]

    @property
    def notes(self) -> list[Note]:
        """Everything that was said, the first first; nothing where nobody said anything."""
        first = [Note(self.asked_on, self.asked_by, self.note)] if self.note else []
        return [*first, *(Note(date.fromisoformat(each["on"]), each["by"], each["note"]) for each in self.added)]


def ask(household_id: int, *, note: str = "", topic: str = "other", by: str, on: date) -> CounsellingRequest:
    """Write down that a household wants to talk to somebody. Raises Refusal.

    One open request of a topic is enough: what is said when it is told again is added to it, with day and person.
    """
    if topic not in TOPICS:
        raise Refusal("请选想谈什么。", "Choose what they want to talk about.", "topic")
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refusal("没有这一户,或不在您的职责范围内。", "There is no such household within your duty.", "household")
    with transaction.atomic(), carry_out("outreach.counselling.ask", by=by, payload=[household_id, topic, note, on]):
        going = CounsellingRequest.objects.going().select_for_update(of=("self",))
        before, said = going.filter(household=household, topic=topic).first(), note.strip()[:LONGEST]
        if before is not None:
            return _add(before, Note(on, by, said))
        return CounsellingRequest.objects.create(
            household=household, place_code=household.place_code, topic=topic, note=said, asked_by=by,
            asked_on=on, due_on=on + WITHIN,
        )  # fmt: skip


def _add(held: CounsellingRequest, said: Note) -> CounsellingRequest:
    """Keep what was said beside what stands there; the same words of the same person are there already."""
    if said.note and (said.by, said.note) not in {(each.by, each.note) for each in held.notes}:
        held.added = [*held.added, {"on": said.on.isoformat(), "by": said.by, "note": said.note}]
        held.save(update_fields=["added"])
    return held


def name(request: CounsellingRequest, to: User, *, by: str, on: date) -> CounsellingRequest:
    """Name the person who calls. Raises Refusal for one who would not see the household, or may not close it."""
    if not callers.can_call(to, request.household, on=on):
        raise Refusal(
            f"{to.name} 不负责这一户,看不到这项求助。请指定它的帮扶责任人,或本村、本乡镇、县里的干部。",
            f"{to.name} does not answer for the household and would not see the request. Name its helper, or an"
            " officer of the village, the town or the county.",
            "to",
        )
    with transaction.atomic(), carry_out("outreach.counselling.name", by=by, payload=[request.pk, to.username, on]):
        held = _hold(request, (OPEN, ASSIGNED))
        held.state, held.to, held.named_by, held.named_on = ASSIGNED, to.username, by, on
        held.save(update_fields=["state", "to", "named_by", "named_on"])
    return held


def close(request: CounsellingRequest, *, outcome: str, answer: str = "", by: str, on: date) -> CounsellingRequest:
    """Close it, as the person it was given to. Raises Refusal for anybody else."""
    if outcome not in OUTCOMES:
        raise Refusal("请选结果。", "Choose what came of it.", "outcome")
    with transaction.atomic(), carry_out("outreach.counselling.close", by=by, payload=[request.pk, outcome, answer]):
        held = _hold(request, (ASSIGNED,))
        if held.to != by:
            raise Refusal(
                "这项由另一人负责,只能由他(她)办结;需要换人的请先改派。",
                "Somebody else was named for this and closes it; name another person first where that is needed.",
                "to",
            )
        held.state, held.outcome, held.answer = CLOSED, outcome, answer.strip()[:LONGEST]
        held.closed_by, held.closed_on = by, on
        held.save(update_fields=["state", "outcome", "answer", "closed_by", "closed_on"])
    return held


def _hold(request: CounsellingRequest, states: tuple[str, ...]) -> CounsellingRequest:
    held = CounsellingRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if held.state not in states:
        raise Refusal("这项还没有指定人,或已经办结。", "Nobody is named for it yet, or it is closed.", "state")
    return held
