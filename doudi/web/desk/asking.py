"""The open questions of a household as forms: typed inputs, who says it, and of which day."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.facts.kinds import Fact, Vocabulary
from doudi.policy import questions
from doudi.policy.questions import Question
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.web import figures, names
from doudi.web.desk.sheets import source_word
from doudi.web.desk.standings import pack_of, title_of
from doudi.web.reader import Reader
from doudi.web.shell import county

# The source a reader usually passes on, by who is asked; a village officer speaks for the village.
SAYS_FIRST = {
    "household": ("household", "field"),
    "village": ("village", "field"),
    "bureau": ("bureau",),
    "bank": ("bank",),
    "county": ("national",),
}
RADIO_MOST = 6  # more choices than this are a list to pick from


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer as it was typed and refused, with what is wrong."""

    subject: str
    fact: str
    value: str
    source: str
    about: str
    key: str
    problem: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its form. `widget` is radio, select, date, number, money or text."""

    id: str
    subject: str
    fact: str
    text: str
    label: str
    unit: str
    widget: str
    choices: list[tuple[str, str]]
    sources: list[tuple[str, str]]
    others: list[str]
    decides: list[str]
    stake_fen: int
    last_word: str
    by_county: bool
    protected: bool
    value: str = ""
    source: str = ""
    about: str = ""
    key: str = ""
    problem: str = ""
    hint: str = field(default="")


def usual_day(run: Run) -> date:
    """The day an answer speaks of unless another is typed: today, but the run's day in a demonstration."""
    begun = county()
    return run.as_of if begun is not None and begun.demo else max(run.as_of, timezone.localdate())


def of_household(household: Household, run: Run, reader: Reader, typed: Typed | None) -> list[Asked]:
    """The questions that still decide something, best first; a refused answer keeps what was typed."""
    return [_asked(question, household, run, reader, typed) for question in questions.of_household(household.pk)]


def _asked(question: Question, household: Household, run: Run, reader: Reader, typed: Typed | None) -> Asked:
    pack = pack_of(run)
    fact = pack.vocabulary.fact(question.kind, question.fact.partition("@")[0])
    subject = f"{question.kind}:{question.subject_id}"
    mine = typed if typed and (typed.subject, typed.fact) == (subject, question.fact) else None
    sources = _sources(fact, question.asks, pack.vocabulary, reader)
    label = names.subject(question.kind, question.subject_id, question.label, household, reader)
    return Asked(
        id=f"q-{question.kind}-{question.subject_id}-{question.fact}".replace("@", "-"),
        subject=subject,
        fact=question.fact,
        text=figures.in_words(question.text_zh, question.text_en),
        label=label,
        unit=figures.unit(question.unit),
        widget=_widget(question),
        choices=_choices(question),
        sources=sources,
        others=[] if sources or fact is None else [source_word(pack.vocabulary, name) for name in fact.sources],
        decides=[title_of(pack, name) for name in question.decides],
        stake_fen=question.stake_fen,
        last_word=_last_word(question, fact),
        by_county=question.kind == "params",
        protected=fact is not None and not reader.reads(fact.sensitivity),
        hint=_hint(question),
        value=mine.value if mine else "",
        source=mine.source if mine else (sources[0][0] if sources else ""),
        about=mine.about if mine else usual_day(run).isoformat(),
        key=mine.key if mine else str(uuid.uuid4()),
        problem=mine.problem if mine else "",
    )


def _widget(question: Question) -> str:
    if question.type == "link":
        return "none"
    if question.type == "bool" or (question.choices and len(question.choices) <= RADIO_MOST):
        return "radio"
    if question.choices:
        return "select"
    return {"date": "date", "money": "money", "int": "number", "months": "number", "days": "number"}.get(
        question.type, "text"
    )


def _choices(question: Question) -> list[tuple[str, str]]:
    if question.type == "bool" and not question.choices:
        return [("是", _("是")), ("否", _("否"))]
    return [(value, figures.in_words(zh, en)) for value, zh, en in question.choices]


def _hint(question: Question) -> str:
    """The bounds of a number, in the reader's units."""
    if question.low is None or question.high is None:
        return ""
    low, high = figures.typed(question.low, question.type), figures.typed(question.high, question.type)
    return _("可填 %(low)s 到 %(high)s") % {"low": low, "high": high}


def _last_word(question: Question, fact: Fact | None) -> str:
    if question.last_word is None:
        return ""
    value, day = question.last_word
    return _("上次说法:%(value)s(%(day)s,已过有效期)") % {"value": figures.of_fact(value, fact), "day": day}


def _sources(fact: Fact | None, asks: tuple[str, ...], words: Vocabulary, reader: Reader) -> list[tuple[str, str]]:
    """Whose word on it the reader may record; what the reader most likely passes on comes first."""
    names = [name for name in fact.sources if reader.passes_on(name)] if fact else []
    speaks = "village" if "village_officer" in reader.roles and "household" in asks else asks[0] if asks else ""
    first = SAYS_FIRST.get(speaks, ())
    names.sort(key=lambda name: first.index(name) if name in first else len(first))
    return [(name, source_word(words, name)) for name in names]
