"""Verifying the sealed trail from the page: a job, whose result the page shows."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.access.scope import as_engine
from doudi.trail import jobs, verifying
from doudi.trail.progress import Progress
from doudi.web.reader import reader_of

VERIFY = "web.desk.verification.verify"


def latest() -> Progress | None:
    """The last news of a verification; None where none was asked for."""
    return jobs.latest(VERIFY)


@permission("audit.verify")
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Ask for a verification, and go back to where its progress is shown."""
    news = latest()
    if news is None or not news.open:
        jobs.defer(VERIFY, by=reader_of(request).user.username)
    return HttpResponseRedirect(reverse("trail"))


@jobs.job(VERIFY)
def verify(key: str) -> dict[str, Any]:
    """Verify the whole log; answers what was found, the first bad entry in both languages."""
    with transaction.atomic():
        verifying.one_view()
        with as_engine():
            found = verifying.verify(heard=lambda done, every: jobs.tell(key, "verifying", done / every))
    first = found.first
    return {
        "well": found.well,
        "size": found.size,
        "rows": found.rows,
        "bad_count": found.bad_count,
        "zh": first.zh if first else "",
        "en": first.en if first else "",
    }
