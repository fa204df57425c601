"""Reading the literals of a rule: numbers and texts as CEL writes them."""

from __future__ import annotations

import re

from doudi.rules.errors import refuse
from doudi.rules.syntax import Place
from doudi.rules.types import DECIMAL_UNIT

TOO_LARGE = 2**80

_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|([0-3][0-7][0-7])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]?))"
)
_SHORT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_int(word: str) -> int:
    """A decimal or hexadecimal number without sign; its range is checked with its sign, later."""
    if word[:2] in ("0x", "0X"):
        return int(word, 16)
    # Python refuses to read thousands of digits; any number of so many is out of range alike.
    digits = word.lstrip("0")
    return int(digits or "0") if len(digits) < 40 else TOO_LARGE


def read_decimal(word: str) -> int | None:
    """Ten-thousandths of a number with at most four places; None when it has more, or an exponent."""
    whole, _, part = word.removeprefix("-").partition(".")
    part = part.rstrip("0")
    if len(part) > 4 or not (whole + part + "0").isdecimal() or not word.isascii():
        return None
    scaled = read_int(whole or "0") * DECIMAL_UNIT + int(part.ljust(4, "0"))
    return -scaled if word.startswith("-") else scaled


def read_text(word: str, at: Place) -> str:
    """The text between the quotes, escapes resolved. Raises RuleError for an unknown escape or a lone surrogate."""
    raw = word[0] in "rR"
    body = word[1:] if raw else word
    width = 3 if body[:3] in ('"""', "'''") else 1
    body = body[width:-width]
    return body if raw else _ESCAPE.sub(lambda found: _unescape(found, at), body)


def _unescape(found: re.Match[str], at: Place) -> str:
    short, octal, *hexes, wrong = found.groups()
    if short:
        return _SHORT.get(short, short)
    if wrong is not None:
        raise refuse(at, f"无法识别的转义“{found[0]}”", f"unknown escape {found[0]}", word=found[0], kind="syntax")
    code = int(octal, 8) if octal else int(next(part for part in hexes if part), 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise refuse(at, f"“{found[0]}”不是字符", f"{found[0]} is not a character", word=found[0], kind="syntax")
    return chr(code)
