"""Tables and papers that leave: the list of projects and the week's form as a workbook, a sheet a bureau as PDF."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.projects import outlooks, sheet_rows
from doudi.projects.outlooks import Outlook
from doudi.projects.projects import Project
from doudi.register.exporting import books
from doudi.register.exporting.books import Book, Page
from doudi.register.exporting.columns import Column
from doudi.values import money
from doudi.web import papers, shell
from doudi.web.works import listing, rows, words
from doudi.web.works.days import day_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@permission("work.export")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The list of projects, or with `kind=progress` the week's form for every project under way, to be filled in."""
    day = day_of(request)
    kind = sheet_rows.PROGRESS if request.GET.get("kind") == sheet_rows.PROGRESS else sheet_rows.PROJECTS
    every = outlooks.of(_asked(request), on=day)
    made = _progress(every) if kind == sheet_rows.PROGRESS else _projects(every)
    told = [(_("截至"), day.isoformat()), (_("主管部门"), request.GET.get("bureau", "")[:100] or _("全部"))]
    book = Book([made], told, "en" if get_language() == "en" else "zh-hans")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        books.write(book, path, form="xlsx", most=len(every))
        response = HttpResponse(path.read_bytes(), content_type=XLSX)
    name = f"{made.name}-{day}.xlsx"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _asked(request: HttpRequest) -> list[Project]:
    bureau = request.GET.get("bureau", "")[:100].replace("\0", "")
    found = Project.objects.filter(bureau=bureau) if bureau else Project.objects.all()
    return list(found.order_by("bureau", "code"))


def _columns(kind: str, more: Iterable[tuple[str, str, str]] = ()) -> list[Column]:
    fields = sheet_rows.HEADINGS[kind]
    own = [Column(name, names[0], names[-1], "text", width=16) for name, names in fields.items()]
    return own + [Column(name, zh, en, "text", width=16) for name, zh, en in more]


def _projects(every: Iterable[Outlook]) -> Page:
    """The list as an import takes it, and beside it how far each has come."""
    more = (
        ("class", "分类", "class"), ("started", "开工日", "started on"), ("accepted", "已验收进度", "accepted"),
        ("paid", "已拨付(元)", "paid (yuan)"), ("works", "预计完工", "works expected"),
        ("money_out", "预计拨完", "money expected"), ("late", "超期天数", "days late"),
    )  # fmt: skip
    return Page(_("项目清单"), _columns(sheet_rows.PROJECTS, more), (_cells(each) for each in every))


def _cells(each: Outlook) -> list[str]:
    it = each.project
    return [
        it.code, it.name, words.of_kind(it.kind), it.owner, it.bureau, it.place_code, _yuan(it.planned_fen),
        it.works_due.isoformat(), it.money_due.isoformat(), it.contractor, _yuan(it.contract_fen),
        str(it.contract_days or ""), words.of_class(each.standing), it.started_on.isoformat() if it.started_on else "",
        words.percent(it.accepted_bp), _yuan(each.paid_fen), words.expected(each.works), words.expected(each.money),
        str(max(each.works_late, each.money_late) or ""),
    ]  # fmt: skip


def _yuan(fen: int | None) -> str:
    return "" if fen is None else money.tell(fen)


def _progress(every: Iterable[Outlook]) -> Page:
    """Every project under way with an empty share; what the last week said is beside it."""
    more = (("name", "项目名称(不必填)", "name (leave)"), ("last", "上次已验收(%)", "last accepted (%)"))
    going = [each.project for each in every if each.standing == outlooks.UNDER_WAY]
    cells = (
        [it.code, "", "", words.of_basis("quantity"), "", "", it.name, f"{it.accepted_bp / 100:g}"] for it in going
    )
    return Page(_("每周进度"), _columns(sheet_rows.PROGRESS, more), cells)


@permission("work.export")
@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """The progress sheet as PDF, a page or more a bureau; `?bureau=` leaves one."""
    day = day_of(request)
    every = outlooks.of(_asked(request), on=day)
    parts: list[dict[str, Any]] = []
    for bureau, some in groupby(every, key=lambda each: each.project.bureau):
        found = list(some)
        parts.append({"bureau": bureau, "rows": rows.of(found), "figures": listing.figures_of(found)})
    context = {"parts": parts, "day": day, "shell": shell.shell_of(request)}
    return papers.answer(request, "papers/works.html", context, name=_("项目进度表") + f"-{day}")
