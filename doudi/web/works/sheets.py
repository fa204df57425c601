"""Tables of projects and of weekly progress: sending one in, looking at every row, taking it in or throwing it away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.projects import sheet_rows, sheets
from doudi.projects.sheets import Sheet
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.desk.uploads import place_of
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.works.days import day_of

MOST = 30
SHOWN = 500


class New(forms.Form):
    """A table and what it is."""

    file = forms.FileField(allow_empty_file=True, max_length=None)
    kind = forms.ChoiceField(choices=[(sheet_rows.PROJECTS, ""), (sheet_rows.PROGRESS, "")])


def kind_word(kind: str) -> str:
    """What a table is."""
    return {sheet_rows.PROJECTS: _("项目清单"), sheet_rows.PROGRESS: _("每周进度")}.get(kind, kind)


@permission("work.import")
def show_sheets(request: HttpRequest) -> HttpResponse:
    """The tables sent in, and the form; 422 for a file that cannot be read."""
    if request.method != "POST":
        return _list(request)
    form, reader = New(request.POST, request.FILES), reader_of(request)
    if not form.is_valid():
        return _list(request, _("请选一个表格文件,并选它是哪一种表。"))
    sent = form.cleaned_data["file"]
    try:
        made = sheets.receive(
            sent, sent.name, kind=form.cleaned_data["kind"], place_code=place_of(reader), by=reader.user.username,
            now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _list(request, errors.words_of(refusal))
    return HttpResponseRedirect(reverse("works-sheet", args=[made.pk]))


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    found = Sheet.objects.defer("rows")[:MOST]
    context: dict[str, Any] = {
        "sheets": [{"it": each, "kind": kind_word(each.kind), "state": _state(each)} for each in found],
        "kinds": [(kind, kind_word(kind), words) for kind, words in _columns()],
        "kind": request.POST.get("kind", sheet_rows.PROGRESS)[:20],
        "problem": problem,
    }
    return show(request, "works/sheets.html", context, status=422 if problem else 200)


def _columns() -> list[tuple[str, str]]:
    """Each kind of table with its headings, the required ones first."""
    return [(kind, "、".join(names[0] for names in fields.values())) for kind, fields in sheet_rows.HEADINGS.items()]


def _state(sheet: Sheet) -> str:
    words = {sheets.OPEN: _("等您看过"), sheets.ACCEPTED: _("已收下"), sheets.DISCARDED: _("已作废")}
    return words[sheet.state]


@permission("work.import")
@require_safe
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """What each row would do."""
    return _preview(request, sheet_of(number))


def _preview(request: HttpRequest, sheet: Sheet, problem: str = "") -> HttpResponse:
    lines = sheets.preview(sheet) if sheet.state == sheets.OPEN else []
    fields = sheet_rows.HEADINGS[sheet.kind]
    bad = [line for line in lines if line.problem]
    shown = (bad + [line for line in lines if not line.problem])[:SHOWN]
    context: dict[str, Any] = {
        "sheet": sheet,
        "kind": kind_word(sheet.kind),
        "state": _state(sheet),
        "headings": [words[0] for words in fields.values()],
        "lines": [_line(line, fields) for line in shown],
        "counts": {name: sum(line.action == name and not line.problem for line in lines) for name in _ACTIONS},
        "bad": len(bad),
        "count": len(lines),
        "hidden": len(lines) - len(shown),
        "problem": problem,
    }
    return show(request, "works/sheet.html", context, status=422 if problem else 200)


_ACTIONS = (sheet_rows.NEW, sheet_rows.CHANGED, sheet_rows.SAME)


def _line(line: sheet_rows.Line, fields: Any) -> dict[str, Any]:
    word = {sheet_rows.NEW: _("新增"), sheet_rows.CHANGED: _("有变化"), sheet_rows.SAME: _("相同")}[line.action]
    where = fields[line.problem.where][0] if line.problem and line.problem.where in fields else ""
    return {
        "number": line.number,
        "cells": [(names[0], line.cells.get(name, "")) for name, names in fields.items()],
        "word": _("不能收") if line.problem else word,
        "problem": errors.words_of(line.problem) if line.problem else "",
        "where": where,
    }


@permission("work.import")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in whole, or throw it away; 422 with the rows as they are now where it cannot be."""
    sheet, by = sheet_of(number), reader_of(request).user.username
    try:
        if request.POST.get("act") == "accept":
            sheets.accept(sheet, by=by, on=day_of(request), now=timezone.now())
        elif request.POST.get("act") == "discard":
            sheets.discard(sheet, by=by)
        else:
            raise Refusal("请选收下或作废。", "Choose to accept or to discard it.", "act")
    except Refusal as refusal:
        sheet.refresh_from_db()
        return _preview(request, sheet, errors.words_of(refusal))
    return HttpResponseRedirect(reverse("works-sheet", args=[sheet.pk]))


def sheet_of(number: str) -> Sheet:
    """The table of a number within the reader's scope. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Sheet.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found
