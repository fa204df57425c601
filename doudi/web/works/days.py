"""The day the pages of projects speak of."""

from __future__ import annotations

from datetime import date

from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from doudi.policy.runs import Run
from doudi.projects.reports import Report
from doudi.web import shell


def day_of(request: HttpRequest) -> date:
    """The day asked for (`?on=`); else today, or in a demo county the latest day anything of it speaks of."""
    today = timezone.localdate()
    try:
        return min(date.fromisoformat(request.GET.get("on", "")), today)
    except ValueError:
        pass
    county = shell.county()
    if county is None or not county.demo:
        return today
    run = Run.objects.standing()
    spoken = [run.as_of if run else None, Report.objects.aggregate(last=Max("day"))["last"]]
    return max((day for day in spoken if day), default=today)
