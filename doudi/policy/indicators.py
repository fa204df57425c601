"""Indicators: the impact figures, each with unit, numerator, denominator, asked share, day and claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from doudi.policy import engines
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Claim, Indicator
from doudi.policy.runs import Run

SHARE_UNIT = 10_000  # shares are in hundredths of a per cent: 3071 is 30.71 %


@dataclass(frozen=True, slots=True)
class Figure:
    """One computed figure beside the published claim.

    `value` is the numerator: subjects counted, or their total in the unit (money in minor units). Asked are the
    subjects about whom the answer is known, of those the question concerns: by the pack's `asked_of`, or else all whom
    the denominator does not rule out. Shares are in hundredths of
    a per cent, rounded half up. `reproducible` is yes, partly or no: whether the claim can be had from a register.
    """

    name: str
    subject: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    value: int
    numerator: int
    denominator: int | None
    asked: int
    asked_of: int
    share: int | None
    asked_share: int | None
    money: bool
    claim: Claim | None
    reproducible: str
    note_zh: str
    note_en: str
    day: date


def of_run(run: Run) -> list[Figure]:
    """The pack's indicators over a run's snapshot, as of its day."""
    return compute(run.pack.pack, run.snapshot.hold(), as_of=run.as_of)


def compute(pack: Pack, held: duckdb.DuckDBPyConnection, *, as_of: date) -> list[Figure]:
    """The pack's indicators over a snapshot's tables, in the pack's order."""
    figures: dict[str, Figure] = {}
    for kind in dict.fromkeys(indicator.subject for indicator in pack.indicators.values()):
        mine = [each for each in pack.indicators.values() if each.subject == kind]
        counted = _count(pack, held, kind, mine, as_of)
        for indicator, counts in zip(mine, counted, strict=True):
            figures[indicator.name] = _figure(indicator, counts, as_of)
    return [figures[name] for name in pack.indicators]


def _count(
    pack: Pack, held: duckdb.DuckDBPyConnection, kind: str, indicators: Sequence[Indicator], as_of: date
) -> list[tuple[int, int, int, int]]:
    """(numerator, denominator, asked, asked of) of each indicator, in one query a kind."""
    nodes = {
        (each.name, part): node
        for each in indicators
        for part in ("numerator", "denominator", "asked", "asked_of", "total")
        if (node := getattr(each, part)) is not None
    }
    values = engines.duckdb_values(
        nodes, kind=kind, vocabulary=pack.vocabulary, params=pack.values_on(as_of), as_of=as_of
    )
    parts = [part for each in indicators for part in _aggregates(each, values.columns)]
    row = held.execute(f"SELECT {', '.join(parts)} FROM ({values.text}) v").fetchall()[0]
    return [tuple(int(value) for value in row[4 * n : 4 * n + 4]) for n in range(len(indicators))]  # type: ignore[misc]


def _aggregates(indicator: Indicator, columns: Mapping[Any, str]) -> list[str]:
    name = indicator.name
    holds = columns[name, "numerator"]
    within = columns.get((name, "denominator"), "true")
    asked = columns.get((name, "asked"), f"({holds} IS NOT NULL)")
    if indicator.total is not None:
        total = columns[name, "total"]
        figures = [f"coalesce(sum({total}) FILTER ({where}), 0)" for where in (f"{holds} AND {within}", within)]
    else:
        figures = [f"count(*) FILTER ({where})" for where in (f"{holds} AND {within}", within)]
    possible = columns.get((name, "asked_of"), f"{within} IS NOT FALSE")
    return [*figures, f"count(*) FILTER ({asked} AND {possible})", f"count(*) FILTER ({possible})"]


def _figure(indicator: Indicator, counts: tuple[int, int, int, int], as_of: date) -> Figure:
    numerator, denominator, asked, asked_of = counts
    divided = indicator.denominator is not None
    return Figure(
        name=indicator.name,
        subject=indicator.subject,
        zh=indicator.words.zh,
        en=indicator.words.en,
        unit_zh=indicator.unit.zh,
        unit_en=indicator.unit.en,
        value=numerator,
        numerator=numerator,
        denominator=denominator if divided else None,
        asked=asked,
        asked_of=asked_of,
        share=_share(numerator, denominator) if divided else None,
        asked_share=_share(asked, asked_of),
        money=indicator.total is not None and indicator.total.type.name == "money",
        claim=indicator.claim,
        reproducible=indicator.reproducible,
        note_zh=indicator.note.zh,
        note_en=indicator.note.en,
        day=as_of,
    )


def _share(part: int, whole: int) -> int | None:
    return (2 * part * SHARE_UNIT + whole) // (2 * whole) if whole else None


def tell(figure: Figure) -> dict[str, Any]:
    """A figure as `doudi run --json` prints it: shares as decimal text of a per cent, money in minor units."""
    claim = figure.claim
    return {
        "name": figure.name,
        "subject": figure.subject,
        "zh": figure.zh,
        "en": figure.en,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "per_cent": _per_cent(figure.share),
        "unit": figure.unit_zh,
        "unit_en": figure.unit_en,
        "money": figure.money,
        "asked": figure.asked,
        "asked_of": figure.asked_of,
        "asked_per_cent": _per_cent(figure.asked_share),
        "claim": claim.value if claim else None,
        "claim_ratio": str(claim.ratio) if claim and claim.ratio is not None else None,
        "claim_text": claim.text if claim else "",
        "claim_source": claim.source if claim else "",
        "reproducible": figure.reproducible,
        "note_zh": figure.note_zh,
        "note_en": figure.note_en,
        "day": figure.day.isoformat(),
    }


def _per_cent(share: int | None) -> str | None:
    return f"{share // 100}.{share % 100:02d}" if share is not None else None
