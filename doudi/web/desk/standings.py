"""How the measures stand: the run in force, its pack, and the counts a page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Left

from doudi.policy.decisions import Tally
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.policy.versions import PackVersion
from doudi.web import figures

HOUSEHOLD_KINDS = ("household", "person", "loan", "hire")
Counts = tuple[int, int, int, int]  # yes, no, unknown, fen


def run_in_force() -> Run | None:
    """The latest run whose decisions stand; None before the first."""
    return Run.objects.standing()


def pack_of(run: Run) -> Pack:
    """The pack a run decided by."""
    return pack_named(run.pack_id)


@lru_cache(maxsize=8)
def pack_named(version: str) -> Pack:
    """The pack of a version's hash; versions never change, so each is read once a process."""
    return PackVersion.objects.get(hash=version).pack


@dataclass(frozen=True, slots=True)
class Line:
    """One measure in a table: its counts here, its cost and its budget."""

    name: str
    number: str
    title: str
    subject: str
    clause: str
    yes: int
    no: int
    unknown: int
    amount_fen: int
    budget_fen: int | None
    gives_money: bool
    limited: bool
    listed: bool  # its subjects belong to households, so that a list of them can be shown
    stale: bool = False

    @property
    def total(self) -> int:
        """Subjects asked about; the states add up to it."""
        return self.yes + self.no + self.unknown


@dataclass(frozen=True, slots=True)
class Group:
    """One of the county's measures with its parts, in the report's order."""

    number: str
    lines: list[Line] = field(default_factory=list)


def groups_of(run: Run, prefix: str, *, only: frozenset[str] = frozenset()) -> list[Group]:
    """The measures of the pack over an area, parts of one (6a, 6b) together; `only` those of a limited duty."""
    lines = [line for line in _lines(run, prefix) if not only or line.name in only]
    return [
        Group(number, list(some)) for number, some in groupby(lines, key=lambda line: line.number.rstrip("abcdefgh"))
    ]


def _lines(run: Run, prefix: str) -> list[Line]:
    pack, budgets = pack_of(run), _budgets(run)
    rows = Tally.objects.filter(run=run, place_code__startswith=prefix).values("measure")
    sums = rows.annotate(y=Sum("yes"), n=Sum("no"), u=Sum("unknown"), fen=Sum("amount_fen"))
    found = {row["measure"]: (row["y"], row["n"], row["u"], row["fen"]) for row in sums}
    stale = set(
        Tally.objects.filter(run=run, place_code__startswith=prefix, stale=True).values_list("measure", flat=True)
    )
    return [_line(pack, name, found.get(name, (0, 0, 0, 0)), budgets.get(name), name in stale) for name in _order(pack)]


def _order(pack: Pack) -> Iterable[str]:
    """The pack's own order, which is the report's."""
    return pack.measures


def _budgets(run: Run) -> dict[str, int | None]:
    return {row["name"]: row.get("budget_fen") for row in run.counts.get("measures", [])}


def _line(pack: Pack, name: str, counts: Counts, budget: int | None, stale: bool) -> Line:
    measure = pack.measures[name]
    yes, no, unknown, fen = counts
    return Line(
        name=name,
        number=pack.terms[name].number,
        title=title_of(pack, name),
        subject=figures.word(pack.vocabulary.kinds[measure.subject]),
        clause=clause_of(pack, name),
        yes=yes,
        no=no,
        unknown=unknown,
        amount_fen=fen,
        budget_fen=budget,
        gives_money=measure.amount is not None,
        limited=measure.limit is not None,
        listed=measure.subject in HOUSEHOLD_KINDS,
        stale=stale,
    )


def title_of(pack: Pack, measure: str) -> str:
    """A measure's title in the reader's language."""
    return figures.word(pack.terms[measure].title)


def clause_of(pack: Pack, measure: str) -> str:
    """The text of the clause a measure rests on."""
    words = pack.clause(pack.terms[measure].clause)
    return figures.word(words) if words else ""


def by_part(run: Run, measure: str, prefix: str, length: int) -> dict[str, Counts]:
    """One measure over the parts of an area: {part's prefix: counts}."""
    rows = Tally.objects.filter(run=run, measure=measure, place_code__startswith=prefix)
    sums: Any = rows.annotate(part=Left("place_code", length)).values("part")
    sums = sums.annotate(y=Sum("yes"), n=Sum("no"), u=Sum("unknown"), fen=Sum("amount_fen"))
    return {row["part"]: (row["y"], row["n"], row["u"], row["fen"]) for row in sums}
