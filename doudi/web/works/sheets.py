"""Tables of projects and of weekly progress: sending one in, looking at every row, taking it in or throwing it away."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.projects import sheet_rows
from doudi.register.sheets import Kind, Sheet
from doudi.web.sheets import Door
from doudi.web.shell import show

MOST = 30


def _door(kind: Kind) -> Door:
    back: Any = reverse_lazy("works-import")
    words = gettext_lazy("导入清单或进度")
    return Door(kind, back, words, "works-sheet", "works-sheet-accept", "works-sheet-discard", "works-sheet-refused")


DOORS = {name: _door(kind) for name, kind in sheet_rows.KINDS_OF_TABLE.items()}


@permission("work.import")
def show_sheets(request: HttpRequest) -> HttpResponse:
    """The tables sent in, and the form; 422 for a file that cannot be read."""
    if request.method != "POST":
        return _list(request)
    door = DOORS.get(request.POST.get("kind", ""))
    answer = door.bring(request) if door else _("请选一个表格文件,并选它是哪一种表。")
    return answer if isinstance(answer, HttpResponse) else _list(request, answer)


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    kinds = {door.kind.name: door.kind for door in DOORS.values()}
    found = Sheet.objects.filter(kind__in=kinds).defer("rows")[:MOST]
    context: dict[str, Any] = {
        "sheets": [{"it": each, "kind": kinds[each.kind]} for each in found],
        "kinds": [(name, door.kind, _headings(door.kind)) for name, door in DOORS.items()],
        "kind": request.POST.get("kind", sheet_rows.PROGRESS)[:20],
        "problem": problem,
    }
    return show(request, "works/sheets.html", context, status=422 if problem else 200)


def _headings(kind: Kind) -> str:
    """The headings of a kind, the required ones first."""
    return "、".join(column.headings[0] for column in kind.columns)


def _of(number: str) -> Door:
    """The door a table came in by. Raises Http404 for a number that is no table of projects in sight."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    kind = Sheet.objects.filter(pk=int(number)).values_list("kind", flat=True).first() if whole else None
    found = next((door for door in DOORS.values() if door.kind.name == kind), None)
    if found is None:
        raise Http404
    return found


@permission("work.import")
@require_safe
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """What each row would do."""
    return _of(number).show(request, number, may_accept=True)


@permission("work.import")
@require_POST
def take_in(request: HttpRequest, number: str) -> HttpResponse:
    """Take a table in."""
    return _of(number).take_in(request, number)


@permission("work.import")
@require_POST
def throw_away(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a table away."""
    return _of(number).throw_away(request, number)


@permission("work.import")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stayed out, with their reasons."""
    return _of(number).give_refused(request, number)
