"""What a rule may mention, while it is being checked: the vocabulary, its subject, parameters and bound names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from doudi.rules import nodes
from doudi.rules.nodes import Node
from doudi.rules.syntax import Syntax
from doudi.rules.types import Type, row_of


class FactLike(Protocol):
    """What checking asks of a fact."""

    name: str
    type: Type
    yearly: bool
    formula: str
    choices: tuple[Any, ...]


class RelationLike(Protocol):
    """What checking asks of a relation."""

    name: str
    to: str
    many: bool


class VocabularyLike(Protocol):
    """What checking asks of a vocabulary (`doudi.facts.kinds.Vocabulary` is one)."""

    @property
    def kinds(self) -> Mapping[str, Any]:
        """Every kind by name, each with `facts` and `relations` by name."""

    def fact(self, kind: str, name: str) -> Any:
        """The fact of that name, or None."""

    def relation(self, kind: str, name: str) -> Any:
        """The relation of that name, or None."""


@dataclass
class Budget:
    """How many derived facts one rule may unfold, so that formulas of formulas cannot grow without end."""

    left: int = 500


@dataclass(frozen=True)
class Scope:
    """The names in force at one place of a rule.

    `reader` makes nodes of pieces. `subject` is the kind the rule is about and `root` the node that stands for it;
    `given` are outer variables, `bound` the fold variables, by the name written; `taken` are the names no inner fold
    may use for its node. `year` is what `year` means inside the formula of a fact of a year, `inside` are the formulas
    being unfolded, `levels` their depth. A given name may also be written from inside `container`: `y` for
    `com.example.y` in `com.example` (rule evaluation).
    """

    reader: Callable[[Scope, Syntax], Node]
    vocabulary: VocabularyLike
    subject: str | None
    root: Node | None
    parameters: Mapping[str, Type]
    given: Mapping[str, Type] = field(default_factory=dict)
    bound: Mapping[str, Node] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    year: int | None = None
    allow_has: bool = False
    container: str = ""
    unchecked: bool = False
    inside: tuple[tuple[str, str], ...] = ()
    levels: int = 0
    budget: Budget = field(default_factory=Budget)

    def read(self, piece: Syntax) -> Node:
        """The node of one piece of a rule."""
        return self.reader(self, piece)

    def bind(self, name: str, of: Type, at: tuple[int, int]) -> tuple[Scope, str]:
        """The scope inside a fold that binds `name`, and the name its node carries: never one already in force."""
        fresh, count = name, 1
        while fresh in self.taken or fresh in self.given:
            count += 1
            fresh = f"{name}_{count}"
        variable = nodes.Variable(name=fresh, type=of, at=at)
        inner = replace(self, bound={**self.bound, name: variable}, taken=self.taken | {fresh})
        return inner, fresh

    def given_name(self, name: str, *, rooted: bool) -> str | None:
        """The full name of a given variable, the innermost container first; None when nothing is given by that name."""
        container = "" if rooted else self.container
        while container:
            if f"{container}.{name}" in self.given:
                return f"{container}.{name}"
            container = container.rpartition(".")[0]
        return name if name in self.given else None

    def words(self) -> list[str]:
        """Every bare word that means something here."""
        words = [*self.bound, *self.given, "params", "as_of"]
        if self.subject is not None:
            words += [self.subject, *self.paths()]
        if self.year is not None:
            words.append("year")
        return words

    def paths(self) -> dict[str, tuple[str, ...]]:
        """The to-one walks from the subject, nearest first, each by its last word: `village` in a rule on a person."""
        found: dict[str, tuple[str, ...]] = {}
        waiting: list[tuple[str, tuple[str, ...]]] = [(self.subject or "", ())]
        while waiting:
            kind, path = waiting.pop(0)
            relations = self.vocabulary.kinds[kind].relations if kind in self.vocabulary.kinds else {}
            for relation in relations.values():
                longer = (*path, relation.name)
                if (
                    not relation.many
                    and relation.name not in found
                    and relation.name != self.subject
                    and len(longer) < 4
                ):
                    found[relation.name] = longer
                    waiting.append((relation.to, longer))
        return found

    def walk(self, path: tuple[str, ...], at: tuple[int, int]) -> Node:
        """The node of a to-one walk from the subject."""
        node = self.root
        assert node is not None
        for name in path:
            to = self.vocabulary.relation(node.type.kind, name).to
            node = nodes.One(of=node, relation=name, type=row_of(to), at=at)
        return node
