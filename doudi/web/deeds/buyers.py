"""Buyers and their own wishes; and what produce goes for at the market."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import buyers, price_bands
from doudi.delivery.buyers import Buyer
from doudi.delivery.price_bands import PriceBand
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import sheets
from doudi.web.deeds import buying_words
from doudi.web.deeds.days import today
from doudi.web.deeds.purchases import day_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show

A_PAGE = 50
MOST_PRICES = 200


@permission("buyer.manage")
def show_buyers(request: HttpRequest) -> HttpResponse:
    """The buyers within the duty, by name and never by sum, and the form for one more."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    kind = request.GET.get("kind", "")
    found = Buyer.objects.select_related("unit")
    if kind in buyers.KINDS:
        found = found.filter(kind=kind)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    typed = {name: plain(request.POST.get(name, ""))[:100] for name in ("name", "kind", "mode", "unit", "username")}
    context = {
        "page": page,
        "rows": [(each, buying_words.kind(each.kind), buying_words.mode(each.mode)) for each in page],
        "kinds": [(each, buying_words.kind(each)) for each in buyers.KINDS],
        "modes": [(each, buying_words.mode(each)) for each in buyers.MODES],
        "units": list(Buyer.objects.filter(kind=buyers.UNIT)[:500]),
        "kind": kind,
        "typed": typed,
        "problem": problem,
    }
    return show(request, "deeds/buyers.html", context, status=422 if problem else 200)


@permission("buyer.manage")
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Write a buyer down, at the place of whoever does."""
    asked = {name: plain(request.POST.get(name, ""))[:150] for name in ("name", "kind", "mode", "unit", "username")}
    reader = reader_of(request)
    try:
        buyers.enter(
            asked["kind"],
            asked["name"],
            place_code=sheets.place_of(reader),
            unit=_buyer(asked["unit"]),
            username=asked["username"].strip(),
            mode=asked["mode"] or buyers.HELP,
            by=reader.user.username,
        )
    except Refusal as refusal:
        return _page(request, words_of(refusal))
    return HttpResponseRedirect(reverse("buyers") + "?done=1")


def _buyer(number: str) -> Buyer | None:
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    return Buyer.objects.filter(pk=int(number)).first() if whole else None


@permission("buyer.manage")
def wish(request: HttpRequest, number: str) -> HttpResponse:
    """One buyer's wish: what they have said, and what they say now."""
    buyer, problem = _buyer(number), ""
    if buyer is None:
        raise Http404
    if request.method == "POST":
        try:
            _wished(request, buyer)
            return HttpResponseRedirect(reverse("buyers") + "?done=1")
        except Refusal as refusal:
            problem = words_of(refusal)
            buyer.refresh_from_db()
    return _wish_page(request, buyer, problem)


def _wish_page(request: HttpRequest, buyer: Buyer | None, problem: str, *, own: bool = False) -> HttpResponse:
    """What a buyer has said and says now; a refused wish keeps what was typed."""
    said = {
        "most": f"{buyer.most_fen / 100:.2f}" if buyer and buyer.most_fen else "",
        "kinds": "、".join(buyer.kinds) if buyer else "",
        "places": "、".join(buyer.places) if buyer else "",
    }
    posted = request.method == "POST"
    places = buyer.places if buyer else []
    context = {
        "buyer": buyer,
        "own": own,
        "kind": buying_words.kind(buyer.kind) if buyer else "",
        "typed": {name: plain(request.POST.get(name, ""))[:500] for name in said} if posted else said,
        "places": list(Place.objects.filter(code__in=[code.ljust(12, "0") for code in places])),
        "problem": problem,
    }
    return show(request, "deeds/wish.html", context, status=422 if problem else 200)


@permission("buyer.wish")
def wish_own(request: HttpRequest) -> HttpResponse:
    """A helper's own wish: what they have said, and what they say now."""
    user, problem = reader_of(request).user, ""
    if request.method == "POST":
        try:
            buyers.wish_own(user, _most(request), **_narrowed(request), on=today())
            return HttpResponseRedirect(reverse("wish-own") + "?done=1")
        except Refusal as refusal:
            problem = words_of(refusal)
    return _wish_page(request, buyers.own(user), problem, own=True)


def _wished(request: HttpRequest, buyer: Buyer) -> None:
    by = reader_of(request).user.username
    buyers.wish(buyer, _most(request), **_narrowed(request), on=today(), by=by)


def _most(request: HttpRequest) -> int | None:
    most = plain(request.POST.get("most", "")).strip()
    return buying_words.fen_of(most, "most") if most else None


def _narrowed(request: HttpRequest) -> dict[str, list[str]]:
    """The kinds and places a wish is narrowed to."""
    return {name: _words(request, name) for name in ("kinds", "places")}


def _words(request: HttpRequest, name: str) -> list[str]:
    text = plain(request.POST.get(name, ""))[:500]
    for sign in ",，;； \t\r\n":
        text = text.replace(sign, "、")
    return [word for word in text.split("、") if word]


@permission("purchase.read")
def show_prices(request: HttpRequest) -> HttpResponse:
    """The market's prices, the newest of each kind first."""
    return _prices(request)


def _prices(request: HttpRequest, problem: str = "") -> HttpResponse:
    typed = {name: plain(request.POST.get(name, ""))[:200] for name in ("kind", "unit", "low", "high", "on", "source")}
    context = {
        "rows": list(PriceBand.objects.all()[:MOST_PRICES]),
        "typed": typed,
        "day": today(),
        "problem": problem,
        "may_record": reader_of(request).may("purchase.price"),
    }
    return show(request, "deeds/prices.html", context, status=422 if problem else 200)


@permission("purchase.price")
@require_POST
def record_price(request: HttpRequest) -> HttpResponse:
    """Record a market price with its source."""
    try:
        price_bands.record(
            plain(request.POST.get("kind", "")),
            plain(request.POST.get("unit", "")),
            buying_words.fen_of(plain(request.POST.get("low", "")), "low"),
            buying_words.fen_of(plain(request.POST.get("high", "")), "high"),
            on=day_of(request),
            source=plain(request.POST.get("source", "")),
            by=reader_of(request).user.username,
        )
    except Refusal as refusal:
        return _prices(request, words_of(refusal))
    return HttpResponseRedirect(reverse("prices") + "?done=1")
