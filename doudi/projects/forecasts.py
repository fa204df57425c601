"""When a share that grows will be whole, from the pace it has had; pure arithmetic over days and basis points.

The pace is the middle one of the slopes between every two of the last weeks' points (Theil and Sen), which one wrong
report cannot bend; the band runs from the upper to the lower quartile of those slopes. Under two points there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations

WHOLE = 10_000
POINTS = 9  # the latest points that count: eight weeks
FARTHEST = timedelta(days=3_650)  # later than this is "not at this pace"

UNKNOWN, STALLED, MOVING, DONE = "unknown", "stalled", "moving", "done"
Point = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a share is whole: `end` with a band from `early` to `late` (None: beyond ten years).

    `standing`: `done` (end is the day it was), `moving`, `stalled` (not within ten years at this pace: end is ten years
    on, so that it counts as late), `unknown` (under two points: end is None). `pace_bp` is basis points a week.
    """

    standing: str
    end: date | None = None
    early: date | None = None
    late: date | None = None
    pace_bp: int = 0
    points: int = 0


def of(points: Sequence[Point], *, as_of: date) -> Forecast:
    """The forecast of a share from its points (day, basis points) up to a day, in their order."""
    known = [point for point in points if point[0] <= as_of]
    if known and known[-1][1] >= WHOLE:
        whole = next(day for day, share in reversed(known) if share >= WHOLE)
        first = _reached(known)
        return Forecast(DONE, first or whole, first, first, points=len(known))
    recent = known[-POINTS:]
    slopes = sorted(Fraction(b[1] - a[1], (b[0] - a[0]).days) for a, b in combinations(recent, 2) if b[0] > a[0])
    if not slopes:
        return Forecast(UNKNOWN, points=len(known))
    last, left = recent[-1][0], WHOLE - recent[-1][1]
    middle = _quantile(slopes, Fraction(1, 2))
    end = _end(last, left, middle, as_of)
    early = _end(last, left, _quantile(slopes, Fraction(3, 4)), as_of)
    late = _end(last, left, _quantile(slopes, Fraction(1, 4)), as_of)
    pace = int(middle * 7)
    if end is None:
        return Forecast(STALLED, as_of + FARTHEST, early, None, pace, len(known))
    return Forecast(MOVING, end, early, late, pace, len(known))


def after(forecast: Forecast, floor: Forecast) -> Forecast:
    """A forecast that cannot end before another: money is out only when the works are done."""
    if None in (forecast.end, floor.end) or forecast.standing == DONE:
        return forecast
    late = max(forecast.late, floor.late) if forecast.late and floor.late else None
    early = max(forecast.early, floor.early) if forecast.early and floor.early else floor.early or forecast.early
    end = max(forecast.end, floor.end)  # type: ignore[type-var]
    standing = STALLED if STALLED in (forecast.standing, floor.standing) else forecast.standing
    return Forecast(standing, end, early, late, forecast.pace_bp, forecast.points)


def _reached(points: Sequence[Point]) -> date | None:
    """The day from which a share has been whole ever since."""
    reached = None
    for day, share in points:
        reached = (reached or day) if share >= WHOLE else None
    return reached


def _quantile(slopes: Sequence[Fraction], at: Fraction) -> Fraction:
    place = at * (len(slopes) - 1)
    low = int(place)
    high = min(low + 1, len(slopes) - 1)
    return slopes[low] + (slopes[high] - slopes[low]) * (place - low)


def _end(last: date, left: int, slope: Fraction, as_of: date) -> date | None:
    """The day the rest is done at a slope, not before the day we stand at; None beyond ten years."""
    if slope <= 0:
        return None
    days = -(-left // slope)
    if days > FARTHEST.days:
        return None
    return max(last + timedelta(days=int(days)), as_of)
