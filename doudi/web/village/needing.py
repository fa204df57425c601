"""Needs found at the door or on the phone: what the pack offers for each, and the town's word on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import decided, need_codes, need_decisions, needs, speakers
from doudi.monitoring.needs import Need
from doudi.monitoring.speakers import Speaker
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

ORIGINS = {
    needs.CHECK: gettext_lazy("帮扶责任人核实时"),
    needs.PATROL: gettext_lazy("逐户摸排时"),
    needs.PAPER: gettext_lazy("纸质表"),
    needs.DESK: gettext_lazy("办公电脑上"),
}
VERDICTS = {"yes": gettext_lazy("符合"), "unknown": gettext_lazy("待核"), "no": gettext_lazy("不符合")}
RANK = ("yes", "unknown", "no", "")  # "" for a measure nobody of the household was decided on
NONE = "none"  # chosen: no measure of the pack


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
    standing = decided.of([each.household_id for each in page], reader, standings.run_in_force())
    people = speakers.of(
        {who for each in page for who in (each.noted_by, each.decided_by) if who}, on=timezone.localdate()
    )
    villages = dict(Place.objects.filter(code__in={each.place_code for each in page}).values_list("code", "name"))
    context = {
        "asked": asked, "page": page, "day": today(), "problem": problem, "about": about, "typed": request.POST,
        "done": request.GET.get("done", ""),
        "rows": [
            _row(each, villages, pack, reader)
            | {"offers": _offers(each, pack, standing.get(each.household_id, []))}
            | {"who": _who(each.noted_by, people), "by": _who(each.decided_by, people)}
            | {"chosen": request.POST.get("measure", "") if about == each.pk else _chosen(each)}
            for each in page
        ],
        "states": [(state, words, Need.objects.filter(state=state).count()) for state, words in STATES.items()],
        "may_decide": reader.may("need.decide"), "may_propose": reader.may("need.propose"),
    }  # fmt: skip
    return show(request, "village/needs.html", context, status=422 if problem else 200)


def _row(each: Need, villages: dict[str, str], pack: Pack, reader: Reader) -> dict[str, Any]:
    code = need_codes.NEEDS[each.code]
    return {
        "it": each,
        "name": names.head(each.household, reader),
        "village": villages.get(each.place_code, each.place_code),
        "words": figures.in_words(code.zh, code.en),
        "origin": ORIGINS[each.origin],
        "measure": standings.title_of(pack, each.measure) if each.measure in pack.measures else "",
    }


def _chosen(each: Need) -> str:
    """What stands in the town's field: what the village proposed, or nothing where it did not yet."""
    return (each.measure or NONE) if each.state != needs.OPEN else ""


def _who(username: str, people: Mapping[str, Speaker]) -> str:
    who = people.get(username, speakers.NOBODY)
    return figures.in_words(who.zh, who.en)


def _offers(each: Need, pack: Pack, found: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """What the pack offers for it, and how the household stands to each: the best of whoever of it may have it."""
    offered = need_decisions.offers(each.code, pack.measures)
    best = dict.fromkeys(offered, "")
    for one in found:
        name, verdict = str(one["measure"]), str(one["verdict"])
        if name in best and RANK.index(verdict) < RANK.index(best[name]):
            best[name] = verdict
    offered = tuple(sorted(offered, key=lambda name: RANK.index(best[name])))
    return [(name, standings.title_of(pack, name), str(VERDICTS.get(best[name], ""))) for name in offered]


@permission("need.propose")
@require_POST
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """The village's word on how it could be met."""

    def act(need: Need, by: str) -> Need:
        return need_decisions.propose(need, _measure(request), measures=_measures(), by=by, on=today())

    return _do(request, number, act)


def _measure(request: HttpRequest) -> str:
    """The measure chosen, "" for none of the pack. Raises Refusal where nothing was."""
    given = request.POST.get("measure", "")
    if not given:
        raise Refusal(
            "请选用哪项措施;都不合适的,选“没有对应措施”。", "Choose a measure, or that none meets it.", "measure"
        )
    return "" if given == NONE else given


@permission("need.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """The town's word: help, no, or already met."""
    verdict = request.POST.get("verdict", "")
    reason = plain(request.POST.get("reason", ""))[: need_decisions.LONGEST]

    def act(need: Need, by: str) -> Need:
        if verdict == "help":
            measure = _measure(request)
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
