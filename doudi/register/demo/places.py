"""Towns, villages and communities of the demo county: real towns, one real village, every other name invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doudi.register.demo.dice import Bools, Dice, Floats, Ints
from doudi.register.demo.size import Size

COUNTY = ("510921", "蓬溪县(演示)")
FENGMING = "510921110"  # 鸣凤镇
QINGGANG = "510921110212"  # 青杠村, the village the report names
CARE = (0.25, 0.6, 1.5, 5.0, 20.0, 60.0)  # how well villages keep their books, at evenly spaced quantiles
FIRST_VILLAGE, FIRST_COMMUNITY = 700, 800  # last three digits no real village of the county has
ROOMY = 10  # a small demo has at least about ten households a village

# code, name, villages, communities (edition of 2020-06-30)
TOWNS = (
    ("510921001", "普安街道", 2, 7),
    ("510921100", "赤城镇", 24, 11),
    ("510921101", "新会镇", 10, 1),
    ("510921102", "文井镇", 22, 4),
    ("510921103", "明月镇", 16, 2),
    ("510921104", "常乐镇", 11, 1),
    ("510921105", "天福镇", 10, 2),
    ("510921106", "红江镇", 5, 2),
    ("510921107", "宝梵镇", 9, 2),
    ("510921108", "大石镇", 10, 2),
    ("510921109", "吉祥镇", 11, 2),
    ("510921110", "鸣凤镇", 23, 3),
    ("510921111", "任隆镇", 16, 3),
    ("510921112", "三凤镇", 20, 2),
    ("510921114", "蓬南镇", 26, 5),
    ("510921115", "群利镇", 10, 2),
    ("510921117", "金桥镇", 10, 3),
    ("510921118", "槐花镇", 17, 3),
    ("510921207", "荷叶乡", 4, 1),
    ("510921213", "高升乡", 6, 1),
)
_FRONT = "云松柏桂枫栗杏梅竹兰荷菊晴霁岚霞露霜星雁鹭鹤溪泉潭涧苔桑榆槐柚橙棉麦谷禾茶漆蕨葛"
_BACK = "坪湾垭坝岭岗坡塘井湖寨桥"
_COMMUNITY_FRONT = "锦瑞祥泰和顺康宁嘉裕德善信义勤俭朝晚春秋文翰书墨清澄朗逸"
_COMMUNITY_BACK = "园苑里门街坊"


@dataclass(frozen=True, slots=True)
class Places:
    """Columns over villages and communities, in order of code; `town` indexes `TOWNS`; `weight` shares households."""

    codes: list[str]
    names: list[str]
    town: Ints
    community: Bools
    weight: Floats
    asked: Bools  # whether the field check has begun there
    groups: Ints  # villagers' groups (社)
    care: Floats  # how well it keeps its books: the larger, the fewer facts are missing

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def qinggang(self) -> int:
        """The index of the village the report names."""
        return self.codes.index(QINGGANG)


def make(size: Size, dice: Dice) -> Places:
    """Every village and community of the county; fewer of each in a county with few households."""
    units = _units(size)
    codes = [code for code, _, _ in units]
    community = np.array([c for _, _, c in units])
    names = _names(codes, community, dice)
    town = np.array([t for _, t, _ in units], dtype=np.int64)
    weight = (0.5 + dice.uniform("village weight", len(codes))) * np.where(community, 0.45, 1.0)
    weight[codes.index(QINGGANG)] = 1.2
    groups = dice.whole("groups", 4, 9, len(codes))
    care = dice.curve("care", CARE, len(codes))
    return Places(codes, names, town, community, weight, _asked(codes, community, weight), groups, care)


def _units(size: Size) -> list[tuple[str, int, bool]]:
    share = min(1.0, size.households / (ROOMY * 321))
    units: list[tuple[str, int, bool]] = []
    for index, (code, _, villages, communities) in enumerate(TOWNS):
        kept = max(1, round(villages * share))
        numbers = [FIRST_VILLAGE + n for n in range(kept)]
        if code == FENGMING:
            units.append((QINGGANG, index, False))
            numbers.pop()
        units += [(f"{code}{number}", index, False) for number in numbers]
        units += [(f"{code}{FIRST_COMMUNITY + n}", index, True) for n in range(round(communities * share))]
    return sorted(units)


def _asked(codes: list[str], community: Bools, weight: Floats) -> Bools:
    """All but three villages (one in a small demo), each of another town, none large, never the one in the report."""
    asked = np.ones(len(codes), dtype=bool)
    towns: set[str] = {FENGMING}
    for index in np.argsort(np.abs(weight - 0.7), kind="stable"):
        if len(towns) == (4 if len(codes) > 150 else 2):
            break
        if codes[index][:9] not in towns and not community[index]:
            towns.add(codes[index][:9])
            asked[index] = False
    return asked


def _names(codes: list[str], community: Bools, dice: Dice) -> list[str]:
    villages = iter(_invented(_FRONT, _BACK, "村", dice))
    communities = iter(_invented(_COMMUNITY_FRONT, _COMMUNITY_BACK, "社区", dice))
    return [
        "青杠村" if code == QINGGANG else next(communities if is_community else villages)
        for code, is_community in zip(codes, community, strict=True)
    ]


def _invented(front: str, back: str, ending: str, dice: Dice) -> list[str]:
    """Every front with every back, shuffled: no name twice in the county."""
    pairs = [f"{a}{b}{ending}" for a in front for b in back]
    return [pairs[i] for i in np.argsort(dice.uniform(f"names {ending}", len(pairs)), kind="stable")]
