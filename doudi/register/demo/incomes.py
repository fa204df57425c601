"""What each household earned in 2019, line by line, in whole fen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doudi.register.demo.condition import Condition
from doudi.register.demo.dice import Bools, Dice, Floats, Ints
from doudi.register.demo.families import Families
from doudi.register.demo.size import Size

YEAR = 2019
LINES = ("wage_income", "business_income", "business_expense", "property_income", "transfer_income", "allowance_income")
# net income per head in yuan at evenly spaced quantiles: with the minimum allowance, without, not registered
_WITH_ALLOWANCE = (3_100, 4_150, 4_600, 5_100, 5_800, 6_300, 6_900, 7_600, 8_500, 9_900, 14_000)
_WITHOUT = (3_600, 5_300, 6_200, 6_950, 7_600, 8_350, 9_150, 10_100, 11_400, 13_600, 24_000)
_OTHERS = (2_900, 6_200, 8_100, 9_600, 11_000, 12_400, 13_900, 15_800, 18_400, 22_500, 46_000)
_PENSION = 126_000  # fen a year for each of sixty and over


@dataclass(frozen=True, slots=True)
class Incomes:
    """Columns over households: money in fen; the allowance is part of the transfers."""

    allowance: Bools
    wage_income: Ints
    business_income: Ints
    business_expense: Ints
    property_income: Ints
    transfer_income: Ints
    allowance_income: Ints

    @property
    def net(self) -> Ints:
        """Net income of the household."""
        earned = self.wage_income + self.business_income - self.business_expense
        return earned + self.property_income + self.transfer_income


def make(size: Size, families: Families, condition: Condition, dice: Dice) -> Incomes:
    """Every household's lines, drawn so that the net income per head follows the tables above."""
    n = len(families.size)
    workers = np.bincount(families.household, weights=condition.able & (families.age >= 16), minlength=n)
    allowance = _allowance(families, workers, dice)
    target = _targets(families, allowance, dice) * families.size
    allowance_income = _allowance_money(allowance, families.size, dice)
    old = np.bincount(families.household, weights=families.age >= 60, minlength=n).astype(np.int64)
    subsidies = dice.whole("subsidies", 150, 1_400, n) * 100
    transfer = allowance_income + old * _PENSION + subsidies
    rents = dice.whole("rents", 20, 900, n) * 100 * dice.chance("has rent", 0.55, n)
    rest = np.maximum(target - transfer - rents, 30_000)
    wage, income, expense = _earned(rest, workers, dice)
    made = Incomes(allowance, wage, income, expense, rents, transfer, allowance_income)
    return _on_the_line(size, families, made, dice)


def _allowance(families: Families, workers: Floats, dice: Dice) -> Bools:
    n = len(families.size)
    few = workers / families.size
    odds = np.where(families.registered, 0.43 - 0.28 * few, 0.02)
    return dice.chance("allowance", odds, n)


def _targets(families: Families, allowance: Bools, dice: Dice) -> Ints:
    n = len(families.size)
    poor = np.where(allowance, dice.curve("with", _WITH_ALLOWANCE, n), dice.curve("without", _WITHOUT, n))
    per_head = np.where(families.registered, poor, dice.curve("others", _OTHERS, n))
    return np.floor(per_head * 100).astype(np.int64)


def _allowance_money(allowance: Bools, size: Ints, dice: Dice) -> Ints:
    """A monthly sum per covered person; not all members need be covered."""
    n = len(size)
    covered = np.minimum(dice.whole("covered", 1, 3, n), size)
    return np.where(allowance, covered * dice.whole("monthly", 95, 310, n) * 12 * 100, 0)


def _earned(rest: Ints, workers: Floats, dice: Dice) -> tuple[Ints, Ints, Ints]:
    """Wages rounded to hundreds of yuan as people tell them; the rest from farming and trade, with its cost."""
    n = len(rest)
    share = np.where(workers > 0, dice.curve("wage share", (0.25, 0.6, 0.75, 0.85, 0.96), n), 0.0)
    wage = np.floor(rest * share / 10_000).astype(np.int64) * 10_000
    farm = rest - wage
    cost = dice.curve("cost share", (0.15, 0.25, 0.35, 0.5), n)
    expense = np.floor(farm * cost / 100).astype(np.int64) * 100
    return wage, farm + expense, expense


def _on_the_line(size: Size, families: Families, incomes: Incomes, dice: Dice) -> Incomes:
    """A few households stand exactly on 5,000 yuan a head, and as many one fen below."""
    among = families.registered & incomes.allowance & (incomes.business_income > 600_000)
    count = min(size.scaled(12), int(among.sum()) // 2)
    on = dice.sample("on the line", among, count)
    below = dice.sample("below the line", among & ~on, count)
    wanted = np.where(on, 500_000, 499_999) * families.size
    moved = np.where(on | below, wanted - incomes.net, 0)
    wage = incomes.wage_income + np.where(moved > 0, moved, 0)
    expense = incomes.business_expense - np.where(moved < 0, moved, 0)
    return Incomes(
        incomes.allowance, wage, incomes.business_income, expense, incomes.property_income,
        incomes.transfer_income, incomes.allowance_income,
    )  # fmt: skip
