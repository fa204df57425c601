"""Trying completions of what is not known: facts, links and rows put in place for a moment, then taken away again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from doudi.rules.engines.closure import compiled
from doudi.rules.engines.closure_values import ABSENT, Frame
from doudi.rules.nodes import Node, Value
from doudi.rules.rows import FactRef, Row
from doudi.rules.scope import VocabularyLike

MAX_SUPPOSED = 3  # levels of supposed rows behind supposed rows


class Trial:
    """A rule on a subject whose rows may be added to for a moment.

    Rows that are only supposed (one more loan; the village behind an unstated link) have ids below zero; `owner` says
    which missing fact they stand for. The same supposition always has the same id.
    """

    def __init__(
        self, node: Node, *, row: Row, params: Mapping[str, Value], as_of: date, vocabulary: VocabularyLike
    ) -> None:
        self.node = node
        self.vocabulary = vocabulary
        self.frame = Frame(row, dict(params), as_of, {})
        self.shape = 0  # changes whenever a row is added or taken away
        self._step = compiled(node).step
        self._rows: dict[tuple[str, int], list[Row]] = {}
        self._owners: dict[tuple[str, int], tuple[FactRef, int]] = {}
        self._ids: dict[tuple[FactRef, int], int] = {}
        self._settled: frozenset[tuple[str, int]] = frozenset()
        for found in row.reachable():
            self._rows.setdefault((found.kind, found.id), []).append(found)

    def evaluate(self) -> Any:
        """The closure's value now."""
        self.frame.bound = {}
        return self._step(self.frame)

    def settle(self) -> None:
        """Take the rows supposed so far for real ones."""
        self._settled = frozenset(key for key in self._rows if key[1] < 0)

    def owner(self, ref: FactRef) -> FactRef:
        """The missing fact of the real subject that a fact of a supposed row stands for; any other is its own."""
        return ref if self._is_real(ref.kind, ref.id) else self._owners[ref.kind, ref.id][0]

    def level(self, ref: FactRef) -> int:
        """How many suppositions lie between a fact and the real subject."""
        return 0 if self._is_real(ref.kind, ref.id) else self._owners[ref.kind, ref.id][1]

    def _is_real(self, kind: str, number: int) -> bool:
        return number >= 0 or (kind, number) in self._settled

    def rows_of(self, ref: FactRef) -> list[Row]:
        """The rows a fact belongs to."""
        return self._rows.get((ref.kind, ref.id), [])

    def supposed(self, ref: FactRef, relation: str) -> int:
        """How many rows have been supposed in a to-many relation."""
        children = {child.id: child for child in self.rows_of(ref)[0].manys.get(relation, ())}
        return sum(not self._is_real(child.kind, child.id) for child in children.values())

    @contextmanager
    def fact(self, ref: FactRef, value: Value) -> Iterator[None]:
        """A fact or parameter for a moment."""
        if ref.kind == "params":
            stores: list[Any] = [self.frame.params]
        else:
            stores = [row.facts for row in self.rows_of(ref)]
        key = ref.key
        before = [store.get(key, ABSENT) for store in stores]
        for store in stores:
            store[key] = value
        try:
            yield
        finally:
            for store, old in zip(stores, before, strict=True):
                _put_back(store, key, old)

    @contextmanager
    def link(self, ref: FactRef, to: str) -> Iterator[None]:
        """A row of kind `to` behind an unstated link, nothing known of it."""
        other = self._suppose(ref, to, 0)
        stores: list[dict[str, Any]] = [row.ones for row in self.rows_of(ref)]
        before = [store.get(ref.name, ABSENT) for store in stores]
        for store in stores:
            store[ref.name] = other
        try:
            yield
        finally:
            for store, old in zip(stores, before, strict=True):
                _put_back(store, ref.name, old)
            self._forget(other)

    @contextmanager
    def more(self, ref: FactRef, relation: str, to: str, back: str, copies: int = 1) -> Iterator[None]:
        """One more row in a to-many relation (or several alike), nothing known of it but where it belongs."""
        parents = self.rows_of(ref)
        ordinal = sum(child.id < 0 for child in parents[0].manys.get(relation, ()))
        child = self._suppose(ref, to, ordinal + 1)
        if back:
            child.ones[back] = parents[0]
        absent = [relation not in parent.manys for parent in parents]
        for parent in parents:
            parent.manys[relation] = [*parent.manys.get(relation, ()), *([child] * copies)]
        try:
            yield
        finally:
            for parent, was_absent in zip(parents, absent, strict=True):
                parent.manys[relation] = parent.manys[relation][:-copies]
                if was_absent:
                    del parent.manys[relation]
            self._forget(child)

    def _suppose(self, ref: FactRef, kind: str, ordinal: int) -> Row:
        number = self._ids.setdefault((ref, ordinal), -1 - len(self._ids))
        row = Row(kind, number)
        self._owners[kind, number] = (self.owner(ref), self.level(ref) + 1)
        self._rows[kind, number] = [row]
        self.shape += 1
        return row

    def _forget(self, row: Row) -> None:
        del self._rows[row.kind, row.id]
        self.shape += 1


def _put_back(store: dict[str, Any], key: str, old: Any) -> None:
    if old is ABSENT:
        del store[key]
    else:
        store[key] = old
