"""How statements become a belief: by the fact's order of sources first, then by recency (DESIGN: section 2.3).

Pure: no database, no clock. A belief document keeps, for each fact, the word believed and, where it could ever matter,
the last word of every other source; so a reader with another order of sources, or on a later day when a fact no longer
keeps, resolves the same document again without its statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from datetime import date, timedelta
from typing import Any, NamedTuple

from doudi.facts.kinds import Fact, Vocabulary

Cell = list[Any]  # [value, statement id, source, about day, others]; others only where there are any
Flat = Any  # a bare value, or a list that says on which days it holds and what others say; see `flatten`
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
    by_source: dict[str, dict[str, Cell]] = {}
    for said in sorted(statements, key=_recency):
        last = by_source.setdefault(said.source, {})
        for key, value in said.facts.items():
            last[key] = [value, said.id, said.source, said.about]
    document, several = _gather(by_source)
    contested: list[str] = []
    for key, cells in several.items():
        cells.sort(key=lambda cell: (rank(key, cell[2]), cell[2]))
        document[key], differ = _join(cells)
        if differ:
            contested.append(key)
    return document, sorted(contested)


def _gather(by_source: dict[str, dict[str, Cell]]) -> tuple[dict[str, Cell], dict[str, list[Cell]]]:
    """Each fact's first cell, and all cells of the facts that several sources speak of; words taken back are gone."""
    document: dict[str, Cell] = {}
    several: dict[str, list[Cell]] = {}
    for cells in by_source.values():
        for key, cell in cells.items():
            if cell[0] is None:
                continue
            if key in document:
                several.setdefault(key, [document[key]]).append(cell)
            else:
                document[key] = cell
    return document, several


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


def lasting(vocabulary: Vocabulary, kind: str) -> frozenset[str]:
    """The facts of a kind of which a word holds for ever."""
    facts = vocabulary.kinds[kind].facts if kind in vocabulary.kinds else {}
    return frozenset(name for name, fact in facts.items() if fact.keeps is None)


def flatten(document: Mapping[str, Cell], lasts: Set[str]) -> dict[str, Flat]:
    """The document without what only provenance needs, as evaluation reads it; `lasts` are the `lasting` facts.

    A fact becomes its bare value where nothing but that value can ever be believed, `[value, about day]` where it may
    cease to hold, and `[value, source, about day, [[value, source, about day], ...]]` where other sources are kept.
    """
    return {
        key: cell[0] if len(cell) == 4 and key.partition("@")[0] in lasts else _condition(cell)
        for key, cell in document.items()
    }


def _condition(cell: Cell) -> list[Any]:
    if len(cell) == 4:
        return [cell[0], cell[3]]
    return [cell[0], cell[2], cell[3], [[other[0], other[1], other[3]] for other in cell[4]]]


def settle(flat: Flat, fact: Fact, limit: str) -> Any:
    """The value believed of a flattened fact, None when no word still holds; `limit` is `oldest_kept`'s."""
    if type(flat) is not list:
        return flat
    if len(flat) == 2:
        return flat[0] if flat[1] >= limit else None
    held = [word for word in (flat[:3], *flat[3]) if word[2] >= limit]
    return min(held, key=lambda word: _place(fact, word[1]))[0] if held else None


def last_word(flat: Flat) -> tuple[Any, str] | None:
    """(value, about day) of what was said last of a flattened fact whose words may cease to hold; None without."""
    if type(flat) is not list:
        return None
    said = max((flat[:3], *flat[3]), key=lambda word: word[2]) if disputed(flat) else flat
    return said[0], said[-1]


def disputed(flat: Flat) -> bool:
    """Whether several sources' words are kept of a flattened fact."""
    return type(flat) is list and len(flat) == 4


def alternatives(flat: Flat, fact: Fact, as_of: date) -> list[Any]:
    """The values other sources hold on a day against the one believed, the most trusted source's first."""
    if not disputed(flat):
        return []
    first, last = oldest_kept(fact, as_of), as_of.isoformat()
    held = [word for word in (flat[:3], *flat[3]) if first <= word[2] <= last]
    values = [word[0] for word in sorted(held, key=lambda word: _place(fact, word[1]))]
    return [value for place, value in enumerate(values) if value not in values[:place]][1:]


def _place(fact: Fact, source: str) -> tuple[int, str]:
    return (fact.sources.index(source) if source in fact.sources else LAST), source


def oldest_kept(fact: Fact, as_of: date) -> str:
    """The first day of which a word still holds on `as_of`, as ISO text; the empty text when words hold for ever."""
    if fact.keeps is None:
        return ""
    try:
        return (as_of - timedelta(days=fact.keeps)).isoformat()
    except OverflowError:
        return ""


def words(cell: Cell, fact: Fact) -> list[Word]:
    """Every word kept of a fact, the most trusted first under this fact's order of sources."""
    value, statement, source, about = cell[:4]
    found = [Word(value, source, statement, about)]
    if len(cell) == 5:
        found += [Word(*other) for other in cell[4]]
    return sorted(found, key=lambda word: _place(fact, word.source))


def believed(cell: Cell, fact: Fact, as_of: date) -> Word | None:
    """The word believed on `as_of`: the most trusted source whose word still holds; None when none does."""
    limit = oldest_kept(fact, as_of)
    return next((word for word in words(cell, fact) if word.about >= limit), None)
