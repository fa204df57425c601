"""What a fact rests on where a deed has said it: which purchase, which journey, which post, told and to be reached.

Suppliers of facts above this area name their deeds; an area without any (`name_deeds`) names none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from types import ModuleType

from django.conf import settings

from doudi.policy.snapshots import SUPPLIERS

MOST = 12  # of one fact; an auditor who wants all of them has the deeds' own list
Asked = Mapping[tuple[str, str], Collection[int]]  # subjects by (kind, fact)
Of = tuple[str, int, str]  # kind, number and fact


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed: its `kind` (purchase, journey, post, ...) and `key` name its page, `zh` and `en` say which it is.

    `about` is the day from which it counts.
    """

    kind: str
    key: str
    zh: str
    en: str
    about: date | None = None


Named = Mapping[Of, list[Deed]]


def behind(told: Iterable[Of], *, as_of: date) -> dict[Of, tuple[Deed, ...]]:
    """The deeds behind facts that deeds have told by a day, the newest first, at most twelve each."""
    asked: dict[tuple[str, str], set[int]] = {}
    for kind, number, fact in told:
        asked.setdefault((kind, fact), set()).add(number)
    found: dict[Of, list[Deed]] = {}
    for supplier in _suppliers() if asked else ():
        named: Named = supplier.name_deeds(asked, as_of=as_of)
        for of, deeds in named.items():
            found.setdefault(of, []).extend(deeds)
    return {of: tuple(sorted(deeds, key=_newest)[:MOST]) for of, deeds in found.items()}


def _suppliers() -> Iterator[ModuleType]:
    for name in getattr(settings, "FACT_SUPPLIERS", SUPPLIERS)[1:]:
        module = import_module(name)
        if hasattr(module, "name_deeds"):
            yield module


def _newest(deed: Deed) -> tuple[int, str, str]:
    return (-(deed.about or date.min).toordinal(), deed.kind, deed.key)
