"""How large the demo county is, and the figures it must show (county's report of 2020-02-27)."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.values.refusals import Refusal

HOUSEHOLDS = 24_180  # 22,180 registered poor and 2,000 other rural households
LEAST = 60  # below this the shares cannot be whole

REPORT = {
    "registered": 22_180,
    "registered_persons": 44_726,
    "helpers": 9_000,
    "willing": 4_204,
    "out": 1_291,
    "wage_hit": 9_100,
    "business_hit": 2_983,
    "unsold": 289,
    "monitored": 445,
}
OTHERS, OTHER_PERSONS = 2_000, 6_000


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of one demo county: the report's own at full size, else scaled and rounded."""

    households: int
    registered: int
    registered_persons: int
    other_persons: int
    helpers: int
    willing: int
    out: int
    wage_hit: int
    business_hit: int
    unsold: int
    monitored: int

    @property
    def others(self) -> int:
        """Rural households that are not registered poor."""
        return self.households - self.registered

    @property
    def persons(self) -> int:
        """Everybody."""
        return self.registered_persons + self.other_persons

    def scaled(self, count: int, least: int = 1) -> int:
        """A count of the full county brought to this size."""
        return max(least, round(count * self.households / HOUSEHOLDS))


def of(households: int = HOUSEHOLDS) -> Size:
    """The size with that many households in all. Raises Refusal below `LEAST` and above the full county."""
    if not LEAST <= households <= HOUSEHOLDS:
        raise Refusal(
            f"演示县的户数须在 {LEAST} 到 {HOUSEHOLDS} 之间,给出的是 {households};请改用此范围内的数。",
            f"A demo county has {LEAST} to {HOUSEHOLDS} households, not {households}; give a number in that range.",
            where="--households",
        )
    share = households / HOUSEHOLDS
    counts = {name: round(count * share) for name, count in REPORT.items()}
    return Size(households=households, other_persons=round(OTHER_PERSONS * share), **counts)
