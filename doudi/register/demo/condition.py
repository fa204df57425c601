"""Age to the day, schooling, health and ability to work: consistent with each other, as a register should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doudi.register.demo.dice import Bools, Dice, Ints
from doudi.register.demo.families import Families

Texts = NDArray[Any]
Days = NDArray[Any]

AS_OF = np.datetime64("2020-02-27")  # the day of the county's report
EDUCATION = np.array(["none", "primary", "junior", "senior", "college"], dtype=object)
SCHOOL = np.array(["no", "preschool", "primary", "junior", "senior", "college"], dtype=object)
HEALTH = np.array(["healthy", "chronic", "serious", "disabled"], dtype=object)
LABOUR = np.array(["ordinary", "skilled", "weak", "lost", "none"], dtype=object)

Odds = Sequence[Sequence[float]]

# by age group under 16, 16-39, 40-59, 60-69, 70 and over
_AGE_EDGES = np.array([16, 40, 60, 70])
_HEALTH_ODDS = (
    (0.955, 0.020, 0.010, 0.015),
    (0.880, 0.045, 0.025, 0.050),
    (0.740, 0.150, 0.045, 0.065),
    (0.580, 0.290, 0.060, 0.070),
    (0.450, 0.390, 0.080, 0.080),
)
_EDUCATION_ODDS = (
    (0.0, 0.90, 0.10, 0.0, 0.0),
    (0.004, 0.10, 0.58, 0.22, 0.096),
    (0.04, 0.44, 0.45, 0.065, 0.005),
    (0.20, 0.60, 0.18, 0.02, 0.0),
    (0.42, 0.50, 0.07, 0.01, 0.0),
)
# by health and age group (16-39, 40-59, 60-69, 70 and over): odds of ordinary, skilled, weak, lost, none, in hundreds
_LABOUR_ODDS = {
    "healthy": ((82.6, 17, 0.4, 0, 0), (88.4, 11, 0.6, 0, 0), (35, 2, 50, 0, 13), (0, 0, 22, 0, 78)),
    "chronic": ((40, 5, 50, 5, 0), (35, 3, 55, 7, 0), (8, 0, 50, 10, 32), (0, 0, 8, 10, 82)),
    "serious": ((5, 0, 35, 60, 0), (3, 0, 32, 65, 0), (0, 0, 15, 60, 25), (0, 0, 2, 40, 58)),
    "disabled": ((10, 2, 40, 48, 0), (8, 1, 39, 52, 0), (2, 0, 25, 48, 25), (0, 0, 3, 40, 57)),
}
# pre-school, primary, junior, senior, college: from age, to age, odds of being there
_SCHOOL_AGES = ((3, 5, 0.85), (6, 11, 0.999), (12, 14, 0.998), (15, 17, 0.94), (18, 21, 0.3))


@dataclass(frozen=True, slots=True)
class Condition:
    """Columns over persons; codes as the vocabulary writes them."""

    birth: Days
    education: Texts
    school: Texts
    health: Texts
    labour: Texts

    @property
    def able(self) -> Bools:
        """Able to work, as the vocabulary's formula has it."""
        return np.isin(self.labour.astype(str), ["ordinary", "skilled", "weak"])


def make(families: Families, dice: Dice) -> Condition:
    """Everybody's condition."""
    age = families.age
    school = _school(age, dice)
    health = HEALTH[_by_group("health", _HEALTH_ODDS, np.searchsorted(_AGE_EDGES, age, side="right"), dice)]
    labour = _labour(age, health, school != "no", dice)
    return Condition(_birth(age, dice), _education(age, school, dice), school, health, labour)


def _birth(age: Ints, dice: Dice) -> Days:
    last = (2020 - age - 1970).astype("datetime64[Y]").astype("datetime64[M]") + np.timedelta64(1, "M")
    return last.astype("datetime64[D]") + 26 - dice.whole("birthday", 0, 364, len(age))


def _by_group(name: str, odds: Odds, group: Ints, dice: Dice) -> Ints:
    edges = np.cumsum(np.array(odds, dtype=np.float64), axis=1)
    u = dice.uniform(name, len(group)) * edges[group, -1]
    return np.minimum((u[:, None] >= edges[group]).sum(axis=1), edges.shape[1] - 1)


def _school(age: Ints, dice: Dice) -> Texts:
    u = dice.uniform("school", len(age))
    level = np.zeros(len(age), dtype=np.int64)
    for number, (low, high, odds) in enumerate(_SCHOOL_AGES, 1):
        level[(age >= low) & (age <= high) & (u < odds)] = number
    return SCHOOL[level]


def _education(age: Ints, school: Texts, dice: Dice) -> Texts:
    level = _by_group("education", _EDUCATION_ODDS, np.searchsorted(_AGE_EDGES, age, side="right"), dice)
    level[age < 6] = 0
    level[(age >= 16) & (age <= 22)] = np.maximum(level, 2)[(age >= 16) & (age <= 22)]
    for number, stage in enumerate(("primary", "junior", "senior", "college"), 1):
        level[school == stage] = number
    return EDUCATION[level]


def _labour(age: Ints, health: Texts, student: Bools, dice: Dice) -> Texts:
    group = np.maximum(np.searchsorted(_AGE_EDGES, age, side="right") - 1, 0)
    level = np.zeros(len(age), dtype=np.int64)
    for state, odds in _LABOUR_ODDS.items():
        here = health == state
        level[here] = _by_group(f"labour {state}", odds, group, dice)[here]
    level[(age < 16) | student] = 4
    return LABOUR[level]
