"""A list of towns and villages: sending one in, looking at every row, taking it in or throwing it away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.register.importing import place_lists
from doudi.register.sheets import Sheet
from doudi.web.sheets import Door
from doudi.web.shell import show

DOOR = Door(
    place_lists.LIST, "/divisions/lists/", gettext_lazy("区划名单"), "place-list",
    "place-list-accept", "place-list-discard", "place-list-refused",
)  # fmt: skip
MOST = 30


@permission("place.load")
def show_lists(request: HttpRequest) -> HttpResponse:
    """The form, and the lists sent in before; 422 for a file that cannot be read."""
    answer = DOOR.bring(request) if request.method == "POST" else ""
    if not isinstance(answer, str):
        return answer
    sent = Sheet.objects.filter(kind=place_lists.LIST.name).defer("rows")[:MOST]
    context = {"problem": answer, "columns": place_lists.LIST.columns, "sheets": sent}
    return show(request, "desk/place_lists.html", context, status=422 if answer else 200)


@permission("place.load")
@require_safe
def form(request: HttpRequest) -> HttpResponse:
    """The empty form as a workbook."""
    return DOOR.give_form()


@permission("place.load")
@require_safe
def look(request: HttpRequest, number: str) -> HttpResponse:
    """What each row would do."""
    return DOOR.show(request, number, may_accept=True)


@permission("place.load")
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Take the new places in."""
    return DOOR.take_in(request, number)


@permission("place.load")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Throw the list away."""
    return DOOR.throw_away(request, number)


@permission("place.load")
@require_safe
def refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stay out, with the reason of each."""
    return DOOR.give_refused(request, number)
