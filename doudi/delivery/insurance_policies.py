"""Insurance against falling back (防贫保): the county buys group cover for so many persons, named nowhere.

What is not paid out is carried over (field notes, section 2); premium + carried in = paid + carried on + rest, in fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models

from doudi.policy.snapshots import county_code
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MOST_FEN = 1_000_000_000_00


class InsurancePolicy(models.Model):
    """One policy. `until` is its first day without cover; `most_fen` the most one household gets in a claim."""

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    number = models.CharField(max_length=60, unique=True)
    insurer = models.CharField(max_length=100)
    from_day = models.DateField()
    until = models.DateField()
    persons = models.BigIntegerField()
    premium_fen = models.BigIntegerField()
    most_fen = models.BigIntegerField()
    carried_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    passed_fen = models.BigIntegerField(default=0)
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()

    class Meta:
        db_table = "delivery_insurance_policy"
        ordering = ["-from_day", "-id"]
        constraints = [
            place_code_is_whole("insurance_policy_place_whole"),
            models.CheckConstraint(
                condition=models.Q(persons__gt=0, premium_fen__gt=0, most_fen__gt=0, carried_fen__gte=0),
                name="insurance_policy_of_something",
            ),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("from_day")), name="insurance_policy_days"),
            models.CheckConstraint(
                condition=models.Q(
                    paid_fen__gte=0,
                    passed_fen__gte=0,
                    premium_fen__gte=models.F("paid_fen") + models.F("passed_fen") - models.F("carried_fen"),
                ),
                name="insurance_policy_never_overspent",
            ),
        ]

    @property
    def rest_fen(self) -> int:
        """What is neither paid nor carried on."""
        return self.premium_fen + self.carried_fen - self.paid_fen - self.passed_fen


@dataclass(frozen=True, slots=True)
class Cover:
    """What a policy says: its number, insurer, days, persons covered, premium and the most a claim, in fen."""

    number: str
    insurer: str
    from_day: date
    until: date
    persons: int
    premium_fen: int
    most_fen: int


def in_force(*, on: date) -> InsurancePolicy | None:
    """The policy that covers a day; None where there is none."""
    return InsurancePolicy.objects.filter(from_day__lte=on, until__gt=on).first()


def take_out(cover: Cover, *, follows: InsurancePolicy | None = None, by: str, on: date) -> InsurancePolicy:
    """Write a policy down; the rest of the one it follows is carried over into it.

    Raises Refusal for what lacks or cannot be, a number that is taken, and one to follow that still covers or was
    followed already.
    """
    _refuse_wrong(cover)
    old = follows.pk if follows else None
    with carry_out("delivery.insurance_policies.take_out", by=by, payload=[cover.number, old, on]) as act:
        carried = _pass_on(follows, cover) if follows else 0
        made = InsurancePolicy.objects.create(
            place_code=county_code(), number=cover.number, insurer=cover.insurer, from_day=cover.from_day,
            until=cover.until, persons=cover.persons, premium_fen=cover.premium_fen, most_fen=cover.most_fen,
            carried_fen=carried, follows=follows, made_by=by, made_on=on,
        )  # fmt: skip
        act.result = {"policy": made.pk, "carried": carried}
    return made


def _pass_on(old: InsurancePolicy, cover: Cover) -> int:
    """The rest of a policy that is over, taken out of it."""
    held = InsurancePolicy.objects.select_for_update().get(pk=old.pk)
    if held.until > cover.from_day or InsurancePolicy.objects.filter(follows=held).exists():
        raise Refusal(
            "要接的保单还没有到期,或已经有保单接上。",
            "The policy to follow still covers, or was followed already.",
            "follows",
        )
    if held.claims.exclude(state__in=["paid", "refused"]).exists():
        raise Refusal("要接的保单还有没办完的赔案。", "The policy to follow has claims under way.", "follows")
    rest = held.rest_fen
    held.passed_fen += rest
    held.save(update_fields=["passed_fen"])
    return rest


def _refuse_wrong(cover: Cover) -> None:
    if not cover.number or not cover.insurer or len(cover.number) > 60 or len(cover.insurer) > 100:
        raise Refusal("请写保单号和保险公司。", "Give the policy's number and the insurer.", "number")
    if InsurancePolicy.objects.filter(number=cover.number).exists():
        raise Refusal("这个保单号已经登记过。", "This policy number is on record already.", "number")
    if cover.until <= cover.from_day:
        raise Refusal("到期日要在起始日之后。", "It ends after it begins.", "until")
    if not 0 < cover.persons <= 10_000_000:
        raise Refusal("保障人数要是大于 0 的整数。", "The persons covered are a whole number above 0.", "persons")
    for name in ("premium_fen", "most_fen"):
        if not 0 < getattr(cover, name) <= MOST_FEN:
            raise Refusal("金额要大于 0。", "The sum is above 0.", name.removesuffix("_fen"))
