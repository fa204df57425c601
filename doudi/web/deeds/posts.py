"""Temporary posts: who waits for one, who holds one, appointing and ending, a week's attendance by form or table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access import masking
from doudi.access.permissions import permission
from doudi.delivery import attendance, attendance_sheets, posts
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.posts import PostHolding, Terms
from doudi.places.divisions import Place
from doudi.values import money
from doudi.values.refusals import Refusal
from doudi.web import names, papers, shell
from doudi.web.deeds.days import today
from doudi.web.deeds.purchases import day_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

A_PAGE = 50
DOOR = Door(
    kind=attendance_sheets.ATTENDANCE,
    back=reverse_lazy("posts"),  # type: ignore[arg-type]
    back_words=gettext_lazy("临时性公益岗位"),
    look="post-sheet",
    accept="post-sheet-accept",
    discard="post-sheet-discard",
    refused="post-sheet-refused",
)
TERMS = ("work", "from_day", "until", "hours_week", "pay", "month_days", "post")


@permission("post.read")
@require_safe
def show_posts(request: HttpRequest) -> HttpResponse:
    """Holders within the duty, and who is approved and waits for a post."""
    return _page(request)


def _page(request: HttpRequest, sheet_problem: str = "") -> HttpResponse:
    reader, day = reader_of(request), today()
    found = PostHolding.objects.select_related("post", "person", "household")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    waiting = posts.waiting(on=day)
    context = {
        "day": day,
        "page": page,
        "rows": told(list(page.object_list), reader),
        "now": PostHolding.objects.in_force(on=day).count(),
        "over": PostHolding.objects.filter(ended_on=None, until__lt=day).count(),
        "waiting": _waiting(waiting[:A_PAGE], reader),
        "waiting_count": len(waiting),
        "may_manage": reader.may("post.manage"),
        "month": day.replace(day=1),
        "sheet_problem": sheet_problem,
    }
    return show(request, "deeds/posts.html", context, status=422 if sheet_problem else 200)


def _waiting(found: Sequence[posts.Waiting], reader: Reader) -> list[dict[str, Any]]:
    villages = village_names(each.place_code for each in found)
    return [
        {
            "it": each,
            "name": masking.shown(masking.NAME, each.name, reader),
            "village": villages.get(each.place_code, each.place_code),
        }
        for each in found
    ]


def village_names(codes: Any) -> dict[str, str]:
    """What villages are called, by their codes."""
    return dict(Place.objects.filter(code__in=set(codes)).values_list("code", "name"))


def told(held: Sequence[PostHolding], reader: Reader) -> list[dict[str, Any]]:
    """Holders in words."""
    people = dict(names.persons({each.person_id: each.person.name for each in held}, reader))
    villages, day = village_names(each.place_code for each in held), today()
    return [
        {
            "it": each,
            "name": people.get(each.person_id, ""),
            "village": villages.get(each.place_code, each.place_code),
            "state": _state(each, day),
        }
        for each in held
    ]


def _state(each: PostHolding, day: date) -> str:
    if each.ended_on is not None and each.ended_on < day:
        return _("已离岗")
    if each.until < day:
        return _("已期满")
    return _("在岗") if each.from_day <= day else _("未到上岗日")


# -- appointing


@permission("post.manage")
def appoint(request: HttpRequest, number: str) -> HttpResponse:
    """The form for putting an approved person into a free post of their village, and doing it."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    rows = Entitlement.objects.select_related("person").filter(measure=posts.HOLDERS)
    one = rows.filter(pk=int(number)).first() if whole else None
    if one is None or one.person is None:
        raise Http404
    problem, day = "", today()
    if request.method == "POST":
        try:
            held = _appoint(request, one, day)
            return HttpResponseRedirect(reverse("post", args=[held.pk]) + "?done=1")
        except Refusal as refusal:
            problem = words_of(refusal)
    ((_pk, name),) = names.persons({one.person.pk: one.person.name}, reader_of(request))
    context = {
        "one": one,
        "name": name,
        "village": village_names([one.place_code]).get(one.place_code, one.place_code),
        "free": [
            (each.pk, each.code, each.label, posts.ending(each)) for each in posts.free_posts(one.place_code, on=day)
        ],
        "typed": {each: plain(request.POST.get(each, ""))[:200] for each in TERMS} | {"pay": _pay(request, one)},
        "day": day,
        "problem": problem,
    }
    return show(request, "deeds/post_appoint.html", context, status=422 if problem else 200)


def _pay(request: HttpRequest, one: Entitlement) -> str:
    """What was typed, else the pay a month the decision gave."""
    if request.method == "POST":
        return plain(request.POST.get("pay", ""))[:20]
    fen = one.quantities.get("pay_per_month")
    return money.tell(fen) if isinstance(fen, int) else ""


