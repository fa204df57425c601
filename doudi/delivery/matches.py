"""Matches: one worker asked about one opening, and the worker's own answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import models

from doudi.delivery.entitlements import Entitlement
from doudi.delivery.openings import Opening
from doudi.delivery.states import DELIVERABLE, IN_REVIEW
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MEASURE = "03_labour_transfer"
ASKED, AGREED, DECLINED, WITHDRAWN = "asked", "agreed", "declined", "withdrawn"
STATES = (ASKED, AGREED, DECLINED, WITHDRAWN)
OVER = (DECLINED, WITHDRAWN)
LONGEST_REASON = 300


class Travelling(models.Model):
    """A row of one worker under the measure: the columns the wall reads."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    measure = models.CharField(max_length=64, default=MEASURE)

    class Meta:
        abstract = True


class Matches(models.QuerySet["Match"]):
    """The questions asked about matches."""

    def live(self) -> Matches:
        """Those that hold a seat at the employer's."""
        return self.exclude(state__in=OVER)

    def to_travel(self) -> Matches:
        """Agreed, and on no journey that still runs or has brought them there."""
        return self.filter(state=AGREED).exclude(passages__state__in=("listed", "boarded", "arrived"))


class Match(Travelling):
    """One worker and one opening. A worker has one that is not over."""

    id = models.BigAutoField(primary_key=True)
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="matches")
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES], default=ASKED)
    asked_on = models.DateField()
    asked_by = models.CharField(max_length=150)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")

    objects = Matches.as_manager()

    class Meta:
        db_table = "delivery_match"
        ordering = ["place_code", "id"]
        constraints = [
            place_code_is_whole("match_place_code_whole"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="match_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=[ASKED, WITHDRAWN]) | models.Q(answered_on__isnull=False),
                name="match_answered_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=~models.Q(state__in=OVER), name="match_one_live_a_person"
            ),
        ]
        indexes = [models.Index(fields=["opening", "state"], name="match_of_opening")]


def willing() -> models.QuerySet[Entitlement]:
    """The workers nobody has asked yet: granted a seat, under review or approved, and without a match that holds."""
    return (
        Entitlement.objects.filter(measure=MEASURE, state__in=(IN_REVIEW, DELIVERABLE), person__isnull=False)
        .exclude(person__in=Match.objects.live().values("person"))
        .select_related("person", "household")
        .order_by("place_code", "person__code")
    )


def ask(opening: Opening, persons: Sequence[int], *, on: date, by: str) -> list[Match]:
    """Ask workers about an opening; a seat is kept for each until they answer.

    Raises Refusal where one is not among the willing, the opening is off, or it has too few seats; then nobody is.
    """
    held = Opening.objects.select_for_update().get(pk=opening.pk)
    if held.closed_on is not None or on > held.until:
        raise Refusal("这个岗位已经撤下或过期。", "This opening is off, or past its last day.", "opening")
    wanted = sorted(set(persons))
    if not wanted:
        raise Refusal("没有选中任何人。请先勾选。", "Nobody is chosen. Tick some first.", "persons")
    found = {each.person_id: each for each in willing().filter(person__in=wanted)}
    if len(found) != len(wanted):
        raise Refusal(
            "其中有人已经有岗位,或没有列入就业专项行动。请刷新后再选。",
            "Some have an opening already, or are not granted labour transfer. Load the page again.",
            "persons",
        )
    if len(wanted) > held.left:
        raise Refusal(
            f"只剩 {held.left} 个名额,选了 {len(wanted)} 人。",
            f"{held.left} seats are left; {len(wanted)} were chosen.",
            "persons",
        )
    with carry_out("delivery.matches.ask", by=by, payload=[held.pk, wanted, on]) as act:
        made = Match.objects.bulk_create([_asked(found[person], held, on, by) for person in wanted])
        act.result = {"matches": len(made)}
    return made


def _asked(granted: Entitlement, opening: Opening, on: date, by: str) -> Match:
    return Match(
        person=granted.person, household_id=granted.household_id, place_code=granted.place_code, opening=opening,
        asked_on=on, asked_by=by,
    )  # fmt: skip


def answer(match: Match, *, agrees: bool, on: date, by: str) -> Match:
    """Record the worker's own yes or no. Raises Refusal where they have answered."""
    held = Match.objects.select_for_update().get(pk=match.pk)
    if held.state != ASKED:
        raise Refusal("本人已经答复过。", "The worker has answered already.", "match")
    with carry_out("delivery.matches.answer", by=by, payload=[held.pk, agrees, on]):
        held.state = AGREED if agrees else DECLINED
        held.answered_on, held.answered_by = on, by
        held.save(update_fields=["state", "answered_on", "answered_by"])
    return held


def withdraw(match: Match, *, reason: str, on: date, by: str) -> Match:
    """Give the seat back: the worker or the employer changed their mind. Raises Refusal without a reason, or aboard."""
    reason = reason.strip()[:LONGEST_REASON]
    held = Match.objects.select_for_update().get(pk=match.pk)
    if not reason:
        raise Refusal("请写明理由。", "Say why.", "reason")
    if held.state in OVER:
        raise Refusal("这个配对已经结束。", "This match is over already.", "match")
    if held.passages.filter(state__in=("listed", "boarded")).exists():  # type: ignore[attr-defined]
        raise Refusal(
            "此人在车次名单上,请先从名单上划去。", "The worker is on a journey's list; take them off it first.", "match"
        )
    with carry_out("delivery.matches.withdraw", by=by, payload=[held.pk, reason, on]):
        held.state, held.reason = WITHDRAWN, reason
        held.save(update_fields=["state", "reason"])
    return held
