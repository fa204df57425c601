"""Helpers (帮扶责任人), the households each is paired with, and when each household was called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doudi.register.demo import names
from doudi.register.demo.accounts import HELPER
from doudi.register.demo.condition import Days
from doudi.register.demo.dice import Dice, Ints
from doudi.register.demo.families import Families
from doudi.register.demo.places import TOWNS, Places
from doudi.register.demo.size import Size

FIRST_CALL, CALL_DAYS = np.datetime64("2020-02-05"), 22  # to 2020-02-26
UNITS = (
    "县农业农村局", "县教育和体育局", "县卫生健康局", "县水利局", "县交通运输局", "县自然资源和规划局", "县税务局",
    "县人力资源和社会保障局", "县市场监督管理局", "县财政局", "县公安局", "县人民医院",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Helpers:
    """Columns over helpers; `of` gives each household its helper (-1 for none)."""

    usernames: list[str]
    names: list[str]
    units: list[str]
    town: Ints
    of: Ints  # over households
    called: Days  # over households: the day of the field check

    def __len__(self) -> int:
        return len(self.usernames)


def make(size: Size, places: Places, families: Families, dice: Dice) -> Helpers:
    """Each helper takes two or three registered poor households that are neighbours."""
    poor = np.flatnonzero(families.registered)
    threes = dice.sample("threes", np.ones(size.helpers, dtype=bool), size.registered - 2 * size.helpers)
    of = np.full(len(families.size), -1, dtype=np.int64)
    of[poor] = np.repeat(np.arange(size.helpers), np.where(threes, 3, 2))
    first = np.searchsorted(of[poor], np.arange(size.helpers))
    town = places.town[families.village[poor[first]]]
    age = dice.whole("helper age", 24, 58, size.helpers)
    male = dice.chance("helper sex", 0.58, size.helpers)
    family = names.surnames("helper surname", size.helpers, dice).tolist()
    given = names.given("helper", male, age, dice)
    full = [names.SURNAMES[s] + g for s, g in zip(family, given, strict=True)]
    usernames = [f"helper{number:04d}" for number in range(1, size.helpers + 1)]
    usernames[of[poor[families.village[poor] == places.qinggang][1]]] = HELPER
    return Helpers(usernames, full, _units(town, dice), town, of, _called(places, families, of, dice))


def _units(town: Ints, dice: Dice) -> list[str]:
    kind = dice.pick("unit", (0.35, 0.2, 0.45), len(town))
    bureau = dice.whole("bureau", 0, len(UNITS) - 1, len(town))
    rows = zip(kind.tolist(), town.tolist(), bureau.tolist(), strict=True)
    return [(f"{TOWNS[t][1]}政府", f"{TOWNS[t][1]}中心校", UNITS[b])[k] for k, t, b in rows]


def _called(places: Places, families: Families, of: Ints, dice: Dice) -> Days:
    """Towns begin one after the other, a helper calls all households within two days; the patrol calls the others."""
    start = dice.whole("town starts", 0, 8, len(TOWNS))[places.town[families.village]]
    pace = dice.whole("helper pace", 0, 13, int(of.max()) + 1)[np.maximum(of, 0)]
    patrol = dice.whole("patrol", 0, 13, len(of))
    slack = dice.whole("call slack", 0, 1, len(of))
    return FIRST_CALL + np.minimum(start + np.where(of >= 0, pace, patrol) + slack, CALL_DAYS - 1)
