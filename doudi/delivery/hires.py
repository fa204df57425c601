"""Awards for hiring: an enterprise claims for one person hired, once; whoever claims first has it.

The claim is stated to the register as the labour bureau's word, so that a run decides it by the rules of the measure;
what was decided is granted, reviewed, published and paid like any other (field notes, section 4, row 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from doudi.access.scope import as_engine
from doudi.delivery import enterprises
from doudi.delivery.enterprises import Enterprise, Licence
from doudi.facts.kinds import Vocabulary
from doudi.policy.snapshots import county_code
from doudi.register import items, statements
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

CLAIMED, WITHDRAWN = "claimed", "withdrawn"
FIRM, WORKER = "enterprise", "worker"
CLAIMANTS = {FIRM: ("企业", "the enterprise"), WORKER: ("受聘人本人", "the worker")}
MEASURE = "05_local_hire_award"
MOST_MONTHS = 600
LONGEST = 300


class Claim(models.Model):
    """One enterprise's claim for one person: the contract, the payroll that was shown, and what was asked about it.

    `hire` is the subject the measure is decided for. `payroll` names the proof (voucher, month); empty: none was shown.
    `claimant` is who came first, the enterprise or the worker; the award is the enterprise's either way.
    `answered` is what the bureau found out about the questions (`hire_signals`), in words.
    """

    id = models.BigAutoField(primary_key=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="claims")
    hire = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    begun_on = models.DateField()
    months = models.SmallIntegerField()
    contract = models.CharField(max_length=100)
    payroll = models.CharField(max_length=100, blank=True, default="")
    migrant = models.BooleanField(null=True)
    claimant = models.CharField(max_length=10, default=FIRM)
    state = models.CharField(max_length=10, default=CLAIMED)
    claimed_by = models.CharField(max_length=150)
    claimed_on = models.DateField()
    answered = models.CharField(max_length=LONGEST, blank=True, default="")
    answered_by = models.CharField(max_length=150, blank=True, default="")
    ended_by = models.CharField(max_length=150, blank=True, default="")
    ended_reason = models.CharField(max_length=LONGEST, blank=True, default="")

    class Meta:
        db_table = "delivery_hire_claim"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("hire_claim_place_code_whole"),
            models.CheckConstraint(condition=models.Q(state__in=[CLAIMED, WITHDRAWN]), name="hire_claim_state_known"),
            models.CheckConstraint(condition=models.Q(claimant__in=list(CLAIMANTS)), name="hire_claim_claimant_known"),
            models.CheckConstraint(
                condition=models.Q(months__gte=1, months__lte=MOST_MONTHS) & ~models.Q(contract=""),
                name="hire_claim_under_contract",
            ),
            models.CheckConstraint(
                condition=models.Q(state=CLAIMED) | ~models.Q(ended_reason=""), name="hire_claim_ended_with_reason"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state=CLAIMED), name="hire_claim_whoever_is_first"
            ),
        ]

    @property
    def live(self) -> bool:
        """Whether it still stands."""
        return self.state == CLAIMED


@dataclass(frozen=True, slots=True)
class Hired:
    """A person under contract: from a day, for months, by a contract's number; the payroll proof where one was seen."""

    person: Person
    begun_on: date
    months: int
    contract: str
    payroll: str = ""
    migrant: bool | None = None
    claimant: str = FIRM


def take(licence: Licence, said: Hired, *, by: str, on: date, now: datetime) -> Claim:
    """Enter the enterprise and take the claim in, both or neither. Raises Refusal as each of them does.

    An enterprise is the county's, whoever takes its claim in: a town finds one that another town has entered.
    """
    with transaction.atomic():
        with as_engine():
            firm = enterprises.enter(licence, place_code=county_code(), by=by, on=on)
        return claim(firm, said, by=by, on=on, now=now)


def claim(
    firm: Enterprise, said: Hired, *, by: str, on: date, now: datetime, vocabulary: Vocabulary | None = None
) -> Claim:
    """Take a claim in, and state it as the labour bureau's word for the rules to decide.

    Raises Refusal where somebody was first for that person, naming the day, or a contract that is none.
    """
    refuse_impossible(said, on=on)
    refuse_second(said.person)
    payload = [firm.credit_code, said.person.pk, said.begun_on, said.months, said.contract, said.payroll]
    try:
        with transaction.atomic(), carry_out("delivery.hires.claim", by=by, payload=payload) as act:
            made = _write(firm, said, by=by, on=on, now=now)
            _state(made, firm, by=by, on=on, now=now, vocabulary=vocabulary)
            act.result = {"claim": made.pk}
    except IntegrityError as error:
        if "hire_claim_whoever_is_first" not in str(error):
            raise
        raise second(said.person) from error
    return made


def _write(firm: Enterprise, said: Hired, *, by: str, on: date, now: datetime) -> Claim:
    person = said.person
    number = Claim.objects.filter(enterprise=firm, person=person).count() + 1
    code = f"{firm.credit_code}-{person.pk}-{number}"
    hire = items.Item.objects.create(
        kind="hire", code=code, label=firm.name, person=person, household_id=person.household_id,
        place_code=person.place_code, from_day=said.begun_on, recorded_at=now,
    )  # fmt: skip
    return Claim.objects.create(
        enterprise=firm, hire=hire, person=person, household_id=person.household_id, place_code=person.place_code,
        begun_on=said.begun_on, months=said.months, contract=said.contract.strip(), payroll=said.payroll.strip(),
        migrant=said.migrant, claimant=said.claimant, claimed_by=by, claimed_on=on,
    )  # fmt: skip


