"""Payments: the list by state, checking what somebody else made, stopping, paying anew; one payment with its way."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.funds import payments
from doudi.funds.budgets import Budget
from doudi.funds.payments import STATES, Payment
from doudi.projects import disbursements
from doudi.values.refusals import Refusal
from doudi.web.deeds import days
from doudi.web.errors import words_of
from doudi.web.money.asking import LONGEST_NUMBER, found, page_of, payment_words, rows_of, typed
from doudi.web.reader import reader_of
from doudi.web.shell import show

NO_ACCOUNT = "no_account"


@permission("money.read")
def show_payments(request: HttpRequest) -> HttpResponse:
    """Payments within the scope, by state and budget."""
    return _list(request)


def _list(request: HttpRequest, problem: str = "", chosen: set[int] | None = None, reason: str = "") -> HttpResponse:
    reader, asked = reader_of(request), request.GET or request.POST
    state, budget = asked.get("state", ""), asked.get("budget", "")
    rows = _rows(state, budget)
    page = page_of(request, rows)
    whole = payments.sums(_rows("", budget))
    words = {**payment_words(), NO_ACCOUNT: _("没有账号")}
    missing = _rows(NO_ACCOUNT, budget).count()
    facets = [(name, words[name], whole.get(name, (0, 0))[0]) for name in STATES if name in whole]
    mine = reader.user.username
    context = {
        "page": page,
        "rows": rows_of(list(page), reader),
        "state": state,
        "budget": budget,
        "budgets": Budget.objects.all(),
        "facets": [*facets, *([(NO_ACCOUNT, words[NO_ACCOUNT], missing)] if missing else [])],
        "count": sum(count for count, _ in payments.sums(rows).values()),
        "fen": sum(fen for _, fen in payments.sums(rows).values()),
        "may_check": reader.may("payment.check") and state == "made",
        "may_make": reader.may("payment.make") and state in ("made", "checked", "failed"),
        "mine": mine,
        "chosen": chosen or set(),
        "reason": reason,
        "problem": problem,
    }
    return show(request, "money/payments.html", context, status=422 if problem else 200)


def _rows(state: str, budget: str) -> QuerySet[Payment]:
    rows = Payment.objects.select_related("bank_account", "batch", "budget").order_by("-id")
    if state in STATES:
        rows = rows.filter(state=state) if state != "failed" else rows.failed()
    elif state == NO_ACCOUNT:
        rows = rows.filter(bank_account=None, state="made")
    if budget.isascii() and budget.isdigit() and len(budget) <= LONGEST_NUMBER:
        rows = rows.filter(budget=int(budget))
    return rows


def _chosen(request: HttpRequest) -> set[int]:
    texts = request.POST.getlist("payment")
    return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER}


@permission("payment.check")
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Check the payments that were chosen, or all of a budget that somebody else made and that have an account."""
    by, chosen = reader_of(request).user.username, _chosen(request)
    if request.POST.get("all"):
        rows = _rows("made", request.POST.get("budget", "")).exclude(made_by=by).exclude(bank_account=None)
        chosen = set(rows.values_list("pk", flat=True))
    try:
        payments.check(chosen, by=by, now=days.now())
    except Refusal as refusal:
        return _list(request, words_of(refusal), chosen)
    return HttpResponseRedirect(f"{reverse('payments')}?state=checked&budget={_budget(request)}")


@permission("payment.make")
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Stop the payments that were chosen, with the reason, or pay anew those the bank refused."""
    by, chosen, on = reader_of(request).user.username, _chosen(request), days.today()
    reason, do = typed(request, "reason")["reason"], request.POST.get("do", "")
    held = list(Payment.objects.filter(pk__in=chosen))
    try:
        if not held:
            raise Refusal("请先勾选付款。", "Choose payments first.", "payment")
        if do == "retry":
            payments.retry([payment.pk for payment in held], by=by, on=on)
        else:
            _stop(held, reason, by=by, on=on)
    except Refusal as refusal:
        return _list(request, words_of(refusal), chosen, reason)
    state = "made" if do == "retry" else "stopped"
    return HttpResponseRedirect(f"{reverse('payments')}?state={state}&budget={_budget(request)}")


def _stop(held: list[Payment], reason: str, *, by: str, on: Any) -> None:
    from django.db import transaction

    with transaction.atomic():
        for kind in sorted({payment.origin_kind for payment in held}):
            ids = [payment.origin_id for payment in held if payment.origin_kind == kind]
            payments.stop(kind, ids, reason=reason, by=by, on=on)


def _budget(request: HttpRequest) -> str:
    text = request.POST.get("budget", "")
    return text if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else ""


@permission("money.read")
def show_payment(request: HttpRequest, number: str) -> HttpResponse:
    """One payment: for what, to whom, who did which step, what the bank said, what came before and after."""
    reader = reader_of(request)
    payment = found(Payment.objects.select_related("bank_account", "batch", "budget__source", "retries"), number)
    after = Payment.objects.filter(retries=payment).first()
    context = {
        **rows_of([payment], reader)[0],
        "after": after,
        "origin": _origin(payment),
        "answers": payment.answers.select_related("file").order_by("id"),
        "may_account": reader.may("bank_account.record"),
    }
    return show(request, "money/payment.html", context)


def _origin(payment: Payment) -> str:
    """Where what it is for is shown; nothing where no such page stands."""
    if payment.origin_kind == disbursements.ORIGIN:
        held = disbursements.Disbursement.objects.filter(pk=payment.origin_id).select_related("project").first()
        return reverse("work", args=[held.project.code]) + "#money" if held else ""
    plural = {"entitlement": "entitlements"}.get(payment.origin_kind, payment.origin_kind)
    address = f"/deeds/{plural}/{payment.origin_id}/"
    try:
        resolve(address)
    except Resolver404:
        return ""
    return address
