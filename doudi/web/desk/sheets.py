"""What the register believes of a household and those in it: each fact with its source, its day, and who differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from doudi.access.users import User
from doudi.facts import vocabulary as shipped
from doudi.facts.kinds import Fact, Vocabulary
from doudi.policy import households, needs
from doudi.policy.runs import Run
from doudi.register import histories
from doudi.register.beliefs import Belief
from doudi.register.histories import Moment, Subject
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.register.statements import Statement
from doudi.web import figures, names
from doudi.web.desk.standings import pack_named, pack_of
from doudi.web.reader import Reader

NOW = Moment()


@dataclass(frozen=True, slots=True)
class Other:
    """What another source says."""

    value: str
    source: str
    day: str
    differs: bool  # from the value believed; the same word of another source confirms it


@dataclass(frozen=True, slots=True)
class Heard:
    """One statement's word on a fact: who said it of which day, recorded when and by whom, on what evidence.

    `value` is empty where the source took its earlier word back.
    """

    value: str
    source: str
    day: str
    recorded: datetime
    by: str
    evidence: str
    believed: bool


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
    heard: list[Heard] = field(default_factory=list)  # every statement on it, the latest first

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
    said: Mapping[Subject, list[Statement]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # of those who recorded, by username

    def source(self, name: str) -> str:
        """A source in the reader's language."""
        return source_word(self.words, name)


def of_household(
    household: Household, people: list[Person], reader: Reader, run: Run | None, moment: Moment = NOW
) -> list[Sheet]:
    """The household's own sheet first, then its members, then loans and whatever else belongs to it, at a moment."""
    words = pack_of(run).vocabulary if run else shipped.load()
    called = {person.pk: names.person(person.name, person.pk, household, reader) for person in people}
    found = [("household", household.pk, _("全户"))]
    found += [("person", pk, name) for pk, name in called.items()]
    items = histories.items_of(household, people, moment)
    found += [(item.kind, item.pk, _item_title(item, words)) for item in items]
    statements = histories.statements_of([(kind, pk) for kind, pk, _title in found], moment)
    beliefs = histories.documents(statements, words) if not moment.is_now else _believed(household)
    reading = Reading(
        words=words,
        reader=reader,
        day=moment.day or (households.days_of([household.pk], run)[household.pk] if run else None),
        read=_read_by(run.pack_id) if run else frozenset(),
        said=_by_subject(statements),
        names=_recorders(statements),
    )
    return [_sheet(kind, pk, title, beliefs.get((kind, pk), {}), reading) for kind, pk, title in found]


def _believed(household: Household) -> dict[Subject, dict[str, Any]]:
    return {(b.subject_kind, b.subject_id): b.document for b in Belief.objects.filter(household_id=household.pk)}


def _by_subject(statements: list[Statement]) -> dict[Subject, list[Statement]]:
    found: dict[Subject, list[Statement]] = {}
    for one in statements:
        found.setdefault((one.subject_kind, one.subject_id), []).append(one)
    return found


def _recorders(statements: list[Statement]) -> dict[str, str]:
    known = {one.recorded_by for one in statements}
    return dict(User.objects.filter(username__in=known).values_list("username", "name"))


@lru_cache(maxsize=8)
def _read_by(version: str) -> frozenset[tuple[str, str]]:
    """The facts the measures of a pack version read."""
    return needs.facts_of(node for measure in pack_named(version).measures.values() for node in measure.nodes())


def _item_title(item: Item, words: Vocabulary) -> str:
    kind, label = figures.word(words.kinds[item.kind]), item.label or item.code
    return label if label.startswith(kind) else f"{kind} {label}"


def _sheet(kind: str, number: int, title: str, document: dict[str, Any], reading: Reading) -> Sheet:
    facts = reading.words.kinds[kind].facts
    order = {name: place for place, name in enumerate(facts)}
    keys = sorted(document, key=lambda key: (order.get(key.partition("@")[0], len(order)), key))
    entries = [_entry(kind, number, key, document[key], reading) for key in keys]
    said = {key.partition("@")[0] for key in document}
    missing = [figures.word(fact) for name, fact in facts.items() if (kind, name) in reading.read and name not in said]
    return Sheet(title, kind, entries, missing)


def _entry(kind: str, number: int, key: str, belief: list[Any], reading: Reading) -> Entry:
    name, _at, year = key.partition("@")
    fact = reading.words.fact(kind, name)
    label = f"{figures.word(fact) if fact else name} {year}".strip()
    read = (kind, name) in reading.read
    if fact is not None and not _reads(reading.reader, fact):
        return Entry(label, "", "", "", protected=True, read=read)
    value, statement, source, about = belief[:4]
    others = belief[4] if len(belief) > 4 else []
    return Entry(
        label=label,
        value=figures.of_fact(value, fact),
        source=reading.source(source),
        day=about,
        others=[_other(other, value, fact, reading) for other in others],
        old=_is_old(fact, about, reading.day),
        read=read,
        heard=[
            _heard(one, one.facts[key], fact, one.pk == statement, reading)
            for one in reading.said.get((kind, number), ())
            if key in one.facts
        ],
    )


def _heard(one: Statement, value: Any, fact: Fact | None, believed: bool, reading: Reading) -> Heard:
    return Heard(
        value="" if value is None else figures.of_fact(value, fact),
        source=reading.source(one.source),
        day=one.about_day.isoformat(),
        recorded=one.recorded_at,
        by=reading.names.get(one.recorded_by, one.recorded_by),
        evidence=evidence_word(one.evidence),
        believed=believed,
    )


def evidence_word(evidence: Mapping[str, Any]) -> str:
    """What a statement rests on: the file, its sheet and row, or how it was heard; empty when nothing is kept."""
    parts = [str(evidence[name]) for name in ("file", "file_name", "from", "sheet") if evidence.get(name)]
    if evidence.get("row"):
        parts.append(_("第 %(row)s 行") % {"row": evidence["row"]})
    return " ".join(parts)


def _reads(reader: Reader, fact: Fact) -> bool:
    """What names a person is masked for everybody, so it is there for whoever reads what is personal."""
    return reader.reads("personal" if fact.sensitivity == "identity" else fact.sensitivity)


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
