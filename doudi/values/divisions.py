"""Division codes: 12 digits for a village; the first 9 name its town, the first 6 its county."""

from __future__ import annotations

import re

_PREFIX = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}", re.ASCII)


def is_prefix(text: str) -> bool:
    """Whether `text` is the code of a county (6 digits), a town (9) or a village (12), and nothing else."""
    return _PREFIX.fullmatch(text) is not None


def prefix_of(code: str) -> str:
    """The shortest code that says the same: `510921110000` is the town `510921110`."""
    for length in (6, 9):
        if len(code) == 12 and code.endswith("0" * (12 - length)):
            return code[:length]
    return code
