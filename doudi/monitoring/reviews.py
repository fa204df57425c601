"""The four steps of a check: the helper verifies, the village marks, the town decides, the county's logic looks at all.

A review begins when the village marks a helper's check. The town accepts it, returns it with a reason, or has somebody
go there; what looks wrong is on the ledger of suspected problems. The county runs its checks of data quality over what
the towns accepted: what they find goes on the ledger, and the review ends once they find nothing (field notes, section
9). Helper, village and town are different persons; the database holds to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from doudi.monitoring import suspicions
from doudi.monitoring.checks import Check
from doudi.policy.findings import Reading
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MARKED, RETURNED, VISIT, ACCEPTED, SUSPECT, CLOSED = STATES = (
    "marked", "returned", "visit", "accepted", "suspect", "closed",
)  # fmt: skip
RIGHT, WRONG = MARKS = ("right", "wrong")
VERDICTS = {"accept": ACCEPTED, "return": RETURNED, "visit": VISIT}
LONGEST = 500


class Reviews(models.QuerySet["Review"]):
    """The questions asked about reviews."""

    def waiting_for_town(self) -> Reviews:
        """Those the town has to decide on, and those somebody was sent to look at."""
        return self.filter(state__in=(MARKED, VISIT))

    def waiting_for_county(self) -> Reviews:
        """Those accepted which the county's logic has not let through."""
        return self.filter(state__in=(ACCEPTED, SUSPECT))


class Review(models.Model):
    """What becomes of one helper's check. `mark` is the village's word on it."""

    id = models.BigAutoField(primary_key=True)
    of = models.OneToOneField(Check, on_delete=models.PROTECT, related_name="review")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    helper = models.CharField(max_length=150)
    mark = models.CharField(max_length=5)
    marked_by = models.CharField(max_length=150)
    marked_on = models.DateField()
    state = models.CharField(max_length=8, default=MARKED)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    objects = Reviews.as_manager()

    class Meta:
        db_table = "monitoring_review"
        ordering = ["marked_on", "id"]
        indexes = [models.Index(fields=["place_code", "state"], name="review_of_place")]
        constraints = [
            place_code_is_whole("review_place_code_whole"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="review_state_known"),
            models.CheckConstraint(condition=Q(mark__in=MARKS), name="review_mark_known"),
            models.CheckConstraint(condition=~Q(marked_by=F("helper")), name="review_marked_by_another"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("helper")) & ~Q(decided_by=F("marked_by")), name="review_decided_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state=MARKED) | (~Q(decided_by="") & Q(decided_on__isnull=False)), name="review_decided"
            ),
            models.CheckConstraint(
                condition=Q(state=CLOSED, closed_on__isnull=False) | (~Q(state=CLOSED) & Q(closed_on__isnull=True)),
                name="review_closed_has_day",
            ),
        ]


class ReviewStep(models.Model):
    """One step of a review; only ever added to."""

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="steps")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    verdict = models.CharField(max_length=8)
    reason = models.CharField(max_length=LONGEST, blank=True, default="")
    by = models.CharField(max_length=150)
    on_day = models.DateField()
    command_id = models.UUIDField()

    class Meta:
        db_table = "monitoring_review_step"
        ordering = ["id"]
        constraints = [place_code_is_whole("review_step_place_code_whole")]


def unmarked(*, since: date) -> models.QuerySet[Check]:
    """The checks nobody in the village has marked yet, within the scope: those in which the household was reached."""
    return Check.objects.reached().filter(review__isnull=True, about_day__gte=since).order_by("about_day", "pk")


