"""From approved to the household's own word in the demo county: evidence, payments, a batch, the bank's answer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from doudi.delivery import entitlements, evidence, paying
from doudi.delivery.entitlements import Entitlement
from doudi.funds import batches, payments, returns
from doudi.funds.bank_accounts import BankAccount
from doudi.funds.batches import Batch
from doudi.funds.payments import Payment
from doudi.values import money

SEEN, PAID, ANSWERED = date(2020, 2, 25), date(2020, 2, 26), date(2020, 2, 27)
NOON = 4  # o'clock UTC, noon in the county
MAKER, CHECKER, TREASURER, LOOKER = "county", "county2", "treasurer", "town"
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
        payments.check(checked, by=CHECKER, now=_noon(PAID))
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
    if not (waiting := list(rows.order_by("id"))):
        return None
    batch = batches.make(waiting[0].budget, by=MAKER, on=PAID, ids=[each.pk for each in waiting])
    batches.check(batch, by=CHECKER, now=_noon(PAID))
    return batches.send(batch, by=TREASURER, now=_noon(PAID))


def _answer(batch: Batch, plans: dict[int, str]) -> None:
    told = {"failed": f"退回,{REFUSED}", "held": f"挂账,{WAITS}"}
    lines = ["业务参考号,金额,处理结果,失败原因"]
    lines += [
        f"{each.reference},{money.tell(each.fen)},{told.get(plans[each.origin_id], '成功,')}"
        for each in batch.payments.order_by("line")
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answer.csv")
        file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
        found = returns.preview(batch, file, name=f"银行回单{batch.number}.csv", by=MAKER, now=_noon(ANSWERED))
    returns.accept(found, by=MAKER, now=_noon(ANSWERED))


def _confirm(ids: Sequence[int]) -> None:
    paid = Payment.objects.current().filter(origin_kind="entitlement", origin_id__in=ids, state=payments.PAID)
    if arrived := list(paid.order_by("origin_id").values_list("origin_id", flat=True)):
        entitlements.confirm(arrived, by="town", on=ANSWERED)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, NOON, tzinfo=UTC)
