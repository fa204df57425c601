"""Enterprises that hire: by their unified social credit code, with what the market regulator has on record of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from django.db import models

from doudi.delivery.stock import named
from doudi.funds import bank_accounts
from doudi.funds.bank_accounts import ENTERPRISE, Holding
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values import credit_codes
from doudi.values.refusals import Refusal

LONGEST = 200


class Enterprise(models.Model):
    """One enterprise. `local`: registered in this county. `insured`: employees in the pension scheme, null if unknown.

    `place_code` is the county's: an enterprise is no village's.
    """

    id = models.BigAutoField(primary_key=True)
    credit_code = models.CharField(max_length=credit_codes.LENGTH, unique=True)
    name = models.CharField(max_length=LONGEST)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    local = models.BooleanField()
    legal_person = models.CharField(max_length=100, blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    address = models.CharField(max_length=LONGEST, blank=True, default="")
    registered_on = models.DateField(null=True)
    insured = models.IntegerField(null=True)
    entered_by = models.CharField(max_length=150)
    entered_on = models.DateField()

    class Meta:
        db_table = "delivery_enterprise"
        ordering = ["name", "id"]
        constraints = [
            place_code_is_whole("enterprise_place_code_whole"),
            models.CheckConstraint(
                condition=models.Q(credit_code__regex="^[0-9A-HJ-NPQRTUWXY]{18}$") & ~models.Q(name=""),
                name="enterprise_named",
            ),
            models.CheckConstraint(
                condition=models.Q(insured__isnull=True) | models.Q(insured__gte=0), name="enterprise_insured"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Licence:
    """What is said of an enterprise: as on its business licence, and how many it insures."""

    credit_code: str
    name: str
    local: bool
    legal_person: str = ""
    phone: str = ""
    address: str = ""
    registered_on: date | None = None
    insured: int | None = None


def enter(said: Licence, *, place_code: str, by: str, on: date) -> Enterprise:
    """The enterprise of that credit code, entered or brought up to what is said now.

    Raises Refusal for a code whose check sign is wrong, no name, another name than before, a day to come.
    """
    code, name = credit_codes.read(said.credit_code), named(said.name)
    found = Enterprise.objects.filter(credit_code=code).first()
    refuse_impossible(said, name, found, on)
    told = {**asdict(said), "credit_code": code, "name": name, "legal_person": named(said.legal_person)}
    fresh = {field: value for field, value in told.items() if value not in ("", None)}
    if found is not None and all(getattr(found, field) == value for field, value in fresh.items()):
        return found
    with carry_out("delivery.enterprises.enter", by=by, payload={**told, "registered_on": str(said.registered_on)}):
        if found is None:
            return Enterprise.objects.create(**told, place_code=place_code, entered_by=by, entered_on=on)
        for field, value in fresh.items():
            setattr(found, field, value)
        found.save(update_fields=list(fresh))
    return found


def refuse_impossible(said: Licence, name: str, found: Enterprise | None, on: date) -> None:
    """Raise Refusal, naming the field, for what no licence says."""
    if not name or max(map(len, (name, said.address))) > LONGEST:
        raise Refusal("请写明企业名称,不超过200字。", "Name the enterprise, at most 200 signs.", "name")
    if found is not None and found.name != name:
        raise Refusal(
            f"这个信用代码登记的是“{found.name}”,不是“{name}”。请核对。",
            f"That credit code is on record as “{found.name}”, not “{name}”.",
            "name",
        )
    if len(said.phone) > 20 or len(said.legal_person) > 100:
        raise Refusal("电话不超过20位,法人姓名不超过100字。", "The phone or the legal person is too long.", "phone")
    if said.registered_on and said.registered_on > on:
        raise Refusal("企业成立日期还没有到。", "The enterprise would be founded in days to come.", "registered_on")
    if said.insured is not None and not 0 <= said.insured <= 1_000_000:
        raise Refusal("参保人数要在0到一百万之间。", "The insured are between 0 and a million.", "insured")


def keep_account(firm: Enterprise, *, bank: str, number: str, by: str, on: date) -> int:
    """Record the account awards are paid to, in the enterprise's own name; answers its id."""
    held = Holding(ENTERPRISE, firm.pk, None, firm.place_code, firm.name, bank, number)
    return bank_accounts.record([held], by=by, on=on)[0]
