"""Needs found at the door or on the phone: what the pack offers for each, and the town's word on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import need_codes, need_decisions
from doudi.monitoring.needs import Need
from doudi.places.divisions import Place
from doudi.policy import versions
from doudi.policy.packs import Pack
from doudi.values.refusals import Refusal
from doudi.web import figures, names
from doudi.web.deeds.days import today
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 30
STATES = {
    "open": gettext_lazy("待处理"),
    "proposed": gettext_lazy("村里已提建议"),
    "decided": gettext_lazy("已定帮扶"),
    "met": gettext_lazy("已解决"),
    "refused": gettext_lazy("不予帮扶"),
}


@permission("need.read")
@require_safe
def show_needs(request: HttpRequest) -> HttpResponse:
    """The needs of one state, those waiting first."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", about: int = 0) -> HttpResponse:
    reader, asked = reader_of(request), request.GET.get("state") or request.POST.get("state") or "open"
    asked = asked if asked in STATES else "open"
    found = Need.objects.filter(state=asked).select_related("household")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page") or request.POST.get("page"))
    names.look_up((each.household for each in page), reader)
    pack = versions.in_force().pack
    villages = dict(Place.objects.filter(code__in={each.place_code for each in page}).values_list("code", "name"))
    context = {
        "asked": asked, "page": page, "day": today(), "problem": problem, "about": about, "typed": request.POST,
        "rows": [_row(each, villages, pack, reader) for each in page],
        "states": [(state, words, Need.objects.filter(state=state).count()) for state, words in STATES.items()],
        "may_decide": reader.may("need.decide"), "may_propose": reader.may("need.propose"),
    }  # fmt: skip
    return show(request, "village/needs.html", context, status=422 if problem else 200)


def _row(each: Need, villages: dict[str, str], pack: Pack, reader: Reader) -> dict[str, Any]:
    code = need_codes.NEEDS[each.code]
    offered = need_decisions.offers(each.code, pack.measures)
    return {
        "it": each,
        "name": names.head(each.household, reader),
        "village": villages.get(each.place_code, each.place_code),
        "words": figures.in_words(code.zh, code.en),
        "offers": [(name, standings.title_of(pack, name)) for name in offered],
        "measure": standings.title_of(pack, each.measure) if each.measure in pack.measures else "",
    }


@permission("need.propose")
@require_POST
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """The village's word on how it could be met."""
    measure = request.POST.get("measure", "")
    return _do(
        request,
        number,
        lambda need, by: need_decisions.propose(need, measure, measures=_measures(), by=by, on=today()),
    )


@permission("need.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """The town's word: help, no, or already met."""
    verdict, measure = request.POST.get("verdict", ""), request.POST.get("measure", "")
    reason = plain(request.POST.get("reason", ""))[: need_decisions.LONGEST]

    def act(need: Need, by: str) -> Need:
        if verdict == "help":
            return need_decisions.decide(need, measure, reason=reason, measures=_measures(), by=by, on=today())
        if verdict in ("refuse", "meet"):
            return {"refuse": need_decisions.refuse, "meet": need_decisions.meet}[verdict](
                need, reason, by=by, on=today()
            )
        raise Refusal("请选择怎样处理。", "Choose what is to be done.", "verdict")

    return _do(request, number, act)


def _measures() -> Any:
    return versions.in_force().pack.measures


def _do(request: HttpRequest, number: str, act: Callable[[Need, str], Need]) -> HttpResponse:
    need = need_of(number)
    try:
        act(need, reader_of(request).user.username)
    except Refusal as refusal:
        return _page(request, words_of(refusal), need.pk)
    return HttpResponseRedirect(f"{reverse('needs')}?state={request.POST.get('state', 'open')[:10]}&done={need.pk}")


def need_of(number: str) -> Need:
    """The need of that number within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Need.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found
