"""What civil affairs answers: a list by row, agreed with a sum and a first day, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from doudi.delivery import care_decisions, entitlements, grants
from doudi.delivery.care_cases import ALLOWANCE, CIVIL, GRANTED, HANDED, LONGEST_REASON, REFUSED, CareCase, due
from doudi.register import sheets
from doudi.register.sheets import NEW, SAME, Column, Hand, Kind, Row
from doudi.values import money
from doudi.values.refusals import Refusal

AGREED, TURNED_DOWN = "agreed", "turned_down"
_WORDS = {"同意": AGREED, "批准": AGREED, "agreed": AGREED, "不同意": TURNED_DOWN, "不批准": TURNED_DOWN,
          "refused": TURNED_DOWN}  # fmt: skip
MOST_FEN = 100_000_00
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00:00)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one case: the sum in fen and the first day of what is agreed, the reason of what is not."""

    case: int
    agreed: bool
    fen: int | None
    since: date | None
    reason: str


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    numbers = [int(found["number"]) for _, found in hands if _whole(found.get("number", ""))]
    rows = CareCase.objects.filter(pk__in=numbers).select_related("household")
    known = {str(each.pk): each for each in rows}
    return sheets.judged(hands, lambda read: _look(read, known), key=["number"])


def _whole(text: str) -> bool:
    text = text.strip().removesuffix(".0")
    return text.isascii() and text.isdigit() and len(text) <= 18


def _look(read: Mapping[str, str], known: Mapping[str, CareCase]) -> tuple[str, str, str, Answer | None]:
    held = known.get(read["number"].removesuffix(".0"))
    if held is None or held.household is None or held.household.code != read["household"]:
        raise Refusal("没有这个编号和户编号的专案。", "No case has this number and household.", "number")
    answer = _answer(read, held)
    if held.state in (GRANTED, REFUSED) and _says(held) == (answer.agreed, answer.fen, answer.since):
        return SAME, "已经登记过", "recorded already", None
    if held.state != HANDED:
        raise Refusal("这件专案不在移交名单上,或已有结果。", "This case is not handed over, or was answered.", "number")
    if not answer.agreed:
        return NEW, f"不同意:{answer.reason}", f"refused: {answer.reason}", answer
    sum_ = money.tell(answer.fen) if answer.fen else "-"
    return NEW, f"同意,{sum_} 元,自 {answer.since} 起", f"agreed, {sum_} yuan, from {answer.since}", answer


def _says(held: CareCase) -> tuple[bool, int | None, date | None]:
    return held.state == GRANTED, held.fen, held.since


def _answer(read: Mapping[str, str], held: CareCase) -> Answer:
    verdict = _WORDS.get(read["result"].casefold())
    if verdict is None:
        raise Refusal("结果写“同意”或“不同意”。", "The result is 同意 (agreed) or 不同意 (refused).", "result")
    if verdict == TURNED_DOWN:
        reason = read.get("reason", "")[:LONGEST_REASON]
        if not reason:
            raise Refusal("不同意的要写理由。", "A refusal needs its reason.", "reason")
        return Answer(held.pk, agreed=False, fen=None, since=None, reason=reason)
    return Answer(
        held.pk, True, fen_of(read.get("sum", "")), day_of(read.get("since", ""), "since"), read.get("reason", "")[:500]
    )


def fen_of(text: str) -> int:
    """Fen of a sum written in yuan. Raises Refusal."""
    try:
        fen = money.read(text)
    except ValueError as error:
        raise Refusal("金额写元,如 320 或 320.00。", "Write the sum in yuan, like 320 or 320.00.", "sum") from error
    if not 0 < fen <= MOST_FEN:
        raise Refusal("金额要大于 0,不超过 10 万元。", "The sum is above 0 and at most 100,000 yuan.", "sum")
    return fen


def day_of(text: str, where: str) -> date:
    """A day written like 2020-03-01. Raises Refusal."""
    found = _DAY.fullmatch(text)
    try:
        if found and 2000 <= int(found[1]) <= 2100:
            return date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    raise Refusal("日期写成 2020-03-01 这样。", "Write the day like 2020-03-01, the first day too.", where)


def _write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    answers: dict[int, Answer] = {row.made.case: row.made for row in rows}
    held = {c.pk: c for c in CareCase.objects.select_for_update(of=("self",)).filter(pk__in=answers).order_by("id")}
    yes = [case for case in held.values() if answers[case.pk].agreed]
    if yes:
        claims = [case.entitlement_id for case in yes]
        grants.advance(claims, CIVIL, "accept", by=by, on=on)
        entitlements.deliver(claims, by=by, on=on, evidence={"kind": "civil_affairs_result"})
    for case in held.values():
        answer = answers[case.pk]
        if not answer.agreed:
            grants.advance([case.entitlement_id], CIVIL, "refuse", by=by, on=on, reason=answer.reason)
        case.state = GRANTED if answer.agreed else REFUSED
        case.fen, case.since, case.reason = answer.fen, answer.since, answer.reason
        case.decided_by, case.decided_on, case.due_on = by, on, due(case.state, on)
        case.save()
        if answer.agreed and case.kind == ALLOWANCE:
            care_decisions.state(case, receives=True, by=by, on=on, now=now)


LIST = Kind(
    "care_results",
    "民政审批结果",
    "Answers of civil affairs",
    (
        Column("number", ("专案编号", "case"), required=True),
        Column("household", ("户编号", "household"), required=True),
        Column("head", ("户主", "head")),
        Column("place", ("村(社区)", "village")),
        Column("measure", ("事项", "measure")),
        Column("without", ("不含低保金的人均收入(元)", "income a head without the allowance (yuan)")),
        Column("total", ("含低保金的人均收入(元)", "income a head with the allowance (yuan)")),
        Column("result", ("审批结果", "result"), required=True),
        Column("sum", ("金额(元)", "sum (yuan)")),
        Column("since", ("起始日", "since")),
        Column("reason", ("理由", "reason")),
    ),
    _judge,
    _write,
)
