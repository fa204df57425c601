"""Why: a verdict told as reasons, with the source of every leaf, for one reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from doudi.access.models import User


@dataclass(frozen=True, slots=True)
class Source:
    """Where a leaf comes from: a statement of a source about a day, or a parameter's document and first day."""

    name: str  # the source's name in the vocabulary, or the pack's document id
    zh: str
    en: str
    about: date | None = None
    statement_id: int | None = None
    clause: str = ""
    others: tuple[tuple[Any, str, date | None], ...] = ()  # what other sources say: (value, source, day)


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the explanation. `verdict` is 0 no, 1 yes, 2 unknown, 3 error, None for a plain value.

    `zh`, `en` say what the part asks; `value_zh`, `value_en` what was found. `protected`: the reader's duty does not
    cover this leaf; its value is withheld and `value_*` says who may see it.
    """

    zh: str
    en: str
    verdict: int | None = None
    value_zh: str = ""
    value_en: str = ""
    text: str = ""  # the rule text of this part
    source: Source | None = None
    protected: bool = False
    cause: str = ""
    children: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one verdict. `changes` says what would change it; `line` explains a limited measure's cut."""

    run_id: int
    kind: str
    subject_id: int
    label: str
    measure: str
    title_zh: str
    title_en: str
    clause: str
    document_zh: str
    document_en: str
    verdict: int
    amount_fen: int | None
    conditions: tuple[Reason, ...]
    changes: tuple[Reason, ...] = ()
    questions: tuple[str, ...] = ()  # fact keys that matter, "kind:id:fact"
    line: Reason | None = None
    contested: bool = False
    stale: bool = False
    payload: dict[str, Any] = field(default_factory=dict)


def explain(kind: str, subject_id: int, measure: str, *, reader: User | None) -> Explanation:
    """Why `measure` says what it says of the subject, as this reader may know it (None: everything, for tests)."""
    raise NotImplementedError


def verdicts_of(household_id: int) -> list[dict[str, Any]]:
    """Every verdict about a household, its members, loans and hires and what else reaches it, in force now.

    Each: {kind, subject_id, label, measure, verdict, amount_fen, place, contested, stale, title_zh, title_en}.
    """
    raise NotImplementedError
