"""New small loans: the bank's answer to households that want to start something here, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.delivery import entitlements, freezing, grants, loan_cells, loan_extensions, loan_lists, loans
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.loans import BANK, KIND, REPLY, Loan
from doudi.delivery.states import ACCEPT
from doudi.policy.runs import Run
from doudi.register import sheets
from doudi.register.bulk import StatementRow
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.sheets import NEW, SAME, Column, Hand, Kind, Row
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

MOST = "most_to_lend"  # the quantity of the measure, in fen


@dataclass(frozen=True, slots=True)
class Lent:
    """What the bank says to one household: the loan, or why not (`fen` 0)."""

    entitlement: Entitlement
    code: str
    fen: int
    lent_on: date
    due: date
    bank: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A household that may be lent to, and the most, in fen."""

    household: Household
    fen: int


def propose(run: Run, measure: str, *, places: Iterable[str], by: str) -> list[Offer]:
    """To whom granting a measure would have the banks lend, by code; writes nothing."""
    with transaction.atomic():
        freezing.gather(run, measure, sorted(places), None, by=by)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT subject_id, (quantities->>'{MOST}')::bigint FROM delivery_freezing")
            most = dict(cursor.fetchall())
    found = Household.objects.filter(pk__in=most).order_by("code")
    return [Offer(each, most[each.pk] or 0) for each in found]


def grant(run: Run, measure: str, ids: Sequence[int], *, places: Iterable[str], by: str, on: date, key: Any) -> int:
    """Grant new loans to some households as proposed; answers how many. Raises Refusal for one under way."""
    offered = {each.household.pk for each in propose(run, measure, places=places, by=by)}
    if not ids or not offered.issuperset(ids):
        raise Refusal(
            "没有勾选,或有的已经在办。请刷新后再办。", "Nothing is ticked, or some are under way. Load again.", "ids"
        )
    with carry_out("delivery.loan_lending.grant", by=by, key=key, payload=[run.pk, measure, sorted(ids), on]) as act:
        made = grants.grant(run, measure, places=places, subjects=list(ids), by=by, on=on)
        act.result = {"entitlements": made.counts["granted"]}
    return int(made.counts["granted"])


def lend(told: Sequence[Lent], *, by: str, on: date, now: datetime) -> int:
    """Take in a bank's answers: a loan lent is recorded, stated and delivered, the rest refused; answers how many.

    Raises Refusal for a day to come, and where `by` is not the bank's or acted at another stage; then none is.
    """
    loans.refuse_future((each.lent_on for each in told), on=on)
    lent = [each for each in told if each.fen]
    ids = [each.entitlement.pk for each in lent]
    with carry_out("delivery.loan_lending.lend", by=by, payload=[sorted(ids), len(told), on]) as act:
        no = [(each.entitlement.pk, each.reason) for each in told if not each.fen]
        loan_extensions.refuse(no, by=by, on=on)
        if lent:
            grants.advance(ids, BANK, ACCEPT, by=by, on=on)
            loans.state([_record(each, by=by, now=now) for each in lent], act=act, by=by, now=now)
            entitlements.deliver(ids, by=by, on=on, evidence={"kind": REPLY})
        act.result = {"lent": len(lent), "refused": len(told) - len(lent)}
    return len(told)


