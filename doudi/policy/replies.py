"""Replies: what a person types as the answer to a question, read by the fact's type, and values told back to them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from doudi.facts.kinds import Choice, Fact
from doudi.rules.errors import nearest
from doudi.rules.types import DECIMAL_UNIT, Type
from doudi.values import money
from doudi.values.refusals import Refusal

YES_WORDS = {"是", "有", "对", "会", "能", "yes", "y", "true", "1"}
NO_WORDS = {"否", "没有", "无", "不", "不是", "不会", "不能", "no", "n", "false", "0"}
# The answers to "any other?", as values of the completeness they state. A bare yes or no is no answer there: "yes" to
# the question is the "no" of the fact, and who typed it may have meant either.
LISTED = (("true", "没有了,已列全", "none: all are listed"), ("false", "还有,没列全", "some are not listed yet"))
ALL_LISTED = {"没有", "没有了", "无", "已列全", "none", "no other", "all are listed", *LISTED[0]}
MORE = {"有", "还有", "没列全", "some", "some are not listed", *LISTED[1]}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_UNITS = ("元", "yuan", "岁", "月", "个月", "天", "人", "个")


def read(text: str, fact: Fact, *, minor: int = 100) -> Any:
    """The value of a reply, encoded as `doudi.rules.types` says (a date as ISO text), within the fact's bounds.

    `minor` is how many minor units the pack's money has. Raises Refusal that says what is wrong and what is right.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip()
    if not cleaned:
        raise _refuse(fact, text, "答案不能为空", "the answer is empty")
    value = _READERS[fact.type.name](cleaned, fact, minor)
    _within(value, text, fact, minor)
    return value


def _refuse(fact: Fact, text: str, zh: str, en: str) -> Refusal:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return Refusal(f"“{fact.zh}”不能是“{shown}”:{zh}。", f"“{fact.en}” cannot be “{shown}”: {en}.", fact.name)


def _read_bool(text: str, fact: Fact, _minor: int) -> bool:
    word = text.lower()
    if fact.relation and word in ALL_LISTED | MORE:
        return word in ALL_LISTED
    if fact.relation:
        raise _refuse(
            fact, text, f"请答“{LISTED[0][1]}”或“{LISTED[1][1]}”", f"answer “{LISTED[0][2]}” or “{LISTED[1][2]}”"
        )
    if word in YES_WORDS:
        return True
    if word in NO_WORDS:
        return False
    raise _refuse(fact, text, "请答“是”或“否”", "answer yes or no")


def _read_whole(text: str, fact: Fact, _minor: int) -> int:
    bare = _without_unit(text, fact)
    if not _WHOLE.fullmatch(bare):
        raise _refuse(fact, text, "请填整数", "write a whole number")
    return int(bare)


def _read_money(text: str, fact: Fact, minor: int) -> int:
    try:
        return money.read(_without_unit(text, fact), minor=minor)
    except ValueError:
        raise _refuse(fact, text, "请填金额,如 4999.99", "write an amount, as 4999.99") from None


def _read_decimal(text: str, fact: Fact, _minor: int) -> int:
    try:
        scaled = Decimal(_without_unit(text, fact)) * DECIMAL_UNIT
    except InvalidOperation:
        scaled = Decimal("NaN")
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise _refuse(fact, text, "请填数字,最多四位小数", "write a number with at most four decimals")
    return int(scaled)


def _read_date(text: str, fact: Fact, _minor: int) -> str:
    found = _DAY.fullmatch(text)
    try:
        if found:
            return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        pass
    raise _refuse(fact, text, "请填日期,如 2020-02-27", "write a day, as 2020-02-27")


def _read_code(text: str, fact: Fact, _minor: int) -> str:
    for choice in fact.choices:
        if text.lower() in (choice.value.lower(), choice.zh.lower(), choice.en.lower()):
            return choice.value
    if not fact.choices:
        return text
    close = _nearest_choice(text, fact.choices)
    zh = "、".join(choice.zh for choice in fact.choices)
    en = ", ".join(choice.value for choice in fact.choices)
    hint_zh, hint_en = (f",是不是“{close.zh}”?", f"; did you mean “{close.value}”?") if close else ("", "")
    raise _refuse(fact, text, f"可选:{zh}{hint_zh}", f"choose one of {en}{hint_en}")


def _nearest_choice(text: str, choices: tuple[Choice, ...]) -> Choice | None:
    words = {word: choice for choice in choices for word in (choice.value, choice.zh, choice.en)}
    return words.get(nearest(text, words))


def _read_text(text: str, fact: Fact, _minor: int) -> str:
    return text


_READERS: dict[str, Callable[[str, Fact, int], Any]] = {
    "bool": _read_bool,
    "int": _read_whole,
    "days": _read_whole,
    "months": _read_whole,
    "decimal": _read_decimal,
    "money": _read_money,
    "date": _read_date,
    "code": _read_code,
    "text": _read_text,
}


def _without_unit(text: str, fact: Fact) -> str:
    for unit in sorted({*_UNITS, fact.unit} - {""}, key=len, reverse=True):
        if text.lower().endswith(unit):
            return text[: -len(unit)].strip()
    return text


def _within(value: Any, text: str, fact: Fact, minor: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        return
    low, high = fact.low, fact.high
    if (low is not None and value < low) or (high is not None and value > high):
        least, most = (tell(bound, fact.type, minor=minor) if bound is not None else "…" for bound in (low, high))
        unit = fact.unit
        raise _refuse(
            fact, text, f"应在 {least} 和 {most} {unit}之间", f"it lies between {least} and {most} {unit}".rstrip()
        )


def tell(value: Any, of: Type, *, choices: tuple[Choice, ...] = (), language: str = "zh", minor: int = 100) -> str:
    """A value in words a person reads."""
    if value is None:
        return "未知" if language == "zh" else "not known"
    if of.name == "bool":
        return {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}[language, value]
    if of.name == "money":
        return money.tell(value, minor=minor)
    if of.name == "decimal":
        return f"{(Decimal(value) / DECIMAL_UNIT).normalize():f}"
    if of.name == "list" and of.of is not None:
        return "、".join(tell(item, of.of, choices=choices, language=language, minor=minor) for item in value)
    for choice in choices:
        if choice.value == value:
            return choice.zh if language == "zh" else choice.en
    return str(value)
