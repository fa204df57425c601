"""Which classes of facts an alert's rule rests on: who does not read them is not told of it, unless it is for them."""

from __future__ import annotations

from doudi.policy import needs
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Alert


def of(rule: Alert, pack: Pack) -> frozenset[str]:
    """The sensitivities of the facts the rule reads."""
    facts = (pack.vocabulary.fact(kind, name) for kind, name in needs.facts_of([rule.node]))
    return frozenset(fact.sensitivity for fact in facts if fact is not None)