def _state(made: Claim, firm: Enterprise, *, by: str, on: date, now: datetime, vocabulary: Vocabulary | None) -> None:
    facts: dict[str, Any] = {
        "employer": firm.name,
        "employer_local": firm.local,
        "contract_months": made.months,
        "payroll_seen": bool(made.payroll),
    }
    if made.migrant is not None:
        facts["migrant_worker"] = made.migrant
    statements.record(
        "hire", made.hire_id, facts, source="bureau", about=on, by=by, now=now, vocabulary=vocabulary,
        evidence={"contract": made.contract, "payroll": made.payroll},
    )  # fmt: skip


def show_payroll(held: Claim, payroll: str, *, by: str, on: date, now: datetime) -> Claim:
    """Record the payroll proof that was seen after the claim. Raises Refusal where none is named or one was seen."""
    payroll = payroll.strip()
    if not payroll or len(payroll) > 100:
        raise Refusal(
            "请写明工资凭证(月份、单号),不超过100字。", "Name the payroll proof, at most 100 signs.", "payroll"
        )
    with carry_out("delivery.hires.show_payroll", by=by, payload=[held.pk, payroll]):
        held = _held(held)
        if held.payroll:
            raise Refusal("这份申报的工资凭证已经核过。", "The payroll of this claim has been seen already.", "payroll")
        held.payroll = payroll
        held.save(update_fields=["payroll"])
        statements.record(
            "hire", held.hire_id, {"payroll_seen": True}, source="bureau", about=on, by=by, now=now,
            evidence={"payroll": payroll},
        )  # fmt: skip
    return held


def answer(held: Claim, words: str, *, by: str) -> Claim:
    """Write down what was found out about the questions a claim raises; it changes no decision by itself."""
    words = _reason(words, "answered")
    with carry_out("delivery.hires.answer", by=by, payload=[held.pk, words]):
        held = _held(held)
        held.answered, held.answered_by = words, by
        held.save(update_fields=["answered", "answered_by"])
    return held


def withdraw(held: Claim, reason: str, *, by: str) -> Claim:
    """Take a claim back, so that another may be made. Raises Refusal while an entitlement of it stands."""
    reason = _reason(reason, "reason")
    with carry_out("delivery.hires.withdraw", by=by, payload=[held.pk, reason]):
        held = _held(held)
        with as_engine(), connection.cursor() as cursor:
            cursor.execute(_STANDS, [held.hire_id])
            if cursor.fetchone() is not None:
                raise Refusal(
                    "这份申报已经生成奖补,请先在“落实”里撤回那一条。",
                    "An award was granted on this claim: withdraw that entitlement first.",
                    "reason",
                )
        held.state, held.ended_by, held.ended_reason = WITHDRAWN, by, reason
        held.save(update_fields=["state", "ended_by", "ended_reason"])
    return held


_STANDS = """
SELECT FROM delivery_entitlement WHERE subject_kind = 'hire' AND subject_id = %s
    AND state NOT IN ('refused', 'withdrawn', 'reversed')
"""


def _held(held: Claim) -> Claim:
    found = Claim.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if not found.live:
        raise Refusal("这份申报已经撤回。", "This claim has been withdrawn.", "claim")
    return found


def _reason(words: str, where: str) -> str:
    words = words.strip()
    if not words or len(words) > LONGEST:
        raise Refusal("请写明情况,不超过300字。", "Say it in words, at most 300 signs.", where)
    return words


def refuse_impossible(said: Hired, *, on: date) -> None:
    """Raise Refusal for a contract that is none: without number, months, or begun in days to come."""
    if not said.contract.strip() or len(said.contract) > 100 or len(said.payroll) > 100:
        raise Refusal("请写明合同编号,不超过100字。", "Give the contract's number, at most 100 signs.", "contract")
    if said.claimant not in CLAIMANTS:
        raise Refusal("申报人请选企业或受聘人本人。", "The enterprise claims, or the worker.", "claimant")
    if not 1 <= said.months <= MOST_MONTHS:
        raise Refusal("合同月数要在1到600之间。", "The contract is for 1 to 600 months.", "months")
    if said.begun_on > on:
        raise Refusal(
            f"{said.begun_on} 还没有到岗,到岗后再申报。",
            f"Work begins on {said.begun_on} only; claim once it has.",
            "begun_on",
        )


def first_of(person: Person) -> Claim | None:
    """The live claim for a person, whoever made it and wherever."""
    with as_engine():
        return Claim.objects.filter(person=person, state=CLAIMED).select_related("enterprise").first()


def refuse_second(person: Person) -> None:
    """Raise Refusal where a claim for the person stands, naming whose it is and since when."""
    if first_of(person) is not None:
        raise second(person)


def second(person: Person) -> Refusal:
    """The refusal of a second claim: whose the first is, and since when."""
    before = first_of(person)
    whose = f"{before.enterprise.name} {before.claimed_on}" if before else ""
    if before and before.claimant == WORKER:
        whose += f"({CLAIMANTS[WORKER][0]})"
    return Refusal(
        f"{person.code} 已由 {whose} 申报过,每人只奖一次。如先前的有误,请先撤回那一份。",
        f"{person.code} was claimed by {whose}; the award is once a person. If that was wrong, withdraw it first.",
        "person",
    )
