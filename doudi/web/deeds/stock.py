"""Stock: what households have to sell, one by one or by a table; and an order for a part of it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import buyers, price_bands, purchases, stock
from doudi.delivery.buyers import Buyer
from doudi.delivery.stock import Produce
from doudi.delivery.stock_sheets import STOCK
from doudi.places.divisions import Place
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.deeds import buying_words
from doudi.web.deeds.days import today
from doudi.web.deeds.purchases import day_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

A_PAGE = 50
DOOR = Door(
    kind=STOCK,
    back=reverse_lazy("stock"),  # type: ignore[arg-type]
    back_words=gettext_lazy("农户存货"),
    look="stock-sheet",
    accept="stock-sheet-accept",
    discard="stock-sheet-discard",
    refused="stock-sheet-refused",
)
TYPED = ("code", "kind", "quantity", "unit", "price", "on")


@permission("purchase.read")
def show_stock(request: HttpRequest) -> HttpResponse:
    """What is on offer within the duty, and the form for more."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", sheet_problem: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    asked = {name: plain(request.GET.get(name, ""))[:64] for name in ("place", "kind", "code")}
    found = Produce.objects.on_offer().select_related("household")
    if asked["code"]:  # of one household everything that stands, what is sold too
        found = Produce.objects.filter(off_day=None, household__code=asked["code"]).select_related("household")
    if asked["place"]:
        found = found.filter(place_code__startswith=asked["place"])
    if asked["kind"]:
        found = found.filter(kind=asked["kind"])
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day,
        "page": page,
        "rows": told(list(page.object_list), reader),
        "asked": asked,
        "kinds": Produce.objects.on_offer().order_by("kind").values_list("kind", flat=True).distinct()[:100],
        "typed": {name: plain(request.POST.get(name, ""))[:64] for name in TYPED},
        "may_record": reader.may("purchase.record"),
        "problem": problem,
        "sheet_problem": sheet_problem,
    }
    return show(request, "deeds/stock.html", context, status=422 if problem or sheet_problem else 200)


def told(held: list[Produce], reader: Reader) -> list[dict[str, Any]]:
    """Lots of produce in words, each beside the market's price."""
    villages = dict(Place.objects.filter(code__in={each.place_code for each in held}).values_list("code", "name"))
    bands = price_bands.newest((each.kind for each in held), on=today())
    names.look_up((each.household for each in held), reader)
    return [
        {
            "lot": each,
            "code": each.household.code,
            "name": names.head(each.household, reader),
            "village": villages.get(each.place_code, each.place_code),
            "left": buying_words.amount(each.left),
            "band": bands.get((each.kind, each.unit)),
            "beside": _beside(each, bands.get((each.kind, each.unit))),
        }
        for each in held
    ]


def _beside(each: Produce, band: price_bands.PriceBand | None) -> str:
    if band is None or band.low_fen <= each.price_fen <= band.high_fen:
        return ""
    return _("高于市场价") if each.price_fen > band.high_fen else _("低于市场价")


@permission("purchase.record")
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """Record a lot; the page as typed with the reason where it cannot be."""
    try:
        code = plain(request.POST.get("code", "")).strip()
        household = Household.objects.filter(code=code).first() if code else None
        if household is None:
            raise Refusal("职责范围内没有这户,请核对户编号。", "There is no such household within your duty.", "code")
        stock.put(
            household,
            plain(request.POST.get("kind", "")),
            buying_words.quantity_of(plain(request.POST.get("quantity", ""))),
            plain(request.POST.get("unit", "")),
            price_fen=buying_words.fen_of(plain(request.POST.get("price", "")), "price"),
            on=day_of(request),
            by=reader_of(request).user.username,
        )
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(reverse("stock") + "?done=1")


def produce_of(number: str) -> Produce:
    """The lot of an address within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Produce.objects.select_related("household").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("purchase.record")
@require_POST
def take_off(request: HttpRequest, number: str) -> HttpResponse:
    """Offer a lot no more."""
    lot = produce_of(number)
    try:
        stock.take_off(lot, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(reverse("stock") + "?done=1")


@permission("purchase.record")
def order(request: HttpRequest, number: str) -> HttpResponse:
    """The form for an order out of one lot, and writing it."""
    lot, problem = produce_of(number), ""
    if request.method == "POST":
        try:
            made = _ordered(request, lot)
            return HttpResponseRedirect(reverse("purchase", args=[made.pk]) + "?done=1")
        except Refusal as refusal:
            problem = words_of(refusal)
    reader = reader_of(request)
    (row,) = told([lot], reader)
    typed = {
        name: plain(request.POST.get(name, ""))[:300] for name in ("buyer", "quantity", "fen", "mode", "reason", "on")
    }
    context = {
        "row": row,
        "lot": lot,
        "day": today(),
        "buyers": [
            (each.pk, buying_words.kind(each.kind), each.name, each.unit.name if each.unit else "")
            for each in Buyer.objects.exclude(kind=buyers.UNIT).select_related("unit")[:2_000]
            if each.kind != buyers.HELPER or each.unit_id
        ],
        "modes": [(each, buying_words.mode(each)) for each in buyers.MODES],
        "typed": typed,
        "agreed": request.POST.get("agreed") == "on",
        "problem": problem,
    }
    return show(request, "deeds/order.html", context, status=422 if problem else 200)


def _ordered(request: HttpRequest, lot: Produce) -> purchases.Purchase:
    chosen = plain(request.POST.get("buyer", ""))
    whole = chosen.isascii() and chosen.isdigit() and len(chosen) <= 18
    buyer = Buyer.objects.select_related("unit").filter(pk=int(chosen)).first() if whole else None
    if buyer is None:
        raise Refusal("请选择采购方。", "Choose the buyer.", "buyer")
    mode = plain(request.POST.get("mode", ""))
    return purchases.order(
        lot,
        buyer,
        buying_words.quantity_of(plain(request.POST.get("quantity", ""))),
        buying_words.fen_of(plain(request.POST.get("fen", "")), "fen"),
        unit=buyer.unit,
        mode=mode if mode in buyers.MODES else "",
        agreed=request.POST.get("agreed") == "on",
        reason=plain(request.POST.get("reason", "")),
        on=day_of(request),
        by=reader_of(request).user.username,
    )


# -- the table


@permission("purchase.record")
def give_form(request: HttpRequest) -> HttpResponse:
    """The table to fill in."""
    return DOOR.give_form()


@permission("purchase.record")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Take a table to its preview."""
    answer = DOOR.bring(request)
    return _page(request, sheet_problem=answer) if isinstance(answer, str) else answer


@permission("purchase.record")
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table."""
    return DOOR.show(request, number, may_accept=True)


@permission("purchase.record")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in."""
    return DOOR.take_in(request, number)


@permission("purchase.record")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return DOOR.throw_away(request, number)


@permission("purchase.record")
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table, with the reasons."""
    return DOOR.give_refused(request, number)
