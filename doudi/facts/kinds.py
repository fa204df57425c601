"""What a fact is, and what kinds of subject there are: the contract between those who know things and those who rule.

The vocabulary is text (`vocabulary.toml` here, `facts.toml` in a pack); this file gives it types.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from doudi.rules.types import Type


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a code, with its words."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact a rule may mention.

    `unit` is shown with every figure (元, 人, 月). `sensitivity` is one of open, personal, health, money.
    `sources` lists source names, the most trusted first; a source not listed may not state the fact.
    `keeps` is how many days a statement of it holds; None is for ever. `formula` makes it derived: CEL over the same
    subject, with `year` standing for the year asked of a yearly fact. `asks` names who can answer: household, village,
    bureau, bank, county. `low` and `high` bound a number (encoded as `doudi.rules.types` says).
    """

    kind: str
    name: str
    type: Type
    zh: str
    en: str
    unit: str = ""
    yearly: bool = False
    sensitivity: str = "personal"
    sources: tuple[str, ...] = ()
    keeps: int | None = None
    formula: str = ""
    question_zh: str = ""
    question_en: str = ""
    asks: tuple[str, ...] = ("household",)
    choices: tuple[Choice, ...] = ()
    low: int | None = None
    high: int | None = None
    relation: str = ""  # set on the fact "<relation>_complete": the relation whose completeness it states


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from one kind to another. A to-one is walked; a to-many is folded and carries `<name>_complete`.

    `back` is the to-one relation of the other kind that leads here: household.members is person.household reversed.
    """

    kind: str
    name: str
    to: str
    many: bool
    zh: str
    en: str
    back: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subject: place (a village or community), household, person, loan, hire, post, platform, project."""

    name: str
    zh: str
    en: str
    facts: dict[str, Fact] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Who may state facts: a register, a paper file, a person at the door."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every kind, fact and relation a rule may mention, and every source that may state one."""

    kinds: dict[str, Kind]
    sources: dict[str, Source] = field(default_factory=dict)

    def fact(self, kind: str, name: str) -> Fact | None:
        """The fact of that name, or None."""
        found = self.kinds.get(kind)
        return found.facts.get(name) if found else None

    def relation(self, kind: str, name: str) -> Relation | None:
        """The relation of that name, or None."""
        found = self.kinds.get(kind)
        return found.relations.get(name) if found else None
