"""Situations written out in a pack's examples, made into rows.

A situation is a table of facts about a subject. A to-one relation is a table within it, a to-many a list of tables, a
fact of a year is written "wage_income@2019", and what is not written is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from doudi.facts.entries import complain_of_key
from doudi.facts.kinds import Fact, Relation
from doudi.policy.packs_context import Context
from doudi.rules.nodes import Value
from doudi.rules.rows import Row
from doudi.values.toml import Document, KeyPath


class Builder:
    """Builds rows, numbering the subjects of each kind from 1."""

    def __init__(self, context: Context, document: Document, path: KeyPath) -> None:
        self.context, self.document, self.path = context, document, path
        self.numbers: Counter[str] = Counter()

    def row(self, kind: str, tree: Mapping[str, Any]) -> Row:
        """The row of a situation. Raises RuleError for a name the vocabulary does not have, or a value that is none."""
        self.numbers[kind] += 1
        made = Row(kind, self.numbers[kind])
        for name, value in tree.items():
            relation = self.context.vocabulary.relation(kind, name)
            if relation is None:
                made.facts[name] = self._value(kind, name, value)
            elif relation.many:
                made.manys[name] = [*made.manys.get(name, []), *(self._child(made, relation, each) for each in value)]
            else:
                link(made, relation, self.row(relation.to, value), self.context.vocabulary.kinds[relation.to].relations)
        return made

    def _child(self, parent: Row, relation: Relation, tree: Mapping[str, Any]) -> Row:
        child = self.row(relation.to, tree)
        child.ones[relation.back] = parent
        return child

    def _value(self, kind: str, key: str, raw: Any) -> Value:
        name, _, year = key.partition("@")
        fact = self.context.vocabulary.fact(kind, name)
        if fact is None or fact.formula or fact.yearly != bool(year):
            known = self.context.vocabulary.kinds[kind]
            among = [_key(each) for each in known.facts.values() if not each.formula]
            zh, en = f"{kind} 没有可填的事实“{key}”", f"{kind} has no stated fact '{key}'"
            raise complain_of_key(self.document, (*self.path, key), zh, en, [*among, *known.relations])
        return self.context.value(self.document, (*self.path, key), raw, fact.type)


def link(row: Row, relation: Relation, target: Row, back: Mapping[str, Relation]) -> None:
    """Link a row to another, and list it among the other's rows where a to-many leads back."""
    row.ones[relation.name] = target
    for each in back.values():
        if each.many and each.to == row.kind and each.back == relation.name:
            target.manys[each.name] = [row, *target.manys.get(each.name, [])]


def _key(fact: Fact) -> str:
    return f"{fact.name}@2019" if fact.yearly else fact.name


def changed(base: Mapping[str, Any], put: Mapping[str, Any], drop: list[str]) -> dict[str, Any]:
    """A situation with entries put in and taken out, each at a path: "household.members.0.isolated".

    Raises KeyError with the path when something is taken out that is not there.
    """
    tree = deepcopy(dict(base))
    for path, value in put.items():
        *way, last = path.split(".")
        _walk(tree, way, path, make=True)[_index(last)] = deepcopy(value)
    for path in drop:
        *way, last = path.split(".")
        found = _walk(tree, way, path, make=False)
        try:
            del found[_index(last)]
        except (KeyError, IndexError):
            raise KeyError(path) from None
    return tree


def _walk(tree: Any, way: list[str], path: str, *, make: bool) -> Any:
    for step in way:
        try:
            tree = tree[_index(step)]
        except (KeyError, IndexError, TypeError):
            if not make or not isinstance(tree, dict):
                raise KeyError(path) from None
            tree = tree.setdefault(step, {})
    return tree


def _index(step: str) -> Any:
    return int(step) if step.isdigit() else step
