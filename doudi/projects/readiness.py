"""Whether works may start: the four items of the county's resumption guide, each yes, no or not yet known.

The answers are statements of the bureau or the village in the register, so that the rules decide from the same words;
an answer older than the fact keeps (thirty days for all but the permits) is not known any longer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from doudi.facts.vocabulary import load as shipped
from doudi.projects.projects import Project
from doudi.register import statements
from doudi.register.beliefs import Belief
from doudi.register.resolution import believed
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal

ITEMS = ("workers_healthy", "disinfected", "permits_ready", "materials_ready")
READY, NOT_READY, UNKNOWN = "ready", "not_ready", "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is held of one item on a day; `value` None is not yet known. `stale`: it was said, too long ago."""

    item: str
    value: bool | None
    statement_id: int | None = None
    source: str = ""
    about: date | None = None
    by: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """The four answers of a project, in the order of ITEMS."""

    answers: tuple[Answer, ...]

    @property
    def standing(self) -> str:
        """`ready` when all four hold, `not_ready` when one is known not to, `unknown` otherwise."""
        values = [answer.value for answer in self.answers]
        return READY if all(values) else NOT_READY if False in values else UNKNOWN

    @property
    def lacking(self) -> list[Answer]:
        """The items that do not hold, or are not known to."""
        return [answer for answer in self.answers if not answer.value]


def of(projects: Collection[Project], *, on: date) -> Mapping[int, Checklist]:
    """The checklists of projects on a day, by project id."""
    items = {project.item_id: project.pk for project in projects}
    held = Belief.objects.filter(subject_kind="project", subject_id__in=items)
    documents = dict(held.values_list("subject_id", "document"))
    found = {pk: _answers(documents.get(item, {}), on) for item, pk in items.items()}
    said = [a.statement_id for answers in found.values() for a in answers if a.statement_id]
    who = dict(Statement.objects.filter(pk__in=said).values_list("pk", "recorded_by"))
    return {pk: Checklist(tuple(_named(answer, who) for answer in answers)) for pk, answers in found.items()}


def say(project: Project, said: Mapping[str, bool], *, source: str, by: str, on: date, now: datetime) -> Statement:
    """Answer items of the checklist as a bureau or a village; raises Refusal for an item or source that is none."""
    unknown = set(said) - set(ITEMS)
    if unknown or not said:
        raise Refusal("请至少回答清单中的一项。", "Answer at least one item of the list.", "checklist")
    evidence = {"kind": "restart_checklist", "project": project.code}
    return statements.record(
        "project", project.item_id, dict(said), source=source, about=on, by=by, now=now, evidence=evidence
    )


def _answers(document: Mapping[str, list], on: date) -> list[Answer]:
    facts = shipped().kinds["project"].facts
    found = []
    for name in ITEMS:
        cell = document.get(name)
        word = believed(cell, facts[name], on) if cell else None  # type: ignore[arg-type]
        if word is not None and word.about <= on.isoformat():
            about = date.fromisoformat(word.about)
            found.append(Answer(name, bool(word.value), word.statement, word.source, about))
        else:
            found.append(Answer(name, None, stale=cell is not None))
    return found


def _named(answer: Answer, who: Mapping[int, str]) -> Answer:
    by = who.get(answer.statement_id or 0, "")
    return Answer(answer.item, answer.value, answer.statement_id, answer.source, answer.about, by, answer.stale)
