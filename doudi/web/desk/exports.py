"""Tables that leave: what one has asked for, what waits for a second person, the file, and the log."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.policy.listing import lists, making
from doudi.register.exporting import exports
from doudi.register.exporting.exports import ALLOWED, READY, WAITING, Download, Export
from doudi.trail import jobs
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

MOST = 100
LONGEST_NUMBER = 18


@permission("export.request")
def show_exports(request: HttpRequest) -> HttpResponse:
    """Mine, what waits for my word, and what came back and was left for the village."""
    reader, now = reader_of(request), timezone.now()
    mine = reader.user.username
    waiting = Export.objects.waiting_for(mine, now=now) if reader.may("export.approve") else []
    context = {
        "mine": [_told(one) for one in Export.objects.of(mine)[:MOST]],
        "waiting": [_told(one) for one in waiting],
        "may_approve": reader.may("export.approve"),
        "may_return": reader.may("export.return"),
        "may_log": reader.may("export.log"),
        "alone": exports.ALONE,
    }
    return show(request, "desk/exports.html", context)


@permission("export.log")
def show_log(request: HttpRequest) -> HttpResponse:
    """Every export within the scope with its downloads, the latest first."""
    found = list(Export.objects.order_by("-id")[:MOST])
    fetched: dict[int, list[Download]] = {}
    for one in Download.objects.filter(export__in=found).order_by("id"):
        fetched.setdefault(one.export_id, []).append(one)
    rows = [{**_told(one), "fetched": fetched.get(one.pk, [])} for one in found]
    return show(request, "desk/exports_log.html", {"rows": rows, "most": MOST})


@permission("export.request")
def show_export(request: HttpRequest, number: str) -> HttpResponse:
    """One export: where it stands; for htmx only that."""
    reader = reader_of(request)
    context = _contents(_export_of(number, reader), reader)
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/export_state.html", context)
    return show(request, "desk/export.html", context)


def _contents(export: Export, reader: Reader, typed: str = "", problem: str = "") -> dict[str, Any]:
    news = jobs.progress(f"export-{export.token}") if export.state in (ALLOWED, READY) else None
    return {
        **_told(export),
        "lines": making.told(export),
        "progress": news,
        "mine": export.requested_by == reader.user.username,
        "may_answer": export.state == WAITING
        and reader.may("export.approve")
        and export.requested_by != reader.user.username,
        "typed": typed,
        "problem": problem,
        "fetched": list(export.downloads.all()[:MOST]),
    }


def _told(export: Export) -> dict[str, Any]:
    """An export with its words."""
    ended = export.has_ended(timezone.now())
    words = {
        WAITING: _("等第二人同意"),
        ALLOWED: _("正在生成"),
        READY: _("可下载"),
        exports.DECLINED: _("未获同意"),
    }
    over = ended and export.state != exports.DECLINED
    listed = lists.named(export.kind)
    return {
        "export": export,
        "state": _("已过期") if over else words[export.state],
        "over": over,
        "ready": export.state == READY and not over,
        "open": export.state == ALLOWED and not over,
        "title": figures.in_words(listed.zh, listed.en),
    }


def _export_of(number: str, reader: Reader) -> Export:
    """One's own, or one that one may allow or audit; 404 for every other."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    found = Export.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    if found.requested_by == reader.user.username or reader.may("export.approve") or reader.may("export.log"):
        return found
    raise Http404


@permission("export.approve")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Allow or decline what another person asked for; 422 with what is wrong."""
    reader, now = reader_of(request), timezone.now()
    export, by = _export_of(number, reader), reader.user.username
    typed = request.POST.get("answer", "")[:600].replace("\0", "")
    try:
        if request.POST.get("decision") == "decline":
            exports.decline(export, typed, by=by, now=now)
        else:
            making.defer(exports.approve(export, by=by, now=now), by=by, now=now)
    except Refusal as refusal:
        return show(request, "desk/export.html", _contents(export, reader, typed, words_of(refusal)), status=422)
    return HttpResponseRedirect(reverse("export", args=[export.pk]))


@permission("export.request")
def fetch(request: HttpRequest, number: str) -> HttpResponse | FileResponse:
    """The file, for who asked for it while the duty still covers it; 404 for everybody else. Each time is noted."""
    reader = reader_of(request)
    export = _export_of(number, reader)
    if export.requested_by != reader.user.username or not _still_covers(reader, export):
        raise Http404
    path = exports.fetch(export, by=reader.user.username, now=timezone.now())
    response = FileResponse(path.open("rb"), as_attachment=True, filename=export.file_name)
    response["Cache-Control"] = "no-store"
    return response


def _still_covers(reader: Reader, export: Export) -> bool:
    """Whether the reader's duties of today still hold all that the table shows; no measures is every measure."""
    seen, now = export.scope, reader.scope
    measures = not now.measures or (bool(seen.measures) and seen.measures <= now.measures)
    return (
        export.roles <= reader.roles
        and measures
        and all(reader.scope.covers(place) for place in seen.places)
        and seen.households <= reader.scope.households
    )
