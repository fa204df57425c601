"""The list of calls and visits on paper: helper by helper, what to say, and room for what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access import masking
from doudi.access.permissions import permission
from doudi.access.users import User
from doudi.outreach import call_listing, messages, numbers
from doudi.outreach.channels import every
from doudi.outreach.dispatches import Dispatch
from doudi.web import papers
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import shell_of
from doudi.web.telling import days, preparing, queue, words

MOST = 600  # rows on one paper


@permission("told.read")
@require_safe
def print_calls(request: HttpRequest) -> HttpResponse:
    """The reader's own calls and visits, or with `?all=1` everybody's within the duty."""
    reader = reader_of(request)
    waiting = call_listing.waiting()
    if queue.own(reader) and not request.GET.get("all"):
        waiting = waiting.filter(to=reader.user.username)
    found = list(waiting[:MOST])
    context = {
        "groups": _groups(found, reader),
        "texts": _texts(found),
        "day": days.today(),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/calls.html", context, name=f"{_('电话和上门告知表')}-{days.today()}")


def _groups(found: list[Dispatch], reader: Reader) -> list[tuple[str, list[dict[str, Any]]]]:
    """A table a helper; numbers without their middle digits: whole they stand on the helper's telephone alone."""
    ids = [each.household_id for each in found if each.household_id]
    homes = {row["code"]: row for row in preparing.rows_of(ids, reader)}
    phones, named = (
        numbers.of(ids),
        dict(User.objects.filter(username__in={each.to for each in found}).values_list("username", "name")),
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        if each.household is None:
            continue
        row = {
            "home": homes.get(each.household.code, {}),
            "code": each.household.code,
            "phone": masking.partly(masking.PHONE, phones.get(each.household.pk, "")),
            "step": words.of_channel(each.channel),
            "title": each.campaign.message.title,
            "laid_on": each.laid_on,
        }
        groups.setdefault(named.get(each.to, each.to) or _("没有指定人"), []).append(row)
    return list(groups.items())


def _texts(found: list[Dispatch]) -> list[tuple[str, str]]:
    """What is to be said, each campaign once."""
    told = {each.campaign_id: each for each in found}
    return [
        (each.campaign.message.title,
         messages.text_for(each.campaign.texts, each.channel, words=every.named(each.channel).words))
        for each in told.values()
    ]  # fmt: skip
