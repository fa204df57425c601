"""The purchase plan: asked for, watched while it is made, looked at, adopted as questions to the buyers."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import matching, purchase_plans
from doudi.delivery.buyers import Buyer
from doudi.delivery.purchase_plans import PurchasePlan
from doudi.delivery.stock import Produce
from doudi.places.divisions import Place
from doudi.trail import jobs
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.deeds import buying_words
from doudi.web.deeds.days import today
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

A_PAGE = 50
MOST = 20


@permission("purchase.plan")
def show_plans(request: HttpRequest) -> HttpResponse:
    """The plans made; for htmx the bar of the one under way."""
    news = jobs.latest(purchase_plans.PLAN)
    told = {"progress": news, "said": _said(news.said) if news else ""}
    if request.headers.get("HX-Request") == "true":
        response = show_part(request, "deeds/plan_progress.html", told)
        if news is None or not news.open:
            response["HX-Refresh"] = "true"
        return response
    return _page(request, told)


def _said(word: str) -> str:
    return {"reading": _("正在读存货和意愿"), "solving": _("正在求解"), "storing": _("正在保存方案")}.get(
        word, _("正在等候处理")
    )


def _page(request: HttpRequest, told: dict[str, Any], problem: str = "") -> HttpResponse:
    plans = list(PurchasePlan.objects.defer("lots")[:MOST])
    context = {**told, "plans": plans, "day": today(), "problem": problem, "effort": matching.EFFORT}
    return show(request, "deeds/plans.html", context, status=422 if problem else 200)


@permission("purchase.plan")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Ask for a plan of today."""
    purchase_plans.ask(on=today(), by=reader_of(request).user.username)
    return HttpResponseRedirect(reverse("purchase-plans"))


def plan_of(number: str) -> PurchasePlan:
    """The plan of an address; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = PurchasePlan.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("purchase.plan")
def show_plan(request: HttpRequest, number: str) -> HttpResponse:
    """One plan: who reaches the floor, what lacks where and why, and every lot."""
    return _one(request, plan_of(number))


def _one(request: HttpRequest, plan: PurchasePlan, problem: str = "") -> HttpResponse:
    page = Paginator(plan.lots, A_PAGE).get_page(request.GET.get("page"))
    villages = [row["village"] for row in plan.told.get("villages", [])]
    called = dict(Place.objects.filter(code__in=villages).values_list("code", "name"))
    context = {
        "plan": plan,
        "told": plan.told,
        "gap": f"{100 * plan.told.get('gap', 0):.3f}%",
        "levels": [(buying_words.level(n), plan.told.get("levels", {}).get(n, 0)) for n in matching.EFFORT],
        "short": [(row, called.get(row["village"], row["village"])) for row in plan.told.get("villages", [])],
        "page": page,
        "rows": _lots(list(page.object_list), reader_of(request)),
        "problem": problem,
    }
    return show(request, "deeds/plan.html", context, status=422 if problem else 200)


def _lots(lots: list[list[Any]], reader: Reader) -> list[dict[str, Any]]:
    produce = Produce.objects.select_related("household").in_bulk([lot[0] for lot in lots])
    names.look_up((each.household for each in produce.values()), reader)
    who = Buyer.objects.in_bulk([number for lot in lots for number in lot[1:3] if number is not None])
    villages = dict(Place.objects.filter(code__in={p.place_code for p in produce.values()}).values_list("code", "name"))
    return [
        {
            "code": produce[number].household.code,
            "name": names.head(produce[number].household, reader),
            "village": villages.get(produce[number].place_code, ""),
            "goods": f"{produce[number].kind} {quantity.rstrip('0').rstrip('.')} {produce[number].unit}",
            "buyer": who[buyer].name,
            "unit": who[unit].name if unit is not None else "",
            "fen": fen,
            "half": fen // 2,
            "level": buying_words.level(level),
        }
        for number, buyer, unit, fen, level, quantity in lots
        if number in produce and buyer in who
    ]


@permission("purchase.plan")
@require_POST
def adopt(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the buyers."""
    plan = plan_of(number)
    try:
        told = purchase_plans.adopt(plan, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _one(request, plan, words_of(refusal))
    query = f"?asked={told['asked']}&left={told['left_out']}"
    return HttpResponseRedirect(reverse("purchase-plan", args=[plan.pk]) + query)


@permission("purchase.plan")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Put a plan aside."""
    plan = plan_of(number)
    try:
        purchase_plans.discard(plan, on=today(), by=reader_of(request).user.username)
    except Refusal as refusal:
        return _one(request, plan, words_of(refusal))
    return HttpResponseRedirect(reverse("purchase-plans"))
