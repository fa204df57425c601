"""What the insurer answers: a list by row, agreed with a sum, refused with a reason, or paid with a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from doudi.delivery import entitlements, grants, insurance_claims
from doudi.delivery.care_results import day_of, fen_of
from doudi.delivery.insurance_claims import AGREED, LONGEST, PAID, REFUSED, STAGE, VISITED, InsuranceClaim, due
from doudi.delivery.states import DELIVERABLE, IN_REVIEW
from doudi.register import sheets
from doudi.register.sheets import NEW, SAME, Column, Hand, Kind, Row
from doudi.values import money
from doudi.values.refusals import Refusal

_WORDS = {"同意": AGREED, "agreed": AGREED, "不同意": REFUSED, "refused": REFUSED, "已赔付": PAID, "paid": PAID}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one claim."""

    claim: int
    says: str
    fen: int | None = None
    paid_on: date | None = None
    receipt: str = ""
    reason: str = ""


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    texts = [found.get("number", "").strip().removesuffix(".0") for _, found in hands]
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]
    rows = InsuranceClaim.objects.filter(pk__in=numbers).select_related("household", "entitlement", "policy")
    known = {str(each.pk): each for each in rows}
    promised: dict[int, int] = {}
    return sheets.judged(hands, lambda read: _look(read, known, promised), key=["number"])


def _look(
    read: Mapping[str, str], known: Mapping[str, InsuranceClaim], promised: dict[int, int]
) -> tuple[str, str, str, Answer | None]:
    held = known.get(read["number"].removesuffix(".0"))
    if held is None or held.household is None or held.household.code != read["household"]:
        raise Refusal("没有这个编号和户编号的赔案。", "No claim has this number and household.", "number")
    says = _WORDS.get(read["result"].casefold(), "")
    if not says:
        raise Refusal("结果写“同意”“不同意”或“已赔付”。", "The result is 同意, 不同意 or 已赔付.", "result")
    answer = _ANSWERS[says](read, held, promised)
    if held.state == says and (says == REFUSED or held.fen == answer.fen):
        return SAME, "已经登记过", "recorded already", None
    _refuse_state(held, says)
    told = f" {money.tell(answer.fen)} 元" if answer.fen else ""
    return NEW, f"{read['result']}{told}", f"{says}{told.replace('元', 'yuan')}", answer


def _refuse_state(held: InsuranceClaim, says: str) -> None:
    waits = held.entitlement
    if says == PAID:
        if held.state != AGREED or waits is None or waits.state != DELIVERABLE:
            raise Refusal(
                "还没有同意,或公示还没有结束,不能登记赔付。", "Not agreed, or its notice has not ended yet.", "result"
            )
    elif held.state != VISITED or waits is None or waits.state != IN_REVIEW or waits.stage != STAGE:
        raise Refusal(
            "要先查勘、核算符合、村级评议通过,保险公司才能答复。",
            "It is answered after the visit, a decision of yes and the village's review.",
            "result",
        )


def _agreed(read: Mapping[str, str], held: InsuranceClaim, promised: dict[int, int]) -> Answer:
    fen, policy = fen_of(read.get("sum", "")), held.policy
    most = min(held.loss_fen or 0, policy.most_fen)
    if fen > most and held.state == VISITED:
        raise Refusal(
            f"赔付不能超过核定损失和每户限额({money.tell(most)} 元)。",
            f"No more than the loss and the most a household gets ({money.tell(most)} yuan).",
            "sum",
        )
    taken = promised.setdefault(policy.pk, insurance_claims.promised(policy))
    if held.state == VISITED and fen > policy.rest_fen - taken:
        raise Refusal("保单余额不够。", "The policy's rest is not enough.", "sum")
    promised[policy.pk] = taken + (fen if held.state == VISITED else 0)
    return Answer(held.pk, AGREED, fen=fen)


def _refused(read: Mapping[str, str], held: InsuranceClaim, promised: dict[int, int]) -> Answer:
    reason = read.get("reason", "")[:LONGEST]
    if not reason:
        raise Refusal("不同意的要写理由。", "A refusal needs its reason.", "reason")
    return Answer(held.pk, REFUSED, reason=reason)


def _paid(read: Mapping[str, str], held: InsuranceClaim, promised: dict[int, int]) -> Answer:
    fen, receipt = fen_of(read.get("sum", "")), read.get("receipt", "")[:60]
    if fen != held.fen:
        raise Refusal("赔付金额和同意的金额不一样。", "The sum paid is not the sum agreed.", "sum")
    if not receipt or InsuranceClaim.objects.filter(receipt=receipt).exclude(pk=held.pk).exists():
        raise Refusal(
            "要写赔付凭证号,一张凭证只用一次。", "Give the receipt's number; a receipt counts once.", "receipt"
        )
    return Answer(held.pk, PAID, fen=fen, paid_on=day_of(read.get("day", ""), "day"), receipt=receipt)


_ANSWERS = {AGREED: _agreed, REFUSED: _refused, PAID: _paid}


def _write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    answers: dict[int, Answer] = {row.made.claim: row.made for row in rows}
    for held in InsuranceClaim.objects.select_for_update(of=("self",)).filter(pk__in=answers).order_by("id"):
        answer, waits = answers[held.pk], [held.entitlement_id or 0]
        if answer.says == PAID:
            insurance_claims.pay(held, answer.receipt, paid_on=answer.paid_on or on, by=by)
            said = {"kind": "insurer_payment", "note": answer.receipt}
            entitlements.deliver(waits, by=by, on=on, evidence=said)
            continue
        verdict = "accept" if answer.says == AGREED else "refuse"
        grants.advance(waits, STAGE, verdict, by=by, on=on, reason=answer.reason)
        held.state, held.fen, held.reason = answer.says, answer.fen, answer.reason
        held.answered_by, held.answered_on, held.due_on = by, on, due(answer.says, on)
        held.save()


LIST = Kind(
    "insurance_answers",
    "防贫保答复和赔付",
    "Answers and payments of the insurer",
    (
        Column("number", ("赔案编号", "claim"), required=True),
        Column("household", ("户编号", "household"), required=True),
        Column("head", ("户主", "head")),
        Column("place", ("村(社区)", "village")),
        Column("visited", ("查勘日", "visited on")),
        Column("loss", ("核定损失(元)", "loss (yuan)")),
        Column("result", ("答复", "result"), required=True),
        Column("sum", ("金额(元)", "sum (yuan)")),
        Column("day", ("赔付日", "paid on")),
        Column("receipt", ("凭证号", "receipt")),
        Column("reason", ("理由", "reason")),
    ),
    _judge,
    _write,
)
