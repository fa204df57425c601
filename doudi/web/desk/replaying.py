"""A run computed again from its own snapshot and pack, as a job; what it found, for whoever checks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from doudi.access.permissions import permission
from doudi.policy import replays
from doudi.trail import jobs
from doudi.web.desk.running import run_of
from doudi.web.reader import reader_of
from doudi.web.shell import show, show_part


@permission("run.replay")
def show_replay(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the replay (POST), or see how far it is and what it found; for htmx that alone."""
    run = run_of(number)
    if request.method == "POST":
        at = timezone.now()
        key = f"replay {run.pk} {at:%Y%m%dT%H%M%S}"
        jobs.defer(replays.REPLAY, by=reader_of(request).user.username, key=key, run=run.pk)
        return HttpResponseRedirect(reverse("replay", args=[run.pk]) + f"?job={at:%Y%m%dT%H%M%S}")
    job = request.GET.get("job", "")
    news = jobs.progress(f"replay {run.pk} {job}") if job.isascii() and job.isalnum() else None
    context: dict[str, Any] = {"run": run, "news": news, "job": job, "found": news.result if news else None}
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/replay_news.html", context)
    return show(request, "desk/replay.html", context)
