"""Special care: one case for each entitlement that a person follows by name, from the income sheet to the result.

Nothing ends an allowance by itself: a later no opens a review, and only a person's decision, made by another than who
opened it and on an income sheet drawn for it, ends one (field notes, section 4, row 6). The database holds to that.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import models

from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.delivery.states import DELIVERABLE, IN_REVIEW, OVER
from doudi.register.households import place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

OPEN, HANDED, GRANTED, REFUSED, REVIEW, ENDED = STATES = ("open", "handed", "granted", "refused", "review", "ended")
ALLOWANCE, RELIEF, GRANT, LEAVING = "allowance", "relief", "grant", "leaving"
MEASURES = {  # measure: kind of case
    "06_monitored_grant": GRANT,
    "06_monitored_relief": RELIEF,
    "06a_keep_allowance_poor": ALLOWANCE,
    "06b_keep_allowance_without": ALLOWANCE,
    "06c_enter_allowance": ALLOWANCE,
    "07c_prepare_to_leave": LEAVING,
    "07d_non_registered_hit": RELIEF,
}
CIVIL = "civil_affairs"  # the stage at which the bureau of civil affairs decides
DAYS = {OPEN: 10, HANDED: 20, GRANTED: 10, REVIEW: 15}  # until the next step is due; an office's custom, no rule
LONGEST_REASON = 500
MOVES = (
    (OPEN, HANDED), (OPEN, GRANTED), (HANDED, GRANTED), (HANDED, REFUSED), (HANDED, OPEN), (GRANTED, REVIEW),
    (REVIEW, GRANTED), (REVIEW, ENDED),
)  # fmt: skip


class Cases(models.QuerySet["CareCase"]):
    """The questions asked about cases."""

    def going(self) -> Cases:
        """Those in which something is still to be done."""
        return self.filter(due_on__isnull=False).exclude(entitlement__state__in=OVER)

    def overdue(self, *, on: date) -> Cases:
        """Those whose next step should have been taken before the day."""
        return self.going().filter(due_on__lt=on)

    def to_hand_over(self) -> Cases:
        """Those whose village and town have agreed and whose income sheet is drawn: civil affairs is next."""
        waiting = self.filter(state=OPEN, entitlement__state=IN_REVIEW, entitlement__stage=CIVIL)
        return waiting.filter(models.Exists(sheets_of()))


class CareCase(Belonging):
    """One case. `due_on` is the day of its next step, empty once nothing is to be done.

    `fen` is what was decided: a month's allowance, or the one sum of a relief or grant. `since` is the first day.
    `decided_by` decided it, of the bureau or the county; `review_by` asked for the review, another ended it.
    """

    id = models.BigAutoField(primary_key=True)
    entitlement = models.OneToOneField(Entitlement, on_delete=models.PROTECT, related_name="care_case")
    measure = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=12, default=OPEN)
    due_on = models.DateField(null=True)
    opened_by = models.CharField(max_length=150)
    opened_on = models.DateField()
    handed_by = models.CharField(max_length=150, blank=True, default="")
    handed_on = models.DateField(null=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_on = models.DateField(null=True)
    fen = models.BigIntegerField(null=True)
    since = models.DateField(null=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")
    review_by = models.CharField(max_length=150, blank=True, default="")
    review_on = models.DateField(null=True)
    review_reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")

    objects = Cases.as_manager()

    class Meta:
        db_table = "delivery_care_case"
        ordering = ["due_on", "id"]
        constraints = [
            place_code_is_whole("care_case_place_code_whole"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="care_case_state_known"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[ALLOWANCE, RELIEF, GRANT, LEAVING]), name="care_case_kind_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[GRANTED, REFUSED, ENDED])
                | (~models.Q(decided_by="") & models.Q(decided_on__isnull=False)),
                name="care_case_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[REFUSED, ENDED]) | ~models.Q(reason=""), name="care_case_says_why"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=REVIEW) | (~models.Q(review_by="") & ~models.Q(review_reason="")),
                name="care_case_review_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ENDED) | ~models.Q(decided_by=models.F("review_by")),
                name="care_case_ended_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(fen__isnull=True) | models.Q(fen__gt=0), name="care_case_of_something"
            ),
        ]
        indexes = [models.Index(fields=["kind", "state", "due_on"], name="care_case_waiting")]


def sheets_of() -> models.QuerySet[models.Model]:
    """The income sheets of the case of an outer query."""
    from doudi.delivery.income_sheets import IncomeSheet

    return IncomeSheet.objects.filter(case=models.OuterRef("pk"))


def open_cases(*, by: str, on: date) -> int:
    """Open a case for every entitlement of special care in scope that stands and has none; answers how many."""
    wanted = Entitlement.objects.live().filter(measure__in=MEASURES, care_case=None).order_by("id")
    with carry_out("delivery.care_cases.open_cases", by=by, payload=[on]) as act:
        made = CareCase.objects.bulk_create(
            CareCase(
                entitlement=each,
                subject_kind=each.subject_kind,
                subject_id=each.subject_id,
                household_id=each.household_id,
                place_code=each.place_code,
                measure=each.measure,
                kind=MEASURES[each.measure],
                due_on=due(OPEN, on),
                opened_by=by,
                opened_on=on,
            )
            for each in wanted
        )
        act.result = {"cases": len(made)}
    return len(made)


def without_case() -> int:
    """How many entitlements of special care in scope have no case yet."""
    return Entitlement.objects.live().filter(measure__in=MEASURES, care_case=None).count()


def due(state: str, on: date) -> date | None:
    """The day by which the next step is taken; none where nothing is to be done."""
    return on + timedelta(days=DAYS[state]) if state in DAYS else None


def hand_over(ids: Collection[int], *, by: str, on: date) -> int:
    """Put cases on the list for civil affairs, all or none; answers how many.

    Raises Refusal for none, and for one that the town has not agreed to, that lacks its income sheet, or that is there.
    """
    wanted = sorted(set(ids))
    with carry_out("delivery.care_cases.hand_over", by=by, payload=[wanted, on]) as act:
        held = CareCase.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
        ready = [each.pk for each in held.to_hand_over()] if wanted else []
        if not ready or len(ready) != len(wanted):
            raise Refusal(
                f"勾选的 {len(wanted)} 户里只有 {len(ready)} 户可以移交:要乡镇已同意、写好收入表、还没有移交。",
                f"Of {len(wanted)} chosen {len(ready)} can be handed over: agreed by the town, with an income sheet,"
                " and not handed over before.",
                "ids",
            )
        CareCase.objects.filter(pk__in=ready).update(state=HANDED, handed_by=by, handed_on=on, due_on=due(HANDED, on))
        act.result = {"cases": len(ready)}
    return len(ready)


def take_back(case: CareCase, *, by: str, on: date) -> None:
    """Take a case off the list for civil affairs again. Raises Refusal for one that is not on it."""
    with carry_out("delivery.care_cases.take_back", by=by, payload=[case.pk, on]):
        held = hold(case, (HANDED,))
        held.state, held.handed_by, held.handed_on, held.due_on = OPEN, "", None, due(OPEN, on)
        held.save(update_fields=["state", "handed_by", "handed_on", "due_on"])


def hold(case: CareCase, states: Collection[str]) -> CareCase:
    """The case, locked. Raises Refusal where it does not stand so (any more)."""
    held = CareCase.objects.select_for_update(of=("self",)).select_related("entitlement").get(pk=case.pk)
    if held.state not in states:
        raise Refusal(
            "这件专案已不在这一步,可能别人刚办过。请刷新后再办。",
            "This case no longer stands so; somebody may have acted. Load the page again.",
            "case",
        )
    return held


def said(reason: str) -> str:
    """A reason without its edges. Raises Refusal for none."""
    cleaned = reason.strip()[:LONGEST_REASON]
    if not cleaned:
        raise Refusal("请写明理由。", "Say why.", "reason")
    return cleaned


def step_of(case: CareCase, *, sheets: int) -> str:
    """What is next, by name: sheet, review, hand_over, result, decide, checklist, pay, confirm, look or ""."""
    claim = case.entitlement
    if not claim.live or case.state in (REFUSED, ENDED):
        return ""
    if case.state in (HANDED, REVIEW):
        return {HANDED: "result", REVIEW: "look"}[case.state]
    if case.state == GRANTED:
        return "pay" if claim.state == DELIVERABLE and case.fen else "" if claim.state == "confirmed" else "confirm"
    if case.kind != LEAVING and not sheets:
        return "sheet"
    if claim.state == IN_REVIEW:
        return "hand_over" if claim.stage == CIVIL else "review"
    return "checklist" if case.kind == LEAVING else "decide"
