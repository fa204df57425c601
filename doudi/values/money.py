"""Money in whole minor units: fen for yuan, one dong for dong."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

_WRITTEN = re.compile(r"^[+-]?([0-9０-９]{1,3}(,[0-9０-９]{3})+|[0-9０-９]+)(\.[0-9０-９]+)?$")
_LARGEST = Decimal(2**63 - 1)


def read(text: str, *, minor: int = 100, unit: int = 1) -> int:
    """Minor units of an amount as people write it: `4,472.60` is 447260 fen; `unit` is 10000 for a column in 万元.

    Raises ValueError, with words, for anything else and for a part smaller than the minor unit: money is never
    rounded in silence.
    """
    cleaned = text.strip().replace("，", ",").replace("．", ".")
    if not _WRITTEN.match(cleaned):
        raise ValueError(f"“{text[:40]}” is not an amount of money")
    amount = Decimal(cleaned.replace(",", "")) * minor * unit
    if amount != amount.to_integral_value():
        raise ValueError(f"“{text[:40]}” has a part smaller than the minor unit")
    return _within(amount, text)


def nearest(amount: Decimal, *, minor: int = 100, unit: int = 1) -> int:
    """Minor units nearest to a computed amount (a logarithm undone), a half going to the even one."""
    whole = (amount * minor * unit).to_integral_value(rounding=ROUND_HALF_EVEN)
    return _within(whole, str(amount))


def _within(amount: Decimal, text: str) -> int:
    if abs(amount) > _LARGEST:
        raise ValueError(f"“{text[:40]}” is larger than any amount of money here")
    return int(amount)


def tell(amount: int, *, minor: int = 100) -> str:
    """The amount as people read it: 447260 fen is `4,472.60`."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), minor)
    digits = len(str(minor)) - 1
    return f"{sign}{whole:,}" + (f".{part:0{digits}d}" if digits else "")
