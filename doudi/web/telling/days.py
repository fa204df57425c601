"""The day and moment an act on these pages is done: now, but in a demonstration the demonstration's day."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from doudi.policy.runs import Run
from doudi.web.shell import county


def now() -> datetime:
    """Now, or in a demonstration this hour of the run's day."""
    moment, begun = timezone.now(), county()
    run = Run.objects.standing() if begun is not None and begun.demo else None
    if run is None:
        return moment
    local = timezone.localtime(moment)
    return datetime.combine(run.as_of, local.timetz())


def today() -> date:
    """Today, or the demonstration's day."""
    return timezone.localdate(now())
