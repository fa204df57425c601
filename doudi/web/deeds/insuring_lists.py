"""The list for the insurer as a workbook, and its answers and payments by row coming back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.delivery import insurance_answers
from doudi.delivery.insurance_claims import InsuranceClaim
from doudi.values import money
from doudi.web import papers, shell
from doudi.web.deeds import days, insuring
from doudi.web.reader import reader_of
from doudi.web.sheets import Door
from doudi.web.shell import show

DOOR = Door(
    insurance_answers.LIST, "/deeds/insurance/answers/", gettext_lazy("上传答复和赔付"), "insurance-answer",
    "insurance-answer-accept", "insurance-answer-discard", "insurance-answer-refused",
)  # fmt: skip
MOST, MOST_ON_PAPER = 20_000, 2_000


@permission("insurance.export")
@require_safe
def give_list(request: HttpRequest) -> HttpResponse:
    """The claims under way, in the very form the answers come back in."""
    return DOOR.give_form([_cells(row) for row in _going(request, MOST)])


def _going(request: HttpRequest, most: int) -> list[dict[str, Any]]:
    rows = InsuranceClaim.objects.going().select_related("household", "entitlement").order_by("place_code", "id")
    return insuring.rows_of(list(rows[:most]), reader_of(request), days.today())


@permission("insurance.export")
@require_safe
def draw_list(request: HttpRequest) -> HttpResponse:
    """The same list as an A4 paper, with lines to sign."""
    day = days.today()
    context = {"rows": _going(request, MOST_ON_PAPER), "day": day, "shell": shell.shell_of(request)}
    return papers.answer(request, "papers/insurance_list.html", context, name=_("防贫保赔案名单") + f"-{day}")


def _cells(row: dict[str, Any]) -> list[Any]:
    claim = row["claim"]
    seen = [claim.visited_on.isoformat() if claim.visited_on else "", money.tell(claim.loss_fen or 0)]
    agreed = money.tell(claim.fen) if claim.fen else ""
    return [str(claim.pk), row["code"], row["who"], row["place"], *seen, "", agreed, "", "", ""]


@permission("insurance.answer")
def bring(request: HttpRequest) -> HttpResponse:
    """The answers as a table: the way in."""
    answer = DOOR.bring(request) if request.method == "POST" else ""
    if not isinstance(answer, str):
        return answer
    context = {"problem": answer, "columns": insurance_answers.LIST.columns}
    return show(request, "deeds/insurance_answers.html", context, status=422 if answer else 200)


@permission("insurance.answer")
@require_safe
def look(request: HttpRequest, number: str) -> HttpResponse:
    """What each row would do."""
    return DOOR.show(request, number, may_accept=True)


@permission("insurance.answer")
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Take the answers in."""
    return DOOR.take_in(request, number)


@permission("insurance.answer")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Throw the table away."""
    return DOOR.throw_away(request, number)


@permission("insurance.answer")
@require_safe
def refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stay out, with the reason of each."""
    return DOOR.give_refused(request, number)
