"""A measure as the engines see it: a subject, named conditions, an amount, and perhaps a limit on how many get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from doudi.rules.nodes import Node
from doudi.rules.results import FAILED, NO, NOT_KNOWN, YES

MAX_CONDITIONS = 30  # two bits each in one BIGINT of reasons


@dataclass(frozen=True, slots=True)
class Condition:
    """One named condition: its rule, the words it is told with, and the clause it comes from."""

    name: str
    node: Node
    zh: str = ""
    en: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the order in line; numbers ascend and true comes first unless `descending`."""

    node: Node
    descending: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """Fewer can get it than qualify: `count` for each row `per` leads to (a to-one walk, e.g. `household.village`).

    `order` says who comes first; "lot" is the published seed; ties end by id.
    """

    per: Node
    count: Node
    order: tuple[Key | str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure for subjects of one kind. All conditions hold, in order, or `combine` says which must.

    `combine` is an expression over `Variable(name=<condition>, type=bool)`; None is the `&&` of all conditions.
    """

    name: str
    subject: str
    conditions: tuple[Condition, ...]
    amount: Node | None = None
    limit: Limit | None = None
    combine: Node | None = None
    zh: str = ""
    en: str = ""
    clause: str = ""
    notes: dict[str, object] = field(default_factory=dict, compare=False, hash=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.conditions) <= MAX_CONDITIONS:
            raise ValueError(f"measure {self.name}: 1 to {MAX_CONDITIONS} conditions, not {len(self.conditions)}")

    def nodes(self) -> Iterator[Node]:
        """Every expression of the measure."""
        yield from (condition.node for condition in self.conditions)
        if self.amount is not None:
            yield self.amount
        if self.limit is not None:
            yield from (self.limit.per, self.limit.count)
            yield from (key.node for key in self.limit.order if isinstance(key, Key))


def pack_reasons(verdicts: tuple[int, ...] | list[int]) -> int:
    """The reasons vector: verdict of condition i (0 no, 1 yes, 2 unknown, 3 error) at bit 2·i."""
    return sum(verdict << (2 * index) for index, verdict in enumerate(verdicts))


def unpack_reasons(reasons: int, count: int) -> tuple[int, ...]:
    """The verdict of each of `count` conditions."""
    return tuple((reasons >> (2 * index)) & 3 for index in range(count))


def conjoin(verdicts: tuple[int, ...] | list[int]) -> int:
    """The verdict of a measure whose conditions must all hold: 0 no, 1 yes, 2 unknown (an error is unknown)."""
    if NO in verdicts:
        return NO
    return NOT_KNOWN if NOT_KNOWN in verdicts or FAILED in verdicts else YES
