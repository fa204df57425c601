"""Chance that gives the same bytes on every machine: a counter hashed by splitmix64, one stream a name.

numpy's own generators may change between releases, and `exp` and `log` differ in the last bit between processors;
here is only integer mixing, and shapes are read off tables by straight lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

# what an array holds is said for the reader; numpy's own element types do not survive its arithmetic
Floats = NDArray[Any]
Ints = NDArray[Any]
Bools = NDArray[Any]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Dice:
    """Streams of chance of one seed. Asking a name twice gives the same numbers: no order of calls matters."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniform(self, name: str, n: int) -> Floats:
        """`n` numbers in [0, 1)."""
        start = blake2b(f"{self.seed}:{name}".encode(), digest_size=8).digest()
        base = np.uint64(int.from_bytes(start, "little"))
        with np.errstate(over="ignore"):
            mixed = _mix(base + np.arange(1, n + 1, dtype=np.uint64) * _GAMMA)
        return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def chance(self, name: str, odds: Floats | float, n: int) -> Bools:
        """True with the given odds (one for all, or one each)."""
        return self.uniform(name, n) < odds

    def whole(self, name: str, low: Ints | int, high: Ints | int, n: int) -> Ints:
        """Whole numbers from `low` to `high`, both included."""
        span = np.asarray(high, dtype=np.int64) - np.asarray(low, dtype=np.int64) + 1
        drawn = np.floor(self.uniform(name, n) * span).astype(np.int64)
        return np.asarray(low + np.minimum(drawn, span - 1), dtype=np.int64)

    def pick(self, name: str, weights: Sequence[float], n: int) -> Ints:
        """Indexes into `weights`, each as likely as its weight."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        drawn = np.searchsorted(edges, self.uniform(name, n) * edges[-1], side="right")
        return np.minimum(drawn, len(edges) - 1).astype(np.int64)

    def curve(self, name: str, points: Sequence[float], n: int) -> Floats:
        """Numbers whose evenly spaced quantiles are `points`, straight lines between."""
        return np.interp(self.uniform(name, n) * (len(points) - 1), np.arange(len(points)), points)

    def sample(self, name: str, among: Bools, count: int, bonus: Floats | float = 0.0) -> Bools:
        """Exactly `count` of those `among`; the higher the bonus the likelier. Raises ValueError when too few."""
        if int(among.sum()) < count:
            raise ValueError(f"{name}: {count} wanted, {int(among.sum())} to choose from")
        keys = np.where(among, self.uniform(name, len(among)) - bonus, np.inf)
        chosen = np.zeros(len(among), dtype=bool)
        chosen[np.argsort(keys, kind="stable")[:count]] = True
        return chosen


def share_out(total: int, weights: Floats, least: int = 0) -> Ints:
    """`total` shared by weight in whole numbers, at least `least` each (largest remainder; the earlier wins a tie)."""
    spare = total - least * len(weights)
    exact = weights * (spare / weights.sum())
    shares = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: spare - int(shares.sum())]] += 1
    return shares + least
