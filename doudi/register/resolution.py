"""How statements become a belief: by the fact's order of sources first, then by recency (DESIGN: section 2.3).

Pure: no database, no clock. A belief document keeps, for each fact, the word believed and, where it could ever matter,
the last word of every other source; so a reader with another order of sources, or on a later day when a fact no longer
keeps, resolves the same document again without its statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from doudi.facts.kinds import Fact, Vocabulary

Cell = list[Any]  # [value, statement id, source, about day, others]; others only where there are any
Rank = Callable[[str, str], int]
LAST = 10_000


class Said(NamedTuple):
    """A statement as resolution sees it: `about` is ISO text, which sorts as days do, `recorded` microseconds."""

    id: int
    source: str
    about: str
    recorded: int
    facts: Mapping[str, Any]


class Word(NamedTuple):
    """What one source last said of a fact."""

    value: Any
    source: str
    statement: int
    about: str


def rank_in(vocabulary: Vocabulary, kind: str) -> Rank:
    """The order of sources of each fact of a kind; a fact the vocabulary does not know takes the general order."""
    general = {name: place for place, name in enumerate(vocabulary.sources)}
    facts = vocabulary.kinds[kind].facts if kind in vocabulary.kinds else {}
    orders = {name: {s: i for i, s in enumerate(fact.sources)} for name, fact in facts.items()}

    def rank(key: str, source: str) -> int:
        return orders.get(key.partition("@")[0], general).get(source, LAST)

    return rank


def resolve(statements: Iterable[Said], rank: Rank) -> tuple[dict[str, Cell], list[str]]:
    """The document of one subject and the facts on which its sources differ."""
    last: dict[str, dict[str, Cell]] = {}
    for said in sorted(statements, key=_recency):
        for key, value in said.facts.items():
            last.setdefault(key, {})[said.source] = [value, said.id, said.source, said.about]
    document: dict[str, Cell] = {}
    contested: list[str] = []
    for key, by_source in last.items():
        cells = [cell for cell in by_source.values() if cell[0] is not None]
        if len(cells) == 1:
            document[key] = cells[0]
        elif cells:
            document[key], differ = _join(sorted(cells, key=lambda cell: (rank(key, cell[2]), cell[2])))
            if differ:
                contested.append(key)
    return document, sorted(contested)


def _recency(said: Said) -> tuple[str, int, int]:
    return said.about, said.recorded, said.id


def _join(cells: list[Cell]) -> tuple[Cell, bool]:
    """The first cell, with the others behind it unless all agree and none spoke later."""
    first = cells[0]
    differ = any(cell[0] != first[0] for cell in cells)
    later = any(cell[3] > first[3] for cell in cells)
    if not differ and not later:
        return first, False
    others = [[value, source, statement, about] for value, statement, source, about in cells[1:]]
    return [*first, others], differ


def words(cell: Cell, fact: Fact) -> list[Word]:
    """Every word kept of a fact, the most trusted first under this fact's order of sources."""
    value, statement, source, about = cell[:4]
    found = [Word(value, source, statement, about)]
    if len(cell) == 4:
        return found
    order = {name: place for place, name in enumerate(fact.sources)}
    found += [Word(*other) for other in cell[4]]
    return sorted(found, key=lambda word: (order.get(word.source, LAST), word.source))


def oldest_kept(fact: Fact, as_of: date) -> str:
    """The first day of which a word still holds on `as_of`, as ISO text; the empty text when words hold for ever."""
    if fact.keeps is None:
        return ""
    try:
        return (as_of - timedelta(days=fact.keeps)).isoformat()
    except OverflowError:
        return ""


def believed(cell: Cell, fact: Fact, as_of: date) -> Word | None:
    """The word believed on `as_of`: the most trusted source whose word still holds; None when none does."""
    limit = oldest_kept(fact, as_of)
    return next((word for word in words(cell, fact) if word.about >= limit), None)


def contested(cell: Cell, fact: Fact, as_of: date) -> list[Word]:
    """The words that still hold on `as_of` and say something else than the one believed."""
    limit = oldest_kept(fact, as_of)
    holding = [word for word in words(cell, fact) if word.about >= limit]
    return [word for word in holding if word.value != holding[0].value]
