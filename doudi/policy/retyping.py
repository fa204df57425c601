"""Retyping: a fact of which something is stated keeps its type, in whatever way a changed pack comes in.

Statements are never changed, so a fact of another type could not be read any more: no run would finish, and no word
about its households could be decided.
"""

from __future__ import annotations

from django.db.models import Q

from doudi.access.scope import past_wall
from doudi.facts.kinds import Fact, Vocabulary
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal


def refuse(new: Vocabulary, old: Vocabulary) -> None:
    """Raise Refusal where a fact that is stated of somebody has another type than in the version before."""
    for kind, known in new.kinds.items():
        held = old.kinds[kind].facts if kind in old.kinds else {}
        for name, fact in known.facts.items():
            if name in held and _shape(held[name]) != _shape(fact) and _is_stated(held[name]):
                raise _refusal(fact, held[name])


def _shape(fact: Fact) -> tuple[str, bool]:
    return str(fact.type), fact.yearly


def _is_stated(fact: Fact) -> bool:
    """Whether anybody said it of any subject; a yearly fact is stated with its year."""
    stated = Q(facts__has_key=fact.name) | Q(facts__regex=f'"{fact.name}@')
    with past_wall():
        return Statement.objects.filter(stated, subject_kind=fact.kind).exists()


def _refusal(fact: Fact, before: Fact) -> Refusal:
    zh = [f"{each.type}{'(按年)' if each.yearly else ''}" for each in (before, fact)]
    en = [f"{each.type}{' a year' if each.yearly else ''}" for each in (before, fact)]
    return Refusal(
        f"“{fact.zh}”({fact.name})已有登记,类型不能由 {zh[0]} 改为 {zh[1]}:原来的登记不会改动,今后就无法再读。"
        "请保留原来的类型,或另起一个名称登记新的事实。",
        f"“{fact.en}” ({fact.name}) is stated already and cannot become {en[1]} from {en[0]}: what was stated is never"
        " changed and could not be read any more. Leave its type as it was, or give the new fact a name of its own.",
        f"facts.toml: {fact.kind}.{fact.name}",
    )
