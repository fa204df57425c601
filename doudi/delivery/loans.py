"""Small loans (扶贫小额信贷) as the banks tell of them: what was lent, when it falls due, until when it was put off.

Terms of a small loan: at most 50,000 yuan, at most three years, used by the household that borrowed (field notes on the
county system, section 2). Overdue within an extension is not entered in the credit record (section 3, 2020-02-12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from doudi.access.scope import as_engine, own_bank
from doudi.delivery.entitlements import Belonging, Entitlement
from doudi.policy.packs import Pack
from doudi.register import bulk, vocabularies
from doudi.register.beliefs import Belief
from doudi.register.bulk import StatementRow
from doudi.register.households import place_code_is_whole
from doudi.register.items import Item
from doudi.rules.reckoning import add_months
from doudi.trail.commands import Act
from doudi.values.refusals import Refusal

KIND = CHANNEL = "loan"
BANK = "bank"  # the stage, and the source of what banks say
REPLY = "bank_reply"
MOST_FEN = 5_000_000
LONGEST_MONTHS = 36
LONGEST_BANK = 100
HOUSEHOLD, ENTERPRISE = "household", "enterprise"
USERS = {HOUSEHOLD: ("农户自用", "the household"), ENTERPRISE: ("企业使用", "an enterprise")}


class Loan(Belonging):
    """One small loan. `due_day` is the contract's; `extended_until` the day it was put off to, null where it was not.

    Sums in fen, null where no bank has told. `used_by` is "" until a bank says; `told_on` the day its word is of.
    """

    id = models.BigAutoField(primary_key=True)
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="loan")
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, null=True, related_name="loans")
    bank = models.CharField(max_length=100, blank=True, default="")
    lent_fen = models.BigIntegerField(null=True)
    lent_on = models.DateField(null=True)
    due_day = models.DateField()
    extended_until = models.DateField(null=True)
    used_by = models.CharField(max_length=12, blank=True, default="")
    overdue = models.BooleanField(default=False)
    told_on = models.DateField()
    told_by = models.CharField(max_length=150)

    class Meta:
        db_table = "delivery_loan"
        ordering = ["due_day", "id"]
        constraints = [
            place_code_is_whole("loan_place_code_whole"),
            models.CheckConstraint(condition=Q(subject_kind=KIND, subject_id=F("item_id")), name="loan_is_its_item"),
            models.CheckConstraint(
                condition=Q(lent_fen__isnull=True) | Q(lent_fen__gt=0, lent_fen__lte=MOST_FEN), name="loan_is_small"
            ),
            models.CheckConstraint(
                condition=Q(extended_until__isnull=True) | Q(extended_until__gt=F("due_day")), name="loan_put_off_later"
            ),
            models.CheckConstraint(
                condition=Q(overdue=False) | Q(extended_until__isnull=True) | Q(told_on__gt=F("extended_until")),
                name="loan_put_off_is_not_overdue",
            ),
            models.CheckConstraint(condition=Q(used_by__in=["", *USERS]), name="loan_user_known"),
        ]

    @property
    def falls_due(self) -> date:
        """The day it is to be repaid, as put off."""
        return self.extended_until or self.due_day


# The exact three years, which a constraint of the model cannot say: months differ in length.
TERM = (
    "ALTER TABLE delivery_loan ADD CONSTRAINT loan_three_years"
    f" CHECK (lent_on IS NULL OR due_day <= (lent_on + interval '{LONGEST_MONTHS} months')::date)"
)
DROP_TERM = "ALTER TABLE delivery_loan DROP CONSTRAINT loan_three_years"


def measures_of(pack: Pack, kind: str) -> list[str]:
    """The measures of a pack given as loans to subjects of a kind: "loan" an extension, "household" a new loan."""
    return [
        name
        for name, measure in pack.measures.items()
        if measure.subject == kind and pack.terms[name].channel == CHANNEL
    ]


def refuse_large(fen: int | None) -> None:
    """Raise Refusal for more than a small loan may be, or for nothing."""
    if fen is None or not 0 < fen <= MOST_FEN:
        raise Refusal(
            f"扶贫小额信贷每户 0 元以上、{MOST_FEN // 100:,} 元以下。请核对金额。",
            f"A small loan is more than nothing and at most {MOST_FEN // 100:,} yuan. Check the amount.",
            "amount",
        )


def refuse_long(lent_on: date | None, due: date | None) -> None:
    """Raise Refusal for a term of more than three years, or one that ends before it begins."""
    if lent_on is None or due is None or not lent_on < due <= add_months(lent_on, LONGEST_MONTHS):
        raise Refusal(
            "放款日和到期日要写全,到期日在放款日之后、三年以内。",
            "Write both days; a small loan falls due after it is lent, within three years.",
            "due_date",
        )


def bank_named(text: str) -> str:
    """The bank a row names; for who is of one bank it is that one. Raises Refusal where it is another's."""
    said, own = text.strip()[:LONGEST_BANK], own_bank()[:LONGEST_BANK]
    if own and said not in ("", own):
        raise Refusal(
            f"这一行写的是“{said}”,您是“{own}”的。别家银行的贷款请那家银行传。",
            f"This row is of “{said}”, you are of “{own}”. Each bank tells of its own loans.",
            "bank",
        )
    return said or own


def refuse_overdue() -> Refusal:
    """The words for a loan marked overdue while it is put off."""
    return Refusal(
        "这笔贷款在延期内,不得计入逾期、不得影响征信(延期通知)。请银行更正后再传这一行。",
        "This loan is put off: it is not overdue, and nothing may enter the credit record. Have the bank correct it.",
        "overdue",
    )


def facts_of(kind: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What is believed of subjects in sight, by id: the values alone, whatever else sources say and however old."""
    found = Belief.objects.filter(subject_kind=kind, subject_id__in=list(ids)).values_list("subject_id", "document")
    return {number: {name: cell[0] for name, cell in document.items()} for number, document in found}


def due_of(facts: dict[str, Any]) -> date | None:
    """The due day believed of a loan."""
    said = facts.get("due_date")
    return date.fromisoformat(said) if said else None


def state(rows: Sequence[StatementRow], *, act: Act, by: str, now: datetime) -> None:
    """Write down what the bank said, inside the command under way."""
    with as_engine():
        bulk.write_statements(rows, vocabularies.in_force(), by=by, now=now, command=str(act.id))


def refuse_future(days: Iterable[date], *, on: date) -> None:
    """Raise Refusal where a bank's word is of a day to come."""
    if late := [day for day in days if day > on]:
        raise Refusal(
            f"数据日期 {late[0]} 还没有到。请改为 {on} 或以前。",
            f"The word is of {late[0]}, which is still to come. Write {on} or before.",
            "day",
        )
