"""The facts of a check against what is believed by now: which are stated, which wait for a person to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import orjson

from doudi.access.scope import as_engine
from doudi.facts.kinds import Fact, Vocabulary
from doudi.monitoring import changes
from doudi.monitoring.changes import Field, Held
from doudi.monitoring.check_bodies import Given, Said
from doudi.policy import replies
from doudi.policy.packs import Pack
from doudi.policy.sittings import Word
from doudi.register import resolution, sayings
from doudi.register.resolution import Cell
from doudi.register.statements import Statement
from doudi.trail import prepared
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal

AT_THE_DOOR = ("field", "household")  # who speaks where the helper stood there and saw it
TOLD = ("household",)


@dataclass(frozen=True, slots=True)
class Clash:
    """A fact that waits for a choice: what was said, and the word it stands against."""

    said: Said
    kind: str
    mine: Any
    theirs: Held
    source: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A check's facts: words to state, clashes that wait, and each fact as given with what became of it."""

    words: tuple[Word, ...]
    held: tuple[Clash, ...]
    facts: list[dict[str, Any]]

    @property
    def outcomes(self) -> tuple[tuple[str, int, str, str], ...]:
        """(kind, id, fact, outcome) of each."""
        return tuple((each["kind"], each["id"], each["fact"], each["outcome"]) for each in self.facts)


class Ruled(Protocol):
    """What a fact is read by: a sitting, or the pack and the vocabulary alone where nothing is going to be said."""

    @property
    def pack(self) -> Pack | None:
        """The pack in force; None before the first run."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """The facts there are."""
        ...


def understand(said: Said, reached: str, ruled: Ruled) -> tuple[Fact, str, Any]:
    """The fact that is spoken of, who says it, and what is said, encoded.

    Raises Refusal, naming it, for one that cannot be said so.
    """
    fact = _fact_of(said, ruled.vocabulary)
    return fact, _source(fact, said, reached), _mine(said, fact, ruled)


def merge(household_id: int, given: Given, sitting: Ruled, *, by: str, about: date) -> Merged:
    """Merge every fact of a check. Raises Refusal for one that cannot be said so, naming it."""
    spoken = [said for said in given.facts if said.said != "cannot_say"]
    if not spoken:
        return Merged((), (), [{**said.plain(), "outcome": changes.NOTHING} for said in given.facts])
    with as_engine():
        kept, moved = _kept(household_id, spoken, sitting.vocabulary, about, given.base_version, by)
        authors = _authors(spoken, kept, given.base_version)
    words, clashes, outcomes = [], [], {}
    for said in spoken:
        fact, source, mine = understand(said, given.reached, sitting)
        field = Field(
            base=said.base,
            mine=mine,
            words=[
                Held(w.value, w.source, w.statement, authors.get(w.statement, "")) for w in kept.get(_key(said), ())
            ],
            version=given.base_version,
            by=by,
            protected=changes.is_protected(fact),
            moved=moved,
        )
        outcome, against = changes.merge(field)
        outcomes[said] = outcome
        if against is not None:
            clashes.append(Clash(said, outcome, field.mine, against, source))
        elif outcome != changes.NOTHING:
            words.append(Word(said.kind, said.subject_id, said.fact, field.mine, source))
    facts = [{**said.plain(), "outcome": outcomes.get(said, changes.NOTHING)} for said in given.facts]
    return Merged(tuple(words), tuple(clashes), facts)


def _key(said: Said) -> tuple[str, int, str]:
    return said.kind, said.subject_id, said.fact


def _fact_of(said: Said, vocabulary: Vocabulary) -> Fact:
    found = vocabulary.fact(said.kind, sayings.base_name(said.fact)) if said.kind in vocabulary.kinds else None
    if found is None or found.formula or found.yearly != ("@" in said.fact):
        raise Refusal(f"没有“{said.fact}”这项可以核对的事实。", f"There is no fact “{said.fact}” to check.", said.fact)
    return found


def _source(fact: Fact, said: Said, reached: str) -> str:
    """Who says it. Raises Refusal for what can only be seen on the spot, or is not the household's to say."""
    for source in AT_THE_DOOR if reached == "door" else TOLD:
        if source in fact.sources:
            return source
    if "field" in fact.sources:
        raise Refusal(
            f"“{fact.zh}”要到现场看了才能填,请改为上门核对。",
            f"“{fact.en}” is seen at the door only; it cannot be told by telephone.",
            said.fact,
        )
    raise Refusal(
        f"“{fact.zh}”不由农户或帮扶责任人说了算,请报村里或县里。",
        f"“{fact.en}” is neither the household's nor the helper's to say; tell the village or the county.",
        said.fact,
    )


def _mine(said: Said, fact: Fact, ruled: Ruled) -> Any:
    """What is said, encoded. The same is what was shown, and nothing where nothing was."""
    if said.said == "same":
        return said.base
    if isinstance(said.value, str):
        minor = ruled.pack.currency.minor if ruled.pack else 100
        return replies.read(said.value, fact, minor=minor)
    return said.value


Kept = Mapping[tuple[str, int, str], Sequence[resolution.Word]]


def _kept(
    household_id: int, spoken: Sequence[Said], vocabulary: Vocabulary, on: date, version: int, by: str
) -> tuple[Kept, bool]:
    """The words kept of every fact that is spoken of, the one believed that day first.

    And whether somebody else said anything of the household since that version.
    """
    wanted = sorted({(said.kind, said.subject_id) for said in spoken})
    with as_engine():
        lists = [kind for kind, _ in wanted], [number for _, number in wanted]
        rows = prepared.ask(_DOCUMENTS, [*lists, household_id, household_id, version, by]).rows
    moved = version != changes.UNKNOWN_VERSION and (None, None, "true") in rows
    documents = {(kind, number): orjson.loads(text) for kind, number, text in rows if kind}
    found: dict[tuple[str, int, str], Sequence[resolution.Word]] = {}
    for said in spoken:
        cell = documents.get((said.kind, said.subject_id), {}).get(said.fact)
        fact = vocabulary.fact(said.kind, sayings.base_name(said.fact)) if said.kind in vocabulary.kinds else None
        if cell is not None and fact is not None:
            found[_key(said)] = _holding(cell, fact, on)
    return found, moved


_DOCUMENTS = """
SELECT b.subject_kind, b.subject_id, b.document::text FROM register_belief b
JOIN unnest(%s::text[], %s::bigint[]) AS t (kind, id) ON t.kind = b.subject_kind AND t.id = b.subject_id
WHERE b.household_id = %s::bigint
UNION ALL SELECT NULL, NULL, EXISTS (
    SELECT FROM register_statement WHERE household_id = %s::bigint AND id > %s::bigint AND recorded_by <> %s::text
)::text
"""


def _holding(cell: Cell, fact: Fact, on: date) -> Sequence[resolution.Word]:
    """The words that still hold on a day, in the order of trust."""
    limit = resolution.oldest_kept(fact, on)
    return [word for word in resolution.words(cell, fact) if word.about >= limit]


_recorded_by = Written(lambda ids: Statement.objects.filter(pk__in=ids).values_list("pk", "recorded_by"), ids=NUMBERS)


def _authors(spoken: Sequence[Said], kept: Kept, version: int) -> Mapping[int, str]:
    """Who recorded the words for which it matters: those of later than the card, and those it did not show."""
    wanted = {
        word.statement
        for said in spoken
        for word in kept.get(_key(said), ())
        if word.statement > version or not changes.alike(word.value, said.base)
    }
    if not wanted:
        return {}
    with as_engine():
        return dict(_recorded_by(ids=wanted))
