"""Farm purchases: how many households have reached the floor, the orders, and each order's way to the money."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import campaigns, floors, price_bands, purchases, sale_results
from doudi.delivery.campaigns import Campaign
from doudi.delivery.floors import Area, Standing
from doudi.delivery.purchases import Purchase
from doudi.places.divisions import Place
from doudi.register.exporting import books
from doudi.register.exporting.columns import Column
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import names, papers, sheets
from doudi.web.deeds import buying_words
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import shell_of, show

A_PAGE = 50
MOST_SLIPS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One purchase as shown."""

    purchase: Purchase
    code: str
    name: str
    village: str
    goods: str
    state: str
    band: str = ""


@permission("purchase.read")
def show_purchases(request: HttpRequest) -> HttpResponse:
    """Coverage of the floor by town or village, then the orders within the duty."""
    reader, day, place = reader_of(request), today(), _place(request)
    state = request.GET.get("state", "")
    campaign = campaigns.present(on=day)
    rows = floors.standings(campaign, on=day, prefix=place)
    found = Purchase.objects.filter(place_code__startswith=place).select_related("household", "produce")
    if state in purchases.STATES:
        found = found.filter(state=state)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        **coverage(rows, campaign, reader, place),
        "day": day,
        "place": place,
        "page": page,
        "rows": told(page.object_list, reader, day),
        "state": state,
        "states": [(each, buying_words.state(each)) for each in purchases.STATES],
        **may(reader),
    }
    return show(request, "deeds/purchases.html", context)


def _place(request: HttpRequest) -> str:
    text = request.GET.get("place", "")
    return text if text.isascii() and text.isdigit() and len(text) in (6, 9, 12) else ""


def may(reader: Reader) -> dict[str, bool]:
    """Which of the pages about purchases the reader is led to."""
    asked = {
        "may_record": "purchase.record",
        "may_plan": "purchase.plan",
        "may_buyers": "buyer.manage",
        "may_wish": "buyer.wish",
        "may_orders": "platform_order.read",
    }
    return {name: reader.may(each) for name, each in asked.items()}


def coverage(rows: list[Standing], campaign: Campaign, reader: Reader, place: str) -> dict[str, Any]:
    """The figure with its parts: towns for the county, villages for a town."""
    floor = campaign.floor_fen
    small = len(place) >= 9 or not any(len(code) == 6 for code in reader.scope.places)
    areas = floors.by_area(rows, floor, digits=12 if small else 9) if floor is not None else []
    called = dict(
        Place.objects.filter(code__in=[each.code.ljust(12, "0") for each in areas]).values_list("code", "name")
    )
    return {
        "campaign": campaign,
        "whole": floors.whole(rows, floor) if floor is not None else None,
        "areas": [(each, called.get(each.code.ljust(12, "0"), each.code), _deeper(each)) for each in areas],
    }


def _deeper(area: Area) -> str:
    """The query that shows a town's villages; none for a village, whose households have a list."""
    return f"place={area.code}" if len(area.code) == 9 else ""


def told(found: Iterable[Purchase], reader: Reader, day: date) -> list[Row]:
    """Purchases in words, households named as far as the duty shows them, prices beside the market's."""
    held = list(found)
    villages = dict(Place.objects.filter(code__in={each.place_code for each in held}).values_list("code", "name"))
    bands = price_bands.newest((each.produce.kind for each in held), on=day)
    names.look_up((each.household for each in held), reader)
    return [
        Row(
            purchase=each,
            code=each.household.code,
            name=names.head(each.household, reader),
            village=villages.get(each.place_code, each.place_code),
            goods=f"{each.produce.kind} {buying_words.amount(each.quantity)} {each.produce.unit}",
            state=buying_words.state(each.state),
            band=_beside(each, bands.get((each.produce.kind, each.produce.unit))),
        )
        for each in held
    ]


def _beside(each: Purchase, band: price_bands.PriceBand | None) -> str:
    side = band.side(each.quantity, each.fen) if band else 0
    return {1: _("高于市场价"), -1: _("低于市场价")}.get(side, "")


