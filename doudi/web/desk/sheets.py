"""What the register believes of a household and those in it: each fact with its source, its day, and who differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from doudi.facts import vocabulary as shipped
from doudi.facts.kinds import Fact, Vocabulary
from doudi.policy import households, needs
from doudi.policy.runs import Run
from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.web import figures
from doudi.web.desk.households import shows_names
from doudi.web.desk.standings import pack_named, pack_of
from doudi.web.reader import Reader


@dataclass(frozen=True, slots=True)
class Other:
    """What another source says."""

    value: str
    source: str
    day: str
    differs: bool  # from the value believed; the same word of another source confirms it


@dataclass(frozen=True, slots=True)
class Entry:
    """One believed fact. `old`: said too long ago to count; `protected`: not for this reader."""

    label: str
    value: str
    source: str
    day: str
    others: list[Other] = field(default_factory=list)
    old: bool = False
    read: bool = False  # by a rule of the pack

    @property
    def contested(self) -> bool:
        """Whether some source says otherwise."""
        return any(other.differs for other in self.others)

    protected: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is believed of one subject, and the names of the facts nobody has stated."""

    title: str
    kind: str
    entries: list[Entry]
    missing: list[str]

    @property
    def main(self) -> list[Entry]:
        """What the pack's rules read, and whatever sources disagree on."""
        return [entry for entry in self.entries if entry.read or entry.contested]

    @property
    def rest(self) -> list[Entry]:
        """Everything else on record."""
        return [entry for entry in self.entries if not (entry.read or entry.contested)]

    @property
    def contested(self) -> int:
        """How many facts the sources disagree on."""
        return sum(1 for entry in self.entries if entry.contested)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a page reads: in which words, for whom, as of which day, and which facts the rules read."""

    words: Vocabulary
    reader: Reader
    day: date | None
    read: frozenset[tuple[str, str]]

    def source(self, name: str) -> str:
        """A source in the reader's language."""
        return source_word(self.words, name)


def of_household(household: Household, people: list[Person], reader: Reader, run: Run | None) -> list[Sheet]:
    """The household's own sheet first, then its members, then loans and whatever else belongs to it."""
    words = pack_of(run).vocabulary if run else shipped.load()
    day = households.days_of([household.pk], run)[household.pk] if run else None
    reading = Reading(words, reader, day, _read_by(run.pack_id) if run else frozenset())
    beliefs = {(b.subject_kind, b.subject_id): b.document for b in Belief.objects.filter(household_id=household.pk)}
    names = {person.pk: person.name if shows_names(reader) else figures.masked(person.name) for person in people}
    items = Item.objects.filter(household=household) | Item.objects.filter(person__in=people)
    found = [("household", household.pk, _("全户"))]
    found += [("person", pk, name) for pk, name in names.items()]
    found += [(item.kind, item.pk, _item_title(item, words)) for item in items.order_by("kind", "code")]
    return [_sheet(kind, title, beliefs.get((kind, pk), {}), reading) for kind, pk, title in found]


@lru_cache(maxsize=8)
def _read_by(version: str) -> frozenset[tuple[str, str]]:
    """The facts the measures of a pack version read."""
    return needs.facts_of(node for measure in pack_named(version).measures.values() for node in measure.nodes())


def _item_title(item: Item, words: Vocabulary) -> str:
    kind, label = figures.word(words.kinds[item.kind]), item.label or item.code
    return label if label.startswith(kind) else f"{kind} {label}"


def _sheet(kind: str, title: str, document: dict[str, Any], reading: Reading) -> Sheet:
    facts = reading.words.kinds[kind].facts
    order = {name: place for place, name in enumerate(facts)}
    keys = sorted(document, key=lambda key: (order.get(key.partition("@")[0], len(order)), key))
    entries = [_entry(kind, key, document[key], reading) for key in keys]
    said = {key.partition("@")[0] for key in document}
    missing = [figures.word(fact) for name, fact in facts.items() if (kind, name) in reading.read and name not in said]
    return Sheet(title, kind, entries, missing)


def _entry(kind: str, key: str, belief: list[Any], reading: Reading) -> Entry:
    name, _at, year = key.partition("@")
    fact = reading.words.fact(kind, name)
    label = f"{figures.word(fact) if fact else name} {year}".strip()
    read = (kind, name) in reading.read
    if fact is not None and not reading.reader.reads(fact.sensitivity):
        return Entry(label, "", "", "", protected=True, read=read)
    value, _statement, source, about = belief[:4]
    others = belief[4] if len(belief) > 4 else []
    return Entry(
        label=label,
        value=figures.of_fact(value, fact),
        source=reading.source(source),
        day=about,
        others=[_other(other, value, fact, reading) for other in others],
        old=_is_old(fact, about, reading.day),
        read=read,
    )


def _other(other: list[Any], believed: Any, fact: Fact | None, reading: Reading) -> Other:
    value, source, _statement, day = other
    return Other(figures.of_fact(value, fact), reading.source(source), day, differs=value != believed)


def _is_old(fact: Fact | None, about: str, day: date | None) -> bool:
    if fact is None or fact.keeps is None or day is None:
        return False
    return date.fromisoformat(about) < day - timedelta(days=fact.keeps)


def source_word(words: Vocabulary, name: str) -> str:
    """A source in the reader's language."""
    source = words.sources.get(name)
    return figures.word(source) if source else name
