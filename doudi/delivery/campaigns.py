"""What the county has decided about the purchase campaign and the platforms: floor, days, threshold, share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from doudi.policy import versions
from doudi.rules.types import DECIMAL_UNIT
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Campaign:
    """The parameters of the pack in force on a day; None for what the county has not decided.

    `floor_fen`: sold by every household at least. `from_day`, `until`: the days that count, both included.
    `threshold_fen`: sales from which a platform is subsidised, `rate`: its share, in ten-thousandths.
    """

    floor_fen: int | None = None
    from_day: date | None = None
    until: date | None = None
    threshold_fen: int | None = None
    rate: int | None = None

    @property
    def decided(self) -> bool:
        """Whether both ends of the campaign are decided; else every recorded sale is counted."""
        return self.from_day is not None and self.until is not None

    def counts_until(self, day: date) -> date:
        """The last day whose sales count on a day."""
        return min(day, self.until) if self.decided and self.until else day

    @property
    def counts_from(self) -> date | None:
        """The first day whose sales count; None for all."""
        return self.from_day if self.decided else None

    def subsidy(self, sold_fen: int) -> int | None:
        """What a platform gets for its sales, in fen rounded down; None while a number is undecided."""
        if self.threshold_fen is None or self.rate is None:
            return None
        return sold_fen * self.rate // DECIMAL_UNIT if sold_fen >= self.threshold_fen else 0


def present(*, on: date) -> Campaign:
    """The campaign by the pack in force; nothing decided where no pack is."""
    try:
        values = versions.in_force().pack.values_on(on)
    except Refusal:
        return Campaign()
    floor, threshold, rate = (
        values.get(name) for name in ("sale_floor", "platform_threshold", "platform_subsidy_rate")
    )
    first, last = values.get("sales_window_from"), values.get("sales_window_until")
    return Campaign(
        floor_fen=floor if isinstance(floor, int) else None,
        from_day=first if isinstance(first, date) else None,
        until=last if isinstance(last, date) else None,
        threshold_fen=threshold if isinstance(threshold, int) else None,
        rate=rate if isinstance(rate, int) else None,
    )
