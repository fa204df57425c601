"""The ledger of suspected problems (疑似问题台账): what looks wrong about a household, who has it now, how it ended.

A helper, a patrol, the village, the town or the county's own logic writes a line. The town decides: the village is to
look again, somebody is to go there, it was a problem and is put right, or there was none. Every step has its person,
its day and its reason, and is only ever added to (field notes, section 9: as practised in Qingchuan in 2020).
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import models

from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

CHECK, PATROL, VILLAGE, TOWN, COUNTY = RAISED_AT = ("check", "patrol", "village", "town", "county")
OPEN, RETURNED, VISIT, SETTLED, REJECTED = STATES = ("open", "returned", "visit", "settled", "rejected")
GOING = (OPEN, RETURNED, VISIT)
# What may be said of a line, and where it may stand then; `answer` is the village's, after a return or a visit.
MOVES = {
    "return": (OPEN, RETURNED),
    "visit": (OPEN, VISIT),
    "settle": (OPEN, SETTLED),
    "reject": (OPEN, REJECTED),
    "answer": (RETURNED, OPEN),
    "visited": (VISIT, OPEN),
}
DAYS = {OPEN: 3, RETURNED: 3, VISIT: 5}  # until the next step is due; an office's custom, no rule
LONGEST = 500


class Suspicions(models.QuerySet["Suspicion"]):
    """The questions asked about the ledger."""

    def going(self) -> Suspicions:
        """Those not ended."""
        return self.filter(state__in=GOING)

    def overdue(self, *, on: date) -> Suspicions:
        """Those whose next step should have been taken before the day."""
        return self.going().filter(due_on__lt=on)


class Suspicion(models.Model):
    """One line. `what` is in words, `fact` the fact it is about where it is about one ("household:12:phone").

    `check_id` is the helper's check it came from, `finding` the county's check that found it.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    what = models.CharField(max_length=LONGEST)
    fact = models.CharField(max_length=80, blank=True, default="")
    raised_at = models.CharField(max_length=8)
    raised_by = models.CharField(max_length=150)
    raised_on = models.DateField()
    check_id = models.UUIDField(null=True)
    finding = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=8, default=OPEN)
    due_on = models.DateField(null=True)

    objects = Suspicions.as_manager()

    class Meta:
        db_table = "monitoring_suspicion"
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["place_code", "state"], name="suspicion_of_place")]
        constraints = [
            place_code_is_whole("suspicion_place_code_whole"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="suspicion_state_known"),
            models.CheckConstraint(condition=models.Q(raised_at__in=RAISED_AT), name="suspicion_step_known"),
            models.CheckConstraint(condition=~models.Q(what=""), name="suspicion_says_what"),
            models.CheckConstraint(
                condition=models.Q(state__in=GOING, due_on__isnull=False)
                | models.Q(state__in=[SETTLED, REJECTED], due_on__isnull=True),
                name="suspicion_due_while_going",
            ),
            models.UniqueConstraint(
                fields=["household", "finding"],
                condition=models.Q(state__in=GOING) & ~models.Q(finding=""),
                name="suspicion_of_finding_once",
            ),
        ]


class SuspicionStep(models.Model):
    """One step of a line; only ever added to."""

    id = models.BigAutoField(primary_key=True)
    suspicion = models.ForeignKey(Suspicion, on_delete=models.PROTECT, related_name="steps")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    verdict = models.CharField(max_length=8)
    reason = models.CharField(max_length=LONGEST)
    by = models.CharField(max_length=150)
    on_day = models.DateField()
    command_id = models.UUIDField()

    class Meta:
        db_table = "monitoring_suspicion_step"
        ordering = ["id"]
        constraints = [
            place_code_is_whole("suspicion_step_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["raise", *MOVES]), name="suspicion_step_verdict_known"
            ),
            models.CheckConstraint(condition=~models.Q(reason="") & ~models.Q(by=""), name="suspicion_step_says_why"),
        ]


def raise_one(
    household: Household,
    what: str,
    *,
    step: str,
    by: str,
    on: date,
    fact: str = "",
    check: UUID | None = None,
    finding: str = "",
) -> Suspicion:
    """Write a line. One of the county's checks already on the ledger for the household is not written again."""
    words = what.strip()[:LONGEST]
    if not words:
        raise Refusal("请写明哪里不对。", "Say what is wrong.", "what")
    with carry_out("monitoring.suspicions.raise", by=by, payload=[household.pk, words, step, fact, finding]) as act:
        known = Suspicion.objects.going().filter(household=household, finding=finding).first() if finding else None
        if known is not None:
            act.result = {"suspicion": known.pk}
            return known
        made = Suspicion.objects.create(
            household=household, place_code=household.place_code, what=words, fact=fact, raised_at=step, raised_by=by,
            raised_on=on, check_id=check, finding=finding, due_on=on + timedelta(days=DAYS[OPEN]),
        )  # fmt: skip
        _note(made, "raise", words, by=by, on=on, command=act.id)
        act.result = {"suspicion": made.pk}
    return made


def move(one: Suspicion, verdict: str, reason: str, *, by: str, on: date) -> Suspicion:
    """Take a line a step further. Raises Refusal without a reason, and for a step it does not stand at."""
    if verdict not in MOVES:
        raise Refusal("请选择怎样处理。", "Choose what is to be done.", "verdict")
    if not reason.strip():
        raise Refusal("请写明理由或查明的情况。", "Say why, or what was found.", "reason")
    before, after = MOVES[verdict]
    with carry_out("monitoring.suspicions.move", by=by, payload=[one.pk, verdict, reason, on.isoformat()]) as act:
        held = Suspicion.objects.select_for_update().get(pk=one.pk)
        if held.state != before:
            raise Refusal(
                "这一条已被处理过,请刷新后再看。", "This line was dealt with already; load the page again.", "verdict"
            )
        held.state = after
        held.due_on = on + timedelta(days=DAYS[after]) if after in GOING else None
        held.save(update_fields=["state", "due_on"])
        _note(held, verdict, reason.strip()[:LONGEST], by=by, on=on, command=act.id)
        act.result = {"state": after}
    return held


def _note(one: Suspicion, verdict: str, reason: str, *, by: str, on: date, command: UUID) -> None:
    SuspicionStep.objects.create(
        suspicion=one, household_id=one.household_id, place_code=one.place_code, verdict=verdict, reason=reason, by=by,
        on_day=on, command_id=command,
    )  # fmt: skip
