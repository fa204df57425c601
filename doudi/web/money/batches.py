"""Batches: what waits to be put together, and each one's way: made, checked, sent, its file, the bank's answer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.funds import bank_files, batches, payments, returns, settlements, wording
from doudi.funds.batches import Batch
from doudi.funds.budgets import Budget
from doudi.funds.payments import Payment
from doudi.funds.returns import Return
from doudi.values.refusals import Refusal
from doudi.web import papers
from doudi.web.deeds import days
from doudi.web.errors import words_of
from doudi.web.money.asking import CHIPS, batch_words, found, page_of, rows_of, typed
from doudi.web.reader import reader_of
from doudi.web.shell import show

MOST_ON_PAPER = 2000  # rows of a list to sign: about sixty sheets


@permission("money.read")
def show_batches(request: HttpRequest) -> HttpResponse:
    """Checked payments that wait, by budget, and every batch."""
    return _list(request)


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    reader, words = reader_of(request), batch_words()
    page = page_of(request, Batch.objects.select_related("budget").order_by("-id"))
    waiting = Q(payments__state="checked", payments__batch=None)
    context = {
        "page": page,
        "rows": [(each, words[each.state], CHIPS[each.state]) for each in page],
        "waiting": Budget.objects.annotate(
            n=Count("payments", waiting), fen=Sum("payments__fen", filter=waiting)
        ).filter(n__gt=0),
        "may_make": reader.may("batch.make"),
        "problem": problem,
    }
    return show(request, "money/batches.html", context, status=422 if problem else 200)


@permission("batch.make")
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Put all that waits of a budget into a batch."""
    budget = found(Budget.objects.all(), request.POST.get("budget", ""))
    try:
        made = batches.make(budget, by=reader_of(request).user.username, on=days.today())
    except Refusal as refusal:
        return _list(request, words_of(refusal))
    return HttpResponseRedirect(reverse("batch", args=[made.pk]))


@permission("money.read")
def show_batch(request: HttpRequest, number: str) -> HttpResponse:
    """One batch."""
    return _batch(request, _found(number))


def _found(number: str) -> Batch:
    batch: Batch = found(Batch.objects.select_related("budget__source"), number)
    return batch


def _batch(request: HttpRequest, batch: Batch, problem: str = "", given: dict[str, str] | None = None) -> HttpResponse:
    reader, by = reader_of(request), reader_of(request).user.username
    rows = Payment.objects.filter(batch=batch).select_related("bank_account").order_by("line")
    page = page_of(request, rows)
    sums = payments.sums(rows)
    context: dict[str, Any] = {
        "batch": batch,
        "state": batch_words()[batch.state],
        "chip": CHIPS[batch.state],
        "page": page,
        "rows": rows_of(list(page), reader),
        "paid": sums.get("paid", (0, 0)),
        "failed": sums.get("failed", (0, 0)),
        "open": [sum(sums.get(state, (0, 0))[at] for state in payments.OPEN) for at in (0, 1)],
        "due": returns.due(batch, on=days.today()),
        "files": batch.files.all(),
        "returns": Return.objects.filter(batch=batch),
        "forms": bank_files.FORMS,
        "may_check": reader.may("batch.check") and batch.state == "made" and batch.made_by != by,
        "may_send": reader.may("batch.send") and batch.state == "checked",
        "may_drop": reader.may("batch.make") and batch.state in ("made", "checked"),
        "may_file": reader.may("batch.send") and batch.state in ("sent", "closed"),
        "may_answer": reader.may("batch.answer") and batch.state == "sent",
        "may_give_up": reader.may("batch.make") and batch.state == "sent",
        "typed": given or {},
        "problem": problem,
    }
    return show(request, "money/batch.html", context, status=422 if problem else 200)


@permission("batch.check")
@require_POST
def check(request: HttpRequest, number: str) -> HttpResponse:
    """Check a batch somebody else made."""
    batch = _found(number)
    try:
        batches.check(batch, by=reader_of(request).user.username, now=days.now())
    except Refusal as refusal:
        return _batch(request, batch, words_of(refusal))
    return HttpResponseRedirect(reverse("batch", args=[batch.pk]))


@permission("batch.send")
@require_POST
def send(request: HttpRequest, number: str) -> HttpResponse:
    """Give a batch to the bank."""
    batch = _found(number)
    try:
        batches.send(batch, by=reader_of(request).user.username, now=days.now())
    except Refusal as refusal:
        return _batch(request, batch, words_of(refusal))
    return HttpResponseRedirect(reverse("batch", args=[batch.pk]))


@permission("batch.make")
@require_POST
def give_up(request: HttpRequest, number: str) -> HttpResponse:
    """Drop a batch that was not sent, or give up what the bank confirms in writing it did not carry out."""
    batch, by, on = _found(number), reader_of(request).user.username, days.today()
    given = typed(request, "reason")
    try:
        if batch.state == batches.SENT:
            settlements.give_up(batch, document=given["reason"], by=by, on=on)
        else:
            batches.drop(batch, reason=given["reason"], by=by, on=on)
    except Refusal as refusal:
        return _batch(request, batch, words_of(refusal), given)
    return HttpResponseRedirect(reverse("batch", args=[batch.pk]))


@permission("batch.send")
@require_POST
def fetch(request: HttpRequest, number: str) -> HttpResponse | FileResponse:
    """The file for the bank, with whole account numbers; each writing is kept. Nothing of it stays on this machine."""
    batch, form = _found(number), request.POST.get("form", "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        try:
            by = reader_of(request).user.username
            bank_files.export(batch, path, form=form, by=by, now=days.now())
        except Refusal as refusal:
            return _batch(request, batch, words_of(refusal))
        file = path.open("rb")
    response = FileResponse(file, as_attachment=True, filename=bank_files.name_of(batch, form))
    response["Cache-Control"] = "no-store"
    return response


@permission("money.read")
def show_paper(request: HttpRequest, number: str) -> HttpResponse:
    """The payment list to sign, as PDF: amounts in words as well, accounts by their last four digits."""
    batch = _found(number)
    rows = Payment.objects.filter(batch=batch).select_related("bank_account").order_by("line")[:MOST_ON_PAPER]
    context = {
        "batch": batch,
        "rows": rows_of(list(rows), reader_of(request)),
        "left": max(0, batch.count - MOST_ON_PAPER),
        "in_words": wording.in_words(batch.fen),
        "day": days.today(),
    }
    try:
        return papers.answer(request, "papers/payment_list.html", context, name=f"付款清单-{batch.number}")
    except Refusal as refusal:
        return _batch(request, batch, words_of(refusal))
