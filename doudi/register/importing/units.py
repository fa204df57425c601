"""Units a column may be kept in, and what one of each is worth in the fact's own unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

_ONE = Decimal(1)
# fact's unit -> word -> factor; words as `profiles.normal` leaves them (㎡ becomes m2)
FACTORS: Mapping[str, Mapping[str, Decimal]] = {
    "元": {
        "元": _ONE,
        "yuan": _ONE,
        "人民币元": _ONE,
        "万元": Decimal(10_000),
        "万": Decimal(10_000),
        "千元": Decimal(1_000),
        "百元": Decimal(100),
        "角": Decimal("0.1"),
        "分": Decimal("0.01"),
        "fen": Decimal("0.01"),
    },
    "亩": {"亩": _ONE, "mu": _ONE, "公顷": Decimal(15), "ha": Decimal(15), "平方米": Decimal("0.0015")},
    "公里": {
        "公里": _ONE,
        "千米": _ONE,
        "km": _ONE,
        "米": Decimal("0.001"),
        "m": Decimal("0.001"),
        "里": Decimal("0.5"),
    },
    "平方米": {"平方米": _ONE, "m2": _ONE},
    "月": {"月": _ONE, "个月": _ONE, "月数": _ONE, "年": Decimal(12)},
    "人": {"人": _ONE, "口": _ONE},
    "级": {"级": _ONE},
}
_HINTS = ("必填", "选填", "是/否", "是或否", "岁", "yyyy-mm-dd", "yyyymmdd", "文本", "下拉选择")
_LAST_BRACKET = re.compile(r"^(.+?)[(\[【]([^()\[\]【】]{1,12})[)\]】]$")
_KNOWN = frozenset(word for words in FACTORS.values() for word in words) | frozenset(_HINTS)


def split(heading: str) -> tuple[str, str]:
    """A heading (as `profiles.normal` leaves it) without marks and the unit in its last bracket, and that unit."""
    bare = heading.strip("*:;#").removeprefix("★")
    found = _LAST_BRACKET.match(bare)
    if found and found[2] in _KNOWN:
        return found[1], found[2]
    return bare, ""


def factor(unit: str, word: str) -> Decimal | None:
    """What one `word` is worth in `unit`; None when it is no measure of the same thing."""
    return FACTORS.get(unit, {}).get(word)
