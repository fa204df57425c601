"""Pay of temporary posts by month: the list, making it, and the same as paper and workbook."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.delivery import post_pay, posts
from doudi.funds import wording
from doudi.funds.payments import STATES_ZH
from doudi.register.exporting.columns import Column
from doudi.values.refusals import Refusal
from doudi.web import papers, shell
from doudi.web.deeds.days import today
from doudi.web.deeds.posts import told
from doudi.web.deeds.purchases import table
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


def month_of(request: HttpRequest) -> date:
    """The month asked for (`month=2020-03`), else the present one."""
    asked = request.POST.get("month") or request.GET.get("month", "")
    try:
        return date.fromisoformat(f"{asked[:7]}-01")
    except ValueError:
        return today().replace(day=1)


@permission("post.pay")
def show_pay(request: HttpRequest) -> HttpResponse:
    """What everybody has earned in a month (GET); make the pay list and its payments (POST)."""
    problem, month, reader = "", month_of(request), reader_of(request)
    if request.method == "POST":
        try:
            made = post_pay.make(month, by=reader.user.username, on=today())
            return HttpResponseRedirect(reverse("post-pay") + f"?month={month:%Y-%m}&done={made}")
        except Refusal as refusal:
            problem = words_of(refusal)
    rows = _rows(month, reader)
    context = {
        "month": month,
        "before": month - timedelta(days=1),
        "after": posts.next_month(month),
        "over": today() >= posts.next_month(month),
        "rows": rows,
        "due": sum(1 for row in rows if row["earned"].line is None and row["earned"].fen),
        "due_fen": sum(row["earned"].fen for row in rows if row["earned"].line is None),
        "total": sum(row["earned"].fen for row in rows),
        "problem": problem,
    }
    return show(request, "deeds/post_pay.html", context, status=422 if problem else 200)


def _rows(month: date, reader: Reader) -> list[dict[str, Any]]:
    earned = post_pay.months(month)
    return [
        row | {"earned": each, "paid": _paid(each)}
        for row, each in zip(told([each.holding for each in earned], reader), earned, strict=True)
    ]


def _paid(each: post_pay.Earned) -> str:
    if each.payment is None:
        return _("未生成补贴表")
    english = (get_language() or "zh").startswith("en")
    return each.payment.state if english else STATES_ZH[each.payment.state]


@permission("post.pay")
@require_safe
def draw_pay(request: HttpRequest) -> HttpResponse:
    """The month's pay list as a paper, the sum in words."""
    month = month_of(request)
    rows = [row for row in _rows(month, reader_of(request)) if row["earned"].fen]
    total = sum(row["earned"].fen for row in rows)
    context = {
        "rows": rows[:2_000],
        "month": month,
        "day": today(),
        "total": total,
        "in_words": wording.in_words(total),
        "shell": shell.shell_of(request),
    }
    return papers.answer(request, "papers/post_pay.html", context, name=_("公益岗位补贴表") + f"-{month:%Y-%m}")


@permission("post.pay")
@require_safe
def give_pay(request: HttpRequest) -> HttpResponse:
    """The month's pay list as a workbook."""
    month = month_of(request)
    columns = [
        Column("holding", "上岗编号", "number in post", "int"), Column("village", "村(社区)", "village"),
        Column("post", "岗位编号", "post"), Column("name", "姓名", "name"),
        Column("days", "出勤天数", "days attended", "int"), Column("full", "满勤天数", "full month", "int"),
        Column("fen", "应发补贴(元)", "pay (yuan)", "money"), Column("state", "付款", "payment", width=18),
    ]  # fmt: skip
    rows = [
        [row["it"].pk, row["village"], row["it"].post.code, row["name"], row["earned"].days, row["it"].month_days,
         row["earned"].fen, row["paid"]]
        for row in _rows(month, reader_of(request))
    ]  # fmt: skip
    return table(_("公益岗位补贴表") + f" {month:%Y-%m}", columns, rows)
