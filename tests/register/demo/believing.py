"""A demo county made, and what the register will believe of it by its own rules of resolution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from doudi.facts.kinds import Vocabulary
from doudi.policy import packs, versions
from doudi.register import resolution
from doudi.register.demo import county, size
from doudi.values.collecting import unhurried

SMALL = 300
DIGESTS = {
    SMALL: "5f577995e8f5f99b6d1c212283f639117aa3d592a557e2e9a072e85fdbc5962e",
    size.HOUSEHOLDS: "b712785e115addfedd03323f5d649c3b153f5332f7d88f4578547f5d5b063fd7",
}

Document = dict[str, list[Any]]


@cache
def words() -> Vocabulary:
    """The vocabulary with what the county's pack adds."""
    return packs.load(versions.SHIPPED / "pengxi_2020").vocabulary


@cache
def believed(households: int) -> Believed:
    """The county of that size, made once for all tests."""
    with unhurried():
        return _believe(county.make(words(), households))


@dataclass(frozen=True)
class Believed:
    """A county made, and what the register will believe of it."""

    demo: county.Demo
    documents: dict[str, dict[int, Document]]  # kind -> id -> fact -> cell
    contested: Counter[str]

    def value(self, kind: str, subject: int, fact: str) -> Any:
        """The value believed, or None."""
        cell = self.documents[kind].get(subject, {}).get(fact)
        return cell[0] if cell else None

    def poor_households(self, fact: str) -> int:
        """Registered poor households of which the fact is known true."""
        return sum(
            true(document, fact) and true(document, "registered_poor")
            for document in self.documents["household"].values()
        )


def true(document: Document, fact: str) -> bool:
    """Whether the fact is known true."""
    return fact in document and document[fact][0] is True


def _believe(demo: county.Demo) -> Believed:
    ranks = {kind: resolution.rank_in(words(), kind) for kind in words().kinds}
    documents: dict[str, dict[int, Document]] = {kind: {} for kind in words().kinds}
    contested: Counter[str] = Counter()
    for (kind, subject), said in _by_subject(demo):
        documents[kind][subject], differ = resolution.resolve(said, ranks[kind])
        contested.update(f"{kind}.{fact}" for fact in differ)
    return Believed(demo, documents, contested)


def _by_subject(demo: county.Demo) -> Iterator[tuple[tuple[str, int], list[resolution.Said]]]:
    names = ("subject_kind", "subject_id", "id", "source", "about_day", "recorded_at", "facts")
    table = demo.statements.set_column(
        demo.statements.schema.get_field_index("recorded_at"),
        "recorded_at",
        demo.statements.column("recorded_at").cast("int64"),
    )
    rows = sorted(zip(*(table.column(name).to_pylist() for name in names), strict=True), key=itemgetter(0, 1, 2))
    for key, group in groupby(rows, key=itemgetter(0, 1)):
        yield key, [resolution.Said(r[2], r[3], r[4].isoformat(), r[5], orjson.loads(r[6])) for r in group]
