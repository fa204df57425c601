"""The impact figures of a run, each with its definition, beside what was published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doudi.policy.runs import Run
from doudi.web import figures
from doudi.web.desk.standings import pack_of

MARKS = {"yes": "v-yes", "partly": "v-unknown", "no": "v-error"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as shown; empty text where there is nothing to say."""

    title: str
    value: str
    unit: str
    part: str
    whole: str
    share: str
    asked: str
    asked_share: str
    day: str
    definition: str
    claim: str
    reproducible: str
    mark: str
    verdict: str
    note: str


def of_run(run: Run) -> list[Figure]:
    """The figures kept with the run, in the pack's order."""
    return [_figure(told, run) for told in run.counts.get("indicators", [])]


def _figure(told: dict[str, Any], run: Run) -> Figure:
    pack = pack_of(run)
    kept = pack.indicators[told["name"]]
    words = {"yes": _("可复算"), "partly": _("部分可复算"), "no": _("无法复算")}
    claim = kept.claim
    return Figure(
        title=figures.word(kept.words), value=figures.count(told["value"]), unit=figures.word(kept.unit),
        part=figures.count(told.get("numerator")), whole=figures.count(told.get("denominator")),
        share=_percent(told.get("share")), asked=figures.count(_asked(told, "asked")),
        asked_share=_percent(told.get("asked_share")), day=run.as_of.isoformat(),
        definition=kept.rules.get("numerator", ""), claim=claim.text if claim else "",
        reproducible=kept.reproducible, mark=MARKS.get(kept.reproducible, "v-unknown"),
        verdict=words.get(kept.reproducible, ""), note=figures.word(kept.note),
    )


def _asked(told: dict[str, Any], name: str) -> int | None:
    value = told.get(name)
    return value if isinstance(value, int) else None


def _percent(hundredths: int | None) -> str:
    return figures.share(hundredths, 10_000) if isinstance(hundredths, int) else ""