def _record(each: Lent, *, by: str, now: datetime) -> StatementRow:
    household = each.entitlement.household
    assert household is not None
    item = loan_lists.add_item(household, each.code, each.fen, from_day=each.lent_on, now=now)
    Loan.objects.create(
        item=item, subject_kind=KIND, subject_id=item.pk, household=household, place_code=household.place_code,
        entitlement=each.entitlement, bank=each.bank, lent_fen=each.fen, lent_on=each.lent_on, due_day=each.due,
        told_on=each.lent_on, told_by=by,
    )  # fmt: skip
    said = {"amount": each.fen, "due_date": each.due.isoformat()}
    evidence = {"kind": REPLY, "entitlement": each.entitlement.pk}
    return StatementRow(KIND, item.pk, BANK, each.lent_on, said, "", evidence)


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    known = loan_extensions.by_number(hands, "household")
    codes = {found.get("loan", "").strip() for _, found in hands}
    with as_engine():
        taken = dict(Item.objects.filter(kind=KIND, code__in=codes).values_list("code", "loan__entitlement"))
    owed = _owed([each.subject_id for each in known.values()])

    def look(read: dict[str, str]) -> tuple[str, str, str, Any]:
        held = known.get(read["number"])
        if held is None or held.household is None or held.household.code != read["household"]:
            raise Refusal("没有这个编号和户编号的新贷款。", "No new loan has this number and household.", "number")
        if read.get("loan") and taken.get(read["loan"]) == held.pk:
            return SAME, "已登记放款", "recorded already", None
        loan_extensions.refuse_elsewhere(held)
        found = _look(read, held, taken, owed.get(held.subject_id, 0))
        taken.setdefault(read["loan"] if found[3].fen else "", 0)  # a number given to two rows of one table
        return found

    return sheets.judged(hands, look, key=["number"])


def _owed(households: Sequence[int]) -> dict[int, int]:
    """What each household has in small loans, in fen, as believed: at every bank, for the most is a household's."""
    with as_engine():
        return _owed_anywhere(households)


def _owed_anywhere(households: Sequence[int]) -> dict[int, int]:
    items = dict(Item.objects.filter(kind=KIND, household__in=households).values_list("id", "household_id"))
    found: dict[int, int] = {}
    for number, facts in loans.facts_of(KIND, items).items():
        found[items[number]] = found.get(items[number], 0) + (facts.get("amount") or 0)
    return found


def _look(read: Mapping[str, str], held: Entitlement, taken: Mapping[str, Any], owed: int) -> tuple[str, str, str, Any]:
    agreed = loan_cells.yes(read, "answer")
    if agreed is None:
        raise Refusal("请写“同意”或“不同意”。", "Write whether the bank agrees.", "answer")
    day = loan_cells.needed_day(read, "lent_on")
    if not agreed:
        reason = loan_extensions.said_no(read)
        no = Lent(held, "", 0, day, day, "", reason)
        return NEW, f"银行不同意:{reason}", f"the bank refuses: {reason}", no
    code, fen, due = read.get("loan", ""), loan_cells.fen(read, "amount") or 0, loan_cells.day(read, "due_date")
    if not 0 < len(code) <= loan_lists.LONGEST_CODE or code in taken:
        raise Refusal("请写新的借款合同号(没有登记过的)。", "Write the number of the new loan.", "loan")
    loans.refuse_large(fen)
    loans.refuse_long(day, due)
    most = min(int(held.quantities.get(MOST, loans.MOST_FEN)), loans.MOST_FEN - owed)
    if fen > most:
        raise Refusal(
            f"这户最多还可贷 {money.tell(max(most, 0))} 元(已有 {money.tell(owed)} 元)。",
            f"At most {money.tell(max(most, 0))} yuan may still be lent; the household has {money.tell(owed)} yuan.",
            "amount",
        )
    made = Lent(held, code, fen, day, due or day, loans.bank_named(read.get("bank", "")), "")
    return NEW, f"放款 {money.tell(fen)} 元,{due} 到期", f"{money.tell(fen)} yuan lent, due {due}", made


def _write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    if rows:
        lend([row.made for row in rows], by=by, on=on, now=now)


LENDING = Kind(
    "new_loans",
    "新发放小额信贷银行答复",
    "Bank answers on new loans",
    (
        Column("number", ("编号", "number"), required=True),
        Column("household", ("户编号", "household"), required=True),
        Column("head", ("户主", "head")),
        Column("most", ("最多可贷(元)", "most to lend (yuan)")),
        Column("answer", ("银行答复", "answer"), required=True),
        Column("loan", ("借款合同号", "合同号", "loan number")),
        Column("amount", ("放款金额(元)", "amount (yuan)")),
        Column("lent_on", ("放款日(不同意的写答复日)", "放款日", "lent (or answered) on"), required=True),
        Column("due_date", ("到期日", "due date")),
        Column("bank", ("银行", "bank")),
        Column("reason", ("原因", "reason")),
    ),
    _judge,
    _write,
)
