"""Gateways: where machines send to. An address is typed once and never shown again."""

from __future__ import annotations

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
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.telling import words


@permission("gateway.manage")
def show_gateways(request: HttpRequest) -> HttpResponse:
    """The gateways in force and before; posted, an address is kept for a channel of the county."""
    problem, typed = None, {n: str(v).replace("\0", "").strip()[:1_100] for n, v in request.POST.items()}
    if request.method == "POST":
        try:
            with transaction.atomic():
                gateways.open_way(
                    typed.get("name", ""), typed.get("channel", ""), typed.get("way", ""), place_code=county_code(),
                    by=reader_of(request).user.username, now=timezone.now(),
                )  # fmt: skip
            return HttpResponseRedirect(reverse("gateways"))
        except Refusal as refusal:
            problem = refusal
    context = {
        "rows": [(each, words.of_channel(each.channel)) for each in Gateway.objects.all()[:100]],
        "channels": [(each.name, words.of_channel(each.name)) for each in every.CHANNELS.values() if not each.by_hand],
        "problem": errors.words_of(problem) if problem else "",
        "where": problem.where if problem else "",
        "typed": {name: value for name, value in typed.items() if name != "way"},
    }
    return show(request, "telling/gateways.html", context, status=422 if problem else 200)


@permission("gateway.manage")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Send nothing there any more."""
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    found = Gateway.objects.filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    with transaction.atomic():
        gateways.close(found, by=reader_of(request).user.username, now=timezone.now())
    return HttpResponseRedirect(reverse("gateways"))
