"""What is worth asking at a household: open questions, sources that differ, words grown old; most telling first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from doudi.facts.kinds import Fact
from doudi.policy import needs, questions
from doudi.policy.households import Decided
from doudi.policy.packs import Pack
from doudi.policy.questions import Question
from doudi.register import resolution, sayings
from doudi.register.resolution import Cell, Word

OPEN, DIFFER, OLD = WHY = ("open", "differ", "old")
MOST = 8  # facts a check asks for: more is not asked in ten minutes by telephone
SPOKEN = frozenset(("household", "field"))  # the sources a helper passes on
KINDS = ("household", "person", "loan")  # what is the household's own; a hire belongs to who hires
SOON = timedelta(days=14)  # a word that ceases to hold within so long is asked again

Document = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Ask:
    """One fact worth asking, and why: it still decides something, sources differ on it, or its word grows old."""

    kind: str
    subject_id: int
    fact: str
    why: str
    question: Question | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What it is about."""
        return self.kind, self.subject_id, self.fact


def of(decided: Decided, documents: Mapping[tuple[str, int], Document], on: date) -> list[Ask]:
    """What is worth asking of a household as decided, best first; only what a helper can find out."""
    pack = decided.decider.pack
    found: dict[tuple[str, int, str], Ask] = {}
    for question in questions.of_decided(decided):
        fact = pack.vocabulary.fact(question.kind, sayings.base_name(question.fact))
        if fact is not None and can_say(fact):
            ask = Ask(question.kind, question.subject_id, question.fact, OPEN, question)
            found.setdefault(ask.key, ask)
    for (kind, number), document in sorted(documents.items()):
        for ask in _of_document(kind, number, document, pack, on):
            found.setdefault(ask.key, ask)
    return sorted(found.values(), key=lambda ask: WHY.index(ask.why))[:MOST]


def can_say(fact: Fact) -> bool:
    """Whether the household or its helper may say anything of a fact."""
    return (
        fact.kind in KINDS
        and not fact.formula
        and fact.sensitivity != "identity"
        and not SPOKEN.isdisjoint(fact.sources)
    )


def _of_document(kind: str, number: int, document: Document, pack: Pack, on: date) -> list[Ask]:
    found = []
    for key, cell in sorted(document.items()):
        fact = pack.vocabulary.fact(kind, sayings.base_name(key)) if kind in pack.vocabulary.kinds else None
        if fact is None or not can_say(fact) or (kind, fact.name) not in read_by(pack):
            continue
        if _differs(cell, fact, on):
            found.append(Ask(kind, number, key, DIFFER))
        elif fact.keeps is not None and date.fromisoformat(cell[3]) + timedelta(days=fact.keeps) < on + SOON:
            found.append(Ask(kind, number, key, OLD))
    return found


def _differs(cell: Cell, fact: Fact, on: date) -> bool:
    limit = resolution.oldest_kept(fact, on)
    held = [word for word in resolution.words(cell, fact) if word.about >= limit] if len(cell) == 5 else []
    return any(word.value != held[0].value for word in held) and not _was_asked(held)


def _was_asked(held: Sequence[Word]) -> bool:
    """Whether the best word from there is no older than any that differs: then a copy is changed, and nobody asked."""
    said = next((word for word in held if word.source in SPOKEN), None)
    return said is not None and all(word.about <= said.about for word in held if word.value != said.value)


_known: dict[str, frozenset[tuple[str, str]]] = {}


def read_by(pack: Pack) -> frozenset[tuple[str, str]]:
    """(kind, fact) of every fact a measure of the pack reads; worked out once a pack."""
    if pack.hash not in _known:
        if len(_known) > 8:
            _known.clear()
        nodes = (node for measure in pack.measures.values() for node in measure.nodes())
        _known[pack.hash] = needs.facts_of(nodes)
    return _known[pack.hash]


def words_of(fact: Fact, key: str) -> tuple[str, str]:
    """How a fact is asked for, in both languages."""
    year = key.partition("@")[2]
    zh, en = fact.question_zh or f"{fact.zh}?", fact.question_en or f"{fact.en}?"
    if year and "{year}" not in zh:
        zh, en = f"{year}年{zh}", f"{en} ({year})"
    return zh.replace("{year}", year), en.replace("{year}", year)
