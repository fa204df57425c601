"""Where a later decision says otherwise than an entitlement: told side by side, settled by choice with a reason."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.delivery import differences
from doudi.delivery.differences import Difference
from doudi.delivery.entitlements import Entitlement
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.deeds import rows
from doudi.web.deeds.days import today
from doudi.web.deeds.entitlements import entitlement_of
from doudi.web.deeds.queue import key_of
from doudi.web.desk import standings
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

MOST = 100


@permission("deed.settle")
def show_differences(request: HttpRequest) -> HttpResponse:
    """What differs and nobody has settled."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", at: int = 0) -> HttpResponse:
    reader, found = reader_of(request), differences.found(most=MOST)
    held = Entitlement.objects.select_related("household", "person").in_bulk([each.entitlement for each in found])
    told = {row.entitlement.pk: row for row in rows.told(held.values(), reader)}
    context: dict[str, Any] = {
        "rows": [
            (told[each.entitlement], each, because(told[each.entitlement].entitlement, each, reader))
            for each in found
            if each.entitlement in told
        ],
        "most": MOST,
        "day": today(),
        "problem": problem,
        "at": at,
        "typed": {name: plain(request.POST.get(name, ""))[:1_000] for name in ("choice", "reason")},
        "key": uuid.uuid4(),
        "done": request.GET.get("done") == "1",
    }
    return show(request, "deeds/differences.html", context, status=422 if problem else 200)


def because(one: Entitlement, difference: Difference, reader: Reader) -> str:
    """The conditions that no longer hold, in words; who does not read health is told where to ask instead."""
    run = standings.run_in_force()
    if run is None or difference.reasons is None or difference.verdict == 1:
        return ""
    measure = standings.pack_of(run).measures.get(one.measure)
    if measure is None:
        return ""
    if not reader.reads("health"):
        return _("理由涉及您的职责看不到的事实")
    failing = [
        figures.word(condition)
        for n, condition in enumerate(measure.conditions)
        if (difference.reasons >> (2 * n)) & 3 != 1
    ]
    return _("、").join(failing)


@permission("deed.settle")
@require_POST
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """Keep, withdraw or grant anew."""
    one, by = entitlement_of(number), reader_of(request).user.username
    choice, reason = plain(request.POST.get("choice", ""))[:16], plain(request.POST.get("reason", ""))
    try:
        differences.settle(one, choice, reason=reason, by=by, on=today(), key=key_of(request))
    except AlreadyDone:
        pass
    except Refusal as refusal:
        return _page(request, words_of(refusal), one.pk)
    return HttpResponseRedirect(f"{reverse('deed-differences')}?done=1")
