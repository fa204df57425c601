"""Who lives together: households in villages, and their members by relation, sex and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doudi.register.demo.dice import Bools, Dice, Ints, share_out
from doudi.register.demo.places import Places
from doudi.register.demo.size import Size

RELATIONS = (
    "head", "spouse", "son", "daughter", "daughter_in_law", "son_in_law",
    "grandson", "granddaughter", "father", "mother", "other",
)  # fmt: skip
_R = {name: index for index, name in enumerate(RELATIONS)}

# a kind of relative: (relation if male, if female, youngest and oldest beside the head's age)
_KIN = {
    "spouse": (_R["spouse"], _R["spouse"], -6, 4),
    "child": (_R["son"], _R["daughter"], -32, -22),
    "grown": (_R["son"], _R["daughter"], -36, -22),
    "son": (_R["son"], _R["son"], -30, -22),
    "wife_of_son": (_R["daughter_in_law"], _R["daughter_in_law"], -33, -24),
    "grandchild": (_R["grandson"], _R["granddaughter"], -60, -46),
    "parent": (_R["father"], _R["mother"], 20, 30),
    "sibling": (_R["other"], _R["other"], -8, 8),
}
# by size: weight, head's age from and to, odds that the head is a man, the others
_SHAPES: dict[int, tuple[tuple[float, int, int, float, tuple[str, ...]], ...]] = {
    1: ((0.60, 62, 89, 0.60, ()), (0.31, 45, 61, 0.85, ()), (0.09, 20, 44, 0.70, ())),
    2: (
        (0.38, 61, 85, 0.90, ("spouse",)),
        (0.18, 42, 60, 0.90, ("spouse",)),
        (0.17, 58, 82, 0.55, ("grown",)),
        (0.11, 62, 78, 0.50, ("grandchild",)),
        (0.16, 33, 52, 0.60, ("child",)),
    ),
    3: (
        (0.38, 30, 52, 0.90, ("spouse", "child")),
        (0.25, 55, 75, 0.90, ("spouse", "grown")),
        (0.13, 62, 76, 0.85, ("spouse", "grandchild")),
        (0.14, 34, 55, 0.85, ("spouse", "parent")),
        (0.10, 33, 48, 0.70, ("child", "parent")),
    ),
    4: (
        (0.45, 31, 50, 0.90, ("spouse", "child", "child")),
        (0.28, 35, 55, 0.90, ("spouse", "child", "parent")),
        (0.27, 57, 72, 0.90, ("spouse", "son", "grandchild")),
    ),
    5: (
        (0.50, 36, 54, 0.92, ("spouse", "child", "child", "parent")),
        (0.45, 56, 70, 0.92, ("spouse", "son", "wife_of_son", "grandchild")),
        (0.05, 40, 55, 0.92, ("spouse", "child", "child", "sibling")),
    ),
    6: (
        (0.40, 36, 54, 0.92, ("spouse", "child", "child", "child", "parent")),
        (0.60, 57, 70, 0.92, ("spouse", "son", "wife_of_son", "grandchild", "grandchild")),
    ),
}
_SIZES = {True: (0.42, 0.31, 0.14, 0.09, 0.03, 0.01), False: (0.12, 0.26, 0.28, 0.20, 0.10, 0.04)}


@dataclass(frozen=True, slots=True)
class Families:
    """Columns over households (in order of village) and over persons (in order of household).

    `village` and `household` are indexes; `group` the number of the villagers' group; `registered` whether the
    household is in truth a registered poor one; `relation` indexes `RELATIONS`; ages are as of the county's day.
    """

    village: Ints
    group: Ints
    registered: Bools
    size: Ints
    household: Ints
    relation: Ints
    male: Bools
    age: Ints

    @property
    def first(self) -> Ints:
        """The index of each household's head among the persons."""
        return np.cumsum(self.size) - self.size


def make(size: Size, places: Places, dice: Dice) -> Families:
    """Households and their members."""
    village, registered = _settle(size, places, dice)
    members = np.where(registered, 0, 0)
    members[registered] = _sizes(size.registered, size.registered_persons, True, dice)
    members[~registered] = _sizes(size.others, size.other_persons, False, dice)
    group = (dice.uniform("group", len(village)) * places.groups[village]).astype(np.int64) + 1
    household = np.repeat(np.arange(len(village)), members)
    relation, male, age = _members(members, dice)
    return Families(village, group, registered, members, household, relation, male, age)


def _settle(size: Size, places: Places, dice: Dice) -> tuple[Ints, Bools]:
    poor = share_out(size.registered, places.weight, least=min(2, size.registered // len(places)))
    other = share_out(size.others, places.weight)
    village = np.concatenate([np.repeat(np.arange(len(places)), counts) for counts in (poor, other)])
    registered = np.arange(len(village)) < size.registered
    order = np.lexsort((dice.uniform("door", len(village)), village))
    return village[order], registered[order]


def _sizes(households: int, persons: int, registered: bool, dice: Dice) -> Ints:
    """Sizes 1 to 6 that add up to `persons`."""
    name = f"sizes {registered}"
    sizes = dice.pick(name, _SIZES[registered], households) + 1
    gap = persons - int(sizes.sum())
    step = 1 if gap > 0 else -1
    able = (sizes < 5) if gap > 0 else (sizes > 1)
    return sizes + step * dice.sample(f"{name} mended", able, abs(gap)).astype(np.int64)


def _members(size: Ints, dice: Dice) -> tuple[Ints, Bools, Ints]:
    total = int(size.sum())
    first = np.cumsum(size) - size
    relation, male = np.zeros(total, dtype=np.int64), np.zeros(total, dtype=bool)
    age = np.zeros(total, dtype=np.int64)
    u_sex, u_age = dice.uniform("sex", total), dice.uniform("age", total)
    for count, shapes in _SHAPES.items():
        shape = dice.pick(f"shape {count}", [s[0] for s in shapes], len(size))
        for number, (_, low, high, man, kin) in enumerate(shapes):
            heads = first[(size == count) & (shape == number)]
            male[heads] = u_sex[heads] < man
            age[heads] = low + (u_age[heads] * (high - low + 1)).astype(np.int64)
            for place, who in enumerate(kin, start=1):
                _place(heads, heads + place, who, (relation, male, age), (u_sex, u_age))
    return relation, male, age


def _place(heads: Ints, at: Ints, who: str, into: tuple[Ints, Bools, Ints], u: tuple[Ints, Ints]) -> None:
    relation, male, age = into
    if_male, if_female, low, high = _KIN[who]
    is_male = u[0][at] < 0.52
    if who == "spouse":
        is_male = ~male[heads]
    elif who in ("son", "wife_of_son"):
        is_male = np.full(len(at), who == "son")
    male[at] = is_male
    relation[at] = np.where(is_male, if_male, if_female)
    grown = 20 if who in ("spouse", "son", "wife_of_son") else 0
    age[at] = np.clip(age[heads] + low + (u[1][at] * (high - low + 1)).astype(np.int64), grown, 97)
