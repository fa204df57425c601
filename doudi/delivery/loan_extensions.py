"""Putting loans off: the bank's answer row by row. What a grant would put off is in `loan_schedules`.

How far is the pack's to say: the latest day is the one its rule worked out (`new_due_date`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doudi.delivery import entitlements, grants, loan_cells, loans
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.loans import BANK, KIND, REPLY, Loan
from doudi.delivery.states import ACCEPT, IN_REVIEW, REFUSE
from doudi.register import sheets
from doudi.register.bulk import StatementRow
from doudi.register.items import Item
from doudi.register.sheets import NEW, SAME, Column, Hand, Kind, Row
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

DAY = "new_due_date"  # the quantity of the measure


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says to one extension: until when, or why not (`until` null)."""

    entitlement: Entitlement
    item: Item
    old: date
    until: date | None
    reason: str
    day: date


def answer(told: Sequence[Answer], *, by: str, on: date, now: datetime) -> int:
    """Take in a bank's answers: what it agreed is stated and delivered, the rest refused; answers how many.

    Raises Refusal for a day to come, and where `by` is not the bank's or acted at another stage; then none is.
    """
    loans.refuse_future((each.day for each in told), on=on)
    agreed = [each for each in told if each.until is not None]
    ids = [each.entitlement.pk for each in agreed]
    with carry_out("delivery.loan_extensions.answer", by=by, payload=[sorted(ids), len(told), on]) as act:
        refuse([(each.entitlement.pk, each.reason) for each in told if each.until is None], by=by, on=on)
        if agreed:
            grants.advance(ids, BANK, ACCEPT, by=by, on=on)
            _put_off(agreed, by=by)
            loans.state([_statement(each) for each in agreed], act=act, by=by, now=now)
            entitlements.deliver(ids, by=by, on=on, evidence={"kind": REPLY})
        act.result = {"agreed": len(agreed), "refused": len(told) - len(agreed)}
    return len(told)


def refuse(some: Iterable[tuple[int, str]], *, by: str, on: date) -> None:
    """Refuse entitlements at the bank's stage, each with its reason, inside a command under way."""
    reasons: dict[str, list[int]] = {}
    for number, reason in some:
        reasons.setdefault(reason, []).append(number)
    for reason, ids in reasons.items():
        grants.advance(ids, BANK, REFUSE, by=by, on=on, reason=reason)


def _put_off(agreed: Sequence[Answer], *, by: str) -> None:
    """Each loan's new day; what was overdue before is so no longer. The day of the contract stays as it was signed."""
    held = {each.item_id: each for each in Loan.objects.filter(item__in=[each.item for each in agreed])}
    facts, own = loans.facts_of(KIND, [each.item.pk for each in agreed]), loans.bank_named("")
    for each in agreed:
        item = each.item
        made = held.get(item.pk) or Loan(
            item=item,
            subject_kind=KIND,
            subject_id=item.pk,
            household_id=item.household_id,
            place_code=item.place_code,
            lent_fen=facts.get(item.pk, {}).get("amount") or None,
            due_day=each.old,
        )
        made.bank = made.bank or own  # whoever answers for a loan nobody told of is its bank
        made.extended_until, made.entitlement, made.overdue = each.until, each.entitlement, False
        made.told_on, made.told_by = each.day, by
        made.save()


def _statement(each: Answer) -> StatementRow:
    said = {"due_date": each.until.isoformat() if each.until else None}
    return StatementRow(
        KIND, each.item.pk, BANK, each.day, said, "", {"kind": REPLY, "entitlement": each.entitlement.pk}
    )


def waiting(subject_kind: str) -> Any:
    """The entitlements in sight that wait for a bank: of loans to be put off, or of households that are to have one."""
    found = Entitlement.objects.at(BANK).filter(channel=loans.CHANNEL, subject_kind=subject_kind)
    return found.select_related("household", "run").order_by("place_code", "id")


def by_number(hands: Sequence[Hand], subject_kind: str) -> dict[str, Entitlement]:
    """The entitlements a table names by their number."""
    numbers = [int(found["number"]) for _, found in hands if found.get("number", "").strip().isdecimal()]
    rows = Entitlement.objects.filter(
        pk__in=[number for number in numbers if number < 2**62],
        channel=loans.CHANNEL,
        subject_kind=subject_kind,
    )
    return {str(each.pk): each for each in rows.select_related("household")}


