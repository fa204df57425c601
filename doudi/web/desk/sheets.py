"""What the register believes of a household and those in it: each fact with its source, its day, and who differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from doudi.facts import vocabulary as shipped
from doudi.facts.kinds import Fact, Vocabulary
from doudi.policy.runs import Run
from doudi.register.beliefs import Belief
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.web import figures
from doudi.web.desk.households import shows_names
from doudi.web.desk.standings import pack_of
from doudi.web.reader import Reader


@dataclass(frozen=True, slots=True)
class Other:
    """What another source says."""

    value: str
    source: str
    day: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One believed fact. `old`: said too long ago to count; `protected`: not for this reader."""

    label: str
    value: str
    source: str
    day: str
    others: list[Other] = field(default_factory=list)
    old: bool = False
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is believed of one subject, and the names of the facts nobody has stated."""

    title: str
    kind: str
    entries: list[Entry]
    missing: list[str]

    @property
    def contested(self) -> int:
        """How many facts the sources disagree on."""
        return sum(1 for entry in self.entries if entry.others)


def of_household(household: Household, people: list[Person], reader: Reader, run: Run | None) -> list[Sheet]:
    """The household's own sheet first, then its members, then loans and whatever else belongs to it."""
    words = pack_of(run).vocabulary if run else shipped.load()
    beliefs = {(b.subject_kind, b.subject_id): b.document for b in Belief.objects.filter(household_id=household.pk)}
    names = {person.pk: person.name if shows_names(reader) else figures.masked(person.name) for person in people}
    items = Item.objects.filter(household=household) | Item.objects.filter(person__in=people)
    found = [("household", household.pk, figures.word(words.kinds["household"]))]
    found += [("person", pk, name) for pk, name in names.items()]
    found += [(item.kind, item.pk, _item_title(item, words)) for item in items.order_by("kind", "code")]
    day = run.as_of if run else None
    return [_sheet(kind, title, beliefs.get((kind, pk), {}), words, reader, day) for kind, pk, title in found]


def _item_title(item: Item, words: Vocabulary) -> str:
    return f"{figures.word(words.kinds[item.kind])} {item.label or item.code}"


def _sheet(
    kind: str, title: str, document: dict[str, Any], words: Vocabulary, reader: Reader, day: date | None
) -> Sheet:
    facts = words.kinds[kind].facts
    order = {name: place for place, name in enumerate(facts)}
    keys = sorted(document, key=lambda key: (order.get(key.partition("@")[0], len(order)), key))
    entries = [_entry(key, document[key], facts.get(key.partition("@")[0]), words, reader, day) for key in keys]
    said = {key.partition("@")[0] for key in document}
    missing = [figures.word(fact) for name, fact in facts.items() if not fact.formula and name not in said]
    return Sheet(title, kind, entries, missing)


def _entry(
    key: str, belief: list[Any], fact: Fact | None, words: Vocabulary, reader: Reader, day: date | None
) -> Entry:
    year = key.partition("@")[2]
    label = figures.word(fact) if fact else key
    label = f"{label} {year}" if year else label
    if fact is not None and not reader.reads(fact.sensitivity):
        return Entry(label, "", "", "", protected=True)
    value, _statement, source, about = belief[:4]
    others = belief[4] if len(belief) > 4 else []
    told = [Other(figures.of_fact(o[0], fact), source_word(words, o[1]), o[3]) for o in others]
    return Entry(
        label, figures.of_fact(value, fact), source_word(words, source), about, told, _is_old(fact, about, day)
    )


def _is_old(fact: Fact | None, about: str, day: date | None) -> bool:
    if fact is None or fact.keeps is None or day is None:
        return False
    return date.fromisoformat(about) < day - timedelta(days=fact.keeps)


def source_word(words: Vocabulary, name: str) -> str:
    """A source in the reader's language."""
    source = words.sources.get(name)
    return figures.word(source) if source else name