@permission("purchase.read")
def show_below(request: HttpRequest) -> HttpResponse:
    """The households below the floor in a place, those with most to sell first; `?form=xlsx` as a workbook."""
    reader, day, place = reader_of(request), today(), _place(request)
    campaign = campaigns.present(on=day)
    floor = campaign.floor_fen or 0
    rows = [row for row in floors.standings(campaign, on=day, prefix=place) if row.sold < floor]
    if request.GET.get("form") == "xlsx":
        return _below_table(rows, floor, reader)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    villages = dict(Place.objects.filter(code__in={row.place_code for row in page}).values_list("code", "name"))
    homes = Household.objects.in_bulk([row.household_id for row in page])
    names.look_up(homes.values(), reader)
    context = {
        "day": day,
        "place": place,
        "campaign": campaign,
        "page": page,
        "rows": [
            (row, names.head(homes[row.household_id], reader), villages.get(row.place_code, ""), floor - row.sold)
            for row in page
        ],
    }
    return show(request, "deeds/below_floor.html", context)


def _below_table(rows: list[Standing], floor: int, reader: Reader) -> HttpResponse:
    homes = Household.objects.in_bulk([row.household_id for row in rows])
    names.look_up(homes.values(), reader)
    villages = dict(Place.objects.filter(code__in={row.place_code for row in rows}).values_list("code", "name"))
    columns = [
        Column("village", "村(社区)", "village"),
        Column("code", "户编号", "household", width=20),
        Column("head", "户主", "head"),
        Column("sold", "已卖", "sold", "money", "元"),
        Column("lacking", "还差", "to the floor", "money", "元"),
        Column("promised", "在办订单", "in open orders", "money", "元"),
        Column("left", "剩余存货", "stock left", "money", "元"),
    ]
    cells = [
        [villages.get(r.place_code, ""), r.code, names.head(homes[r.household_id], reader), r.sold, floor - r.sold,
         r.promised, r.left]
        for r in rows
    ]  # fmt: skip
    return table(_("未达保底额的农户"), columns, cells)


def table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> HttpResponse:
    """Rows as a workbook that is downloaded; money in fen becomes yuan."""
    language = get_language() or "zh"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        told_day = (_("截至"), today().isoformat())
        books.write(
            books.Book([books.Page(title[:31], columns, rows)], [told_day], language), path, form="xlsx", most=len(rows)
        )
        return sheets.give(path, f"{title}.xlsx")


@permission("purchase.read")
def give_table(request: HttpRequest) -> HttpResponse:
    """The orders within the duty as a workbook."""
    reader, place = reader_of(request), _place(request)
    found = Purchase.objects.filter(place_code__startswith=place).select_related("household", "produce")
    columns = [
        Column("id", "采购号", "purchase", "int"),
        Column("village", "村(社区)", "village"),
        Column("code", "户编号", "household", width=20),
        Column("head", "户主", "head"),
        Column("goods", "产品", "produce", width=20),
        Column("buyer", "采购方", "buyer", width=20),
        Column("unit", "帮扶单位", "helping unit", width=20),
        Column("mode", "方式", "mode"),
        Column("buyer_fen", "采购方出资", "buyer pays", "money", "元"),
        Column("unit_fen", "单位出资", "unit pays", "money", "元"),
        Column("fen", "金额", "amount", "money", "元"),
        Column("state", "进度", "state"),
        Column("receipt", "票据号", "receipt"),
        Column("received", "收款日", "paid on"),
    ]
    rows = [
        [row.purchase.pk, row.village, row.code, row.name, row.goods, row.purchase.buyer_name, row.purchase.unit_name,
         buying_words.mode(row.purchase.mode), row.purchase.buyer_fen, row.purchase.unit_fen, row.purchase.fen,
         row.state, row.purchase.receipt, books.told_day(row.purchase.received_on)]
        for row in told(found, reader, today())
    ]  # fmt: skip
    return table(_("采购清单"), columns, rows)


