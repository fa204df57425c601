"""The list of loans a bank sends: each row a loan, new or told of again, stated as the bank's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doudi.access.scope import as_engine
from doudi.delivery import loan_cells, loans
from doudi.delivery.loans import ENTERPRISE, HOUSEHOLD, KIND, USERS, Loan
from doudi.register import sheets
from doudi.register.bulk import StatementRow
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.sheets import CHANGED, NEW, SAME, Column, Hand, Kind, Row
from doudi.trail.commands import carry_out
from doudi.values import money
from doudi.values.refusals import Refusal

LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says of a loan; `fen` null where the bank left it out, `complete` null where it did not say."""

    household: Household
    code: str
    item: Item | None
    fen: int
    lent_on: date | None
    due: date
    overdue: bool
    used_by: str
    bank: str
    day: date
    complete: bool | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is on record of the loans and households a table names."""

    households: Mapping[str, Household]
    items: Mapping[str, Item]
    loans: Mapping[int, Loan]
    facts: Mapping[int, Mapping[str, Any]]
    elsewhere: frozenset[str]


def _judge(hands: Sequence[Hand], about: str) -> list[Row]:
    known = _known(hands)
    return sheets.judged(hands, lambda read: _look(read, known), key=["loan"])


def _known(hands: Sequence[Hand]) -> _Known:
    homes = {found.get("household", "").strip() for _, found in hands}
    codes = {found.get("loan", "").strip() for _, found in hands}
    items = {each.code: each for each in Item.objects.filter(kind=KIND, code__in=codes)}
    ids = [each.pk for each in items.values()]
    with as_engine():
        every = Item.objects.filter(kind=KIND, code__in=codes).values_list("code", flat=True)
        elsewhere = frozenset(every) - items.keys()
    return _Known(
        {each.code: each for each in Household.objects.filter(code__in=homes)},
        items,
        {each.item_id: each for each in Loan.objects.filter(item__in=ids)},
        loans.facts_of(KIND, ids),
        elsewhere,
    )


def _look(read: Mapping[str, str], known: _Known) -> tuple[str, str, str, Any]:
    told = _told(read, known)
    _refuse_wrong(told, known)
    zh, en = f"{money.tell(told.fen)} 元,{told.due} 到期", f"{money.tell(told.fen)} yuan, due {told.due}"
    if told.used_by == ENTERPRISE:
        zh, en = f"{zh};疑似户贷企用,收下后列入待核实", f"{en}; used by an enterprise? To be asked"
    return _action(told, known), zh, en, told


def _told(read: Mapping[str, str], known: _Known) -> Told:
    code, household = read["loan"], known.households.get(read["household"])
    if code in known.elsewhere:
        raise Refusal(
            "这个借款合同号登记在别家银行或别处名下,请核对。",
            "This loan is on record with another bank, or elsewhere; check its number.",
            "loan",
        )
    if not 0 < len(code) <= LONGEST_CODE:
        raise Refusal("请写借款合同号。", "Write the number of the loan.", "loan")
    if household is None:
        raise Refusal(
            "没有这个户编号,或不在您的范围内。", "No household has this code, or it is not yours.", "household"
        )
    fen = loan_cells.fen(read, "amount")
    loans.refuse_large(fen)
    words = {word: name for name, both in USERS.items() for word in (name, *both)}
    words |= {"": "", "企业": ENTERPRISE, "户贷企用": ENTERPRISE, "农户": HOUSEHOLD, "自用": HOUSEHOLD}
    if read.get("used_by", "") not in words:
        raise Refusal(
            "实际用款人写“农户自用”或“企业使用”。", "Say who uses it: the household, or an enterprise.", "used_by"
        )
    return Told(
        household=household,
        code=code,
        item=known.items.get(code),
        fen=fen or 0,
        lent_on=loan_cells.day(read, "lent_on"),
        due=loan_cells.needed_day(read, "due_date"),
        overdue=loan_cells.yes(read, "overdue") or False,
        used_by=words[read.get("used_by", "")],
        bank=loans.bank_named(read.get("bank", "")),
        day=loan_cells.needed_day(read, "day"),
        complete=loan_cells.yes(read, "complete"),
    )


def _refuse_wrong(told: Told, known: _Known) -> None:
    item = told.item
    if item is not None and item.household_id != told.household.pk:
        raise Refusal(
            "这个合同号登记在另一户名下,请银行核对。",
            "This loan is on record as another household's; have the bank check.",
            "household",
        )
    held = known.loans.get(item.pk) if item else None
    if held is not None and told.day < held.told_on:
        raise Refusal(
            f"已有 {held.told_on} 的数据,这一行({told.day})更早。",
            f"There is word of {held.told_on} already; this row is of {told.day}.",
            "day",
        )
    until = held.extended_until if held else None
    if until is None or held is None:
        if told.lent_on is not None:
            loans.refuse_long(told.lent_on, told.due)
        return
    if told.overdue and told.day <= until:
        raise loans.refuse_overdue()
    if told.due != until:
        raise Refusal(
            f"这笔贷款已延到 {until},名单上是 {told.due}。请银行更正到期日。",
            f"This loan was put off to {until}; the list says {told.due}. Have the bank correct it.",
            "due_date",
        )


def _action(told: Told, known: _Known) -> str:
    if told.item is None:
        return NEW
    held, facts = known.loans.get(told.item.pk), known.facts.get(told.item.pk, {})
    same = (facts.get("amount"), facts.get("due_date")) == (told.fen, told.due.isoformat())
    if held is None or told.complete is not None:
        return CHANGED
    now = (held.lent_on, held.used_by, held.overdue, held.bank)
    return SAME if same and now == (told.lent_on, told.used_by, told.overdue, told.bank) else CHANGED


def _write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    if rows:
        record([row.made for row in rows], by=by, on=on, now=now)


def record(told: Sequence[Told], *, by: str, on: date, now: datetime) -> int:
    """Write down what a bank told of loans, and believe it; answers how many. Raises Refusal for a day to come."""
    loans.refuse_future((each.day for each in told), on=on)
    with carry_out("delivery.loan_lists.record", by=by, payload=[[each.code for each in told], on]) as act:
        items = [each.item or _item(each, now=now) for each in told]
        held = {each.item_id: each for each in Loan.objects.filter(item__in=items)}
        for item, each in zip(items, told, strict=True):
            _keep(held.get(item.pk), item, each, by=by)
        said = [_statement(item, each) for item, each in zip(items, told, strict=True)]
        said += [
            StatementRow("household", each.household.pk, loans.BANK, each.day, {"loans_complete": each.complete}, by)
            for each in told
            if each.complete is not None
        ]
        loans.state(said, act=act, by=by, now=now)
        act.result = {"loans": len(told)}
    return len(told)


def _item(told: Told, *, now: datetime) -> Item:
    return add_item(told.household, told.code, told.fen, from_day=told.lent_on or told.day, now=now)


def add_item(household: Household, code: str, fen: int, *, from_day: date, now: datetime) -> Item:
    """A loan the register has not heard of, inside a command under way."""
    return Item.objects.create(
        kind=KIND,
        code=code,
        label=f"扶贫小额信贷 {money.tell(fen)} 元",
        household=household,
        village_code=household.place_code,
        place_code=household.place_code,
        from_day=from_day,
        recorded_at=now,
    )


def _keep(held: Loan | None, item: Item, told: Told, *, by: str) -> None:
    """The bank's side of the loan. A loan put off keeps its contract's day: the bank's is the day it was put off to."""
    made = held or Loan(
        item=item,
        subject_kind=KIND,
        subject_id=item.pk,
        household_id=item.household_id,
        place_code=item.place_code,
    )
    if made.extended_until is None:
        made.due_day = told.due
    made.bank, made.lent_fen, made.lent_on = told.bank, told.fen, told.lent_on
    made.used_by, made.overdue, made.told_on, made.told_by = told.used_by, told.overdue, told.day, by
    made.save()


