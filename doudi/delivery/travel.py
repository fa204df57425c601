"""Filling vehicles: workers to one destination on one day, over as few vehicles and as short rounds as can be.

Pure: knows riders, villages and seats. Every vehicle more costs far more than any round, and the fewest that hold
everybody are always enough, for a village may be split. What is left is the rounds: each village a vehicle stops in,
and each town it enters. Nothing below `Plan.bound` is possible, so `gap` says how far from the best a plan can be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

VEHICLE, TOWN, VILLAGE = 1_000, 3, 1


@dataclass(frozen=True, slots=True)
class Rider:
    """One worker to be carried: the match, the village's twelve digits, the destination and the day to be there."""

    id: int
    village: str
    destination: str
    day: date


@dataclass(frozen=True, slots=True)
class Load:
    """One vehicle: its riders in the order of being picked up, town after town and village after village."""

    destination: str
    day: date
    riders: tuple[Rider, ...]

    @property
    def stops(self) -> tuple[str, ...]:
        """The villages in the order they are stopped at."""
        return tuple(dict.fromkeys(rider.village for rider in self.riders))


@dataclass(frozen=True, slots=True)
class Plan:
    """The vehicles, what they cost, and the least anything could."""

    loads: tuple[Load, ...]
    effort: int
    bound: int

    @property
    def gap(self) -> float:
        """How far the rounds may be from the best, as a share of them; 0 is proof. The vehicles are the fewest."""
        rounds = self.effort - VEHICLE * len(self.loads)
        return (self.effort - self.bound) / rounds if rounds else 0.0


def plan_journeys(riders: Iterable[Rider], *, seats: int) -> Plan:
    """Group by destination and day, then fill vehicles of `seats` seats. The same riders give the same plan."""
    groups: dict[tuple[date, str], list[Rider]] = defaultdict(list)
    for rider in sorted(riders, key=lambda each: (each.village, each.id)):
        groups[rider.day, rider.destination].append(rider)
    loads: list[Load] = []
    bound = 0
    for (day, destination), group in sorted(groups.items()):
        best = min((_packed(group, seats), _in_a_row(group, seats)), key=_rounds)
        loads += [Load(destination, day, tuple(some)) for some in best if some]
        bound += _least(group, seats)
    return Plan(tuple(loads), _rounds([load.riders for load in loads]), bound)


def _rounds(loads: Iterable[Sequence[Rider]]) -> int:
    """What vehicles cost together."""
    total = 0
    for some in loads:
        villages = {rider.village for rider in some}
        total += (VEHICLE if some else 0) + VILLAGE * len(villages) + TOWN * len({code[:9] for code in villages})
    return total


def _least(group: Sequence[Rider], seats: int) -> int:
    """No plan costs less: everybody needs a seat, and so do those of each town and each village."""
    villages = Counter(rider.village for rider in group)
    towns = Counter(rider.village[:9] for rider in group)
    return (
        VEHICLE * _needed(len(group), seats)
        + VILLAGE * sum(_needed(count, seats) for count in villages.values())
        + TOWN * sum(_needed(count, seats) for count in towns.values())
    )


def _needed(count: int, seats: int) -> int:
    return -(-count // seats)


def _in_a_row(group: Sequence[Rider], seats: int) -> list[list[Rider]]:
    return [list(group[at : at + seats]) for at in range(0, len(group), seats)]


def _packed(group: Sequence[Rider], seats: int) -> list[list[Rider]]:
    """Whole vehicles from one town first, whole towns next, whole villages then, and what is left one by one."""
    bins: list[list[Rider]] = [[] for _ in range(_needed(len(group), seats))]
    left: list[list[Rider]] = []
    for town in _largest_first(_by(group, 9)):
        fits = _tightest(bins, len(town), seats)
        if fits is not None:
            fits += town
        else:
            left += _by(town, 12).values()
    for village in _largest_first({str(at): some for at, some in enumerate(left)}):
        _put(village, bins, seats)
    return [sorted(some, key=lambda each: (each.village, each.id)) for some in bins]


def _by(riders: Iterable[Rider], digits: int) -> dict[str, list[Rider]]:
    found: dict[str, list[Rider]] = defaultdict(list)
    for rider in riders:
        found[rider.village[:digits]].append(rider)
    return found


def _largest_first(groups: Mapping[str, list[Rider]]) -> Iterator[list[Rider]]:
    return iter(sorted(groups.values(), key=lambda some: (-len(some), some[0].village)))


def _tightest(bins: list[list[Rider]], count: int, seats: int) -> list[Rider] | None:
    fits = [some for some in bins if seats - len(some) >= count]
    return max(fits, key=len) if fits else None


def _put(village: list[Rider], bins: list[list[Rider]], seats: int) -> None:
    """Where its town already is, if it fits; else the fullest it fits; else split, the emptiest first."""
    town = village[0].village[:9]
    near = [some for some in bins if any(rider.village.startswith(town) for rider in some)]
    fits = _tightest(near, len(village), seats)
    if fits is None:
        fits = _tightest(bins, len(village), seats)
    if fits is not None:
        fits += village
        return
    rest = list(village)
    while rest:
        roomy = min(bins, key=len)
        room = seats - len(roomy)
        roomy += rest[:room]
        rest = rest[room:]