def mark(check: Check, word: str, *, why: str = "", by: str, on: date) -> Review:
    """The village's word on a helper's check. What is wrong goes on the ledger. Raises Refusal where it was marked."""
    if word not in MARKS:
        raise Refusal("请选“属实”或“不对”。", "Choose right or wrong.", "mark")
    if word == WRONG and not why.strip():
        raise Refusal("请写明哪里不对。", "Say what is wrong.", "why")
    if by in (check.by, check.typed_by):
        raise Refusal(
            "自己核实或录入的,要由别人标记。", "What you checked or typed in yourself is marked by another.", "mark"
        )
    with carry_out("monitoring.reviews.mark", by=by, payload=[str(check.pk), word, why]) as act:
        if Review.objects.filter(of=check).exists():
            raise Refusal("这次核实已标记过。", "This check has been marked already.", "mark")
        household = check.household
        made = Review.objects.create(
            of=check, household=household, place_code=household.place_code, helper=check.by, mark=word, marked_by=by,
            marked_on=on,
        )  # fmt: skip
        _note(made, word, why, by=by, on=on, command=act.id)
        if word == WRONG:
            suspicions.raise_one(household, why, step=suspicions.VILLAGE, by=by, on=on, check=check.pk)
        act.result = {"review": made.pk}
    return made


def decide(review: Review, verdict: str, *, reason: str = "", by: str, on: date) -> Review:
    """The town's word. Raises Refusal for an unmarked one, one's own, a return or visit without a reason."""
    if verdict not in VERDICTS:
        raise Refusal("请选择怎样处理。", "Choose what is to be done.", "verdict")
    if verdict != "accept" and not reason.strip():
        raise Refusal("退回或安排入户要写明理由。", "Say why it goes back, or what is to be looked at.", "reason")
    with carry_out("monitoring.reviews.decide", by=by, payload=[review.pk, verdict, reason]) as act:
        held = Review.objects.select_for_update().get(pk=review.pk)
        if held.state not in (MARKED, VISIT):
            raise Refusal("这次核实已处理过,请刷新。", "This check was decided on already; load again.", "verdict")
        if by in (held.helper, held.marked_by, held.of.typed_by):
            raise Refusal(
                "自己核实、录入或标记的,要由别人审定。",
                "What you checked, typed in or marked yourself is decided by another.",
                "verdict",
            )
        held.state, held.decided_by, held.decided_on = VERDICTS[verdict], by, on
        held.save(update_fields=["state", "decided_by", "decided_on"])
        _note(held, verdict, reason, by=by, on=on, command=act.id)
        act.result = {"state": held.state}
    return held


def look_through(reviews: Sequence[Review], reading: Reading, *, by: str, on: date) -> dict[str, int]:
    """The county's logic over what the towns accepted, with the open findings of a run; answers how many of each.

    A review whose household no check speaks of is closed; for any other each finding is on the ledger once.
    """
    found = _findings(reading)
    counts = {CLOSED: 0, SUSPECT: 0}
    with carry_out("monitoring.reviews.look_through", by=by, payload=[reading.run.pk, len(reviews)]) as act:
        held = Review.objects.waiting_for_county().select_related("household").select_for_update(of=("self",))
        for review in held.filter(pk__in=[each.pk for each in reviews]):
            names = found.get(review.household_id, [])
            for name in names:
                words = reading.pack.checks[name].words.zh
                suspicions.raise_one(
                    review.household, words, step=suspicions.COUNTY, by=by, on=on, check=review.of_id, finding=name
                )
            review.state = SUSPECT if names else CLOSED
            review.closed_on = None if names else on
            review.save(update_fields=["state", "closed_on"])
            _note(review, "suspect" if names else "close", "、".join(names)[:LONGEST], by=by, on=on, command=act.id)
            counts[review.state] += 1
        act.result = counts
    return counts


def _findings(reading: Reading) -> dict[int, list[str]]:
    """The checks that speak of each household, or of somebody or something of it."""
    found: dict[int, list[str]] = {}
    for name in reading.pack.checks:
        _, some = reading.listed(name, most=1_000_000)
        for each in some:
            if each.household_id is not None and name not in found.setdefault(each.household_id, []):
                found[each.household_id].append(name)
    return found


def _note(review: Review, verdict: str, reason: str, *, by: str, on: date, command: UUID) -> None:
    ReviewStep.objects.create(
        review=review, household_id=review.household_id, place_code=review.place_code, verdict=verdict,
        reason=reason.strip()[:LONGEST], by=by, on_day=on, command_id=command,
    )  # fmt: skip
