"""The impact figures of a run, each with its definition, beside what was published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doudi.policy.packs import Pack
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
    asked_of: str
    asked_share: str
    day: str
    rules: list[tuple[str, str]]
    claim: str
    mark: str
    verdict: str
    note: str


def of_run(run: Run) -> list[Figure]:
    """The figures kept with the run, in the pack's order."""
    pack = pack_of(run)
    return [_figure(told, pack) for told in run.counts.get("indicators", [])]


def _figure(told: dict[str, Any], pack: Pack) -> Figure:
    number = figures.bare_yuan if told["money"] else figures.count
    words = {"yes": _("可复算"), "partly": _("部分可复算"), "no": _("无法复算")}
    return Figure(
        title=figures.in_words(told["zh"], told["en"]),
        value=number(told["value"]),
        unit=figures.in_words(told["unit"], told["unit_en"]),
        part=number(told["numerator"]),
        whole=number(told["denominator"]),
        share=_percent(told["per_cent"]),
        asked=figures.count(told["asked"]),
        asked_of=figures.count(told["asked_of"]),
        asked_share=_percent(told["asked_per_cent"]),
        day=told["day"],
        rules=_rules(told["name"], pack),
        claim=told["claim_text"],
        mark=MARKS[told["reproducible"]],
        verdict=words[told["reproducible"]],
        note=figures.in_words(told["note_zh"], told["note_en"]),
    )


def _rules(name: str, pack: Pack) -> list[tuple[str, str]]:
    """How it is counted: the rules of numerator, denominator and who counts as asked."""
    words = {"numerator": _("分子"), "denominator": _("分母"), "asked": _("算作已问到"), "total": _("合计")}
    kept = pack.indicators[name].rules if name in pack.indicators else {}
    return [(word, kept[part]) for part, word in words.items() if kept.get(part)]


def _percent(text: str | None) -> str:
    return f"{text}%" if text is not None else ""
