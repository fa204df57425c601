"""The list for civil affairs as a workbook and on paper, and their answers by row coming back."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.delivery import care_cases, care_results
from doudi.delivery.care_cases import CareCase
from doudi.values import money
from doudi.web import papers, shell
from doudi.web.deeds import caring, days
from doudi.web.reader import reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

DOOR = Door(
    care_results.LIST, "/deeds/care/results/", gettext_lazy("上传审批结果"), "care-result", "care-result-accept",
    "care-result-discard", "care-result-refused",
)  # fmt: skip
MOST = 20_000


@permission("care.export")
@require_safe
def give_list(request: HttpRequest) -> HttpResponse:
    """The cases with civil affairs, in the very form their answers come back in."""
    return DOOR.give_form([_cells(row) for row in _handed(request)])


def _handed(request: HttpRequest) -> list[dict[str, Any]]:
    rows = CareCase.objects.filter(state=care_cases.HANDED).select_related("household", "entitlement")
    cases = list(rows.annotate(drawn=Count("sheets")).prefetch_related("sheets").order_by("place_code", "id")[:MOST])
    told = caring.rows_of(cases, reader_of(request), days.today())
    for row in told:
        row["sheet"] = next(iter(row["case"].sheets.all()), None)
    return told


def _cells(row: dict[str, Any]) -> list[Any]:
    case, sheet = row["case"], row["sheet"]
    heads = [money.tell(sheet.per_head_without), money.tell(sheet.per_head)] if sheet else ["", ""]
    return [str(case.pk), row["code"], row["who"], row["place"], row["measure"], *heads, "", "", "", ""]


@permission("care.export")
@require_safe
def draw_list(request: HttpRequest) -> HttpResponse:
    """The same list as an A4 paper, with lines to sign."""
    rows, day = _handed(request), days.today()
    context = {"rows": rows, "day": day, "shell": shell.shell_of(request)}
    return papers.answer(request, "papers/care_list.html", context, name=_("移交民政名单") + f"-{day}")


@permission("care.result")
def bring(request: HttpRequest) -> HttpResponse:
    """The answers as a table: the way in, with what is waited for."""
    answer = DOOR.bring(request) if request.method == "POST" else ""
    if not isinstance(answer, str):
        return answer
    waiting = CareCase.objects.filter(state=care_cases.HANDED).count()
    context = {"problem": answer, "waiting": waiting, "columns": care_results.LIST.columns}
    return show(request, "deeds/care_results.html", context, status=422 if answer else 200)


@permission("care.result")
@require_safe
def look(request: HttpRequest, number: str) -> HttpResponse:
    """What each row would do."""
    return DOOR.show(request, number, may_accept=True)


@permission("care.result")
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Take the answers in."""
    return DOOR.take_in(request, number)


@permission("care.result")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Throw the table away."""
    return DOOR.throw_away(request, number)


@permission("care.result")
@require_safe
def refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stay out, with the reason of each."""
    return DOOR.give_refused(request, number)
