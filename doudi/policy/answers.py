"""Answers: a statement, the belief, and the household's decisions, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Fact
from doudi.policy import households, questions, replies, turns, versions
from doudi.policy.households import Subject
from doudi.policy.packs import Pack
from doudi.policy.redecisions import Answered, Redecision
from doudi.policy.runs import Run
from doudi.policy.sittings import Sitting, Word, refuse_not_theirs
from doudi.register import statements
from doudi.rules.errors import nearest
from doudi.trail.commands import AlreadyDone, carry_out
from doudi.values.refusals import Refusal


def record(
    household_id: int,
    fact: str,
    value: str,
    *,
    source: str,
    by: str,
    about: date,
    now: datetime,
    subject: Subject | None = None,
    key: UUID | None = None,
    roles: Collection[str] | None = None,
) -> Answered:
    """Answer one question about a household or a subject of it, and decide the household again.

    `fact` is a fact key ("wage_income@2019"); `subject` is (kind, id) when it is not the household itself; `value` is
    text as a person types it ("4,999.99", "是", "2020-03-01"). What the answer changes does not depend on who gives it:
    the decision is the engine's, under its own role. Carried out before under the same `key`, it answers the same.

    `roles` are those of who records it: each passes on some sources only. None is the operator, who passes on any.

    Raises Refusal when the fact, the value, its bounds or the source is not right, naming the nearest right word.
    """
    refuse_not_theirs(source, roles)
    about_whom = subject or ("household", household_id)
    payload = [household_id, *about_whom, fact, value, source, about.isoformat()]
    try:
        with carry_out("policy.answer", by=by, key=key, payload=payload) as act:
            done = _carry_out(household_id, about_whom, fact, value, source, by, about, now, act.id)
            act.result = {"statement": done.statement_id, "changed": done.changed, "stale": done.stale}
    except AlreadyDone as before:
        changed = tuple((k, i, m, a, b) for k, i, m, a, b in before.result["changed"])
        done = Answered(before.result["statement"], changed, tuple(before.result["stale"]), ())
    return replace(done, questions=tuple(questions.of_household(household_id)))


def _carry_out(
    household_id: int,
    subject: Subject,
    key: str,
    text: str,
    source: str,
    by: str,
    about: date,
    now: datetime,
    command: UUID,
) -> Answered:
    turns.take_of_household(household_id)
    run = Run.objects.standing()
    pack = run.pack.pack if run else versions.in_force().pack
    day = max(households.days_of([household_id], run)[household_id], about) if run else about
    before = households.decide(household_id, pack, as_of=day)
    if subject not in before.graph.rows:
        raise Refusal(
            f"{subject[0]} {subject[1]} 不属于这一户。", f"{subject[0]} {subject[1]} does not belong to this household."
        )
    stated = replies.read(text, fact_of(pack, subject[0], key), minor=pack.currency.minor)
    statement = statements.record(
        *subject, {key: stated}, source=source, about=about, by=by, now=now, vocabulary=pack.vocabulary
    )
    if run is None:
        return Answered(statement.pk, (), (), ())
    after = households.decide(household_id, pack, as_of=day)
    with transaction.atomic(), as_engine():
        return Redecision(run, households.lines_of(before), after, command, now).store(statement.pk)


def fact_of(pack: Pack, kind: str, key: str) -> Fact:
    """The stated fact of a key. Refused with the nearest right word when there is none."""
    name, _, year = key.partition("@")
    found = pack.vocabulary.fact(kind, name)
    if found is None or found.formula:
        facts = pack.vocabulary.kinds[kind].facts.values() if kind in pack.vocabulary.kinds else ()
        close = nearest(name, [each.name for each in facts if not each.formula])
        hint_zh, hint_en = (f"是不是“{close}”?", f" Did you mean “{close}”?") if close else ("", "")
        raise Refusal(
            f"没有“{name}”这项可以回答的事实。{hint_zh}", f"There is no fact “{name}” to answer.{hint_en}", key
        )
    if found.yearly != year.isdigit():
        form = f"{name}@2019" if found.yearly else name
        raise Refusal(f"“{found.zh}”应写成 {form}。", f"Write “{found.en}” as {form}.", key)
    return found


def record_many(
    household_id: int,
    words: Sequence[Word],
    *,
    by: str,
    about: date,
    now: datetime,
    roles: Collection[str] | None = None,
) -> Answered:
    """Record several words about a household and its subjects, and decide it once: all or none (`policy.sittings`)."""
    with carry_out("policy.answer_many", by=by, payload=[household_id, [word.plain() for word in words], about]) as act:
        sitting = Sitting([household_id], now=now)
        said = sitting.say(household_id, words, by=by, about=about, roles=roles)
        done = replace(sitting.decide(by=by)[household_id], statement_id=said[0] if said else 0)
        act.result = {"statements": said, "changed": done.changed, "stale": done.stale}
    return done
