"""The subjects a rule reads, as plain rows in memory, and the names of facts that are missing from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from doudi.rules.nodes import Value


class FactRef(NamedTuple):
    """One missing fact of one subject.

    An undecided parameter is ("params", 0, name, None); an unstated link (kind, id, relation, None); a relation not
    stated complete (kind, id, "<relation>_complete", None).
    """

    kind: str
    id: int
    name: str
    year: int | None = None

    @property
    def key(self) -> str:
        """The fact's key in a row: "net_income@2019" for a fact of a year."""
        return key_of(self.name, self.year)

    def order(self) -> tuple[str, int, str, int]:
        """A key to sort by."""
        return self.kind, self.id, self.name, self.year or 0


def key_of(name: str, year: int | None) -> str:
    """The key of a fact in a row."""
    return name if year is None else f"{name}@{year}"


@dataclass(slots=True, eq=False)
class Row:
    """One subject.

    `facts` holds what is known (a missing key is unknown), dates as datetime.date; the completeness of relation r is
    the fact "r_complete". `ones` are the to-one links (None or missing: not stated), `manys` the rows of each to-many
    relation present in the register.
    """

    kind: str
    id: int
    facts: dict[str, Value] = field(default_factory=dict)
    ones: dict[str, Row | None] = field(default_factory=dict)
    manys: dict[str, list[Row]] = field(default_factory=dict)

    def __repr__(self) -> str:
        # Rows point at one another; telling them all would never end.
        return f"Row({self.kind} {self.id}, {self.facts})"

    def reachable(self) -> Iterator[Row]:
        """The row itself and every row that can be walked to, each once."""
        seen, waiting = {id(self)}, [self]
        while waiting:
            row = waiting.pop()
            yield row
            near = [one for one in row.ones.values() if one is not None]
            for many in row.manys.values():
                near.extend(many)
            for other in near:
                if id(other) not in seen:
                    seen.add(id(other))
                    waiting.append(other)
