"""The four steps of a check on the desk: the village marks, the town decides, the county runs its logic."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import reviews
from doudi.monitoring.checks import Check
from doudi.monitoring.reviews import Review
from doudi.places.divisions import Place
from doudi.policy import quality
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.deeds.days import today
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.village import check_words

A_PAGE = 20
BACK = 60  # days in which a check can still be marked
STATES = {
    reviews.MARKED: gettext_lazy("待乡镇审定"),
    reviews.VISIT: gettext_lazy("待入户后审定"),
    reviews.ACCEPTED: gettext_lazy("待县级逻辑校验"),
    reviews.SUSPECT: gettext_lazy("校验有疑点"),
    reviews.RETURNED: gettext_lazy("已退回重核"),
    reviews.CLOSED: gettext_lazy("已办结"),
}


@permission("review.mark")
@require_safe
def show_unmarked(request: HttpRequest) -> HttpResponse:
    """Helpers' checks the village has not marked yet."""
    return _unmarked(request)


def _unmarked(request: HttpRequest, problem: str = "", about: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    waiting = reviews.unmarked(since=day - timedelta(days=BACK)).select_related("household")
    page = Paginator(waiting, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day, "page": page, "rows": check_words.told(page, reader), "problem": problem, "about": about,
        "typed": request.POST, "done": request.GET.get("done", ""),
    }  # fmt: skip
    return show(request, "village/unmarked.html", context, status=422 if problem else 200)


@permission("review.mark")
@require_POST
def mark(request: HttpRequest, number: str) -> HttpResponse:
    """The village's word on one check."""
    check = check_of(number)
    try:
        reviews.mark(
            check,
            request.POST.get("mark", ""),
            why=plain(request.POST.get("why", ""))[: reviews.LONGEST],
            by=reader_of(request).user.username,
            on=today(),
        )
    except Refusal as refusal:
        return _unmarked(request, words_of(refusal), str(check.pk))
    done = reviews.WRONG if request.POST.get("mark") == reviews.WRONG else reviews.RIGHT
    return HttpResponseRedirect(f"{reverse('checks-to-mark')}?done={done}")


def check_of(number: str) -> Check:
    """The check of that number within the reader's wall; 404 for any other."""
    try:
        found = Check.objects.select_related("household").filter(pk=uuid.UUID(number)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


@permission("review.read")
@require_safe
def show_reviews(request: HttpRequest) -> HttpResponse:
    """The marked checks of one state: the town's queue, the county's, and what ended."""
    return _reviews(request)


def _reviews(request: HttpRequest, problem: str = "", about: int = 0) -> HttpResponse:
    reader, asked = reader_of(request), request.GET.get("state") or request.POST.get("state") or reviews.MARKED
    asked = asked if asked in STATES else reviews.MARKED
    found = Review.objects.filter(state=asked).select_related("household", "of__household").prefetch_related("steps")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    told = {row["it"].pk: row for row in check_words.told([each.of for each in page], reader)}
    villages = dict(Place.objects.filter(code__in={each.place_code for each in page}).values_list("code", "name"))
    since = _since(page, reader)
    context = {
        "day": today(), "page": page, "asked": asked, "problem": problem, "about": about, "typed": request.POST,
        "done": _said_done(request.GET),
        "states": [(state, words, Review.objects.filter(state=state).count()) for state, words in STATES.items()],
        "rows": [
            (
                each,
                told[each.of_id],
                villages.get(each.place_code, each.place_code),
                list(check_words.steps(each)),
                since.get(each.pk),
            )
            for each in page
        ],
        "may_decide": reader.may("review.decide") and asked in (reviews.MARKED, reviews.VISIT),
        "may_look": reader.may("review.look_through") and asked in (reviews.ACCEPTED, reviews.SUSPECT),
    }  # fmt: skip
    return show(request, "village/reviews.html", context, status=422 if problem else 200)


def _since(page: Iterable[Review], reader: Reader) -> dict[int, dict[str, Any]]:
    """By review: the check made since it was sent back or a visit was asked for, which is what came of that."""
    waits = [each for each in page if each.state in (reviews.VISIT, reviews.RETURNED)]
    last = Check.objects.last_of([each.household_id for each in waits])
    newest = {each.household_id: each for each in last.select_related("household")}
    later = {
        each.pk: newest[each.household_id]
        for each in waits
        if each.household_id in newest and newest[each.household_id].recorded_at > each.of.recorded_at
    }
    told = {row["it"].pk: row for row in check_words.told(later.values(), reader)}
    return {number: told[check.pk] for number, check in later.items()}


@permission("review.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """The town's word on one marked check."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Review.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    reason, by = plain(request.POST.get("reason", ""))[: reviews.LONGEST], reader_of(request).user.username
    verdict = request.POST.get("verdict", "")

    def act() -> dict[str, Any]:
        reviews.decide(found, verdict, reason=reason, by=by, on=today())
        return {"done": verdict}

    return _do(request, found.pk, act)


@permission("review.look_through")
@require_POST
def look_through(request: HttpRequest) -> HttpResponse:
    """The county's checks of data quality over everything the towns accepted."""
    return _do(request, 0, lambda: _look(request))


def _look(request: HttpRequest) -> dict[str, Any]:
    reader, run = reader_of(request), standings.run_in_force()
    if run is None:
        raise Refusal("还没有运行过,没有可用的校验结果。", "There is no run yet, so nothing was checked.", "run")
    reading = quality.open_findings(run, places=sorted(reader.scope.places))
    waiting = list(Review.objects.waiting_for_county())
    counts = reviews.look_through(waiting, reading, by=reader.user.username, on=today())
    return {"done": "looked", "closed": counts[reviews.CLOSED], "suspect": counts[reviews.SUSPECT]}


def _do(request: HttpRequest, about: int, act: Callable[[], dict[str, Any]]) -> HttpResponse:
    try:
        done = act()
    except Refusal as refusal:
        return _reviews(request, words_of(refusal), about)
    said = urlencode({"state": request.POST.get("state", reviews.MARKED)[:10], **done})
    return HttpResponseRedirect(f"{reverse('reviews')}?{said}")


def _said_done(address: QueryDict) -> str:
    """What was just done, and where it is now."""
    if address.get("done") == "looked":
        number = {name: address.get(name, "")[:9] for name in ("closed", "suspect")}
        if not all(each.isascii() and each.isdigit() for each in number.values()):
            return ""
        told = {name: figures.count(int(each)) for name, each in number.items()}
        return _("校验完:办结 %(closed)s 次;有疑点 %(suspect)s 次,已记入疑似问题台账,由乡镇处理。") % told
    return {
        "accept": _("已通过,等县级逻辑校验。"),
        "return": _("已退回重核:帮扶责任人的手机和村里会看到理由。"),
        "visit": _("已安排入户:帮扶责任人的手机和村里会看到理由。"),
    }.get(address.get("done", ""), "")
