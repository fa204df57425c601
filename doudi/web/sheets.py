"""Tables of one kind as people send them in: the form to fill, the preview row by row, taking in, what stayed out.

Each part of the desk has its own addresses and permissions and hands the work on to here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from doudi.register import sheets
from doudi.register.sheets import CHANGED, NEW, REFUSED, SAME, Kind, Row, Sheet
from doudi.values.refusals import Refusal
from doudi.web import errors, figures, names
from doudi.web.deeds import days
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 100
LONGEST_NUMBER = 18
STATES = {
    NEW: gettext_lazy("新增"),
    CHANGED: gettext_lazy("有变化"),
    SAME: gettext_lazy("相同"),
    REFUSED: gettext_lazy("不能收"),
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where tables of a kind come in: its kind, the page they belong to and what it calls itself, its addresses' names.

    `look`, `accept`, `discard`, `refused` are of one table. `measure` limits who sees them as the wall does; `states`
    are what rows of each state are called.
    """

    kind: Kind
    back: str
    back_words: Promise
    look: str
    accept: str
    discard: str
    refused: str
    measure: str = ""
    states: Mapping[str, Promise] = field(default_factory=lambda: STATES)

    def bring(self, request: HttpRequest, *, about: str = "") -> HttpResponse | str:
        """Keep the table sent in and go to its preview; the words of the refusal where it cannot be kept."""
        sent = request.FILES.get("file")
        if sent is None:
            return _("请选择要上传的表格文件。")
        reader = reader_of(request)
        try:
            made = sheets.receive(
                sent,
                sent.name or "",
                self.kind,
                place_code=place_of(reader),
                about=about,
                measure=self.measure,
                by=reader.user.username,
                now=timezone.now(),
            )
        except Refusal as refusal:
            return errors.words_of(refusal)
        return HttpResponseRedirect(reverse(self.look, args=[made.pk]))

    def sheet(self, number: str) -> Sheet:
        """The table of that number within the reader's wall; 404 for any other."""
        whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
        found = Sheet.objects.filter(pk=int(number), kind=self.kind.name).first() if whole else None
        if found is None:
            raise Http404
        return found

    def show(self, request: HttpRequest, number: str, *, may_accept: bool, problem: str = "") -> HttpResponse:
        """The preview: the sum, then the rows of one state."""
        sheet = self.sheet(number)
        rows = sheets.preview(sheet, self.kind) if sheet.open else []
        found = sheets.counts(rows) if sheet.open else sheet.counts
        state = _state_of(request, found)
        chosen = [row for row in rows if row.state == state]
        chosen.sort(key=_goes_along)
        page = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
        by = names.accounts([sheet.received_by, sheet.closed_by])
        return show(
            request,
            "desk/sheet_in.html",
            {
                "door": self,
                "sheet": sheet,
                "received_by": by[sheet.received_by],
                "closed_by": by[sheet.closed_by],
                "title": _title(self.kind),
                "total": sum(found.values()),
                "sums": [
                    {"state": key, "words": words, "count": found.get(key, 0)} for key, words in self.states.items()
                ],
                "state": state,
                "page": page,
                "rows": [_told(row, self.kind) for row in page],
                "goes": found.get(NEW, 0) + found.get(CHANGED, 0),
                "may_accept": may_accept,
                "problem": problem,
            },
            status=422 if problem else 200,
        )

    def take_in(self, request: HttpRequest, number: str) -> HttpResponse:
        """Take in what can be; the preview again with the reason where nothing can."""
        sheet, now = self.sheet(number), timezone.now()
        by = reader_of(request).user.username
        try:
            sheets.accept(sheet, self.kind, by=by, on=days.today(), now=now)
        except Refusal as refusal:
            return self.show(request, number, may_accept=True, problem=errors.words_of(refusal))
        return HttpResponseRedirect(reverse(self.look, args=[sheet.pk]))

    def throw_away(self, request: HttpRequest, number: str) -> HttpResponse:
        """Throw the table away."""
        sheets.discard(self.sheet(number), by=reader_of(request).user.username, now=timezone.now())
        return HttpResponseRedirect(self.back)

    def give_refused(self, request: HttpRequest, number: str) -> HttpResponse:
        """The rows that stay out, as a workbook with their reasons."""
        sheet = self.sheet(number)
        name = sheet.name.rpartition(".")[0][:80] or sheet.name[:80]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "refused.xlsx"
            sheets.write_refused(sheet, self.kind, path, language=_language())
            return give(path, f"{name}-{_('未收下')}.xlsx")

    def give_form(
        self, rows: list[list[Any]] | None = None, *, told: Sequence[tuple[str, str]] = (), name: str = ""
    ) -> HttpResponse:
        """The empty form of the kind (or one with rows to be filled in), as a workbook that says of itself `told`."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "form.xlsx"
            sheets.write_form(self.kind, path, language=_language(), rows=rows or (), told=told)
            return give(path, f"{name or _title(self.kind)}.xlsx")


def _language() -> str:
    return get_language() or "zh"


def place_of(reader: Reader) -> str:
    """The widest place the reader answers for, whose duties see the table."""
    return min(sorted(reader.scope.places), key=len, default="000000").ljust(12, "0")


def give(path: Path, name: str) -> HttpResponse:
    """A workbook as a download, kept by nobody on the way."""
    response = HttpResponse(path.read_bytes(), content_type=XLSX)
    response.headers["Content-Disposition"] = _disposition(name)
    response["Cache-Control"] = "no-store"
    return response


def _disposition(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"


def _title(kind: Kind) -> str:
    return kind.en if _language() == "en" else kind.zh


def _state_of(request: HttpRequest, found: dict[str, int]) -> str:
    asked = request.GET.get("state", "")
    if asked in STATES:
        return asked
    return next((state for state in (REFUSED, CHANGED, NEW, SAME) if found.get(state)), NEW)


def _told(row: Row, kind: Kind) -> dict[str, Any]:
    """A row as its preview shows it: the cells with something in them, then what it would do, or where it cannot."""
    language = _language()
    shown = [
        (column.heading(language), row.cells.get(column.field, ""))
        for column in kind.columns
        if row.cells.get(column.field, "").strip() and not column.aside
    ]
    words = _why(row.problem, kind) if row.problem else (row.en if language == "en" else row.zh)
    return {"number": row.number, "cells": shown, "words": words, "bad": row.problem is not None}


def _goes_along(row: Row) -> bool:
    """Whether nothing is wrong with a row but what is wrong with another it belongs to: those come last."""
    return row.problem is not None and not row.problem.where


def _why(problem: Refusal, kind: Kind) -> str:
    """Why a row cannot be taken in, after the column that is wrong where the words do not name it."""
    words = errors.words_of(problem)
    column = next((each.heading(_language()) for each in kind.columns if each.field == problem.where), "")
    return figures.with_colon(column, words) if column and column not in words else words
