"""What the text of a cell says, as the value of a fact; and the other way, the value as the form writes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, localcontext

from doudi.register import sayings
from doudi.register.importing import units
from doudi.register.importing.profiles import FactColumn, normal
from doudi.rules.types import DECIMAL_UNIT
from doudi.values import money

LARGEST_LOGARITHM = 60
MOST_DIGITS = 26  # more would be rounded in silence
FIRST_YEAR, LAST_YEAR = 1850, 2199
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{2}:\d{2}(?::\d{2})?)?", re.ASCII
)
_DATE_DIGITS = re.compile(r"((?:18|19|20|21)\d{2})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"((?:18|19|20|21)\d{2})\s*[-/.年]?\s*(\d{1,2})月?", re.ASCII)
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.0*)?", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d{1,18})(?:\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_RANGE = re.compile(r"\d[\d.,]*\s*[-~～—至到]\s*\d[\d.,]*.*", re.ASCII)
_ABOUT = re.compile(r"[约大近超]|左右|以上|以下|多|余|不到")
_PARTS = re.compile(r"[,，、;；]")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,5})?", re.ASCII)
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = re.compile(r"[0-9A-Za-z\u4e00-\u9fff.:/()（）_-]*")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA")
NO_VALUE = "\ufdd0"  # what `workbooks` writes for a formula whose result the workbook does not hold
BROKEN = "\ufdd1"  # what `delimited` begins a line with that could not be taken apart, then the word for why
_BROKEN = {
    "quote": ("引号不成对", "a quotation mark has no partner"),
    "long": ("有一格太长", "a cell is endless"),
    "wide": ("这一行的列太多", "the line has too many columns"),
}
Value = bool | int | str


class Unreadable(Exception):
    """A cell that does not say what its column should; in both languages. `held`: a person can tell what it means."""

    def __init__(self, zh: str, en: str, *, held: bool = False) -> None:
        super().__init__(zh, en)
        self.zh, self.en, self.held = zh, en, held


def clean(text: str) -> str:
    """A cell's text without needless or invisible space.

    Raises Unreadable for control characters, turned text, an error of the spreadsheet, a formula without its value.
    """
    if _PLAIN.fullmatch(text):
        return text
    if text.startswith(BROKEN):
        raise Unreadable(*_BROKEN.get(text[1:].partition(":")[0], _BROKEN["quote"]))
    if "\ufffd" in text:
        raise Unreadable("有认不出的文字(编码损坏)", "some characters could not be read: the encoding is damaged")
    if text == NO_VALUE:
        raise Unreadable(
            "公式没有保存计算结果,请在表格软件里重新计算并保存",
            "a formula without its result: open the file in a spreadsheet, let it calculate, save it again",
            held=True,
        )
    if text.strip().upper() in _ERRORS:
        raise Unreadable(f"单元格是错误值 {text.strip()}", f"the cell is the error {text.strip()}", held=True)
    if _UNSAFE.search(text):
        raise Unreadable("含有不可见的控制字符", "it holds invisible control characters")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", _UNSEEN.sub("", text)).replace("\u3000", " ")).strip()


def value_of(column: FactColumn, text: str, *, minor: int) -> Value | None:
    """The value a cell states, None where it has no such part.

    Raises Unreadable when it is not of the fact's type or outside its bounds.
    """
    if column.part:
        parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
        if len(parts) < column.part:
            return None
        text = parts[column.part - 1]
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


# -- numbers


def _number_text(column: FactColumn, text: str) -> tuple[str, Decimal]:
    """The digits of a number and what one of them is worth: a unit written in the cell goes before the column's."""
    written = _half(text).replace(" ", "")
    digits, factor = written, column.unit
    found = re.search(r"[^\d.,%+-]+$", written)
    if found and units.factor(column.fact.unit, found[0].casefold()) is not None:
        digits, factor = written[: found.start()], units.FACTORS[column.fact.unit][found[0].casefold()]
    if _NUMBER.fullmatch(digits) and len(digits) <= MOST_DIGITS:
        return digits.replace(",", ""), factor
    raise _no_number(text, written)


def _no_number(text: str, written: str) -> Unreadable:
    """Why it is no number, by what it looks like."""
    told = f"“{text[:40]}”"
    if _EXPONENT.fullmatch(written):
        return Unreadable(f"{told}是科学计数法,请写成普通数字", f"{told} has an exponent; write the number out")
    if "_" in written:
        return Unreadable(f"{told}里有下划线,不是数字", f"{told} has an underscore and is no number")
    if _RANGE.fullmatch(written):
        return Unreadable(f"{told}是一个范围,请写一个数", f"{told} is a range; write one number", held=True)
    if _ABOUT.search(written):
        return Unreadable(f"{told}是约数,请写准数", f"{told} is an estimate; write the number", held=True)
    if written.endswith("%"):
        return Unreadable(f"{told}是百分比,这里要填数", f"{told} is a percentage; a number belongs here")
    return Unreadable(f"{told}不是数字", f"{told} is no number")


