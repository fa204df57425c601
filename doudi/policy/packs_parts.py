"""What a policy pack is made of, beside the measures the engines see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from doudi.rules.nodes import Node, Value
from doudi.rules.types import Type

OUTLOOK = ("work_back_earliest", "work_back_latest")  # parameters that no rule reads: what an outlook rests on
UNVERIFIED = "unverified"  # the source of a value that is only remembered


@dataclass(frozen=True, slots=True)
class Words:
    """A text in Chinese (the source language) and English."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The text for a reader: Chinese for any zh variant, English otherwise."""
        return self.zh if language.lower().startswith("zh") else self.en


NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True)
class Currency:
    """The pack's money: `decimals` is how many digits of a unit the minor unit has (fen: 2; dong: 0)."""

    code: str
    decimals: int
    unit: Words

    @property
    def minor(self) -> int:
        """Minor units in a unit: 100 for yuan and fen."""
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class Source:
    """A document the pack rests on; `read` says what of it was read, `clauses` quotes it."""

    name: str
    title: Words
    issuer: Words
    dated: date | None
    read: Words
    address: str
    clauses: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A parameter's value from a day on.

    `source` is a clause ("report:measure-1"), "unverified" or an overlay's name; `by` names who chose it where no
    document did.
    """

    start: date
    value: Value
    source: str
    by: Words = NO_WORDS
    why: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the policy. No value on a day, or `undecided`, is an unknown with the county as the one to ask."""

    name: str
    type: Type
    zh: str
    en: str
    unit: str
    source: str
    undecided: bool
    values: tuple[DatedValue, ...]
    order: int = 0

    def on(self, day: date) -> DatedValue | None:
        """The value in force on a day; None while undecided."""
        in_force = [value for value in self.values if value.start <= day]
        return in_force[-1] if in_force else None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number told with a yes: what is still to be sold, the new due date."""

    name: str
    rule: str
    node: Node
    unit: Words
    words: Words


@dataclass(frozen=True, slots=True)
class Step:
    """One step of approval; `days` is how long a public notice hangs."""

    name: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """All of a measure that is no rule: what it gives, on what evidence, who approves, how it is told.

    `number` is the article's number ("6a"). Of `evidence` one kind is enough, or with `evidence_each` every kind is
    needed. `budget` names a money parameter. `publish` is False where the title
    itself would tell of health or status.
    """

    name: str
    number: str
    title: Words
    clause: str
    reading: Words
    gives: Words
    to: str
    amount_rule: str
    budget: str
    evidence: tuple[str, ...]
    evidence_each: bool
    approval: tuple[Step, ...]
    channel: str
    quantities: tuple[Quantity, ...]
    publish: bool
    public_title: Words
    rules: Mapping[str, str]  # condition name -> rule as written
    file: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure as published, in the indicator's unit (money in minor units); `value` is None where only a share was."""

    value: int | None
    ratio: Decimal | None
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure over the subjects of a kind: the numerator's beside the denominator's, counted or added up (`total`).

    `asked` (which may use `has`) tells the subjects about whom the answer is known, `asked_of` those whom the question
    concerns. `reproducible` is one of yes, partly, no; `note` says why.
    """

    name: str
    subject: str
    words: Words
    unit: Words
    numerator: Node
    denominator: Node | None
    asked: Node | None
    asked_of: Node | None
    total: Node | None
    claim: Claim | None
    reproducible: str
    note: Words
    rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A data-quality rule: `node` true is a finding. `catalogue` is its id in the catalogue of rules.

    `fires` and `silent` are the situations, as written, that are and are not a finding.
    """

    name: str
    subject: str
    catalogue: str
    words: Words
    rule: str
    node: Node
    fires: tuple[Mapping[str, object], ...]
    silent: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """A situation somebody must hear of: `to` are roles, `do` what is to be done."""

    name: str
    subject: str
    words: Words
    do: Words
    to: tuple[str, ...]
    rule: str
    node: Node
    fires: tuple[Mapping[str, object], ...]
    silent: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the copies of a household's data that must agree: what some sources say, taken together.

    `sources` are the most trusted first as each fact orders them; `to` are roles that can have it changed, `do` how.
    """

    name: str
    words: Words
    sources: tuple[str, ...]
    to: tuple[str, ...]
    do: Words


@dataclass(frozen=True, slots=True)
class Exit:
    """One condition, all of which must be true before a monitored household may leave. Its cases as an alert's."""

    name: str
    subject: str
    words: Words
    rule: str
    node: Node
    fires: tuple[Mapping[str, object], ...]
    silent: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Add:
    """What a measure adds to a household's income until the year's end: at least and at most, about its subject.

    `lifts` names a line of income (wage) that is as before once the measure is carried out; then there is no rule.
    """

    measure: str
    words: Words
    low: Node | None
    high: Node | None
    lifts: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A subject a check does not speak of, for a reason, until a day. `subject` is a code, never a person's name."""

    check: str
    subject: str
    reason: Words
    until: date
    by: str


@dataclass(frozen=True, slots=True)
class Excuse:
    """A mutant no example can notice, and why that is right. `rule` is "<measure>.<condition>", `change` as listed."""

    rule: str
    change: str
    reason: Words
