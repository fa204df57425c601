"""Entitlements: the list, and one with its whole chain from decision to payment."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.delivery import differences, reserving
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.objections import WAYS
from doudi.delivery.stages import STAGES
from doudi.delivery.states import AFTER, CONFIRMED, DELIVERED, PAYABLE, STATES, WITHDRAW
from doudi.funds.payments import PAID
from doudi.places.divisions import Place
from doudi.web import figures
from doudi.web.deeds import rows, wording
from doudi.web.deeds.days import today
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 50


@permission("deed.read")
def show_list(request: HttpRequest) -> HttpResponse:
    """Every entitlement within the duty, by measure, state, place."""
    asked = {name: plain(request.GET.get(name, ""))[:64] for name in ("measure", "state", "place", "code")}
    page = Paginator(_filtered(asked), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows.told(page.object_list, reader_of(request)),
        "asked": asked,
        "measures": _measures(),
        "states": [(f"stage:{name}", wording.stage(name)) for name in STAGES]
        + [(name, wording.state(name)) for name in STATES[1:]],
        "day": today(),
    }
    return show(request, "deeds/entitlements.html", context)


def _filtered(asked: dict[str, str]) -> QuerySet[Entitlement]:
    found: QuerySet[Entitlement] = Entitlement.objects.select_related("household", "person")
    if asked["measure"]:
        found = found.filter(measure=asked["measure"])
    if asked["state"].startswith("stage:"):
        found = found.filter(stage=asked["state"][6:])
    elif asked["state"]:
        found = found.filter(state=asked["state"])
    if asked["code"]:
        found = found.filter(Q(household__code=asked["code"]))
    return found.filter(place_code__startswith=asked["place"]).order_by("-id")


def _measures() -> list[tuple[str, str]]:
    run = standings.run_in_force()
    if run is None:
        return []
    return [(name, wording.title(run.pack_id, name)) for name in standings.pack_of(run).measures]


@permission("deed.read")
def show_one(request: HttpRequest, number: str) -> HttpResponse:
    """One entitlement: why, the steps, the notice, the evidence, objections, the payment."""
    return page(request, entitlement_of(number))


def entitlement_of(number: str) -> Entitlement:
    """The entitlement of a number in an address, as the wall lets the reader see it. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Entitlement.objects.select_related("household", "person", "run")
    one = found.filter(pk=int(number)).first() if whole else None
    if one is None:
        raise Http404
    return one


def page(request: HttpRequest, one: Entitlement, problem: str = "", where: str = "") -> HttpResponse:
    """The page of one; `problem` is what was refused in the form `where`, which keeps what was typed."""
    reader = reader_of(request)
    (row,), payment = rows.told([one], reader), _payment(one)
    context: dict[str, Any] = {
        "one": one,
        "row": row,
        "day": today(),
        "town": Place.objects.filter(code=one.place_code[:9] + "000").values_list("name", flat=True).first() or "",
        "why_kind": one.subject_kind,
        "stages": _stages(one),
        "steps": [(step, wording.stage(step.stage), wording.verdict(step.verdict)) for step in one.steps.all()],
        "quantities": _quantities(one),
        "evidence": [(each, wording.evidence(one, each.kind)) for each in one.evidence.all()],
        "wanted": wording.wanted(one),
        "kinds": [(kind, wording.evidence(one, kind)) for kind in one.evidence_wanted],
        "objections": [(each, wording.way(each.way)) for each in one.objections.all()],
        "ways": [(name, wording.way(name)) for name in WAYS],
        "lines": list(one.notice_lines.select_related("notice").order_by("id")),
        "channel": wording.channel(one),
        "payment": payment,
        "difference": _difference(one, reader),
        "problem": problem,
        "where": where,
        "typed": {name: plain(request.POST.get(name, ""))[:2_000] for name in _TYPED},
        "key": uuid.uuid4(),
        **_may(one, reader, arrived=bool(payment and payment["paid"])),
    }
    return show(request, "deeds/entitlement.html", context, status=422 if problem else 200)


_TYPED = ("kind", "note", "way", "said", "said_by", "reason", "answer", "remark")


def _stages(one: Entitlement) -> list[tuple[str, str]]:
    """Every stage with how it stands: passed, here, to come."""
    here = one.position if one.state == "in_review" else len(one.stages)
    words = (_("已过"), _("在办"), _("未到"))
    return [
        (wording.stage(name), words[0] if n < here and n < one.position else words[1] if n == here else words[2])
        for n, name in enumerate(one.stages)
    ]


def _quantities(one: Entitlement) -> list[tuple[str, str]]:
    """The numbers told with the yes, in words with their unit."""
    known = {each.name: each for each in standings.pack_named(one.pack_hash).terms[one.measure].quantities}
    return [
        (figures.word(known[name].words), figures.typed(value, known[name].node.type.name))
        for name, value in one.quantities.items()
        if name in known
    ]


def _payment(one: Entitlement) -> dict[str, Any] | None:
    held = reserving.standing([one.pk]).get(one.pk)
    return {"held": held, "word": wording.payment(held.state), "paid": held.state == PAID} if held else None


def _difference(one: Entitlement, reader: Reader) -> Any:
    found = differences.found(one.pk) if reader.may("deed.settle") else []
    return found[0] if found else None


def _may(one: Entitlement, reader: Reader, *, arrived: bool) -> dict[str, bool]:
    """What the reader may do here; `arrived`: the bank has said that it is paid."""
    received = one.state == DELIVERED or (one.state == PAYABLE and arrived)
    wants = bool(one.evidence_wanted) and one.live and one.state in ("in_review", "approved", "payable", "deliverable")
    return {
        "may_bring": wants and reader.may("deed.evidence"),
        "may_look": reader.may("deed.look"),
        "may_object": one.live and reader.may("deed.object"),
        "may_answer": reader.may("deed.answer"),
        "may_withdraw": one.state in AFTER[WITHDRAW][0] and not received and reader.may("deed.withdraw"),
        "may_reverse": (received or one.state == CONFIRMED) and reader.may("deed.withdraw"),
        "may_confirm": received and reader.may("deed.confirm"),
    }
