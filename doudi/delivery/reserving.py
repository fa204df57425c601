"""The money side of an approval: what it reserves of a budget, and what a withdrawal gives back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def reserve(ids: Sequence[int], *, by: str, on: date) -> None:
    """Reserve the sums of entitlements whose last stage has passed, inside the command under way."""


def release(ids: Sequence[int], *, by: str, on: date) -> None:
    """Give back what was reserved for entitlements, inside the command under way."""
