"""Claims for hiring as an enterprise or the labour bureau sends them in: a row a person hired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from doudi.delivery import enterprises, hires
from doudi.delivery.enterprises import Enterprise, Licence
from doudi.delivery.hires import Claim, Hired
from doudi.register import sheets
from doudi.register.persons import Person
from doudi.register.sheets import CHANGED, NEW, SAME, Cells, Column, Hand, Kind, Row
from doudi.values import credit_codes
from doudi.values.refusals import Refusal

COLUMNS = (
    Column("credit_code", ("统一社会信用代码", "信用代码", "credit code"), required=True, example="91350100M000100Y43"),
    Column("firm", ("企业名称", "用人单位", "enterprise"), required=True, example="某某食品厂"),
    Column("local", ("本地企业", "local"), required=True, example="是"),
    Column("person", ("身份证号", "人员编号", "证件号码", "person"), required=True),
    Column("name", ("姓名", "name"), required=True),
    Column("begun", ("到岗日期", "begun on"), required=True, example="2020-02-20"),
    Column("months", ("合同月数", "合同期(月)", "months"), required=True, example="12"),
    Column("contract", ("合同编号", "contract"), required=True, example="HT-2020-001"),
    Column("payroll", ("工资凭证", "payroll proof"), example="2020年2月工资单"),
    Column("migrant", ("原为农民工", "migrant worker"), example="是"),
    Column("legal_person", ("法定代表人", "legal person")),
    Column("phone", ("企业电话", "phone")),
    Column("address", ("企业地址", "address")),
    Column("registered", ("成立日期", "registered on")),
    Column("insured", ("参保人数", "insured")),
    Column("claimant", ("申报人", "claimant"), example="企业"),
)
_WORDS = {"是": True, "1": True, "yes": True, "否": False, "0": False, "no": False}


def judge(hands: Sequence[Hand], about: str) -> list[Row]:
    """What each row would do: a new claim, a payroll proof for one, the same again, or why not.

    `about` is the day it was sent in (ISO), after which no work can have begun.
    """
    sent = date.fromisoformat(about)
    people = _people(hands)

    def look(cells: Cells) -> tuple[str, str, str, Any]:
        licence = licence_of(cells)
        person = people.get(cells.get("person", "").upper())
        if person is None or person.name != cells.get("name", ""):
            raise Refusal(
                "职责范围内没有编号和姓名都对得上的人。",
                "Nobody within your duty has that number and that name.",
                "person",
            )
        said = hired_of(cells, person)
        hires.refuse_impossible(said, on=sent)
        firm = Enterprise.objects.filter(credit_code=licence.credit_code).first()
        enterprises.refuse_impossible(licence, licence.name, firm, sent)
        return _beside(hires.first_of(person), licence, said)

    return sheets.judged(hands, look, key=("person",))


def _beside(before: Claim | None, licence: Licence, said: Hired) -> tuple[str, str, str, Any]:
    """What a row is beside the claim that stands for its person."""
    if before is None:
        return NEW, "新增一份申报", "a new claim", (licence, said, None)
    own = before.enterprise.credit_code == licence.credit_code and before.contract == said.contract
    if own and said.payroll and not before.payroll:
        return CHANGED, "补工资凭证", "adds the payroll proof", (licence, said, before)
    if own:
        return SAME, "已申报", "claimed already", None
    raise hires.second(said.person)


def _people(hands: Sequence[Hand]) -> dict[str, Person]:
    asked = {cells.get("person", "").strip().upper() for _, cells in hands} - {""}
    by_number = {each.id_number: each for each in Person.objects.filter(id_number__in=asked) if each.id_number}
    return by_number | {each.code.upper(): each for each in Person.objects.filter(code__in=asked)}


def licence_of(cells: Cells) -> Licence:
    """The enterprise of a row or a form. Raises Refusal, naming the field."""
    return Licence(
        credit_code=credit_codes.read(cells.get("credit_code", "")),
        name=cells.get("firm", "").strip(),
        local=_yes(cells, "local", "本地企业", "local"),
        legal_person=cells.get("legal_person", "").strip(),
        phone=cells.get("phone", "").strip(),
        address=cells.get("address", "").strip(),
        registered_on=_day(cells, "registered") if cells.get("registered") else None,
        insured=_whole(cells, "insured") if cells.get("insured") else None,
    )


def hired_of(cells: Cells, person: Person) -> Hired:
    """The person under contract of a row or a form. Raises Refusal, naming the field."""
    return Hired(
        person,
        begun_on=_day(cells, "begun"),
        months=_whole(cells, "months"),
        contract=cells.get("contract", "").strip(),
        payroll=cells.get("payroll", "").strip(),
        migrant=_yes(cells, "migrant", "原为农民工", "migrant worker") if cells.get("migrant") else None,
        claimant=_claimant(cells.get("claimant", "").strip()),
    )


def _claimant(said: str) -> str:
    """Who claims, by its word in either language; the enterprise where nothing is said. `hires` refuses any other."""
    names = {word: name for name, words in hires.CLAIMANTS.items() for word in (name, *words)}
    return names.get(said, said) if said else hires.FIRM


def _yes(cells: Cells, field: str, zh: str, en: str) -> bool:
    found = _WORDS.get(cells.get(field, "").strip().lower())
    if found is None:
        raise Refusal(f"“{zh}”要写是或否。", f"Say yes or no under {en}.", field)
    return found


def _day(cells: Cells, field: str) -> date:
    try:
        return date.fromisoformat(cells.get(field, "").replace("/", "-")[:10])
    except ValueError as error:
        raise Refusal("日期要写成 2020-02-20。", "Write the day like 2020-02-20.", field) from error


def _whole(cells: Cells, field: str) -> int:
    text = cells.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise Refusal("这里要写整数。", "This is a whole number.", field)
    return int(text)


def write(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    """Take in the claims and proofs, each as one who sent a single one would."""
    for row in rows:
        licence, said, before = row.made
        if before is not None:
            hires.show_payroll(before, said.payroll, by=by, on=on, now=now)
            continue
        hires.take(licence, said, by=by, on=on, now=now)


HIRES = Kind("hire_claims", "本地就业奖补申报表", "Claims for hiring locally", COLUMNS, judge, write)
