"""Notices: the list, one with its lines, its paper; and what the public reads while it hangs, without signing in."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import PUBLIC, permission
from doudi.delivery import notices
from doudi.delivery.notices import Notice, NoticeLine, Shown
from doudi.places.divisions import Place
from doudi.web import figures, papers
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.shell import shell_of, show

A_PAGE = 50
MOST_LINES = 500


@permission("deed.read")
def show_notices(request: HttpRequest) -> HttpResponse:
    """The notices within the duty, those that hang first."""
    day = today()
    page = Paginator(Notice.objects.order_by("-until_day", "place_code", "id"), A_PAGE).get_page(
        request.GET.get("page")
    )
    places = _names(notice.place_code for notice in page.object_list)
    told = [(notice, places.get(notice.place_code, ""), notice.until_day > day) for notice in page.object_list]
    return show(request, "deeds/notices.html", {"page": page, "rows": told, "day": day})


def _names(codes: Any) -> dict[str, str]:
    return dict(Place.objects.filter(code__in=set(codes)).values_list("code", "name"))


@permission("deed.read")
def show_notice(request: HttpRequest, number: str) -> HttpResponse:
    """One notice as it hangs, each line with its entitlement."""
    notice = notice_of(number)
    page = Paginator(notice.lines.select_related("entitlement").order_by("id"), MOST_LINES)
    context = {
        "notice": notice,
        "village": _names([notice.place_code]).get(notice.place_code, ""),
        "page": page.get_page(request.GET.get("page")),
        "day": today(),
        "hangs": notice.from_day <= today() < notice.until_day,
    }
    return show(request, "deeds/notice.html", context)


def notice_of(number: str) -> Notice:
    """The notice of a number in an address, within the duty. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Notice.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("deed.read")
def draw_notice(request: HttpRequest, number: str) -> HttpResponse:
    """The notice as a paper to hang up; 404 for one that is not published."""
    notice = notice_of(number)
    if not notice.published:
        raise Http404
    names = _names([notice.place_code, notice.place_code[:9] + "000"])
    village, town = names.get(notice.place_code, ""), names.get(notice.place_code[:9] + "000", "")
    lines = tuple(notice.lines.order_by("household_code", "id"))
    told = Shown(notice, village, town if town != village else "", lines)
    return papers.answer(
        request, "papers/notice.html", {**_paper(told), "shell": shell_of(request)}, name=f"{_('公示')}-{village}"
    )


def _paper(told: Shown) -> dict[str, Any]:
    return {
        "told": told,
        "notice": told.notice,
        "title": figures.word(told.notice),
        "total_fen": total_of(told.lines),
        "with_money": any(line.amount_fen is not None for line in told.lines),
    }


def total_of(lines: tuple[NoticeLine, ...]) -> int:
    """The fen of all lines."""
    return sum(line.amount_fen or 0 for line in lines)


@permission(PUBLIC)
@require_safe
def show_public(request: HttpRequest, token: str) -> HttpResponse:
    """A notice for anybody, while it hangs: 404 before and after. No search engine keeps it."""
    told = notices.shown(plain(token), on=today())
    if told is None:
        raise Http404
    answer = show(request, "deeds/public_notice.html", _paper(told))
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@permission(PUBLIC)
@require_safe
def list_public(request: HttpRequest) -> HttpResponse:
    """What hangs today, for anybody."""
    told = [(notice, village, number) for notice, village, number in notices.hanging(on=today())]
    answer = show(request, "deeds/public_notices.html", {"rows": told, "day": today()})
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@permission(PUBLIC)
@require_safe
def tell_robots(request: HttpRequest) -> HttpResponse:
    """No search engine reads anything here."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")
