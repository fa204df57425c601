"""What people do about copies that differ: say which is right, or have everything compared again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.monitoring import disagreements, watching
from doudi.trail import jobs
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.deeds import days
from doudi.web.reader import reader_of
from doudi.web.watch import copies

LONGEST = 500


def typed_of(request: HttpRequest) -> dict[str, str]:
    """The form's fields as plain text of bounded length."""
    kept = {name: str(value).replace("\0", "").strip()[:LONGEST] for name, value in request.POST.items()}
    return {name: value for name, value in kept.items() if name != "csrfmiddlewaretoken"}


@permission("copy.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Say which copy is right; a refusal comes back with what was typed."""
    one, typed = copies.disagreement_of(number), typed_of(request)
    by, on = reader_of(request).user.username, days.today()
    try:
        disagreements.decide(one, typed.get("right", ""), reason=typed.get("reason", ""), by=by, on=on)
    except Refusal as refusal:
        problem, where = errors.words_of(refusal), refusal.where or ""
        return copies.page_of(request, copies.disagreement_of(number), problem=problem, where=where, typed=typed)
    return HttpResponseRedirect(reverse("disagreement", args=[one.pk]))


@permission("copy.look")
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Have the whole county compared again, as a job; the page tells how far it is."""
    latest = watching.news()
    if latest is None or not latest.open:
        jobs.defer(watching.LOOK, by=reader_of(request).user.username, on=days.today().isoformat(),
                   as_whom=reader_of(request).user.username)  # fmt: skip
    return HttpResponseRedirect(reverse("watch"))