@permission("purchase.read")
def draw_slips(request: HttpRequest) -> HttpResponse:
    """The hand-over list of one village as a paper: what is to be delivered, with room to sign for goods and money."""
    place = _place(request)
    village = Place.objects.filter(code=place, level="village").first()
    if village is None:
        raise Http404
    found = Purchase.objects.filter(place_code=place, state__in=("agreed", "delivered"))
    held = found.select_related("household", "produce").order_by("household__code", "pk")[:MOST_SLIPS]
    rows = told(held, reader_of(request), today())
    context = {
        "village": village,
        "town": Place.objects.filter(code=place[:9] + "000").first(),
        "rows": rows,
        "total": sum(row.purchase.fen for row in rows),
        "day": today(),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/purchase_slips.html", context, name=f"{village.name}-{_('交货收款单')}")


def purchase_of(number: str) -> Purchase:
    """The purchase of an address within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found: QuerySet[Purchase] = Purchase.objects.select_related("household", "produce")
    one = found.filter(pk=int(number)).first() if whole else None
    if one is None:
        raise Http404
    return one


@permission("purchase.read")
def show_purchase(request: HttpRequest, number: str) -> HttpResponse:
    """One order: who pays how much, how far it has come, and what the reader may do next."""
    return _one(request, purchase_of(number))


def _one(request: HttpRequest, one: Purchase, problem: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    (row,) = told([one], reader, day)
    own = reader.user.username in one.payers
    context = {
        "row": row,
        "one": one,
        "day": day,
        "mode": buying_words.mode(one.mode),
        "sides": _sides(one, reader),
        "may_deliver": one.state == "agreed" and reader.may("purchase.record"),
        "may_receive": one.state == "delivered" and reader.may("purchase.confirm") and not own,
        "own": own,
        "may_cancel": one.state in purchases.OPEN and reader.may("purchase.record"),
        "problem": problem,
        "typed": {name: plain(request.POST.get(name, ""))[:300] for name in ("on", "receipt", "reason")},
    }
    return show(request, "deeds/purchase.html", context, status=422 if problem else 200)


def _sides(one: Purchase, reader: Reader) -> list[dict[str, Any]]:
    """Each who pays: the part, the answer, and whether this reader may give or pass on the answer."""
    sides = [("buyer", one.buyer_name, one.buyer_fen, one.buyer_says)]
    if one.unit_id is not None:
        sides.append(("unit", one.unit_name, one.unit_fen, one.unit_says))
    return [
        {
            "side": side,
            "name": name,
            "fen": fen,
            "says": buying_words.says(says),
            "may_answer": one.state == "proposed" and says == "asked" and _may_answer(one, side, reader),
        }
        for side, name, fen, says in sides
    ]


def _may_answer(one: Purchase, side: str, reader: Reader) -> bool:
    """Whoever pays answers for themselves; officers pass on what the others told them."""
    if not reader.may("purchase.answer"):
        return False
    officer = bool(reader.roles & {"county_officer", "town_clerk"})
    return officer or (side == "buyer" and reader.user.username in one.payers)


@permission("purchase.answer")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Say yes or no to a proposal, for oneself or as somebody else has told."""
    side, yes = request.POST.get("side", ""), request.POST.get("says") == "yes"

    def act(one: Purchase) -> None:
        if not _may_answer(one, side, reader_of(request)):
            raise Refusal("只能替自己答复。", "Only the buyer answers for the buyer.")
        purchases.answer(one, side=side, yes=yes, by=reader_of(request).user.username)

    return _act(request, number, act)


@permission("purchase.record")
@require_POST
def deliver(request: HttpRequest, number: str) -> HttpResponse:
    """Record the hand-over of the goods, with the receipt's number if there is one."""

    def act(one: Purchase) -> None:
        receipt = plain(request.POST.get("receipt", ""))
        purchases.deliver(one, on=day_of(request), receipt=receipt, by=reader_of(request).user.username)

    return _act(request, number, act)


@permission("purchase.confirm")
@require_POST
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """Record that the household has its money."""

    def act(one: Purchase) -> None:
        sale_results.receive(one, on=day_of(request), by=reader_of(request).user.username)

    return _act(request, number, act)


@permission("purchase.record")
@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """End an order, with the reason."""

    def act(one: Purchase) -> None:
        purchases.cancel(one, reason=plain(request.POST.get("reason", "")), by=reader_of(request).user.username)

    return _act(request, number, act)


def _act(request: HttpRequest, number: str, act: Callable[[Purchase], None]) -> HttpResponse:
    one = purchase_of(number)
    try:
        act(one)
    except Refusal as refusal:
        return _one(request, one, words_of(refusal))
    return HttpResponseRedirect(reverse("purchase", args=[one.pk]) + "?done=1")


def day_of(request: HttpRequest, name: str = "on") -> date:
    """The day a form names, not after today. Raises Refusal for anything else."""
    try:
        day = date.fromisoformat(plain(request.POST.get(name, "")).strip())
    except ValueError as error:
        raise Refusal("日期要写成 2020-02-27 这样,请改正。", "Write the day like 2020-02-27.", name) from error
    if day > today():
        raise Refusal(f"{day} 还没有到。", f"{day} is still to come.", name)
    return day
