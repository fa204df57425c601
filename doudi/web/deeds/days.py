"""The day an act on these pages is done: today, but the run's day in a demonstration."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from doudi.web.desk import asking, standings
from doudi.web.shell import county


def today() -> date:
    """Today, or the demonstration's day."""
    begun = county()
    run = standings.run_in_force() if begun is not None and begun.demo else None
    return asking.usual_day(run) if run else timezone.localdate()


def now() -> datetime:
    """The moment it is; in a demonstration on its own day, so that what is paid there is paid on the day it shows."""
    moment = timezone.localtime()
    return datetime.combine(today(), moment.timetz())
