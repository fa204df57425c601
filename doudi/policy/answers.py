"""Answers: a statement, the belief, and the household's decisions, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doudi.policy.questions import Question


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did: the statement, the verdicts that changed, and the questions that are left."""

    statement_id: int
    changed: tuple[tuple[str, int, str, int, int], ...]  # kind, subject id, measure, verdict before, after
    stale: tuple[str, ...]  # limited measures whose line in the village the next run draws again
    questions: tuple[Question, ...]


def record(
    household_id: int,
    fact: str,
    value: str,
    *,
    source: str,
    by: str,
    about: date,
    now: datetime,
    subject: tuple[str, int] | None = None,
    key: UUID | None = None,
) -> Answered:
    """Answer one question. `fact` is a fact key ("wage_income@2019"); `subject` is (kind, id) when it is not the
    household itself; `value` is text as a person types it ("4,999.99" yuan, "是", "2020-03-01").

    Raises Refusal when the fact, the value, its bounds or the source is not right, naming the nearest right word.
    """
    raise NotImplementedError