def _statement(item: Item, told: Told) -> StatementRow:
    facts = {"amount": told.fen, "due_date": told.due.isoformat()}
    return StatementRow(KIND, item.pk, loans.BANK, told.day, facts, "", {"kind": "bank_list", "bank": told.bank})


LIST = Kind(
    "loan_list",
    "银行小额信贷名单",
    "Bank's list of small loans",
    (
        Column("loan", ("借款合同号", "合同号", "借据号", "loan number"), required=True, example="DK-00001"),
        Column("household", ("户编号", "household"), required=True, example="510921110212-0001"),
        Column("amount", ("贷款金额(元)", "贷款金额", "amount (yuan)"), required=True, example="50000"),
        Column("lent_on", ("放款日", "发放日期", "lent on"), example="2017-05-10"),
        Column("due_date", ("到期日", "到期日期", "due date"), required=True, example="2020-05-10"),
        Column("overdue", ("是否逾期", "overdue"), example="否"),
        Column("used_by", ("实际用款人", "used by"), example="农户自用"),
        Column("bank", ("银行", "经办银行", "bank"), example="农村信用社"),
        Column("day", ("数据日期", "as of"), required=True, example="2020-02-27"),
        Column("complete", ("该户贷款已列全", "all loans of the household listed"), example="是"),
    ),
    _judge,
    _write,
)
