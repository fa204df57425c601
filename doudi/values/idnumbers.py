"""Identity numbers (GB 11643) and the certificates built on them (field notes on the county system, section 1.7)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum
from operator import mul

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
NOT_ISSUED = "999999"
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff'’`]+")
_FORM = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]([1-7][1-4]([0-9B][0-9])?)?")
_FLOAT = re.compile(r"^\d(\.\d+)?E\+?\d+$|^\d{15,22}\.0+$")


class Standing(Enum):
    """What a written number turned out to be."""

    SOUND = "sound"  # eighteen digits with a right check digit
    CERTIFICATE = "certificate"  # twenty or twenty-two characters of a disability certificate
    OLD = "old"  # fifteen digits, as issued before 1999
    NOT_ISSUED = "not issued"  # prefix 999999: the person has no number yet
    TRUNCATED = "truncated"  # Excel has rounded the last digits away: a person must look
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number read. `number` is the eighteen digits where they can be had; `why` tells an officer what is wrong."""

    standing: Standing
    written: str
    number: str = ""
    why_zh: str = ""
    why_en: str = ""

    @property
    def birth_date(self) -> date | None:
        """The date of birth inside the number, or None."""
        return _birth_date(self.number) if self.number else None

    @property
    def sex(self) -> str | None:
        """`male` or `female` by the seventeenth digit, or None."""
        return ("female", "male")[int(self.number[16]) % 2] if self.number else None


def check_digit(first_17: str) -> str:
    """The eighteenth character that belongs to seventeen digits."""
    return CHECKS[sum(map(mul, map(int, first_17), WEIGHTS)) % 11]


def clean(written: str) -> str:
    """The number as it is stored: half-width, no spaces, a large X."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", written)).upper().removeprefix("=").strip('"')


def read(written: str) -> IdNumber:
    """Say what a written number is; never raises, never guesses a digit."""
    text = clean(written)
    if _FLOAT.match(text):
        return _seen(
            Standing.TRUNCATED,
            text,
            zh="证件号被 Excel 存成了数字，末位已丢失",
            en="Excel kept it as a number and lost digits",
        )
    if not _FORM.fullmatch(text):
        return _seen(Standing.WRONG, text, zh="证件号应为18、20或22位", en="a number has 18, 20 or 22 characters")
    if text.startswith(NOT_ISSUED):
        return _seen(Standing.NOT_ISSUED, text)
    if len(text) == 15:
        return _old(text)
    return _whole(text)


def _old(text: str) -> IdNumber:
    if _birth_date(text[:6] + "19" + text[6:] + "00") is None:
        return _seen(Standing.WRONG, text, zh="证件号中的出生日期不存在", en="the date of birth in it does not exist")
    return _seen(Standing.OLD, text)


def _whole(text: str) -> IdNumber:
    number = text[:18]
    if number.endswith("000"):  # with or without a right check digit, which one cut number in eleven has by chance
        return _seen(
            Standing.TRUNCATED,
            text,
            zh="证件号末三位为000，疑被 Excel 截断",
            en="it ends in 000: Excel may have cut it",
        )
    if check_digit(number[:17]) != number[17]:
        right = check_digit(number[:17])
        return _seen(
            Standing.WRONG, text, zh=f"校验码不对，应为 {right}", en=f"the check digit is wrong, it should be {right}"
        )
    if _birth_date(number) is None:
        return _seen(Standing.WRONG, text, zh="证件号中的出生日期不存在", en="the date of birth in it does not exist")
    standing = Standing.SOUND if len(text) == 18 else Standing.CERTIFICATE
    return IdNumber(standing, text, number)


def _seen(standing: Standing, text: str, *, zh: str = "", en: str = "") -> IdNumber:
    return IdNumber(standing, text, "", zh, en)


def _birth_date(number: str) -> date | None:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= 1850 else None
