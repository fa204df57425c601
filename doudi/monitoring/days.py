"""Which day something was done at a household: the county's day, whatever the telephone's own clock says."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from doudi.places import counties
from doudi.policy.runs import Run

RIGHT = timedelta(minutes=10)  # a clock that is off by less is taken at its word
OLDEST = timedelta(days=92)  # of what was written longer ago the day is not believed: the clock was wrong then


def county_day(now: datetime, run: Run | None = None) -> date:
    """The county's day: the calendar's, but in a demonstration the day that was decided for (`run` is in force)."""
    run = run or Run.objects.standing()
    if run is None:
        return timezone.localdate(now)
    begun = counties.present()
    return run.as_of if begun is not None and begun.demo else max(run.as_of, timezone.localdate(now))


def read(text: object) -> datetime | None:
    """A moment a telephone names, with its time zone; None for none, or one no calendar has."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return found.astimezone(timezone.get_current_timezone()) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def spoken_on(
    said: date | None, at: datetime | None, *, device_at: datetime | None, now: datetime, county: date
) -> date:
    """The county's day of something done on a telephone at `at` by its own clock, which shows `device_at` now.

    A right clock is taken at its word; a wrong one is set right by what it shows now. What is then still to come, or
    long gone by, was written under yet another clock: it counts as of today, and the clock's own word is kept.
    """
    real, ahead, day = timezone.localdate(now), (device_at - now if device_at else timedelta()), said
    if abs(ahead) > RIGHT or day is None:
        day = _set_right(at, ahead) or real
    if not real - OLDEST <= day <= real:
        day = real
    return county - (real - day) if county < real else day


def _set_right(at: datetime | None, ahead: timedelta) -> date | None:
    try:
        return timezone.localdate(at - ahead) if at else None
    except OverflowError:
        return None
