"""From approved to the household's own word in the demo county: evidence, payments, a batch, the bank's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from doudi.delivery import entitlements, evidence, paying
from doudi.delivery.entitlements import Entitlement
from doudi.funds import payments
from doudi.funds.bank_accounts import BankAccount
from doudi.funds.batches import Batch
from doudi.funds.demo import banking
from doudi.funds.payments import Payment

SEEN, PAID, ANSWERED = date(2020, 2, 25), date(2020, 2, 26), date(2020, 2, 27)
MAKER, CHECKER, LOOKER = "county", "county2", "town"
# What becomes of each approved award in its turn, whatever a small county has of them first.
PLANS = ("confirmed", "failed", "sent", "brought", "payable", "made", "checked", "approved", "paid", "held")
ANSWERS = ("failed", "confirmed", "paid", "held")
AT_BANK = ("sent", *ANSWERS)
REFUSED, WAITS = "账号与户名不符", "账户待激活"


def show(ids: Sequence[int], officer: str, first: int) -> dict[int, str]:
    """Bring and look at the evidence of one village's approved awards; answers what is to become of each.

    `first` is the turn the first of them has.
    """
    rows = list(Entitlement.objects.filter(pk__in=ids, state="approved").order_by("id"))
    plans = {row.pk: PLANS[(first + n) % len(PLANS)] for n, row in enumerate(rows)}
    brought = {
        row.pk: evidence.bring(row, "business_seen", "入户查看:鸡、鸭已存栏,农户在家", by=officer, on=SEEN)
        for row in rows
        if plans[row.pk] != "approved"
    }
    if looked := [each.pk for number, each in brought.items() if plans[number] != "brought"]:
        evidence.look(looked, seen=True, by=LOOKER, on=SEEN)
    return plans


def pay(plans: dict[int, str]) -> None:
    """Make, check and send the payments, each as far as its plan says, and take in the bank's answer to a batch."""
    due = [number for number, plan in plans.items() if plan in ("made", "checked", *AT_BANK)]
    if not due:
        return
    made = paying.pay(due, by=MAKER, on=PAID)
    known = _with_account(made)
    if checked := [made[number] for number in due if plans[number] != "made" and number in known]:
        payments.check(checked, by=CHECKER, now=banking.noon(PAID))
    _send([number for number in due if plans[number] == "sent"])
    if answered := _send([number for number in due if plans[number] in ANSWERS]):
        _answer(answered, plans)
    _confirm([number for number in due if plans[number] == "confirmed"])


def _with_account(made: dict[int, int]) -> set[int]:
    """Those whose household has told an account."""
    homes = dict(Payment.objects.filter(pk__in=made.values()).values_list("origin_id", "household_id"))
    held = BankAccount.objects.filter(payee_kind="household", payee_id__in=homes.values(), until_day=None)
    known = set(held.values_list("payee_id", flat=True))
    return {number for number, home in homes.items() if home in known}


def _send(ids: Sequence[int]) -> Batch | None:
    rows = Payment.objects.current().filter(origin_kind="entitlement", origin_id__in=ids, state=payments.CHECKED)
    return banking.send(list(rows.values_list("pk", flat=True)), on=PAID)


def _answer(batch: Batch, plans: dict[int, str]) -> None:
    words = {"failed": f"退回,{REFUSED}", "held": f"挂账,{WAITS}"}
    rows = batch.payments.values_list("pk", "origin_id")
    banking.answer(batch, {pk: words[plans[at]] for pk, at in rows if plans[at] in words}, on=ANSWERED)


def _confirm(ids: Sequence[int]) -> None:
    paid = Payment.objects.current().filter(origin_kind="entitlement", origin_id__in=ids, state=payments.PAID)
    if arrived := list(paid.order_by("origin_id").values_list("origin_id", flat=True)):
        entitlements.confirm(arrived, by="town", on=ANSWERED)
