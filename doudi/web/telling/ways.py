"""Gateways: where machines send to. An address is typed once and never shown again."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.outreach import gateways
from doudi.outreach.channels import every
from doudi.outreach.gateways import Gateway
from doudi.policy.snapshots import county_code
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal
from doudi.web import errors, names
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.telling import words

MOST = 100  # gateways shown, those of before among them


@permission("gateway.manage")
def show_gateways(request: HttpRequest) -> HttpResponse:
    """The gateways in force and before; posted, an address is kept for a channel of the county."""
    if request.method != "POST":
        return page(request)
    typed = {n: str(v).replace("\0", "").strip()[:1_100] for n, v in request.POST.items()}
    try:
        with transaction.atomic():
            gateways.open_way(
                typed.get("name", ""), typed.get("channel", ""), typed.get("way", ""), place_code=county_code(),
                by=reader_of(request).user.username, now=timezone.now(),
            )  # fmt: skip
    except Refusal as refusal:
        return page(request, problem=refusal, typed=typed)
    return HttpResponseRedirect(reverse("gateways"))


def page(
    request: HttpRequest, *, problem: Refusal | None = None, typed: Mapping[str, str] | None = None,
    sheet_problem: str = "", shown: Gateway | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with a problem 422 and what was typed. `shown` is the gateway whose signing key was asked for."""
    kept = list(Gateway.objects.all()[:MOST])
    by = names.accounts(each.by for each in kept)
    context = {
        "rows": [(each, words.of_channel(each.channel), by[each.by]) for each in kept],
        "channels": [(each.name, words.of_channel(each.name)) for each in every.CHANNELS.values() if not each.by_hand],
        "problem": errors.words_of(problem) if problem else "",
        "where": problem.where if problem else "",
        "typed": {name: value for name, value in (typed or {}).items() if name != "way"},
        "may_take": reader_of(request).may("receipt.take"),
        "sheet_problem": sheet_problem,
        "shown": shown,
        "key": gateways.key_of(shown) if shown else "",
        "door": request.build_absolute_uri(reverse("gateway-receive", args=[shown.pk])) if shown else "",
    }
    return show(request, "telling/gateways.html", context, status=422 if problem or sheet_problem else 200)


def gateway_of(number: str) -> Gateway:
    """The gateway of a number in an address. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Gateway.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


@permission("gateway.manage")
@require_POST
def show_key(request: HttpRequest, number: str) -> HttpResponse:
    """The key its other side signs with, and where it sends to; that it was looked at is recorded."""
    held = gateway_of(number)
    with carry_out("outreach.gateways.show_key", by=reader_of(request).user.username, payload=[held.pk]):
        return page(request, shown=held)


@permission("gateway.manage")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Send nothing there any more."""
    with transaction.atomic():
        gateways.close(gateway_of(number), by=reader_of(request).user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("gateways"))
