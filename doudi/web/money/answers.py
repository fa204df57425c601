"""The bank's answers: sending one in, its preview row by row, taking it in or throwing it away."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.funds import returns
from doudi.funds.batches import Batch
from doudi.funds.returns import Return
from doudi.register.importing.tables import MOST_BYTES
from doudi.values.refusals import Refusal
from doudi.web.deeds import days
from doudi.web.errors import words_of
from doudi.web.money.asking import found, page_of
from doudi.web.reader import reader_of
from doudi.web.shell import show


@permission("batch.answer")
def send_in(request: HttpRequest, number: str) -> HttpResponse:
    """The form for the file, and its preview; 422 with what is wrong with it."""
    batch = found(Batch.objects.select_related("budget"), number)
    if request.method != "POST":
        return show(request, "money/answer_new.html", {"batch": batch})
    file = request.FILES.get("file")
    try:
        if file is None or not file.name:
            raise Refusal("请选择银行回单文件。", "Choose the bank's file.", "file")
        if (file.size or 0) > MOST_BYTES:
            raise Refusal("文件超过100MB。", "The file is larger than 100 MB.", "file")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answer"
            with path.open("wb") as out:
                for block in file.chunks():
                    out.write(block)
            by, now = reader_of(request).user.username, days.now()
            made = returns.preview(batch, path, name=file.name, by=by, now=now)
    except Refusal as refusal:
        return show(request, "money/answer_new.html", {"batch": batch, "problem": words_of(refusal)}, status=422)
    return HttpResponseRedirect(reverse("return", args=[made.pk]))


@permission("batch.answer")
def show_return(request: HttpRequest, number: str) -> HttpResponse:
    """What a file says, row by row; those that do not match first."""
    return _page(request, found(Return.objects.select_related("batch__budget"), number))


def _page(request: HttpRequest, answer: Return, problem: str = "") -> HttpResponse:
    words = {"paid": _("已到账"), "refused": _("银行退回"), "held": _("银行暂挂"), "": _("读不懂")}
    rows = answer.rows.order_by("-zh", "number") if request.GET.get("only") != "bad" else answer.rows.exclude(zh="")
    page = page_of(request, rows)
    parts = (
        (name, answer.counts.get(name, 0), answer.counts.get(f"{name}_fen", 0)) for name in ("paid", "refused", "held")
    )
    context = {
        "answer": answer,
        "batch": answer.batch,
        "open": answer.state == returns.PREVIEWED,
        "rows": [(row, words.get(row.verdict, row.verdict)) for row in page],
        "page": page,
        "parts": [(words[name], count, fen) for name, count, fen in parts],
        "problem": problem,
    }
    return show(request, "money/return.html", context, status=422 if problem else 200)


@permission("batch.answer")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Take the file in, or throw it away."""
    answer = found(Return.objects.select_related("batch__budget"), number)
    by, now = reader_of(request).user.username, days.now()
    try:
        if request.POST.get("do") == "discard":
            returns.discard(answer, by=by, now=now)
        else:
            returns.accept(answer, by=by, now=now)
    except Refusal as refusal:
        answer.refresh_from_db()
        return _page(request, answer, words_of(refusal))
    return HttpResponseRedirect(reverse("batch", args=[answer.batch_id]))
