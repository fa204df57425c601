"""Insurance against falling back: the claims with what is due, a village's signal, the insurer's visit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import insurance_claims
from doudi.delivery.care_results import day_of
from doudi.delivery.insurance_claims import InsuranceClaim
from doudi.delivery.insurance_policies import InsurancePolicy
from doudi.places.divisions import Place
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import errors, names
from doudi.web.deeds import caring_acts, days
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

A_PAGE = 50
LONGEST = 300


@permission("insurance.read")
def show_claims(request: HttpRequest) -> HttpResponse:
    """The claims within the duty, and the policies for who answers for the county."""
    return listing(request)


def listing(
    request: HttpRequest, problem: str = "", where: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """The list; with a problem 422 and what was typed."""
    reader, day = reader_of(request), days.today()
    state = request.GET.get("state", "")[:12]
    every = InsuranceClaim.objects.select_related("household", "entitlement")
    rows = every.filter(state=state) if state in insurance_claims.STATES else every
    rows = every.overdue(on=day) if state == "overdue" else rows
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day,
        "page": page,
        "rows": rows_of(list(page), reader, day),
        "states": [(name, word) for name, word in state_words().items()],
        "state": state,
        "count": every.count(),
        "overdue": every.overdue(on=day).count(),
        "policies": [(each, insurance_claims.promised(each)) for each in InsurancePolicy.objects.all()],
        "undecided": insurance_claims.undecided().count() if reader.may("insurance.manage") else 0,
        "may": {name: reader.may(f"insurance.{name}") for name in ("manage", "signal", "export", "answer")},
        "problem": problem,
        "where": where,
        "typed": typed or {},
    }
    return show(request, "deeds/insurance.html", context, status=422 if problem else 200)


def state_words() -> dict[str, str]:
    """The states of a claim."""
    return {
        "signalled": _("已报信号"),
        "visited": _("已查勘"),
        "agreed": _("保险公司同意"),
        "refused": _("保险公司不同意"),
        "paid": _("已赔付"),
    }


CHIPS = {"signalled": "v-unknown", "visited": "v-unknown", "agreed": "v-yes", "paid": "v-yes", "refused": "v-no"}


def step_words() -> dict[str, str]:
    """The next step, and who takes it."""
    return {
        "visit": _("入户查勘(保险公司)"),
        "decision": _("等核算结论和名单(县)"),
        "review": _("村级评议(村)"),
        "answer": _("答复(保险公司)"),
        "notice": _("公示(村)"),
        "pay": _("赔付(保险公司)"),
        "confirm": _("农户确认收到(村)"),
        "": _("已办结"),
    }


def rows_of(claims: list[InsuranceClaim], reader: Reader, day: date) -> list[dict[str, Any]]:
    """Claims as a row shows them."""
    called = dict(Place.objects.filter(code__in={each.place_code for each in claims}).values_list("code", "name"))
    states, steps = state_words(), step_words()
    names.look_up((each.household for each in claims), reader)
    return [
        {
            "claim": each,
            "who": names.head(each.household, reader) if each.household else "",
            "code": each.household.code if each.household else "",
            "place": called.get(each.place_code, each.place_code),
            "state": states[each.state],
            "chip": CHIPS[each.state],
            "next": steps[insurance_claims.step_of(each)],
            "late": bool(each.due_on and each.due_on < day),
            "origin": _("村里上报") if each.origin == insurance_claims.VILLAGE else _("核算结论"),
        }
        for each in claims
    ]


@permission("insurance.signal")
@require_POST
def signal(request: HttpRequest) -> HttpResponse:
    """A village's signal about one household of its own."""
    typed = {name: request.POST.get(name, "").replace("\0", "").strip()[:LONGEST] for name in ("household", "note")}
    try:
        household = Household.objects.filter(code=typed["household"][:32]).first()
        if household is None:
            raise Refusal("您的范围里没有这个户编号。", "No household within your duty has this code.", "household")
        by = reader_of(request).user.username
        made = insurance_claims.signal(household, typed["note"], by=by, on=days.today(), now=timezone.now())
    except Refusal as refusal:
        return listing(request, errors.words_of(refusal), refusal.where or "", typed)
    except IntegrityError:
        return listing(request, _("刚才有人同时办理,请看最新情况后再办。"), "household", typed)
    return HttpResponseRedirect(reverse("insurance-claim", args=[made.pk]))


@permission("insurance.manage")
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Open the claims of what was granted."""
    try:
        insurance_claims.follow_decisions(by=reader_of(request).user.username, on=days.today())
    except Refusal as refusal:
        return listing(request, errors.words_of(refusal))
    return HttpResponseRedirect(reverse("insurance"))


@permission("insurance.read")
def show_claim(request: HttpRequest, number: str) -> HttpResponse:
    """One claim."""
    return _page(request, claim_of(number))


def claim_of(number: str) -> InsuranceClaim:
    """The claim of a number in an address, within the duty. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    rows = InsuranceClaim.objects.select_related("household", "entitlement")
    found = rows.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, claim: InsuranceClaim, problem: str = "", where: str = "", typed: Any = None
) -> HttpResponse:
    reader, day = reader_of(request), days.today()
    may = reader.may("insurance.visit") and claim.state in (insurance_claims.SIGNALLED, insurance_claims.VISITED)
    fresh = {"visited_on": day.isoformat(), "visitor": "", "loss": ""}
    confirms = reader.may("deed.confirm") and insurance_claims.step_of(claim) == "confirm"
    context = {
        **rows_of([claim], reader, day)[0],
        "may_visit": may,
        "may_confirm": confirms,
        "key": uuid.uuid4(),
        "problem": problem,
        "where": where,
        "typed": typed or fresh,
    }
    return show(request, "deeds/insurance_claim.html", context, status=422 if problem else 200)


@permission("insurance.visit")
@require_POST
def visit(request: HttpRequest, number: str) -> HttpResponse:
    """The insurer's visit; 422 with what was typed."""
    claim = claim_of(number)
    fields = ("visitor", "visited_on", "loss")
    typed = {name: request.POST.get(name, "").replace("\0", "").strip()[:LONGEST] for name in fields}
    try:
        loss, seen = caring_acts.fen_of(typed["loss"], "loss"), day_of(typed["visited_on"], "visited_on")
        by = reader_of(request).user.username
        insurance_claims.visit(claim, typed["visitor"], loss, visited_on=seen, by=by, on=days.today())
    except Refusal as refusal:
        return _page(request, claim_of(number), errors.words_of(refusal), refusal.where or "", typed)
    return HttpResponseRedirect(reverse("insurance-claim", args=[claim.pk]))
