"""Types and values of an evaluation case: as words and JSON, and as the engines hold them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from doudi.rules.errors import nearest
from doudi.rules.literals import read_decimal
from doudi.rules.nodes import Value
from doudi.rules.types import (
    BOOL,
    DATE,
    DECIMAL,
    DECIMAL_UNIT,
    INT,
    INT_MAX,
    INT_MIN,
    NOTHING,
    SCALARS,
    TEXT,
    Type,
    list_of,
)
from doudi.values.refusals import Refusal

_WORD = re.compile(r"^([a-z]+)\((.*)\)$")


def read_type(word: str, where: str) -> tuple[Type, tuple[str, ...]]:
    """The type a word names, and the choices of a code. Raises Refusal."""
    inner = _WORD.match(word.strip())
    if inner and inner[1] == "list":
        return list_of(read_type(inner[2], where)[0]), ()
    if inner and inner[1] == "code":
        return SCALARS["code"], tuple(choice.strip() for choice in inner[2].split(","))
    name = {"string": "text", "boolean": "bool", "integer": "int"}.get(word.strip(), word.strip())
    if name in SCALARS:
        return SCALARS[name], ()
    close = nearest(word, [*SCALARS, "list(int)"])
    raise Refusal(f"没有类型“{word}”,最接近的是“{close}”", f"no type {word}; the nearest is {close}", where)


def guess_type(value: Any, where: str) -> Type:
    """The type of a value given without one. Raises Refusal."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, float):
        return DECIMAL
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        return list_of(guess_type(value[0], where) if value else NOTHING)
    raise Refusal(f"“{where}”的类型不明,请在 types 中写明", f"say the type of {where} under types", where)


def decode(value: Any, of: Type, where: str) -> Value:
    """A JSON value as the engines hold it. Raises Refusal when it is not of the type or does not fit."""
    try:
        return _decode(value, of, where)
    except (ValueError, TypeError):
        raise Refusal(f"“{value}”不是 {of}", f"{value!r} is not {of}", where) from None


def _decode(value: Any, of: Type, where: str) -> Value:
    if of.name == "list" and of.of and isinstance(value, list):
        return tuple(decode(item, of.of, where) for item in value)
    if of == BOOL and isinstance(value, bool):
        return value
    if of == DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if of.name in ("text", "code") and isinstance(value, str) and "\0" not in value:
        value.encode()  # a lone surrogate is no text
        return value
    if of == DECIMAL and not isinstance(value, bool):
        scaled = read_decimal(str(value))
        return _whole(scaled if scaled is not None else "")
    if of.name in ("int", "money", "days", "months") and isinstance(value, int) and not isinstance(value, bool):
        return _whole(value)
    raise ValueError(value)


def _whole(value: int | str) -> int:
    if isinstance(value, str) or not INT_MIN <= value <= INT_MAX:
        raise ValueError(value)
    return value


def encode(value: Any, of: Type) -> Any:
    """A value as JSON; a decimal as a number where a number can hold it exactly, else as a text."""
    if of.name == "list" and of.of:
        return [encode(item, of.of) for item in value]
    if of == DATE:
        return value.isoformat()
    if of == DECIMAL:
        exact = Decimal(value) / DECIMAL_UNIT
        return float(exact) if Decimal(repr(float(exact))) == exact else str(exact)
    return value
