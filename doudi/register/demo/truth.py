"""What is so in the demo county and what anybody knows of it; sources then tell of it, not always alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doudi.register.demo.dice import Bools

Values = NDArray[Any]


@dataclass(slots=True)
class Column:
    """One fact of every subject of a kind. Where not `known`, no source says anything.

    `slipped` marks rows where the most trusted source is wrong; then `values` hold its error, which is what will be
    believed, and `right` what every other source says.
    """

    values: Values
    known: Bools
    right: Values | None = None
    slipped: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def slip(self, rows: Bools, wrong: Values) -> None:
        """Let the most trusted source be wrong in `rows` (known ones only)."""
        rows = rows & self.known
        self.right = self.values if self.right is None else self.right
        self.values = np.where(rows, wrong, self.values)
        self.slipped = rows if not len(self.slipped) else self.slipped | rows


# kind -> fact key ("wage_income@2019" for a yearly one) -> column
Truth = dict[str, dict[str, Column]]
