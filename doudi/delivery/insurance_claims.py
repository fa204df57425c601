"""Claims on the insurance against falling back: signal, the insurer's visit, its answer, public notice, paid."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Sum

from doudi.access.scope import as_engine
from doudi.delivery import insurance_policies
from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.delivery.insurance_policies import InsurancePolicy
from doudi.delivery.states import DELIVERABLE, IN_REVIEW
from doudi.register import statements
from doudi.register.households import Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MEASURE, STAGE = "07e_insurance_claim", "insurer"
SIGNALLED, VISITED, AGREED, REFUSED, PAID = STATES = ("signalled", "visited", "agreed", "refused", "paid")
DECISION, VILLAGE = "decision", "village"
DAYS = {SIGNALLED: 5, VISITED: 5, AGREED: 12}  # paid in five working days elsewhere (field notes, section 2)
LONGEST = 300


class Claims(models.QuerySet["InsuranceClaim"]):
    """The questions asked about claims."""

    def going(self) -> Claims:
        """Those neither paid nor refused."""
        return self.exclude(state__in=[PAID, REFUSED])

    def overdue(self, *, on: date) -> Claims:
        """Those whose next step should have been taken before the day."""
        return self.going().filter(due_on__lt=on)


class InsuranceClaim(Belonging):
    """One claim, in fen. Without an entitlement it is a signal only: nothing is agreed or paid before a decision."""

    id = models.BigAutoField(primary_key=True)
    policy = models.ForeignKey(InsurancePolicy, on_delete=models.PROTECT, related_name="claims")
    entitlement = models.OneToOneField(Entitlement, on_delete=models.PROTECT, null=True, related_name="insurance_claim")
    origin = models.CharField(max_length=10)
    note = models.CharField(max_length=LONGEST, blank=True, default="")
    signalled_by = models.CharField(max_length=150)
    signalled_on = models.DateField()
    visitor = models.CharField(max_length=100, blank=True, default="")
    visited_on = models.DateField(null=True)
    loss_fen = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, default=SIGNALLED)
    fen = models.BigIntegerField(null=True)
    answered_by = models.CharField(max_length=150, blank=True, default="")
    answered_on = models.DateField(null=True)
    reason = models.CharField(max_length=LONGEST, blank=True, default="")
    paid_on = models.DateField(null=True)
    receipt = models.CharField(max_length=60, blank=True, default="")
    due_on = models.DateField(null=True)

    objects = Claims.as_manager()

    class Meta:
        db_table = "delivery_insurance_claim"
        ordering = ["due_on", "id"]
        constraints = [
            place_code_is_whole("insurance_claim_place_whole"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="insurance_claim_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=[SIGNALLED, REFUSED]) | models.Q(visited_on__isnull=False, loss_fen__gt=0),
                name="insurance_claim_visited_first",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[AGREED, PAID])
                | (
                    models.Q(entitlement__isnull=False, fen__gt=0, fen__lte=models.F("loss_fen"))
                    & ~models.Q(answered_by="")
                ),
                name="insurance_claim_answered",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=REFUSED) | (~models.Q(reason="") & ~models.Q(answered_by="")),
                name="insurance_claim_refused_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=PAID) | (models.Q(paid_on__isnull=False) & ~models.Q(receipt="")),
                name="insurance_claim_paid_with_receipt",
            ),
            models.UniqueConstraint(
                fields=["household"], condition=~models.Q(state__in=[REFUSED, PAID]), name="insurance_claim_one_open"
            ),
            models.UniqueConstraint(
                fields=["receipt"], condition=~models.Q(receipt=""), name="insurance_claim_receipt_once"
            ),
        ]


def due(state: str, on: date) -> date | None:
    """The day by which the next step is taken; none where nothing is to be done."""
    return on + timedelta(days=DAYS[state]) if state in DAYS else None


def _policy(on: date) -> InsurancePolicy:
    with as_engine():
        found = insurance_policies.in_force(on=on)
    if found is None:
        raise Refusal(
            f"{on} 没有有效的防贫保保单。请县里先登记保单。",
            f"No policy covers {on}. The county records one first.",
            "policy",
        )
    return found


def signal(household: Household, note: str, *, by: str, on: date, now: datetime) -> InsuranceClaim:
    """Take down that a village found a household fallen back; it is the village's word, and rules read it.

    Raises Refusal without a policy in force, without what happened, and while another claim of the household runs.
    """
    note = note.strip()[:LONGEST]
    if not note:
        raise Refusal("请写明发生了什么(不写病名)。", "Say what happened, without naming an illness.", "note")
    with (
        transaction.atomic(),
        carry_out("delivery.insurance_claims.signal", by=by, payload=[household.pk, note]) as act,
    ):
        policy = _policy(on)
        if InsuranceClaim.objects.going().filter(household=household).exists():
            raise Refusal("这户已有在办的赔案。", "A claim of this household is under way.", "household")
        made = InsuranceClaim.objects.create(
            policy=policy, subject_kind="household", subject_id=household.pk, household=household,
            place_code=household.place_code, origin=VILLAGE, note=note, signalled_by=by, signalled_on=on,
            due_on=due(SIGNALLED, on),
        )  # fmt: skip
        statements.record(
            "household", household.pk, {"fallen_back": True}, source="village", about=on, by=by, now=now,
            evidence={"kind": "insurance_signal", "claim": made.pk},
        )  # fmt: skip
        act.result = {"claim": made.pk}
    return made


def undecided() -> models.QuerySet[Entitlement]:
    """Entitlements in scope of the insurance that no claim carries yet."""
    return Entitlement.objects.live().filter(measure=MEASURE, insurance_claim=None)


def follow_decisions(*, by: str, on: date) -> int:
    """Give every granted entitlement its claim: the household's own signal where one runs, else a new one; how many."""
    with carry_out("delivery.insurance_claims.follow_decisions", by=by, payload=[on]) as act:
        rows = list(undecided().order_by("id"))
        policy = _policy(on) if rows else None
        running = {c.household_id: c for c in InsuranceClaim.objects.going().filter(entitlement=None)}
        for each in rows:
            own = running.get(each.household_id)
            if own is not None:
                own.entitlement = each
                own.save(update_fields=["entitlement"])
            else:
                InsuranceClaim.objects.create(
                    policy=policy, entitlement=each, subject_kind=each.subject_kind, subject_id=each.subject_id,
                    household_id=each.household_id, place_code=each.place_code, origin=DECISION, signalled_by=by,
                    signalled_on=on, due_on=due(SIGNALLED, on),
                )  # fmt: skip
        act.result = {"claims": len(rows)}
    return len(rows)


