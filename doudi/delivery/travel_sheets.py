"""The tables of labour transfer: the list of openings an employer sends, and who arrived, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from doudi.delivery import journeys, openings
from doudi.delivery.journeys import BOARDED, Journey, Passenger
from doudi.delivery.openings import Offer, Opening
from doudi.register import sheets
from doudi.register.sheets import NEW, SAME, Column, Hand, Kind, Row
from doudi.values import money
from doudi.values.refusals import Refusal

INSIDE = {"省内": True, "省外": False, "inside": True, "outside": False}
HEALTH = {"健康申报": "declaration", "体温记录": "temperatures", "健康证明": "certificate"}
CAME = {"到达": True, "已到": True, "arrived": True, "未到": False, "not arrived": False}
STATES = {"arrived": True, "missing": False}


def _offers(hands: Sequence[Hand], about: str) -> list[Row]:
    def look(read: dict[str, str]) -> tuple[str, str, str, Any]:
        offer = offer_of(read)
        same = Opening.objects.filter(
            closed_on=None, employer=offer.employer, work=offer.work, destination=offer.destination,
            report_on=offer.report_on,
        )  # fmt: skip
        if same.exists():
            return SAME, "已经登记过", "on the list already", None
        openings.refuse(offer, on=date.min)
        return NEW, f"{offer.destination} {offer.seats} 人", f"{offer.destination}: {offer.seats} seats", offer

    return sheets.judged(hands, look, key=["employer", "work", "destination", "report_on"])


def offer_of(read: dict[str, str]) -> Offer:
    """An offer from cells or a form's fields. Raises Refusal, naming the field, for what cannot be read."""
    return Offer(
        employer=read.get("employer", ""),
        work=read.get("work", ""),
        destination=read.get("destination", ""),
        inside_province=_of(INSIDE, read.get("inside", ""), "inside"),
        wage_fen=_fen(read.get("wage", "")),
        seats=_whole(read.get("seats", "")),
        health_rule=_of(HEALTH, read.get("health_rule", ""), "health_rule"),
        report_on=day_of(read.get("report_on", ""), "report_on"),
        until=day_of(read.get("until", "") or read.get("report_on", ""), "until"),
    )


def _of(known: dict[str, Any], text: str, where: str) -> Any:
    if text in known:
        return known[text]
    if text in known.values():
        return text
    raise Refusal(f"请写{'、'.join(known)}之一。", f"Write one of {', '.join(known)}.", where)


def _fen(text: str) -> int:
    try:
        return money.read(text)
    except ValueError as error:
        raise Refusal("月工资要写成 4500 或 4500.50 这样。", "Write the wage a month like 4500.", "wage") from error


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refusal("人数要写整数。", "The seats are a whole number.", "seats")
    return int(text)


def day_of(text: str, where: str) -> date:
    """A day written 2020-03-05. Raises Refusal for anything else."""
    try:
        return date.fromisoformat(text.strip()[:10].replace("/", "-"))
    except ValueError as error:
        raise Refusal("日期要写成 2020-03-05 这样。", "Write the day like 2020-03-05.", where) from error


def _write_offers(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    for row in rows:
        try:
            openings.enter(row.made, on=min(on, row.made.report_on), by=by)
        except Refusal as refusal:
            raise Refusal(f"第 {row.number} 行:{refusal.zh}", f"Row {row.number}: {refusal.en}", "file") from refusal


OPENINGS = Kind(
    "labour_openings",
    "用工需求表",
    "Openings",
    (
        Column("employer", ("用工单位", "employer"), required=True, example="宁波某服装厂"),
        Column("work", ("工种", "work"), required=True, example="缝纫工"),
        Column("destination", ("目的地", "destination"), required=True, example="浙江宁波"),
        Column("inside", ("省内省外", "inside or outside the province"), required=True, example="省外"),
        Column("wage", ("月工资(元)", "月工资", "wage a month"), required=True, example="4500"),
        Column("seats", ("人数", "seats"), required=True, example="40"),
        Column("health_rule", ("健康要求", "health rule"), required=True, example="健康申报"),
        Column("report_on", ("报到日", "report on"), required=True, example="2020-03-05"),
        Column("until", ("截止日", "until"), example="2020-03-31"),
    ),
    _offers,
    _write_offers,
    most_rows=2_000,
)


def _arrivals(hands: Sequence[Hand], about: str) -> list[Row]:
    rows = Passenger.objects.filter(journey=int(about)).exclude(state="off").select_related("person")
    aboard = {each.person.code: each for each in rows}

    def look(read: dict[str, str]) -> tuple[str, str, str, Any]:
        each = aboard.get(read.get("code", ""))
        if each is None:
            raise Refusal("这个人不在这个车次上。", "This person is not on the journey.", "code")
        came = _of(CAME, read.get("came", "").casefold(), "came")
        if STATES.get(each.state) is came:
            return SAME, "已经登记过", "recorded already", None
        if each.state != BOARDED:
            raise Refusal("此人没有上车,或已登记了别的结果。", "Not aboard, or recorded otherwise.", "came")
        zh, en = ("到达", "arrived") if came else ("未到", "not arrived")
        return NEW, f"{each.person.code} {zh}", f"{each.person.code}: {en}", (each.pk, came, read.get("remark", ""))

    return sheets.judged(hands, look, key=["code"])


def _write_arrivals(rows: Sequence[Row], *, about: str, by: str, on: date, now: datetime) -> None:
    made = [row.made for row in rows]
    if not made:
        return
    journey = Journey.objects.get(pk=int(about))
    day = max(on, journey.departed_on) if journey.departed_on else on
    came = {number: came for number, came, _ in made}
    journeys.arrive(journey, came, on=day, by=by, remarks={number: said for number, _, said in made if said})


ARRIVALS = Kind(
    "journey_arrivals",
    "到达登记表",
    "Arrivals",
    (
        Column("code", ("人员编号", "person"), required=True),
        Column("name", ("姓名", "name")),
        Column("village", ("村(社区)", "village")),
        Column("came", ("到达情况", "result"), required=True, example="到达"),
        Column("remark", ("备注", "remark")),
    ),
    _arrivals,
    _write_arrivals,
    most_rows=2_000,
)
