"""Invented names of people: common surnames, given names by sex and generation."""

from __future__ import annotations

import numpy as np

from doudi.register.demo.dice import Bools, Dice, Ints

SURNAMES = tuple(
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃"
)
_OLD_MEN = tuple("国明德华建成光荣永福大勇世昌文忠正清天云金贵树林长寿学礼志全")
_OLD_WOMEN = tuple("秀英素珍桂芳玉兰淑华翠容碧琼先群贵蓉清莲明菊")
_MEN = tuple("勇强军波涛杰斌辉刚鹏飞超亮磊峰浩宇俊伟林松洋川东平")
_WOMEN = tuple("丽娟敏燕艳霞玲婷静雪梅琴红芬莉萍蓉倩颖洁春秋")
_YOUNG = tuple("子涵梓轩欣怡雨桐浩然思雨宇航诗涵一诺佳琪俊熙梦瑶晨曦")
_POOLS = (_OLD_MEN, _OLD_WOMEN, _MEN, _WOMEN, _YOUNG)
DOUBLE = 0.72  # share of given names of two characters


def surnames(name: str, n: int, dice: Dice) -> Ints:
    """Indexes into `SURNAMES`, the first far commoner."""
    return dice.pick(name, [1.0 / (i + 4) for i in range(len(SURNAMES))], n)


def given(name: str, male: Bools, age: Ints, dice: Dice) -> list[str]:
    """A given name each, of one or two characters, in the manner of the generation."""
    n = len(male)
    pool = np.where(age < 18, 4, np.where(age >= 50, np.where(male, 0, 1), np.where(male, 2, 3)))
    first, second = dice.uniform(f"{name} first", n), dice.uniform(f"{name} second", n)
    double = dice.chance(f"{name} double", DOUBLE, n)
    rows = zip(pool.tolist(), first.tolist(), second.tolist(), double.tolist(), strict=True)
    return [_given(_POOLS[p], a, b if two else None) for p, a, b, two in rows]


def _given(pool: tuple[str, ...], first: float, second: float | None) -> str:
    head = pool[int(first * len(pool))]
    return head if second is None else head + pool[int(second * len(pool))]