def _money(column: FactColumn, text: str, minor: int) -> Value:
    if column.convert == "exp":
        return money.nearest(_power(text), minor=minor, unit=int(column.unit))
    try:
        digits, factor = _number_text(column, text.replace("￥", "").replace("¥", ""))
    except Unreadable as error:
        en = error.en if error.en.endswith("number") or "write" in error.en else f"{error.en}, not an amount"
        raise Unreadable(f"{error.zh},不是合格的金额", f"{en}: not an amount of money", held=error.held) from error
    amount = Decimal(digits) * minor * factor
    if amount != amount.to_integral_value():
        raise Unreadable(f"“{text[:40]}”小于最小货币单位(分)", f"“{text[:40]}” has a part smaller than the minor unit")
    return _within(int(amount), text)


def _within(number: int, text: str) -> int:
    if abs(number) > 2**63 - 1:
        raise Unreadable(f"“{text[:40]}”太大", f"“{text[:40]}” is too large")
    return number


def _power(text: str) -> Decimal:
    """The number e to the power of a written logarithm, to 28 digits."""
    written = _half(text)
    if not _NUMBER.fullmatch(written) and not _EXPONENT.fullmatch(written):
        raise Unreadable(f"“{text[:40]}”不是数字", f"“{text[:40]}” is no number")
    logarithm = Decimal(written.replace(",", ""))
    if abs(logarithm) > LARGEST_LOGARITHM:
        raise Unreadable(f"对数 {text[:40]} 过大", f"the logarithm {text[:40]} is too large")
    with localcontext(prec=28):
        return logarithm.exp()


def _whole(column: FactColumn, text: str, minor: int) -> Value:
    digits, factor = _number_text(column, text)
    found = _WHOLE.fullmatch(digits)
    if not found:
        raise Unreadable(f"“{text[:40]}”不是整数", f"“{text[:40]}” is no whole number")
    scaled = int(found[1]) * factor
    if scaled != scaled.to_integral_value():
        raise Unreadable(f"“{text[:40]}”不是整数", f"“{text[:40]}” is no whole number")
    return int(scaled)


def _decimal(column: FactColumn, text: str, minor: int) -> Value:
    digits, factor = _number_text(column, text)
    scaled = Decimal(digits) * factor * DECIMAL_UNIT
    if abs(scaled) > 2**63 - 1 or scaled != scaled.to_integral_value():
        raise Unreadable(
            f"“{text[:40]}”超过四位小数或过大", f"“{text[:40]}” has more than four decimals or is too large"
        )
    return int(scaled)


# -- days


def _date(column: FactColumn, text: str, minor: int) -> Value:
    return day(text, month=column.convert == "month").isoformat()


def day(text: str, *, month: bool = False) -> date:
    """The day a cell names, as offices write one; with `month` one without its day is the first.

    Raises Unreadable for what is none, or a spreadsheet's own number of a day.
    """
    written = _half(text)
    found = _DATE.fullmatch(written) or _DATE_DIGITS.fullmatch(written)
    first = _MONTH.fullmatch(written) if month and not found else None
    try:
        if found or first:
            year, *rest = (int(part) for part in (found or first).groups())  # type: ignore[union-attr]
            if FIRST_YEAR <= year <= LAST_YEAR:
                return date(year, rest[0], rest[1] if found else 1)
    except ValueError:
        pass
    raise _no_date(text, written)


def _no_date(text: str, written: str) -> Unreadable:
    if _SERIAL.fullmatch(written):
        day = date(1899, 12, 30) + timedelta(days=int(float(written)))
        return Unreadable(
            f"“{text[:40]}”像表格软件的日期序号({day}),请把该列设为日期格式",
            f"“{text[:40]}” is no date but a spreadsheet's day number ({day}); format the column as dates",
            held=True,
        )
    return Unreadable(f"“{text[:40]}”不是日期,请写成 2020-02-27", f"“{text[:40]}” is no date; write 2020-02-27")


# -- text


def _text(column: FactColumn, text: str, minor: int) -> Value:
    return _phone(text) if column.convert == "phone" else text


def _phone(text: str) -> str:
    """A mobile or landline number, without country code, spaces and brackets (reliability notes, section 7: 56).

    What is neither stays as it is written: a check of the pack asks about it, and the person is taken in all the same.
    """
    digits = re.sub(r"[\s()]", "", _half(text)).removesuffix(".0")
    digits = re.sub(r"^(\+?86-?|0086-?)(?=1[3-9][\d-]{9,12}$|0\d)", "", digits)
    if _MOBILE.fullmatch(digits.replace("-", "")):
        return digits.replace("-", "")
    return digits if _LANDLINE.fullmatch(digits) else text


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


# -- the other way


def text_of(column: FactColumn, value: Value | None, *, minor: int = 100) -> str:
    """A fact's value as a cell of the column says it; `value_of` reads the same value back. None is the empty text.

    Raises ValueError for a column whose conversion has no way back (exp).
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return (column.yes if value else column.no)[0]
    name = column.fact.type.name
    if name == "code":
        zh = {choice.value: choice.zh for choice in column.fact.choices}
        return zh.get(str(value)) or column.labels.get(str(value), str(value))
    if name in ("date", "text"):
        return str(value)
    if column.convert:
        raise ValueError(f"{column.convert} has no way back")
    scale = {"money": minor, "decimal": DECIMAL_UNIT}.get(name, 1)
    number = (Decimal(int(value)) / scale / column.unit).normalize()
    return f"{number:f}"
