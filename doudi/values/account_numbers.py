"""Numbers of bank accounts as people and spreadsheets write them (reliability notes, section 7: 57)."""

from __future__ import annotations

import re
import unicodedata

from doudi.values.refusals import Refusal

_CARD = re.compile(r"62[0-9]{14,17}")
_NUMBER = re.compile(r"[0-9]{8,32}")
_DOUBLED = {str(d): 2 * d - 9 * (d > 4) for d in range(10)}


def read(text: str) -> str:
    """The digits of an account number as people write it. Raises Refusal for what is none, with the reason."""
    cleaned = re.sub(r"[\s\u200b\u00a0'’-]", "", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"[0-9.]+[eE][+]?[0-9]+", cleaned) or re.fullmatch(r"[0-9]{12,}\.0*", cleaned):
        raise Refusal(
            "账号被表格软件改成了数值,后面的数字已经丢失。请把该列设为文本后重填。",
            "A spreadsheet turned the number into a figure and lost its last digits. Make the column text.",
            "number",
        )
    if not _NUMBER.fullmatch(cleaned):
        raise Refusal("账号应是8到32位数字。", "An account number is 8 to 32 digits.", "number")
    if _CARD.fullmatch(cleaned) and not luhn(cleaned):
        raise Refusal(
            "卡号校验位不对,请核对是否抄错。", "The card number's check digit is wrong: look for a slip.", "number"
        )
    return cleaned


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a card (ISO/IEC 7812)."""
    return _weight(digits) % 10 == 0


def with_check_digit(digits: str) -> str:
    """The digits of a card and the check digit that belongs behind them."""
    return f"{digits}{-_weight(digits + '0') % 10}"


def _weight(digits: str) -> int:
    return sum(map(int, digits[::-2])) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))