def refuse_elsewhere(held: Entitlement) -> None:
    """Raise Refusal unless the entitlement waits for the bank."""
    if (held.state, held.stage) != (IN_REVIEW, BANK):
        raise Refusal(
            "这一条不在银行办理环节(还在村里评议,或已经办结)。",
            "This does not wait for the bank: it is at the village still, or settled.",
            "number",
        )


def latest(held: Entitlement) -> date:
    """The last day an extension may run to. Raises Refusal where its measure does not work one out."""
    if DAY not in held.quantities:
        raise Refusal(f"这项措施没有算出新的到期日({DAY})。", f"The measure works out no new day ({DAY}).", "number")
    return date.fromisoformat(held.quantities[DAY])


def said_no(read: Mapping[str, str]) -> str:
    """The reason of a refusal. Raises Refusal where there is none."""
    if not read.get("reason", ""):
        raise Refusal("银行不同意的,请写明原因。", "Where the bank refuses, write why.", "reason")
    return read["reason"]


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    known = by_number(hands, KIND)
    ids = [each.subject_id for each in known.values()]
    items, facts = Item.objects.in_bulk(ids), loans.facts_of(KIND, ids)
    put_off = dict(Loan.objects.filter(item__in=ids).values_list("entitlement_id", "extended_until"))

    def look(read: dict[str, str]) -> tuple[str, str, str, Any]:
        held = known.get(read["number"])
        item = items.get(held.subject_id) if held else None
        if held is None or item is None or item.code != read["loan"]:
            raise Refusal("没有这个编号和合同号的延期。", "No extension has this number and loan.", "number")
        agreed = loan_cells.yes(read, "answer")
        until = loan_cells.day(read, "until") or latest(held)
        if agreed and until == put_off.get(held.pk):
            return SAME, f"已延到 {until}", f"put off to {until} already", None
        return _look(read, held, item, loans.due_of(facts.get(item.pk, {})), until, agreed)

    return sheets.judged(hands, look, key=["number"])


def _look(
    read: Mapping[str, str], held: Entitlement, item: Item, old: date | None, until: date, agreed: bool | None
) -> tuple[str, str, str, Any]:
    refuse_elsewhere(held)
    if agreed is None or old is None:
        raise Refusal("请写“同意”或“不同意”。", "Write whether the bank agrees.", "answer")
    day = loan_cells.needed_day(read, "day")
    if not agreed:
        reason = said_no(read)
        return NEW, f"银行不同意:{reason}", f"the bank refuses: {reason}", Answer(held, item, old, None, reason, day)
    if loan_cells.yes(read, "overdue"):
        raise loans.refuse_overdue()
    most = latest(held)
    if not old < until <= most:
        raise Refusal(
            f"新到期日要在 {old} 之后、{most} 以前(政策允许的最晚一天)。",
            f"The new day is after {old} and by {most}, the last the policy allows.",
            "until",
        )
    return (
        NEW,
        f"{old} 延到 {until},已落实",
        f"{old} put off to {until}, delivered",
        Answer(held, item, old, until, "", day),
    )


def _write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    if rows:
        answer([row.made for row in rows], by=by, on=on, now=now)


ANSWERS = Kind(
    "loan_answers",
    "小额信贷延期银行答复",
    "Bank answers on extensions",
    (
        Column("number", ("编号", "number"), required=True),
        Column("loan", ("借款合同号", "合同号", "loan number"), required=True),
        Column("household", ("户编号", "household")),
        Column("head", ("户主", "head")),
        Column("old", ("原到期日", "due now")),
        Column("proposed", ("申请延到", "asked until")),
        Column("answer", ("银行答复", "answer"), required=True),
        Column("until", ("同意延到", "agreed until")),
        Column("overdue", ("是否计入逾期", "entered as overdue")),
        Column("day", ("答复日期", "answered on"), required=True),
        Column("reason", ("原因", "reason")),
        Column("measure", ("依据", "granted as")),
    ),
    _judge,
    _write,
)