def _appoint(request: HttpRequest, one: Entitlement, day: date) -> PostHolding:
    chosen = plain(request.POST.get("post", ""))
    free = {str(each.pk): each for each in posts.free_posts(one.place_code, on=day)}
    if chosen not in free:
        raise Refusal("请选择一个空着的岗位。", "Choose a free post.", "post")
    terms = Terms(
        work=plain(request.POST.get("work", "")),
        from_day=_term_day(request, "from_day"),
        until=_term_day(request, "until"),
        hours_week=_whole(request, "hours_week"),
        month_fen=_fen(request),
        month_days=_whole(request, "month_days"),
    )
    return posts.appoint(one, free[chosen], terms, by=reader_of(request).user.username, on=day)


def _term_day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(plain(request.POST.get(name, "")).strip())
    except ValueError as error:
        raise Refusal("日期要写成 2020-03-02。", "Write the day like 2020-03-02.", name) from error


def _whole(request: HttpRequest, name: str) -> int:
    text = plain(request.POST.get(name, "")).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Refusal("工时和天数要写整数。", "Hours and days are whole numbers.", name)
    return int(text)


def _fen(request: HttpRequest) -> int:
    try:
        return money.read(plain(request.POST.get("pay", "")).strip())
    except ValueError as error:
        raise Refusal("月补贴读不懂,请写元,如 800。", "The pay is no amount: write yuan.", "pay") from error


# -- one holder


def holding_of(number: str) -> PostHolding:
    """The holder of an address within the reader's wall; 404 for any other."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    rows = PostHolding.objects.select_related("post", "person", "household")
    found = rows.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("post.read")
@require_safe
def show_post(request: HttpRequest, number: str) -> HttpResponse:
    """One holder: the terms, the weeks attended, the forms."""
    return _one(request, holding_of(number))


def _one(request: HttpRequest, held: PostHolding, problem: str = "") -> HttpResponse:
    (row,) = told([held], reader_of(request))
    monday = attendance.monday_of(min(today(), held.last_day))
    kept = {name: plain(request.POST.get(name, ""))[:200] for name in ("week", "on", "reason")}
    context = {
        "row": row,
        "held": held,
        "weeks": [(each, len(each.days)) for each in held.weeks.order_by("-week")],
        "months": held.months.order_by("-month"),
        "days": [(f"d{at}", word, f"d{at}" in request.POST) for at, word in enumerate(attendance_sheets.DAYS)],
        "typed": kept | {"week": kept["week"] or monday.isoformat()},
        "act": plain(request.POST.get("act", ""))[:10],
        "may_manage": reader_of(request).may("post.manage"),
        "problem": problem,
    }
    return show(request, "deeds/post.html", context, status=422 if problem else 200)


@permission("post.manage")
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Record a week of a holder, or end the term."""
    held, by = holding_of(number), reader_of(request).user.username
    try:
        if request.POST.get("act") == "end":
            posts.end(held, on=day_of(request), reason=plain(request.POST.get("reason", "")), by=by)
        else:
            mask = attendance.mask_of(f"d{at}" in request.POST for at in range(attendance.WEEK))
            attendance.record(held, _term_day(request, "week"), mask, by=by, on=today())
    except Refusal as refusal:
        return _one(request, holding_of(number), words_of(refusal))
    return HttpResponseRedirect(reverse("post", args=[held.pk]) + "?done=1")


# -- the roster, and attendance by table


@permission("post.read")
@require_safe
def draw_roster(request: HttpRequest) -> HttpResponse:
    """The roster of those in post today as a paper."""
    held = PostHolding.objects.in_force(on=today()).select_related("post", "person", "household")
    context = {"rows": told(list(held[:1_000]), reader_of(request)), "day": today(), "shell": shell.shell_of(request)}
    return papers.answer(request, "papers/post_roster.html", context, name=_("公益岗位上岗名册") + f"-{today()}")


@permission("post.manage")
@require_safe
def give_form(request: HttpRequest) -> HttpResponse:
    """The week's table with everybody in post within the duty."""
    week = attendance.monday_of(today())
    held = PostHolding.objects.in_force(on=today()).select_related("post", "person")
    rows = [(row["it"], row["name"]) for row in told(list(held[:5_000]), reader_of(request))]
    return DOOR.give_form(attendance_sheets.blank(week, rows))


@permission("post.manage")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Take a table to its preview."""
    answer = DOOR.bring(request, about=today().isoformat())
    return _page(request, sheet_problem=answer) if isinstance(answer, str) else answer


@permission("post.manage")
@require_safe
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a table."""
    return DOOR.show(request, number, may_accept=True)


@permission("post.manage")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in."""
    return DOOR.take_in(request, number)


@permission("post.manage")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return DOOR.throw_away(request, number)


@permission("post.manage")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """What stays out of a table, with the reasons."""
    return DOOR.give_refused(request, number)
