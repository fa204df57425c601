"""Budgets: where money comes from, for what it is, what is left of it; appropriations with their document."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.funds import budgets, ledger, sources
from doudi.funds.budgets import Budget
from doudi.funds.ledger import Entry, Posting
from doudi.funds.sources import FundSource
from doudi.places.divisions import Place
from doudi.policy import versions
from doudi.policy.runs import Run
from doudi.values.refusals import Refusal
from doudi.web.deeds import days
from doudi.web.desk import standings
from doudi.web.errors import words_of
from doudi.web.money.asking import fen_of, found, typed
from doudi.web.reader import reader_of
from doudi.web.shell import show

MOST = 200


def entry_words() -> dict[str, str]:
    """The kinds of entries in words."""
    return {
        "appropriate": _("拨款"),
        "reverse": _("冲正"),
        "reserve": _("预留"),
        "release": _("释放"),
        "send": _("交银行"),
        "settle_paid": _("到账"),
        "settle_failed": _("银行退回"),
        "take_back": _("资金退回"),
    }


def account_words() -> dict[str, str]:
    """The accounts of a budget in words."""
    return {
        "appropriated": _("已拨入"),
        "available": _("可用"),
        "reserved": _("已预留"),
        "paying": _("银行办理中"),
        "spent": _("已到账"),
    }


@permission("money.read")
def show_budget(request: HttpRequest, number: str) -> HttpResponse:
    """One budget: its balances and every movement."""
    return _budget(request, found(Budget.objects.select_related("source"), number))


def _budget(
    request: HttpRequest, budget: Budget, given: dict[str, str] | None = None, problem: str = ""
) -> HttpResponse:
    words, kinds = account_words(), entry_words()
    entries = Entry.objects.filter(postings__account__budget=budget).distinct().order_by("-id")[:MOST]
    moved: dict[int, list[tuple[str, int]]] = {}
    rows = Posting.objects.filter(entry__in=list(entries), account__budget=budget).select_related("account")
    for row in rows.order_by("account__id"):
        if row.account.kind != ledger.APPROPRIATED:
            moved.setdefault(row.entry_id, []).append((words[row.account.kind], row.fen))
    balances = ledger.balances(budget)
    context = {
        "budget": budget,
        "balances": [(words[kind], fen) for kind, fen in balances.items()],
        "given": balances[ledger.APPROPRIATED],
        "spent": balances[ledger.SPENT],
        "entries": [(entry, kinds.get(entry.kind, entry.kind), moved.get(entry.pk, [])) for entry in entries],
        "day": days.today(),
        "may_manage": reader_of(request).may("budget.manage"),
        "typed": given or {},
        "problem": problem,
    }
    return show(request, "money/budget.html", context, status=422 if problem else 200)


@permission("budget.manage")
@require_POST
def appropriate(request: HttpRequest, number: str) -> HttpResponse:
    """Appropriate to a budget, or take back; 422 with what is wrong."""
    budget = found(Budget.objects.select_related("source"), number)
    given = typed(request, "amount", "document")
    try:
        fen = fen_of(given["amount"])
        by, on = reader_of(request).user.username, days.today()
        budgets.appropriate(budget, fen, document=given["document"], by=by, on=on)
    except Refusal as refusal:
        return _budget(request, budget, given, words_of(refusal))
    return HttpResponseRedirect(reverse("budget", args=[budget.pk]))


@permission("budget.manage")
def manage(request: HttpRequest) -> HttpResponse:
    """Record a source or establish a budget; 422 with what is wrong and everything as it was typed."""
    if request.method != "POST":
        return _manage(request, {}, "", "")
    names = (
        "what",
        "code",
        "zh",
        "level",
        "document",
        "on",
        "measure",
        "place",
        "source",
        "title",
        "from_day",
        "until",
    )
    given = typed(request, *names)
    try:
        if given["what"] == "source":
            _register(request, given)
            return HttpResponseRedirect(reverse("budget-new"))
        made = _establish(request, given)
    except Refusal as refusal:
        return _manage(request, given, words_of(refusal), refusal.where or "")
    return HttpResponseRedirect(reverse("budget", args=[made.pk]))


def _register(request: HttpRequest, given: dict[str, str]) -> None:
    sources.register(
        given["code"][:32],
        given["zh"][:120],
        level=given["level"],
        document=given["document"][:200],
        on=_day(given["on"], "on"),
        by=reader_of(request).user.username,
    )


def _establish(request: HttpRequest, given: dict[str, str]) -> Budget:
    source = FundSource.objects.filter(pk=given["source"]).first()
    if source is None:
        raise Refusal("请选一个资金来源。", "Choose a source.", "source")
    if given["measure"] not in dict(_measures()):
        raise Refusal("请选一项措施。", "Choose a measure.", "measure")
    return budgets.establish(
        given["measure"],
        given["place"][:12],
        source,
        title=given["title"][:120],
        from_day=_day(given["from_day"], "from_day"),
        until=_day(given["until"], "until") if given["until"] else None,
        by=reader_of(request).user.username,
    )


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(f"“{text[:20]}”不是日期。", f"“{text[:20]}” is no day.", where) from error


def _measures() -> list[tuple[str, str]]:
    """The measures of the pack that decides, by name."""
    run = Run.objects.standing()
    if run is None:
        return []
    pack = versions.pack_of(run.pack.files)
    return [(name, standings.title_of(pack, name)) for name in pack.measures]


def _manage(request: HttpRequest, given: dict[str, str], problem: str, where: str) -> HttpResponse:
    context: dict[str, Any] = {
        "sources": FundSource.objects.all(),
        "levels": FundSource.LEVELS,
        "measures": _measures(),
        "places": Place.objects.in_force(on=days.today()).exclude(level=Place.VILLAGE),
        "typed": given,
        "problem": problem,
        "where": where,
        "day": days.today(),
    }
    return show(request, "money/budget_new.html", context, status=422 if problem else 200)
