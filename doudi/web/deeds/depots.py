"""Depots of farm inputs: what each holds, what came and went, and the acts upon them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import depots, goods
from doudi.delivery.allotments import PLANNED, Allotment
from doudi.delivery.depots import WORDS, Depot, Holding, Movement
from doudi.delivery.goods import KINDS, Good
from doudi.places.divisions import Place
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.deeds.days import today
from doudi.web.deeds.queue import key_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

RECENT = 50
LONGEST_NUMBER = 18
FIELDS = ("act", "depot", "to", "good", "quantity", "note", "name", "kind", "unit", "place", "keeper", "movement")


def whole(text: str) -> int:
    """A whole number as typed, with or without separators; 0 for anything else, which no verb takes."""
    digits = text.strip().replace(",", "").replace("，", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER else 0


@permission("input.read")
def show_depots(request: HttpRequest) -> HttpResponse:
    """The depots with what they hold, the last movements, and the forms for whoever keeps them."""
    return _page(request)


@permission("input.keep")
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """One act of keeping: receive, send, spoil, reverse, a new good, a new depot. 422 with what was typed."""
    reader = reader_of(request)
    typed = {name: plain(request.POST.get(name, ""))[:300] for name in FIELDS}
    act = _ACTS.get(typed["act"])
    if act is None:
        raise Http404
    try:
        act(typed, reader, {"by": reader.user.username, "on": today(), "key": key_of(request)})
    except AlreadyDone:
        pass
    except Refusal as refusal:
        return _page(request, words_of(refusal), typed)
    return HttpResponseRedirect(f"{reverse('depots')}?done={typed['act']}")


def depot_of(number: str, reader: Reader) -> Depot:
    """The depot of that number in a place the reader answers for. Raises Refusal."""
    found = Depot.objects.filter(pk=whole(number)).first()
    if found is None or not reader.scope.covers(found.place_code):
        raise Refusal("请选择您管的仓库。", "Choose a depot of your places.", "depot")
    return found


def good_of(number: str) -> Good:
    """The good of that number. Raises Refusal."""
    found = Good.objects.filter(pk=whole(number)).first()
    if found is None:
        raise Refusal("请选择物资。", "Choose the good.", "good")
    return found


def _receive(typed: dict[str, str], reader: Reader, said: dict[str, Any]) -> None:
    depot = depot_of(typed["depot"], reader)
    depots.receive(depot, good_of(typed["good"]), whole(typed["quantity"]), note=typed["note"], **said)


def _spoil(typed: dict[str, str], reader: Reader, said: dict[str, Any]) -> None:
    depot = depot_of(typed["depot"], reader)
    depots.spoil(depot, good_of(typed["good"]), whole(typed["quantity"]), note=typed["note"], **said)


def _send(typed: dict[str, str], reader: Reader, said: dict[str, Any]) -> None:
    depot, to = depot_of(typed["depot"], reader), depot_of(typed["to"], reader)
    depots.send(depot, to, good_of(typed["good"]), whole(typed["quantity"]), note=typed["note"], **said)


def _reverse(typed: dict[str, str], reader: Reader, said: dict[str, Any]) -> None:
    movement = Movement.objects.select_related("depot", "good").filter(pk=whole(typed["movement"])).first()
    if movement is None:
        raise Refusal("没有这一笔。", "There is no such movement.", "movement")
    depots.reverse(movement, note=typed["note"], **said)


def _new_good(typed: dict[str, str], reader: Reader, said: dict[str, Any]) -> None:
    goods.register(typed["name"], kind=typed["kind"], unit=typed["unit"], by=said["by"])


def _new_depot(typed: dict[str, str], reader: Reader, said: dict[str, Any]) -> None:
    code = typed["place"].ljust(12, "0") if typed["place"] else ""
    if not reader.scope.covers(code):
        raise Refusal("请选择您管的县或乡镇。", "Choose the county or a town of yours.", "place")
    depots.open_depot(typed["name"], place_code=code, keeper=typed["keeper"], by=said["by"])


_ACTS: dict[str, Callable[[dict[str, str], Reader, dict[str, Any]], None]] = {
    "receive": _receive,
    "spoil": _spoil,
    "send": _send,
    "reverse": _reverse,
    "good": _new_good,
    "depot": _new_depot,
}


def _page(request: HttpRequest, problem: str = "", typed: dict[str, str] | None = None) -> HttpResponse:
    reader = reader_of(request)
    mine = [each for each in Depot.objects.all() if reader.scope.covers(each.place_code)]
    context = {
        "day": today(),
        "depots": _held(mine),
        "goods": list(Good.objects.all()),
        "kinds": [(name, figures.in_words(*both)) for name, both in KINDS.items()],
        "mine": mine,
        "places": _places(reader),
        "movements": _recent(),
        "may_keep": reader.may("input.keep"),
        "may_allot": reader.may("input.allot"),
        "may_hand": reader.may("input.hand"),
        "problem": problem,
        "typed": typed or {},
        "done": _told_done().get(request.GET.get("done", "")),
        "key": uuid.uuid4(),
    }
    return show(request, "deeds/depots.html", context, status=422 if problem else 200)


def _told_done() -> dict[str, str]:
    return {
        "receive": _("已入库。"),
        "spoil": _("已登记损耗。"),
        "send": _("已调拨。"),
        "reverse": _("已冲销。"),
        "good": _("已登记物资。"),
        "depot": _("已设仓库。"),
    }


def _held(mine: list[Depot]) -> list[dict[str, Any]]:
    """Each depot with its holdings: what is there, what of it is allotted, what is free (units of the good)."""
    planned = {
        (depot, good): int(n)
        for depot, good, n in Allotment.objects.filter(state=PLANNED)
        .order_by()
        .values_list("depot_id", "good_id")
        .annotate(n=Sum("quantity"))
    }
    holdings = Holding.objects.filter(depot__in=mine).select_related("good").order_by("good__kind", "good__name")
    rows: dict[int, list[dict[str, Any]]] = {}
    for each in holdings:
        kept = planned.get((each.depot_id, each.good_id), 0)
        row = {"good": each.good, "there": each.quantity, "planned": kept, "free": each.quantity - kept}
        rows.setdefault(each.depot_id, []).append(row)
    return [{"depot": depot, "rows": rows.get(depot.pk, [])} for depot in mine]


def _recent() -> list[dict[str, Any]]:
    found = Movement.objects.select_related("depot", "good").order_by("-pk")[:RECENT]
    undone = set(
        Movement.objects.filter(reverses__in=[each.pk for each in found]).values_list("reverses_id", flat=True)
    )
    return [
        {
            "one": each,
            "words": figures.in_words(*WORDS[each.kind]),
            "undone": each.pk in undone,
            "open": each.pk not in undone and each.kind not in ("reversed", "handed"),
        }
        for each in found
    ]


def _places(reader: Reader) -> list[Place]:
    found = Place.objects.in_force(on=today()).filter(level__in=[Place.COUNTY, Place.TOWN])
    return [place for place in found if reader.scope.covers(place.code)]
