"""Bank accounts: where money for a payee goes. Full numbers leave in the file to the bank and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, models

from doudi.access.scope import as_engine
from doudi.funds import ciphers
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.values.account_numbers import read
from doudi.values.refusals import Refusal

PERSON, HOUSEHOLD, ENTERPRISE, ORGANISATION = PAYEES = ("person", "household", "enterprise", "organisation")
MOST_HOUSEHOLDS = 3  # that may share one account (reliability notes, section 7: 57)


class BankAccount(models.Model):
    """One account of one payee from a day on; a corrected one is a new row, and the old one is closed.

    `payee_id` is the person's or household's id, or the number of an enterprise in whatever register names it.
    `number` is encrypted (`doudi.funds.ciphers`), `last4` its last four digits, `blind` the index of equal numbers.
    """

    payee_kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in PAYEES])
    payee_id = models.BigIntegerField()
    household_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    holder = models.CharField(max_length=100)
    bank = models.CharField(max_length=100)
    number = models.BinaryField()
    last4 = models.CharField(max_length=4)
    blind = models.CharField(max_length=ciphers.INDEX, db_index=True)
    from_day = models.DateField()
    until_day = models.DateField(null=True)

    class Meta:
        db_table = "funds_bank_account"
        constraints = [
            place_code_is_whole("funds_bank_account_place_whole"),
            models.CheckConstraint(condition=models.Q(payee_kind__in=PAYEES), name="funds_bank_account_payee"),
            models.CheckConstraint(
                condition=~models.Q(holder="") & ~models.Q(bank=""), name="funds_bank_account_named"
            ),
            models.CheckConstraint(condition=models.Q(last4__regex=r"^[0-9]{4}$"), name="funds_bank_account_last4"),
            models.UniqueConstraint(
                fields=["payee_kind", "payee_id"],
                condition=models.Q(until_day=None),
                name="funds_bank_account_one_open",
            ),
        ]
        indexes = [models.Index(fields=["household_id"], name="funds_bank_account_of_house")]

    @property
    def payee(self) -> str:
        """What the number is bound to."""
        return payee_of(self.payee_kind, self.payee_id)

    @property
    def shown(self) -> str:
        """The number as pages show it."""
        return f"**** {self.last4}"


class Holding(NamedTuple):
    """An account to record: whose it is, in whose name, at which bank, its whole number."""

    payee_kind: str
    payee_id: int
    household_id: int | None
    place_code: str
    holder: str
    bank: str
    number: str


def payee_of(kind: str, number: int) -> str:
    """A payee in one word."""
    return f"{kind}:{number}"


def record(holdings: Iterable[Holding], *, by: str, on: date) -> list[int]:
    """Record accounts, each closing the payee's earlier one from that day; their ids in order.

    Raises Refusal, naming the payee, for a number that is none, one held in another name, or by too many households.
    """
    rows = [each._replace(number=read(each.number), holder=each.holder.strip()) for each in holdings]
    blinds = [ciphers.index(each.number) for each in rows]
    _refuse_unnamed(rows)
    with carry_out("funds.bank_accounts.record", by=by, payload=[sorted(blinds), on]) as act:
        payees = [[each.payee_kind for each in rows], [each.payee_id for each in rows]]
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [on, *payees])
        made = put_in([_account(each, blind, on) for each, blind in zip(rows, blinds, strict=True)])
        _refuse_shared(sorted(set(blinds)))
        act.result = {"accounts": len(made)}
    return [each.pk for each in made]


_CLOSE = """
UPDATE funds_bank_account a SET until_day = greatest(%s, a.from_day)
FROM unnest(%s::text[], %s::bigint[]) AS w (kind, id)
WHERE a.payee_kind = w.kind AND a.payee_id = w.id AND a.until_day IS NULL
"""


def _account(row: Holding, blind: str, on: date) -> BankAccount:
    return BankAccount(
        payee_kind=row.payee_kind,
        payee_id=row.payee_id,
        household_id=row.household_id,
        place_code=row.place_code,
        holder=row.holder,
        bank=row.bank.strip(),
        number=ciphers.lock(row.number, payee=payee_of(row.payee_kind, row.payee_id)),
        last4=row.number[-4:],
        blind=blind,
        from_day=on,
    )


def present(account: BankAccount) -> int | None:
    """The open account of whoever that account belongs to; None where there is none any more."""
    same = BankAccount.objects.filter(payee_kind=account.payee_kind, payee_id=account.payee_id, until_day=None)
    return same.values_list("pk", flat=True).first()


def number_of(account: BankAccount) -> str:
    """The whole number, for the file to the bank alone."""
    return ciphers.unlock(account.number, payee=account.payee)


def _refuse_unnamed(rows: Sequence[Holding]) -> None:
    for row in rows:
        if not row.holder or not row.bank.strip():
            name = payee_of(row.payee_kind, row.payee_id)
            raise Refusal(f"{name} 缺少户名或开户行。", f"{name} lacks a holder's name or a bank.", "holder")


def _refuse_shared(blinds: list[str]) -> None:
    """Refuse an account that is in two names, or that more than three households are paid into."""
    with as_engine(), connection.cursor() as cursor:  # who else uses it may live where the recorder sees nothing
        cursor.execute(_SHARED, [blinds, MOST_HOUSEHOLDS])
        row = cursor.fetchone()
    if row is None:
        return
    last4, names, households = row
    if names > 1:
        raise Refusal(
            f"尾号 {last4} 的账号已登记在另一个户名下。请核对账号和户名。",
            f"The account ending in {last4} is on record in another name. Look at number and name again.",
            "number",
        )
    raise Refusal(
        f"尾号 {last4} 的账号已有 {households} 户在用,超过 {MOST_HOUSEHOLDS} 户。请核对是否代领。",
        f"The account ending in {last4} serves {households} households, more than {MOST_HOUSEHOLDS}.",
        "number",
    )


_SHARED = """
SELECT min(last4), count(DISTINCT holder), count(DISTINCT household_id) FROM funds_bank_account
WHERE blind = ANY (%s::text[]) AND until_day IS NULL
GROUP BY blind HAVING count(DISTINCT holder) > 1 OR count(DISTINCT household_id) > %s ORDER BY 1 LIMIT 1
"""
