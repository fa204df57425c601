"""What waits for the reader: lists by measure, stage and village; one list opened, many ticked, one act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import differences, grants, notices, paying, queues
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.evidence import Evidence
from doudi.delivery.objections import Objection
from doudi.delivery.queues import Group
from doudi.delivery.stages import STAGES
from doudi.places.divisions import Place
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web.deeds import doors, rows, wording
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 100
LONGEST = 1_000
FEW = 6
VERDICTS = ("accept", "return", "refuse")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One village's list that waits."""

    group: Group
    village: str
    query: str


@dataclass(frozen=True, slots=True)
class Heap:
    """A line of what waits: the villages' lists of one measure at one stage, and when their notices may end."""

    title: str
    stage: str
    phase: str
    until: date | None
    lists: list[Waiting]

    @property
    def number(self) -> int:
        """The entries of all its lists."""
        return sum(each.group.number for each in self.lists)

    @property
    def amount_fen(self) -> int | None:
        """Fen; None where the measure gives no money."""
        amounts = [each.group.amount_fen for each in self.lists if each.group.amount_fen is not None]
        return sum(amounts) if amounts else None

    @property
    def folded(self) -> bool:
        """More villages than a line can show."""
        return len(self.lists) > FEW


@permission("deed.read")
def show_queue(request: HttpRequest) -> HttpResponse:
    """What waits for me; with a list named in the address, that list."""
    if request.GET.get("stage"):
        return _list(request, request.GET)
    return show(request, "deeds/queue.html", _contents(reader_of(request)))


def _contents(reader: Reader) -> dict[str, Any]:
    day = today()
    stages = queues.stages_of(reader.roles) if reader.may("deed.review") else []
    groups = queues.groups(stages, by=reader.user.username, on=day) if stages else []
    other = Evidence.objects.filter(verdict="").exclude(brought_by=reader.user.username)
    return {
        "day": day,
        "heaps": _heaps(groups),
        "number": sum(group.number for group in groups),
        "evidence": other.count() if reader.may("deed.look") else 0,
        "objections": Objection.objects.filter(state="open").count() if reader.may("deed.answer") else 0,
        "differences": len(differences.found(most=1_000)) if reader.may("deed.settle") else 0,
        "payable": len(paying.ready()) if reader.may("deed.pay") else 0,
        "may_settle": reader.may("deed.settle"),
        "may_grant": reader.may("deed.grant"),
        "may_relate": reader.may("deed.relate"),
        "doors": doors.doors(reader),
    }


def _heaps(groups: list[Group]) -> list[Heap]:
    places = dict(Place.objects.filter(code__in={each.place_code for each in groups}).values_list("code", "name"))
    found: dict[tuple[Any, ...], Heap] = {}
    for each in groups:
        until = each.until if each.phase == queues.HANGING else None
        key = each.measure, each.pack_hash, each.stage, each.phase, until
        if key not in found:
            title = wording.title(each.pack_hash, each.measure)
            found[key] = Heap(title, wording.stage(each.stage), phase_word(each.phase), until, [])
        query = _query(each.stage, each.measure, each.place_code, each.phase)
        found[key].lists.append(Waiting(each, places.get(each.place_code, each.place_code), query))
    return list(found.values())


def phase_word(phase: str) -> str:
    """How a list at the stage of public notice stands."""
    return {
        queues.TO_POST: _("待张贴"),
        queues.HANGING: _("公示中"),
        queues.OVER: _("公示期满,待结束"),
    }.get(phase, "")


def _query(stage: str, measure: str, place: str, phase: str) -> str:
    query = QueryDict(mutable=True)
    query.update({"stage": stage, "measure": measure, "place": place, "phase": phase})
    return query.urlencode()


def _list(
    request: HttpRequest, asked: QueryDict, problem: str = "", ticked: frozenset[int] = frozenset()
) -> HttpResponse:
    """One list with its rows; a refused act keeps what was ticked and typed."""
    reader, day = reader_of(request), today()
    stage, measure, place, phase = (plain(asked.get(name, ""))[:64] for name in ("stage", "measure", "place", "phase"))
    mine = stage in queues.stages_of(reader.roles) and reader.may("deed.review")
    found = queues.ids(stage, measure, place, phase, by=reader.user.username, on=day) if mine else []
    page = Paginator(found, A_PAGE).get_page(asked.get("page"))
    held = Entitlement.objects.select_related("household", "person").in_bulk(page.object_list)
    context = {
        "day": day,
        "stage": stage,
        "stage_word": wording.stage(stage),
        "decides": stage in STAGES and STAGES[stage].decides,
        "measure": measure,
        "place": place,
        "phase": phase,
        "phase_word": phase_word(phase),
        "page": page,
        "rows": rows.told([held[number] for number in page.object_list if number in held], reader),
        "amount_fen": sum(row.amount_fen or 0 for row in held.values()),
        "ticked": ticked,
        "problem": problem,
        "typed": {name: plain(request.POST.get(name, ""))[:LONGEST] for name in ("reason", "phone")},
        "key": uuid.uuid4(),
        "query": _query(stage, measure, place, phase),
    }
    return show(request, "deeds/list.html", context, status=422 if problem else 200)


@permission("deed.review")
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Accept, return or refuse what is ticked, or all of the list; put up or take down its notice."""
    asked, verdict = request.POST, request.POST.get("verdict", "")
    chosen = _chosen(request)
    try:
        number = _carry_out(request, chosen, verdict)
    except AlreadyDone:
        number = len(chosen)
    except Refusal as refusal:
        return _list(request, asked, words_of(refusal), frozenset(chosen))
    return HttpResponseRedirect(
        f"{reverse('deeds')}?done={number}&verdict={verdict if verdict in VERDICTS else 'post'}"
    )


def _carry_out(request: HttpRequest, chosen: list[int], verdict: str) -> int:
    by, day, key = reader_of(request).user.username, today(), key_of(request)
    if verdict == "post":
        made = notices.post(chosen, phone=plain(request.POST.get("phone", "")), by=by, on=day, key=key)
        return len(chosen) if made else 0
    stage, reason = plain(request.POST.get("stage", ""))[:64], plain(request.POST.get("reason", ""))
    return grants.advance(chosen, stage, verdict, by=by, on=day, reason=reason, key=key)


def _chosen(request: HttpRequest) -> list[int]:
    """The ids ticked, or every one of the list where that is asked."""
    asked = request.POST
    if asked.get("all") == "on":
        stage, measure, place, phase = (
            plain(asked.get(name, ""))[:64] for name in ("stage", "measure", "place", "phase")
        )
        return queues.ids(stage, measure, place, phase, by=reader_of(request).user.username, on=today())
    return numbers_of(asked.getlist("id"))


def numbers_of(texts: list[str]) -> list[int]:
    """Whole numbers out of what a form sent; whatever is none is left out."""
    return [int(text) for text in texts[:20_000] if text.isascii() and text.isdigit() and len(text) <= 18]


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The key of the command a form carries, so that sent twice it is carried out once."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
