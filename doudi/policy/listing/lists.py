"""A list: rows of one kind found by conditions, with columns; the registry of all there are."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, Protocol

from django.conf import settings

from doudi.access import masking, permissions
from doudi.access.scope import Scope
from doudi.facts import vocabulary as shipped
from doudi.facts.kinds import Fact, Vocabulary
from doudi.policy.runs import Run
from doudi.register import children
from doudi.register.exporting.columns import Column
from doudi.register.households import Household
from doudi.values.refusals import Refusal

BATCH = 2_000
# list: the module that holds it as LIST; areas above have theirs named in the settings
LISTS = {
    "households": "doudi.policy.listing.households",
    "persons": "doudi.policy.listing.persons",
    "questions": "doudi.policy.listing.questions",
    "differences": "doudi.policy.listing.corrections",
    "findings": "doudi.policy.listing.findings",
    "movements": "doudi.policy.listing.movements",
    **getattr(settings, "MORE_LISTS", {}),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a list, as far as it changes what they are given; `day` is the day it is told as of."""

    roles: frozenset[str]
    scope: Scope
    day: date
    run: Run | None = None
    language: str = "zh"

    @property
    def sees_names(self) -> bool:
        """Whether the duty needs names in full; those who check and audit read them masked."""
        return permissions.reads(self.roles, "name")

    @property
    def words(self) -> Vocabulary:
        """The vocabulary facts are told in: the pack's, before the first run the one that ships."""
        return self.run.pack.pack.vocabulary if self.run else shipped.load()

    def reads(self, fact: Fact) -> bool:
        """Whether the duty shows the fact; what names a person is shown masked to whoever reads what is personal."""
        return permissions.reads(self.roles, "personal" if fact.sensitivity == "identity" else fact.sensitivity)

    def helps(self, household_id: int | None) -> bool:
        """Whether the household is paired with the asker."""
        return household_id in self.scope.households

    def passes_on(self, fact: Fact) -> bool:
        """Whether the asker may record what some source says of the fact."""
        return any(permissions.passes_on(self.roles, source) for source in fact.sources)

    def name(self, full: str, *, child: bool = False) -> str:
        """A name as the asker may read it; a child's is shown to fewer."""
        part = masking.partly(masking.NAME, full)
        return full if self.sees_names and (not child or permissions.reads(self.roles, "minor")) else part

    def heads(self, homes: Collection[Household]) -> dict[int, str]:
        """The names of the heads of households by id, as the asker may read them: a child may be one."""
        open_to_all = not self.sees_names or permissions.reads(self.roles, "minor")
        young = () if open_to_all else children.called(((h.pk, h.head_name) for h in homes), on=self.day)
        return {h.pk: self.name(h.head_name, child=(h.pk, h.head_name) in young) for h in homes}


@dataclass(frozen=True, slots=True)
class Found:
    """What the conditions find: the keys of the rows in order, and how many persons and households they concern."""

    keys: Sequence[Any]
    persons: int
    households: int
    held: Mapping[Any, Any] = field(default_factory=dict)  # what the list has found out of each row already

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.keys)


class List(Protocol):
    """What every list offers. `kind` is the kind of subject of a row when rows can come back changed, else empty."""

    name: str
    zh: str
    en: str
    kind: str

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """The rows within the asker's scope; raises Refusal for conditions that cannot be understood."""

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words: (zh, en, value)."""

    def facts(self, asker: Asker) -> list[Column]:
        """The facts that can be added as columns."""

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """The columns of the list as it is asked for."""

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Each row: the subject's id, its belief's revision, the values of `columns`, those of the chosen facts."""


def named(name: str) -> List:
    """The list of a name. Raises Refusal, with the nearest right word, for none."""
    if name not in LISTS:
        close = get_close_matches(name, LISTS, n=1, cutoff=0.4)
        zh, en = (f",是否为“{close[0]}”?", f"; did you mean “{close[0]}”?") if close else ("", "")
        raise Refusal(
            f"没有“{name[:40]}”这个清单{zh} 可导出:{'、'.join(LISTS)}。",
            f"There is no list “{name[:40]}”{en} There are: {', '.join(LISTS)}.",
            "list",
        )
    return importlib.import_module(LISTS[name]).LIST  # type: ignore[no-any-return]


def only_known(query: Mapping[str, str], known: Sequence[str]) -> None:
    """Refuse a condition nobody reads: a table that leaves must be what was asked for."""
    for name in query:
        if name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.4)
            zh, en = (f",是否为“{close[0]}”?", f"; did you mean “{close[0]}”?") if close else ("", "")
            raise Refusal(
                f"没有“{name[:40]}”这个筛选条件{zh} 可用:{'、'.join(known)}。",
                f"There is no condition “{name[:40]}”{en} There are: {', '.join(known)}.",
                "filters",
            )
