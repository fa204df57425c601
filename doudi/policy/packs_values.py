"""Values as a pack's files write them, encoded as `doudi.rules.types` says.

Money is written in the currency's unit (300, 4999.99), decimals as they are (0.05), dates as TOML dates.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation, Overflow
from typing import Any

from doudi.policy.packs_parts import Currency
from doudi.rules.nodes import Value
from doudi.rules.types import DECIMAL_UNIT, INT_MAX, INT_MIN, SCALARS, Type, list_of


def type_named(name: str) -> Type | None:
    """The type a name stands for: "money", "list(code)"; None when there is none."""
    if name.startswith("list(") and name.endswith(")"):
        element = SCALARS.get(name[5:-1])
        return list_of(element) if element else None
    return SCALARS.get(name)


def encode(raw: Any, wanted: Type, currency: Currency) -> Value:
    """A value as written, encoded. Raises ValueError with a word that says what was wanted."""
    if wanted.name == "list" and wanted.of:
        if not isinstance(raw, list):
            raise ValueError(str(wanted))
        return tuple(encode(item, wanted.of, currency) for item in raw)
    if wanted.name in ("code", "text"):
        return _of_class(raw, str, wanted)
    if wanted.name == "bool":
        return _of_class(raw, bool, wanted)
    if wanted.name == "date":
        if isinstance(raw, datetime):
            raise ValueError("date")
        return _of_class(raw, date, wanted)
    return _number(raw, wanted, currency)


def _of_class(raw: Any, wanted_class: type, wanted: Type) -> Value:
    if not isinstance(raw, wanted_class):
        raise ValueError(str(wanted))
    return raw  # type: ignore[return-value]


def _number(raw: Any, wanted: Type, currency: Currency) -> int:
    unit = {"money": currency.minor, "decimal": DECIMAL_UNIT}.get(wanted.name, 1)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise ValueError(str(wanted))
    try:
        scaled = Decimal(raw) * unit
    except (InvalidOperation, Overflow):
        raise ValueError(str(wanted)) from None
    if not scaled.is_finite() or not INT_MIN <= scaled <= INT_MAX or scaled != scaled.to_integral_value():
        raise ValueError(str(wanted))
    return int(scaled)


def tell(value: Value | None, of: Type, currency: Currency) -> str:
    """A value as a pack's file would write it; "?" when not known."""
    if value is None:
        return "?"
    if isinstance(value, tuple) and of.of:
        return "[" + ", ".join(tell(item, of.of, currency) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if of.name == "money":
        return f"{Decimal(str(value)) / currency.minor:,.{currency.decimals}f}"
    if of.name == "decimal":
        return f"{(Decimal(str(value)) / DECIMAL_UNIT).normalize():f}"
    return str(value)
