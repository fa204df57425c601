"""What the text of a cell says, as the value of a fact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation, localcontext

from doudi.register import sayings
from doudi.register.importing.profiles import FactColumn, normal
from doudi.rules.types import DECIMAL_UNIT
from doudi.values import money

LARGEST_LOGARITHM = 60
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
_DATE_DIGITS = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_WHOLE = re.compile(r"([+-]?\d{1,18})(?:\.0*)?")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
Value = bool | int | str


class Unreadable(Exception):
    """A cell that does not say what its column should; in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh, self.en = zh, en


def clean(text: str) -> str:
    """A cell's text without needless or invisible space. Raises Unreadable for control characters and turned text."""
    if text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text):
        return text.strip()
    if _UNSAFE.search(text):
        raise Unreadable("含有不可见的控制字符", "it holds invisible control characters")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", _UNSEEN.sub("", text)).replace("\u3000", " ")).strip()


def value_of(column: FactColumn, text: str, *, minor: int) -> Value:
    """The value a cell states; raises Unreadable when it is not of the fact's type or outside its bounds."""
    value = _READERS[column.fact.type.name](column, text, minor)
    complaint = sayings.checker(column.fact)(value)
    if complaint:
        raise Unreadable(*complaint)
    return value


def _bool(column: FactColumn, text: str, minor: int) -> Value:
    word = normal(text)
    if word in column.yes:
        return True
    if word in column.no:
        return False
    raise Unreadable(f"“{text[:40]}”不是“是”或“否”", f"“{text[:40]}” is neither yes nor no")


def _code(column: FactColumn, text: str, minor: int) -> Value:
    word = normal(text)
    if word in column.codes:
        return column.codes[word]
    for choice in column.fact.choices:
        if word in (normal(choice.zh), normal(choice.en), choice.value):
            return choice.value
    if column.otherwise:
        return column.otherwise
    if not column.fact.choices:
        return text
    zh, en = ("、".join(getattr(c, language) for c in column.fact.choices) for language in ("zh", "en"))
    raise Unreadable(f"没有“{text[:40]}”这个选项,可选:{zh}", f"“{text[:40]}” is not a choice; one of {en}")


def _money(column: FactColumn, text: str, minor: int) -> Value:
    try:
        if column.convert == "exp":
            return money.nearest(_power(text), minor=minor, unit=column.unit)
        return money.read(_half(text).removesuffix("元").replace(" ", ""), minor=minor, unit=column.unit)
    except ValueError as error:
        raise Unreadable(f"“{text[:40]}”不是合格的金额", str(error)) from error


def _power(text: str) -> Decimal:
    """The number e to the power of a written logarithm, to 28 digits."""
    logarithm = _decimal_of(text)
    if abs(logarithm) > LARGEST_LOGARITHM:
        raise Unreadable(f"对数 {text[:40]} 过大", f"the logarithm {text[:40]} is too large")
    with localcontext(prec=28):
        return logarithm.exp()


def _decimal_of(text: str) -> Decimal:
    try:
        found = Decimal(_half(text).replace(",", ""))
    except InvalidOperation as error:
        raise Unreadable(f"“{text[:40]}”不是数字", f"“{text[:40]}” is no number") from error
    if not found.is_finite():
        raise Unreadable(f"“{text[:40]}”不是数字", f"“{text[:40]}” is no number")
    return found


def _whole(column: FactColumn, text: str, minor: int) -> Value:
    found = _WHOLE.fullmatch(_half(text).replace(",", "").removesuffix(column.fact.unit).strip())
    if not found:
        raise Unreadable(f"“{text[:40]}”不是整数", f"“{text[:40]}” is no whole number")
    return int(found[1]) * column.unit


def _decimal(column: FactColumn, text: str, minor: int) -> Value:
    scaled = _decimal_of(text) * column.unit * DECIMAL_UNIT
    if abs(scaled) > 2**63 - 1 or scaled != scaled.to_integral_value():
        raise Unreadable(
            f"“{text[:40]}”超过四位小数或过大", f"“{text[:40]}” has more than four decimals or is too large"
        )
    return int(scaled)


def _date(column: FactColumn, text: str, minor: int) -> Value:
    written = _half(text)
    found = _DATE.fullmatch(written) or _DATE_DIGITS.fullmatch(written)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        pass
    raise Unreadable(f"“{text[:40]}”不是日期,请写成 2020-02-27", f"“{text[:40]}” is no date; write 2020-02-27")


def _text(column: FactColumn, text: str, minor: int) -> Value:
    return text


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


_READERS: dict[str, Callable[[FactColumn, str, int], Value]] = {
    "bool": _bool,
    "code": _code,
    "money": _money,
    "int": _whole,
    "days": _whole,
    "months": _whole,
    "decimal": _decimal,
    "date": _date,
    "text": _text,
}
