"""The plan of one query: its frames, its sums over rows, and the common table expressions they become."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

from doudi.rules.engines.sql_cells import Cell
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_tree import Nursery
from doudi.rules.engines.sql_words import Sql, column, every, is_known, named, quoted
from doudi.rules.nodes import Derived, Fact, Many, Node, Size

if TYPE_CHECKING:
    from doudi.rules.engines.sql_dialect import Dialect
    from doudi.rules.engines.sql_kinds import KindFrame
    from doudi.rules.engines.sql_pairs import PairFrame


class RelationShape(Protocol):
    """What the compiler needs to know of a relation."""

    @property
    def to(self) -> str:
        """The kind it leads to."""

    @property
    def many(self) -> bool:
        """Whether it leads to many."""

    @property
    def back(self) -> str:
        """The way back."""


class VocabularyShape(Protocol):
    """What the compiler needs of a vocabulary: the way back of a to-many relation, the target of a to-one."""

    def relation(self, kind: str, name: str) -> Any:
        """The relation of that name, or None."""


Compiler = Callable[[Frame, Any], Cell]


class Plan:
    """Everything one query computes, gathered while compiling and emitted at the end."""

    compilers: dict[type[Node], Compiler] = {}

    def __init__(
        self, dialect: Dialect, vocabulary: VocabularyShape, table: Callable[[str], str], nursery: Nursery
    ) -> None:
        self.dialect, self.vocabulary, self.table, self.nursery = dialect, vocabulary, table, nursery
        self.kinds: dict[str, KindFrame] = {}
        self.pairs: dict[tuple[int, int, str], PairFrame] = {}
        self.sums: dict[tuple[int, tuple[str, ...], int], Sums] = {}
        self.ctes: list[exp.CTE] = []
        self.used: dict[str, int] = {}
        self.aliases: dict[str, int] = {}

    def relation_to(self, kind: str, name: str) -> RelationShape:
        """The relation of that name; a checked rule names only relations that exist."""
        found = self.vocabulary.relation(kind, name)
        assert found is not None, (kind, name)
        return found  # type: ignore[no-any-return]

    def kind(self, kind: str) -> KindFrame:
        """The frame whose rows are the subjects of a kind."""
        from doudi.rules.engines.sql_kinds import KindFrame

        if kind not in self.kinds:
            self.kinds[kind] = KindFrame(self, kind)
        return self.kinds[kind]

    def sums_of(self, frame: Frame, keys: tuple[str, ...], stage: int) -> Sums:
        """The one GROUP BY over that stage of the frame, shared by everything that folds it by these keys."""
        key = (id(frame), keys, stage)
        if key not in self.sums:
            self.sums[key] = Sums(self, frame, keys, stage)
        return self.sums[key]

    def label(self, node: Node) -> str:
        """A word for a column that holds the node."""
        if isinstance(node, Derived | Fact):
            return f"{node.name}_{node.year}" if node.year else node.name
        if isinstance(node, Size) and isinstance(node.of, Many):
            return f"{node.of.relation}_size"
        return type(node).__name__.lower()

    def alias(self, wish: str) -> str:
        """A name for a joined relation, not used before."""
        return _fresh(self.aliases, wish)

    def add(self, wish: str, query: exp.Query, *, fence: bool = False, keep: bool = False) -> str:
        """Adds a common table expression and returns its name.

        A fence is where no engine may copy expressions; what is kept is read more than once, and computed once.
        """
        name = _fresh(self.used, wish)
        alias = exp.TableAlias(this=quoted(name))
        materialized = True if (fence and self.dialect.fences) or (keep and self.dialect.keeps) else None
        self.ctes.append(exp.CTE(this=query, alias=alias, materialized=materialized))
        return name


def _fresh(used: dict[str, int], wish: str) -> str:
    used[wish] = used.get(wish, 0) + 1
    return wish if used[wish] == 1 else _fresh(used, f"{wish}_{used[wish]}")


class Sums:
    """Rows of a frame summed up by key: a GROUP BY."""

    def __init__(self, plan: Plan, frame: Frame, keys: tuple[str, ...], stage: int) -> None:
        self.plan, self.frame, self.keys, self.stage = plan, frame, keys, stage
        self.columns: dict[str, Sql] = {}
        self.by_text: dict[str, str] = {}
        self.name = ""

    def column(self, aggregate: Sql, wish: str) -> str:
        """The name of the column that holds an aggregate; the same aggregate twice is one column."""
        said = aggregate.sql()
        if said not in self.by_text:
            name = f"{wish}_{len(self.columns) + 1}"
            self.columns[name] = aggregate
            self.by_text[said] = name
        return self.by_text[said]

    def emit(self) -> str:
        """The name under which the sums can be joined."""
        if not self.name:
            source = self.frame.relation(self.stage)
            keys: list[Sql] = [column(key) for key in self.keys]
            chosen = keys + [named(value, name) for name, value in self.columns.items()]
            query = exp.Select(expressions=chosen).from_(exp.Table(this=quoted(source)))
            query.set("where", exp.Where(this=every(*(is_known(key) for key in keys))))
            query.set("group", exp.Group(expressions=keys))
            self.name = self.plan.add(f"{self.frame.word}_by_{'_'.join(self.keys)}", query)
        return self.name
