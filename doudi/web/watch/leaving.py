"""Tables that leave: disagreements, what another system must correct in its own form, alerts, monitored households."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.monitoring import corrections
from doudi.monitoring.disagreements import Disagreements
from doudi.policy.listing import corrections as form
from doudi.policy.listing.lists import Asker
from doudi.policy.packs import Pack
from doudi.register.beliefs import unhurried
from doudi.register.exporting import books
from doudi.register.exporting.books import Book, Page
from doudi.register.exporting.columns import Column
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.deeds import days
from doudi.web.desk.exporting import asker_of
from doudi.web.reader import Reader, reader_of
from doudi.web.watch import alerts, asking, copies, disagreement_rows, files

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 50_000
LISTED = (
    "id", "household_id", "place_code", "subject_kind", "subject_id", "fact", "words", "differs", "right", "opened_on",
    "closed_on", "how",
)  # fmt: skip
NEXT = {
    "left": ("已退出", "left"),
    "measures": ("继续帮扶", "keep helping"),
    "see_two": ("要两人核看", "two must see it"),
    "see_one": ("还要一人核看", "one more must see it"),
    "door": ("要有一人入户", "one must go to the door"),
    "leave": ("可以退出", "may leave"),
}

BEFORE_COPIES = (
    ("编号", "number"),
    ("村", "village"),
    ("户编号", "household"),
    ("户主", "head"),
    ("姓名", "name"),
    ("哪一项", "fact"),
)
AFTER_COPIES = (
    ("已定正确的", "found right"),
    ("该改哪份、怎么改", "which copy to change, and how"),
    ("发现", "opened"),
    ("消除", "closed"),
    ("怎么消除的", "how"),
)
ALERT_COLUMNS = (
    ("编号", "number"),
    ("村", "village"),
    ("户编号", "household"),
    ("户主", "head"),
    ("姓名", "name"),
    ("提醒", "alert"),
    ("要做什么", "what to do"),
    ("通知谁", "told to"),
    ("提出", "raised"),
    ("状态", "state"),
    ("处理情况", "what was done"),
    ("了结", "closed"),
)
FILE_COLUMNS = (
    ("编号", "number"),
    ("村", "village"),
    ("户编号", "household"),
    ("户主", "head"),
    ("风险", "risks"),
    ("帮扶责任人", "helpers"),
    ("建档", "opened"),
    ("最近记录", "last line"),
    ("退出条件满足起", "conditions since"),
    ("下一步", "next"),
    ("退出", "left"),
)


def _answer(pages: Sequence[Page], name: str, told: Sequence[tuple[str, str]], rows: int) -> HttpResponse:
    book = Book(list(pages), list(told), "en" if get_language() == "en" else "zh-hans")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        books.write(book, path, form="xlsx", most=rows)
        response = HttpResponse(path.read_bytes(), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    response["Cache-Control"] = "no-store"
    return response


def _table(title: str, columns: Iterable[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> Page:
    held = [Column(f"c{at}", zh, en, "text", width=18) for at, (zh, en) in enumerate(columns)]
    return Page(title, held, [["" if cell is None else str(cell) for cell in row] for row in rows])


def _list(title: str, columns: Iterable[tuple[str, str]], rows: Sequence[Sequence[Any]], day: date) -> HttpResponse:
    return _answer([_table(title, columns, rows)], f"{title}-{day}", [(_("截至"), str(day))], len(rows))


@permission("copy.export")
@require_safe
def export_disagreements(request: HttpRequest) -> HttpResponse:
    """The disagreements asked for, one a row, with what each copy says."""
    reader, (_run, pack) = reader_of(request), asking.compared()
    if pack is None:
        return _nothing(request)
    with unhurried():
        return _of_disagreements(copies.filtered(request, pack, asking.prefix(request, reader)), reader, pack)


def _of_disagreements(asked: Disagreements, reader: Reader, pack: Pack) -> HttpResponse:
    rows = disagreement_rows.cells(list(asked.values_list(*LISTED, named=True)[:MOST]), reader, pack)
    columns = [*BEFORE_COPIES, *((c.words.zh, c.words.en) for c in pack.copies.values()), *AFTER_COPIES]
    day = days.today()
    return _list(_("不一致清单"), columns, rows, day)


@permission("copy.correct")
@require_safe
def export_corrections(request: HttpRequest) -> HttpResponse:
    """What a system kept elsewhere (`?copy=national`) must correct, in its own form: only the cells that differ."""
    reader = reader_of(request)
    copy, asker = asking.word(request, "copy") or "national", asker_of(reader)
    try:
        with unhurried():
            return _of_corrections(copy, asking.prefix(request, reader), asker)
    except Refusal as refusal:
        return errors.refused(request, refusal)


def _of_corrections(copy: str, prefix: str, asker: Asker) -> HttpResponse:
    shown = [one for one in corrections.of_copy(copy, prefix=prefix) if form.shows(one, asker)]
    pages, day = form.pages_of(shown, {"source": copy}, asker, numbers=False), days.today()
    return _answer(pages, f"{_('更正表')}-{copy}-{day}", [(_("截至"), str(day)), (_("哪一份"), copy)], len(shown))


def _nothing(request: HttpRequest) -> HttpResponse:
    return errors.refused(
        request, Refusal("还没有运行过,没有可导出的。", "Nothing was run yet: there is nothing to take out.")
    )


@permission("alert.export")
@require_safe
def export_alerts(request: HttpRequest) -> HttpResponse:
    """The alerts asked for."""
    reader, (_run, pack) = reader_of(request), asking.ruled()
    if pack is None:
        return _nothing(request)
    found = list(alerts.filtered(request, reader, pack, asking.prefix(request, reader))[:MOST])
    rows = [
        [row["it"].pk, row["place"], row["code"], row["head"], row["who"], row["word"], row["do"], row["to"],
         row["it"].raised_on, row["state"], row["reason"], row["it"].closed_on or ""]
        for row in alerts.rows_of(found, reader, pack)
    ]  # fmt: skip
    day = days.today()
    return _list(_("提醒清单"), ALERT_COLUMNS, rows, day)


@permission("monitored.export")
@require_safe
def export_files(request: HttpRequest) -> HttpResponse:
    """The files asked for."""
    reader, day, (_run, pack) = reader_of(request), days.today(), asking.ruled()
    if pack is None:
        return _nothing(request)
    found = list(files.filtered(request, asking.prefix(request, reader), day)[:MOST])
    rows = [
        [row["it"].pk, row["place"], row["code"], row["who"], "、".join(row["risks"]), "、".join(row["helpers"]),
         row["it"].opened_on, row["it"].touched_on, row["it"].gone_on, _next(row["next"]), row["it"].left_on]
        for row in files.rows_of(found, reader, pack, day)
    ]  # fmt: skip
    return _list(_("监测户清单"), FILE_COLUMNS, rows, day)


def _next(name: str) -> str:
    zh, en = NEXT[name]
    return en if get_language() == "en" else zh
