"""What is done to a campaign: start, escalate, send on, end; and to one of its messages. Each form is one act."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.outreach import dispatches, escalations, starting
from doudi.outreach.campaigns import Campaign
from doudi.outreach.dispatches import Dispatch
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.desk import standings
from doudi.web.reader import Reader, reader_of
from doudi.web.telling import days, one, preparing, queue, sending

LONGEST = 500


def typed_of(request: HttpRequest) -> dict[str, str]:
    """The form's fields as plain text of bounded length."""
    kept = {name: str(value).replace("\0", "").strip()[:LONGEST] for name, value in request.POST.items()}
    return {name: value for name, value in kept.items() if name != "csrfmiddlewaretoken"}


@permission("campaign.start")
@require_POST
def start(request: HttpRequest, number: str) -> HttpResponse:
    """Freeze the list, lay out the messages, and ask for the job that sends them."""

    def act(campaign: Campaign, reader: Reader) -> None:
        run = standings.run_in_force()
        found = preparing.audience_of(
            campaign.rule, run, reader, prefix=campaign.prefix, measures=campaign.message.measures,
            untold_only=campaign.untold_only,
        )  # fmt: skip
        if run is not None:
            by = reader.user.username
            starting.start(campaign, found, run, by=by, now=days.now())
            sending.begin(campaign, by=by)

    return _carry(request, number, act)


@permission("campaign.make")
@require_POST
def escalate(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the calls and visits that are due."""
    return _carry(
        request, number, lambda held, reader: escalations.escalate(held, by=reader.user.username, now=days.now())
    )


@permission("campaign.make")
@require_POST
def send(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a round of sending now, where the job that tends the campaign has ended."""
    return _carry(request, number, lambda held, reader: sending.begin(held, by=reader.user.username))


@permission("campaign.make")
@require_POST
def end(request: HttpRequest, number: str) -> HttpResponse:
    """Finish the campaign, or stop it with a reason."""
    typed = typed_of(request)
    stopped = typed.get("how") == "stop"

    def act(held: Campaign, reader: Reader) -> object:
        by = reader.user.username
        return starting.end(held, stopped=stopped, reason=typed.get("reason", ""), by=by, now=days.now())

    return _carry(request, number, act)


def _carry(request: HttpRequest, number: str, act: Callable[[Campaign, Reader], object]) -> HttpResponse:
    """Do it and come back; a refusal leaves nothing and is told on the page. 404 outside the duty."""
    campaign, reader = one.campaign_of(number), reader_of(request)
    if not one.within(campaign, reader):
        raise Http404
    try:
        with transaction.atomic():
            act(campaign, reader)
    except Refusal as refusal:
        answer: HttpResponse = one.page(
            request, one.campaign_of(number), problem=errors.words_of(refusal), typed=typed_of(request)
        )
        return answer
    return HttpResponseRedirect(reverse("campaign", args=[campaign.pk]))


def dispatch_of(number: str) -> Dispatch:
    """The message of a key in an address, within the duty. Raises Http404."""
    try:
        key = uuid.UUID(number)
    except ValueError:
        raise Http404 from None
    found = Dispatch.objects.select_related("campaign__message", "household").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@permission("dispatch.confirm")
@require_POST
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Say that one was told, or was not and why; the list comes back."""
    held, typed = dispatch_of(number), typed_of(request)
    try:
        on = date.fromisoformat(typed["on"]) if typed.get("on") else days.today()
        with transaction.atomic():
            dispatches.confirm(
                held, sure=typed.get("sure", ""), why=typed.get("why", ""), note=typed.get("note", ""),
                by=reader_of(request).user.username, on=on, now=days.now(),
            )  # fmt: skip
    except ValueError:
        return queue.page(request, problem=Refusal("日期写成 2020-02-27 的样子。", "Write the day as 2020-02-27."),
                          at=number, typed=typed)  # fmt: skip
    except Refusal as refusal:
        return queue.page(request, problem=refusal, at=number, typed=typed)
    back = typed.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if safe and back.startswith("/telling/") else reverse("telling-queue"))


@permission("campaign.make")
@require_POST
def again(request: HttpRequest, number: str) -> HttpResponse:
    """Let one that failed be sent once more."""
    held = dispatch_of(number)

    def act(campaign: Campaign, reader: Reader) -> None:
        dispatches.again(held, by=reader.user.username)
        sending.begin(campaign, by=reader.user.username)

    return _carry(request, str(held.campaign_id), act)
