"""The syntax tree of a rule: what was written, before anything is looked up or typed.

Every piece knows its place (`at`, line and column from 1) and how many levels stand below it (`depth`), so that a rule
nested too deep is refused where it becomes too deep and no later pass can run out of stack.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Place = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class Syntax:
    """Any piece of a rule."""

    at: Place
    depth: int = field(default=1, compare=False)


@dataclass(slots=True, kw_only=True)
class Scalar(Syntax):
    """A literal; `kind` is one of int, float, text, bool, null, uint, bytes; `word` is what was written."""

    kind: str
    value: object
    word: str


@dataclass(slots=True, kw_only=True)
class Name(Syntax):
    """A bare word; `rooted` when written with a leading dot."""

    name: str
    rooted: bool = False


@dataclass(slots=True, kw_only=True)
class Select(Syntax):
    """`of.name`."""

    of: Syntax
    name: str


@dataclass(slots=True, kw_only=True)
class Call(Syntax):
    """`name(args)` or `of.name(args)`."""

    of: Syntax | None
    name: str
    args: tuple[Syntax, ...]


@dataclass(slots=True, kw_only=True)
class Listing(Syntax):
    """`[a, b]`."""

    items: tuple[Syntax, ...]


@dataclass(slots=True, kw_only=True)
class Unary(Syntax):
    """`!a` or `-a`."""

    op: str
    term: Syntax


@dataclass(slots=True, kw_only=True)
class Binary(Syntax):
    """`left op right`, `&&`, `||` and `in` included; `at` is the operator's place."""

    op: str
    left: Syntax
    right: Syntax


@dataclass(slots=True, kw_only=True)
class Joined(Syntax):
    """`a && b && c` (or `||`), flattened."""

    op: str
    terms: tuple[Syntax, ...]


@dataclass(slots=True, kw_only=True)
class Ternary(Syntax):
    """`condition ? then : otherwise`."""

    condition: Syntax
    then: Syntax
    otherwise: Syntax


@dataclass(slots=True, kw_only=True)
class Foreign(Syntax):
    """CEL that is not in the language: an index, a map, a message. Refused by name when checked."""

    feature: str
    word: str
