"""The ledger of suspected problems: the lines, one line with its steps, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.models import User
from doudi.access.permissions import permission
from doudi.monitoring import suspicions
from doudi.monitoring.checks import Check
from doudi.monitoring.suspicions import Suspicion
from doudi.places.divisions import Place
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.village import check_words

A_PAGE = 50
STATES = {
    suspicions.OPEN: gettext_lazy("待乡镇处理"),
    suspicions.RETURNED: gettext_lazy("退村核实"),
    suspicions.VISIT: gettext_lazy("待入户查看"),
    suspicions.SETTLED: gettext_lazy("属实,已处理"),
    suspicions.REJECTED: gettext_lazy("不属实"),
}
STEPS = {
    suspicions.CHECK: gettext_lazy("帮扶责任人核实时"),
    suspicions.PATROL: gettext_lazy("逐户摸排时"),
    suspicions.VILLAGE: gettext_lazy("村里标记"),
    suspicions.TOWN: gettext_lazy("乡镇提出"),
    suspicions.COUNTY: gettext_lazy("县级逻辑校验"),
}
VERDICTS = {
    "raise": gettext_lazy("提出"),
    "return": gettext_lazy("退村核实"),
    "visit": gettext_lazy("安排入户查看"),
    "settle": gettext_lazy("属实,已处理"),
    "reject": gettext_lazy("不属实"),
    "answer": gettext_lazy("村里答复"),
    "visited": gettext_lazy("入户查看结果"),
}
DECIDE = ("settle", "reject", "return", "visit")


@permission("suspicion.read")
@require_safe
def show_ledger(request: HttpRequest) -> HttpResponse:
    """The lines of one state; those under way first."""
    reader, day = reader_of(request), today()
    asked = request.GET.get("state", "")
    found = Suspicion.objects.select_related("household")
    chosen = found.filter(state=asked) if asked in STATES else found.going()
    page = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    villages = _villages(page)
    names.look_up((each.household for each in page), reader)
    counts = {state: found.filter(state=state).count() for state in STATES}
    context = {
        "day": day,
        "page": page,
        "rows": [_row(each, villages, reader) for each in page],
        "states": [(state, words, counts[state]) for state, words in STATES.items()],
        "asked": asked if asked in STATES else "",
        "overdue": Suspicion.objects.overdue(on=day).count(),
    }
    return show(request, "village/ledger.html", context)


def _villages(found: Iterable[Suspicion]) -> dict[str, str]:
    codes = {each.place_code for each in found}
    return dict(Place.objects.filter(code__in=codes).values_list("code", "name"))


def _row(each: Suspicion, villages: dict[str, str], reader: Reader) -> dict[str, Any]:
    return {
        "it": each,
        "name": names.head(each.household, reader),
        "village": villages.get(each.place_code, each.place_code),
        "state": STATES[each.state],
        "step": STEPS[each.raised_at],
        "late": each.due_on is not None and each.due_on < today(),
    }


@permission("suspicion.read")
@require_safe
def show_line(request: HttpRequest, number: str) -> HttpResponse:
    """One line: what is suspected, its steps, and what the reader may do now."""
    return _page(request, line_of(number))


def line_of(number: str) -> Suspicion:
    """The line of that number within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Suspicion.objects.select_related("household").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, one: Suspicion, problem: str = "") -> HttpResponse:
    reader = reader_of(request)
    steps = list(one.steps.all())
    people = dict(User.objects.filter(username__in={each.by for each in steps}).values_list("username", "name"))
    context = {
        **_row(one, _villages([one]), reader),
        "steps": [(VERDICTS[each.verdict], each, people.get(each.by, each.by)) for each in steps],
        "decide": [(name, VERDICTS[name]) for name in DECIDE] if _may_decide(one, reader) else [],
        "answers": _answers(one, reader),
        "typed": request.POST,
        "problem": problem,
        "row": _check_behind(one, reader),
    }
    return show(request, "village/line.html", context, status=422 if problem else 200)


def _check_behind(one: Suspicion, reader: Reader) -> dict[str, Any] | None:
    """The check the line is about, in the words of who marked it; None for a line raised at a door or by the desk."""
    found = Check.objects.filter(pk=one.check_id).select_related("household") if one.check_id else ()
    return next(iter(check_words.told(found, reader)), None)


def _may_decide(one: Suspicion, reader: Reader) -> bool:
    return one.state == suspicions.OPEN and reader.may("suspicion.decide")


def _answers(one: Suspicion, reader: Reader) -> list[tuple[str, str]]:
    """What the village may say now."""
    turn = {suspicions.RETURNED: "answer", suspicions.VISIT: "visited"}.get(one.state)
    return [(turn, str(VERDICTS[turn]))] if turn and reader.may("suspicion.answer") else []


@permission("suspicion.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """The town's word on a line: settled, rejected, back to the village, or a visit."""
    return _move(request, number, DECIDE)


@permission("suspicion.answer")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """What the village found, after a return or a visit."""
    return _move(request, number, ("answer", "visited"))


def _move(request: HttpRequest, number: str, allowed: tuple[str, ...]) -> HttpResponse:
    one, verdict = line_of(number), request.POST.get("verdict", "")
    try:
        if verdict not in allowed:
            raise Refusal("请选择怎样处理。", "Choose what is to be done.", "verdict")
        reason = plain(request.POST.get("reason", ""))[: suspicions.LONGEST]
        suspicions.move(one, verdict, reason, by=reader_of(request).user.username, on=today())
    except Refusal as refusal:
        return _page(request, one, words_of(refusal))
    return HttpResponseRedirect(reverse("suspicion", args=[one.pk]) + "?done=1")