def visit(claim: InsuranceClaim, visitor: str, loss_fen: int, *, visited_on: date, by: str, on: date) -> None:
    """Record the insurer's visit: who came, when, the loss counted. Raises Refusal for what cannot be."""
    visitor = visitor.strip()[:100]
    if not visitor:
        raise Refusal("请写查勘人。", "Name who visited.", "visitor")
    if not 0 < loss_fen <= insurance_policies.MOST_FEN:
        raise Refusal("核定损失要大于 0。", "The loss is above 0.", "loss")
    with carry_out("delivery.insurance_claims.visit", by=by, payload=[claim.pk, visitor, loss_fen, visited_on]):
        held = hold(claim, (SIGNALLED, VISITED))
        if not held.signalled_on <= visited_on <= on:
            raise Refusal(
                f"查勘日要在 {held.signalled_on} 到 {on} 之间。",
                f"The visit is between {held.signalled_on} and {on}.",
                "visited_on",
            )
        held.visitor, held.visited_on, held.loss_fen = visitor, visited_on, loss_fen
        held.state, held.due_on = VISITED, due(VISITED, on)
        held.save()


def hold(claim: InsuranceClaim, states: Collection[str]) -> InsuranceClaim:
    """The claim, locked. Raises Refusal where it does not stand so (any more)."""
    held = InsuranceClaim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
    if held.state not in states:
        raise Refusal(
            "这件赔案已不在这一步,可能别人刚办过。请刷新后再办。",
            "This claim no longer stands so; somebody may have acted. Load the page again.",
            "claim",
        )
    return held


def promised(policy: InsurancePolicy) -> int:
    """Fen agreed under a policy and not paid yet."""
    return int(policy.claims.filter(state=AGREED).aggregate(Sum("fen"))["fen__sum"] or 0)


def step_of(claim: InsuranceClaim) -> str:
    """What is next, by name: visit, decision, review, answer, notice, pay, confirm or ""."""
    if claim.state == REFUSED:
        return ""
    waits = claim.entitlement
    if claim.state == PAID:
        return "" if waits is None or waits.state == "confirmed" else "confirm"
    if claim.state == SIGNALLED:
        return "visit"
    if waits is None:
        return "decision"
    if claim.state == VISITED:
        return "answer" if waits.state == IN_REVIEW and waits.stage == STAGE else "review"
    return "pay" if waits.state == DELIVERABLE else "notice"


def pay(claim: InsuranceClaim, receipt: str, *, paid_on: date, by: str) -> None:
    """Record inside a command under way that the insurer has paid what it agreed; the policy's rest goes down."""
    held = hold(claim, (AGREED,))
    policy = InsurancePolicy.objects.select_for_update().get(pk=held.policy_id)
    policy.paid_fen += held.fen or 0
    try:
        with transaction.atomic():
            policy.save(update_fields=["paid_fen"])
    except IntegrityError as error:
        raise Refusal("保单余额不够。", "The policy's rest is not enough.", "sum") from error
    held.state, held.paid_on, held.receipt, held.due_on = PAID, paid_on, receipt, None
    held.save()
