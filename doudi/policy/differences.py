"""The difference between two runs: who gained, lost, became unknown, and what made it."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.policy.runs import Run


@dataclass(frozen=True, slots=True)
class Change:
    """One verdict that differs. `because` names what made it: ("fact", "household:12:labour"), ("parameter", name),
    ("rule", "measure.condition"), ("day", "2020-03-31"), ("subject", "new" or "gone"), ("line", place in line)."""

    kind: str
    subject_id: int
    measure: str
    before: int | None
    after: int | None
    amount_before: int | None
    amount_after: int | None
    because: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed from run `a` to run `b`; `causes` counts changes by what made them."""

    a: int
    b: int
    gained: int
    lost: int
    became_unknown: int
    settled_no: int
    changes: tuple[Change, ...]
    causes: dict[str, int]


def diff(a: Run, b: Run, *, most: int = 1000) -> Difference:
    """Compare two runs of one pack name; at most `most` changes are attributed one by one."""
    raise NotImplementedError
