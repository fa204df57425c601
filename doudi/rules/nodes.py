"""What an expression can be: frozen, typed nodes.

`doudi.rules.parse` turns CEL text into these; `engines.memory` says what each means; `engines.sql` compiles the same
nodes. A node carries its `type` and its place in the text (`at`, line and column from 1; never part of equality).
Checking happens in `doudi.rules.check`; a node that exists is well typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from typing import Any

from doudi.rules.types import Type

Place = tuple[int, int]


@cache
def _names(of: Any) -> tuple[str, ...]:
    """The fields of a class of node that may hold nodes."""
    return tuple(spec.name for spec in fields(of) if spec.name not in ("type", "at"))


Value = bool | int | str | date | tuple["Value", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Any expression."""

    type: Type
    at: Place = field(default=(1, 1), compare=False)

    def children(self) -> Iterator[Node]:
        """The nodes directly inside this one, in reading order."""
        of: Any = type(self)
        for name in _names(of):
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Node))

    def walk(self) -> Iterator[Node]:
        """The node itself and all below it, outermost first."""
        yield self
        for child in self.children():
            yield from child.walk()


# -- what is given


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A value written in the rule; encoded as `doudi.rules.types` says."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Node):
    """`params.name`: the pack's dated value on the run's day; unknown while the county leaves it undecided."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf(Node):
    """`as_of`: the run's day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Node):
    """The subject a rule is about, by its kind: `household`, `person`, ... Type row(kind)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Node):
    """A name bound by a fold over rows (type row(kind)) or over a list (its element type)."""

    name: str


# -- facts and relations


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Node):
    """A stated fact of a row; `year` for a fact of a year."""

    of: Node
    name: str
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Node):
    """A derived fact: `body` is its formula, already bound to the same `of` (and year)."""

    of: Node
    name: str
    body: Node
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class One(Node):
    """A to-one relation walked: `person.household`. Type row(kind). An unstated link makes all behind it unknown."""

    of: Node
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Many(Node):
    """A to-many relation: `household.members`. Type rows(kind)."""

    of: Node
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Node):
    """`has(x.f)`: the fact is known. Never unknown itself; refused inside measures."""

    fact: Node


# -- logic


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """`!a`."""

    term: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Node):
    """`a && b && c`, flattened: false dominates, then unknown, then error."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Node):
    """`a || b || c`, flattened: true dominates, then unknown, then error."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


# -- comparing and reckoning


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Node):
    """`left op right`; op is one of == != < <= > >=. Lists compare with == and != only.

    When `left` is a `Size` of rows, rows present may decide before the relation is complete (DESIGN: 2.2).
    """

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Node):
    """`left op right`; op is one of + - * / %. On text and lists only +."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Negate(Node):
    """`-a`."""

    term: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class YearsBetween(Node):
    """`years(from, until)`: whole years passed, as an age is counted. A birthday on 29 February counts on 1 March."""

    start: Node
    until: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTest(Node):
    """`text.startsWith(part)`, `endsWith`, `contains`."""

    op: str
    text: Node
    part: Node


# -- many things


@dataclass(frozen=True, slots=True, kw_only=True)
class Items(Node):
    """A list written out: `[a, b, c]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class In(Node):
    """`item in list`: the `||` of equalities."""

    item: Node
    list: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold(Node):
    """`over.exists(name, body)`, `all`, `exists_one`; op is one of these names. `over` is rows or a list."""

    op: str
    over: Node
    name: str
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Node):
    """`over.filter(name, body)`; same type as `over`."""

    over: Node
    name: str
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Node):
    """`over.map(name, body)`: a list of the body's type (over rows: only inside a `Total`, `Size` or `In`)."""

    over: Node
    name: str
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Size(Node):
    """`size(x)` or `x.size()`: of rows, a list, or a text (in code points)."""

    of: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Total(Node):
    """`sum(x)`, `min(x)`, `max(x)` of a list or of mapped rows. Of nothing, the sum is 0, the others are an error."""

    op: str
    of: Node
