"""Half-open spans of days: `from_day` belongs, `until_day` does not, None is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `from_day` up to but not including `until_day`."""

    from_day: date
    until_day: date | None = None

    def __post_init__(self) -> None:
        if self.until_day is not None and self.until_day <= self.from_day:
            raise ValueError(f"a period cannot end on {self.until_day}, it begins on {self.from_day}")

    def __contains__(self, day: date) -> bool:
        return self.from_day <= day and (self.until_day is None or day < self.until_day)

    def overlaps(self, other: Period) -> bool:
        """Whether the two share a day."""
        return _before(self.from_day, other.until_day) and _before(other.from_day, self.until_day)

    def ending(self, day: date) -> Period:
        """The same period closed on `day`, which no longer belongs."""
        return Period(self.from_day, day)


def _before(day: date, until: date | None) -> bool:
    return until is None or day < until
