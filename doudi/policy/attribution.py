"""What made a verdict change from one run to another: each subject decided again with one thing changed at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from doudi.policy import graphs, needs
from doudi.policy.deciding import Decider
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.graphs import Graph
from doudi.rules.measures import Measure
from doudi.rules.rows import Row

Causes = tuple[tuple[str, str], ...]
Asked = tuple[str, int, str]  # kind, subject id, measure
_ABSENT = object()


def explain(a: Run, b: Run, asked: Sequence[Asked]) -> list[Causes]:
    """For each changed verdict, what by itself makes it; where nothing does, what cannot be left out."""
    if not asked:
        return []
    before, after = _World.of(a, asked), _World.of(b, asked)
    return [tuple(_causes(before, after, *each)) for each in asked]


@dataclass(frozen=True, slots=True)
class _World:
    """All a verdict depends on: the rows, the numbers, the rules, the day."""

    graph: Graph
    pack: Pack
    params: Mapping[str, Any]
    as_of: date

    @classmethod
    def of(cls, run: Run, asked: Sequence[Asked]) -> _World:
        """A run's world around the subjects asked about."""
        pack = run.pack.pack
        start: dict[str, set[int]] = {}
        for kind, subject, _ in asked:
            start.setdefault(kind, set()).add(subject)
        folds = needs.folds_of_pack(pack)
        graph = graphs.build(run.snapshot.hold(), start, vocabulary=pack.vocabulary, folds=folds)
        return cls(graph, pack, pack.values_on(run.as_of), run.as_of)

    def verdict(self, kind: str, subject: int, measure: Measure) -> tuple[int, int | None] | None:
        """Verdict before the cut, and amount; None when the subject is not there."""
        row = self.graph.rows.get((kind, subject))
        if row is None:
            return None
        found = Decider(self.pack, params=self.params, as_of=self.as_of).answer(measure, row)
        return found.verdict, found.amount


def _causes(a: _World, b: _World, kind: str, subject: int, name: str) -> Iterator[tuple[str, str]]:
    there_before, there_after = ((kind, subject) in world.graph.rows for world in (a, b))
    if there_before != there_after:
        yield "subject", "new" if there_after else "gone"
        return
    old, new = a.pack.measures.get(name), b.pack.measures.get(name)
    if old is None or new is None:
        yield "rule", name
        return
    case = _Case(a, b, kind, subject, old, new)
    if case.before == case.after:
        yield from case.line()
    else:
        yield from case.sufficient() or case.necessary()


class _Case:
    """One changed verdict between two worlds."""

    def __init__(self, a: _World, b: _World, kind: str, subject: int, old: Measure, new: Measure) -> None:
        self.a, self.b, self.kind, self.subject, self.old, self.new = a, b, kind, subject, old, new
        self.before = a.verdict(kind, subject, old)
        self.after = b.verdict(kind, subject, new)

    def _is(self, wanted: tuple[int, int | None] | None, world: _World, measure: Measure) -> bool:
        return world.verdict(self.kind, self.subject, measure) == wanted

    def line(self) -> Iterator[tuple[str, str]]:
        """Why only the place in line moved: the subject's own facts, the numbers, else others in line."""
        own = [("fact", each) for each in self._differing_facts()]
        own += [("parameter", each) for each in self._differing_numbers()]
        yield from own or [("line", "others")]

    def sufficient(self) -> list[tuple[str, str]]:
        """What alone, taken from the later run into the earlier one, gives the later verdict."""
        return [*self._facts(), *self._numbers(), *self._rules(), *self._day()]

    def necessary(self) -> list[tuple[str, str]]:
        """What alone, left as it was in the earlier run, keeps the later verdict from coming about."""
        found = []
        if not self._is(self.after, replace(self.b, graph=self.a.graph), self.new):
            found += [("fact", each) for each in self._differing_facts()]
        if not self._is(self.after, replace(self.b, params=self.a.params), self.new):
            found += [("parameter", each) for each in self._differing_numbers()]
        if not self._is(self.after, self.b, self.old):
            found += [("rule", each) for each in self._differing_rules()]
        if self.a.as_of != self.b.as_of and not self._is(self.after, replace(self.b, as_of=self.a.as_of), self.new):
            found.append(("day", self.b.as_of.isoformat()))
        return found

    def _facts(self) -> Iterator[tuple[str, str]]:
        differing = self._differing_facts()
        if not differing or not self._is(self.after, replace(self.a, graph=self.b.graph), self.old):
            return
        alone = [key for key in differing if self._fact_alone(key)]
        for key in alone or differing:
            yield "fact", key

    def _fact_alone(self, name: str) -> bool:
        kind, number, key = name.split(":", 2)
        row, other = (world.graph.rows.get((kind, int(number))) for world in (self.a, self.b))
        if row is None or other is None:
            return False
        held = row.facts.get(key, _ABSENT)
        _put(row, key, other.facts.get(key, _ABSENT))
        same = self._is(self.after, self.a, self.old)
        _put(row, key, held)
        return same

    def _differing_facts(self) -> list[str]:
        """The facts the rules read that differ around the subject, and to-many relations whose rows do."""
        read = needs.facts_of([*self.old.nodes(), *self.new.nodes()])
        before, after = (
            {(row.kind, row.id): row for row in world.graph.rows[self.kind, self.subject].reachable()}
            for world in (self.a, self.b)
        )
        found = []
        for kind, number in sorted({*before, *after}):
            one, other = before.get((kind, number)), after.get((kind, number))
            if one is None or other is None:
                found.append(f"{kind}:{number}:{'appeared' if one is None else 'disappeared'}")
            else:
                found += [f"{kind}:{number}:{key}" for key in _differing(one, other, read)]
        return found

    def _numbers(self) -> Iterator[tuple[str, str]]:
        for name in self._differing_numbers():
            params = {key: value for key, value in self.a.params.items() if key != name}
            if name in self.b.params:
                params[name] = self.b.params[name]
            if self._is(self.after, replace(self.a, params=params), self.old):
                yield "parameter", name

    def _differing_numbers(self) -> list[str]:
        read = needs.parameters_of([*self.old.nodes(), *self.new.nodes()])
        return sorted(name for name in read if self.a.params.get(name) != self.b.params.get(name))

    def _rules(self) -> Iterator[tuple[str, str]]:
        if self._is(self.after, self.a, self.new):
            for name in self._differing_rules():
                yield "rule", name

    def _differing_rules(self) -> list[str]:
        old = {each.name: each.node for each in self.old.conditions}
        new = {each.name: each.node for each in self.new.conditions}
        names = [f"{self.new.name}.{name}" for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        if self.old.amount != self.new.amount:
            names.append(f"{self.new.name}.amount")
        if self.old.combine != self.new.combine:
            names.append(f"{self.new.name}.combine")
        return names

    def _day(self) -> Iterator[tuple[str, str]]:
        if self.a.as_of != self.b.as_of and self._is(self.after, replace(self.a, as_of=self.b.as_of), self.old):
            yield "day", self.b.as_of.isoformat()


def _put(row: Row, key: str, value: Any) -> None:
    if value is _ABSENT:
        row.facts.pop(key, None)
    else:
        row.facts[key] = value


def _differing(one: Row, other: Row, read: frozenset[tuple[str, str]]) -> list[str]:
    keys = {*one.facts, *other.facts}
    return sorted(
        key
        for key in keys
        if (one.kind, key.partition("@")[0]) in read and one.facts.get(key, _ABSENT) != other.facts.get(key, _ABSENT)
    )
