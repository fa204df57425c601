"""The facts of an evaluation case as rows and a vocabulary: types declared or taken from the values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from doudi.rules.check_operators import GIVEN
from doudi.rules.errors import nearest
from doudi.rules.evaluation_types import decode, guess_type, read_type
from doudi.rules.nodes import Value
from doudi.rules.rows import FactRef, Row, key_of
from doudi.rules.scope import VocabularyLike
from doudi.rules.types import BOOL, Type, row_of, rows_of
from doudi.values.refusals import Refusal

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_TAKEN = ("id", "year")


@dataclass
class Fact:
    """A fact of a record, as the checker asks for it."""

    name: str
    type: Type
    yearly: bool = False
    formula: str = ""
    choices: tuple[Any, ...] = ()
    relation: str = ""
    low: int | None = None
    high: int | None = None


@dataclass
class Words:
    """The kinds of a case: its own records, and the kinds of the vocabulary it draws on."""

    kinds: dict[str, Any] = field(default_factory=dict)

    def fact(self, kind: str, name: str) -> Any:
        """The fact of that name, or None."""
        found = self.kinds.get(kind)
        return found.facts.get(name) if found else None

    def relation(self, kind: str, name: str) -> Any:
        """The relation of that name, or None."""
        found = self.kinds.get(kind)
        return found.relations.get(name) if found else None


class Shapes:
    """Kinds, rows and names of one case, collected while its facts are read."""

    def __init__(self, base: VocabularyLike | None) -> None:
        self.base = base
        self.words = Words({"case": SimpleNamespace(name="case", facts={}, relations={})})
        self.root = Row("case", 1)
        self.lists: dict[str, Value] = {}
        self.names: dict[FactRef, str] = {FactRef("case", 1, ""): ""}
        self._columns: dict[str, str] = {}
        self._counts: dict[str, int] = {"case": 1}

    def vocabulary(self) -> VocabularyLike:
        """The kinds of this case."""
        return self.words

    def checking(self) -> VocabularyLike:
        """The same with the free names as facts of the kind `given`, for the choices of their codes."""
        given = {name: self.words.fact("case", column) for name, column in self._columns.items()}
        facts = {name: fact for name, fact in given.items() if fact is not None}
        return Words({**self.words.kinds, GIVEN: SimpleNamespace(name=GIVEN, facts=facts, relations={})})

    def column(self, name: str) -> str:
        """The fact of the case that holds a free name: names may have dots, columns may not."""
        return self._columns.setdefault(name, f"f{len(self._columns)}")

    def list_name(self, name: str) -> str:
        """The parameter that holds a free list."""
        return f"facts.{name}"

    # -- reading

    def read_parameters(self, values: Mapping[str, Any], types: Any) -> tuple[dict[str, Value], dict[str, Type]]:
        """The parameters decided, and the types of all."""
        declared = dict(types) if isinstance(types, Mapping) else {}
        found: dict[str, Type] = {}
        for name in [*values, *(name for name in declared if name not in values)]:
            where = f"params.{name}"
            self.names[FactRef("params", 0, name)] = where
            found[name] = (
                read_type(str(declared[name]), where)[0] if name in declared else guess_type(values[name], where)
            )
        known = {
            name: decode(value, found[name], f"params.{name}") for name, value in values.items() if value is not None
        }
        return known, found

    def read_facts(self, values: Mapping[str, Any], types: Mapping[str, Any], text: str) -> dict[str, Type]:
        """The free names and their types; what is known of them goes into `root` and `lists`."""
        given: dict[str, Type] = {}
        names = [*types, *(name for name in values if name not in types), *self._mentioned(text, values, types)]
        for name in names:
            if name != "params" and not name.endswith("_complete"):
                given[name] = self._read_free(name, values.get(name), types.get(name), values, types)
        for name in names:
            if name.endswith("_complete") and name.removesuffix("_complete") not in given:
                given[name] = self._read_free(name, values.get(name), types.get(name, "bool"), values, types)
        return given

    def _mentioned(self, text: str, values: Mapping[str, Any], types: Mapping[str, Any]) -> list[str]:
        """Kinds of the vocabulary the rule names without saying more."""
        kinds = self.base.kinds if self.base else {}
        words = set(re.findall(r"[A-Za-z_]\w*", text))
        return [kind for kind in kinds if kind in words and kind not in values and kind not in types]

    def _read_free(
        self, name: str, value: Any, declared: Any, values: Mapping[str, Any], types: Mapping[str, Any]
    ) -> Type:
        column = self.column(name)
        many = isinstance(declared, list) or (declared is None and _is_rows(value))
        if many:
            return self._read_many(self.root, column, name, value, declared, values.get(f"{name}_complete"))
        kind = self._kind_named(name, declared, value)
        if kind or isinstance(declared, Mapping) or (declared is None and isinstance(value, Mapping)):
            return self._read_one(self.root, column, name, value, kind or declared)
        if declared is None and value is None:
            raise Refusal(f"“{name}”的类型不明,请在 types 中写明", f"say the type of {name} under types", name)
        of, choices = read_type(str(declared), name) if declared is not None else (guess_type(value, name), ())
        if of.name == "list":
            self.names[FactRef("params", 0, self.list_name(name))] = name
            if value is not None:
                self.lists[name] = decode(value, of, name)
            return of
        self._state(self.root, column, name, value, Fact(column, of, choices=_choices(choices)))
        return of

    def _state(self, row: Row, column: str, name: str, value: Any, fact: Fact) -> None:
        self.words.kinds[row.kind].facts.setdefault(column, fact)
        self.names[FactRef(row.kind, row.id, column)] = name
        if fact.yearly and isinstance(value, Mapping):
            for year, one in value.items():
                row.facts[key_of(column, int(year))] = decode(one, fact.type, f"{name}({year})")
        elif value is not None:
            row.facts[column] = decode(value, fact.type, name)

    # -- records

    def _kind_named(self, name: str, declared: Any, value: Any) -> str:
        """The kind of the vocabulary a name stands for: the type says so, or the name itself does."""
        kinds = self.base.kinds if self.base else {}
        if isinstance(declared, str) and declared in kinds:
            return declared
        if declared is not None or name not in kinds or not isinstance(value, Mapping | None):
            return ""
        return name if self._fits(name, value or {}) else ""

    def _fits(self, kind: str, value: Mapping[str, Any]) -> bool:
        """A record says nothing that the kind of that name does not have."""
        assert self.base is not None
        for key, one in value.items():
            relation = self.base.relation(kind, key)
            if relation is None and self.base.fact(kind, key) is None:
                return False
            records = one if isinstance(one, list) else [one]
            if relation and not all(self._fits(relation.to, each) for each in records if isinstance(each, Mapping)):
                return False
        return True

    def _read_one(self, parent: Row, relation: str, name: str, value: Any, declared: Any) -> Type:
        kind = declared if isinstance(declared, str) else f"{parent.kind}_{relation}"
        self._relate(parent.kind, relation, kind, many=False)
        self._describe(kind, declared, value, name)
        self.names[FactRef(parent.kind, parent.id, relation)] = name
        # A record with no facts at all is still there: what is asked for are its facts, not the record.
        if value is not None or parent.kind == "case":
            parent.ones[relation] = self._read_record(kind, name, value or {})
        return row_of(kind)

    def _read_many(self, parent: Row, relation: str, name: str, value: Any, declared: Any, complete: Any) -> Type:
        inner = declared[0] if isinstance(declared, list) and declared else None
        kind = inner if isinstance(inner, str) else f"{parent.kind}_{relation}"
        self._relate(parent.kind, relation, kind, many=True)
        for one in [inner, *(value or [])] if not isinstance(inner, str) else [inner]:
            self._describe(kind, inner, one if inner is None else None, name)
        parent.manys[relation] = [
            self._read_record(kind, f"{name}[{index}]", one) for index, one in enumerate(value or [])
        ]
        fact = Fact(f"{relation}_complete", BOOL, relation=relation)
        self._state(parent, f"{relation}_complete", f"{name}_complete", complete, fact)
        return rows_of(kind)

    def _relate(self, kind: str, relation: str, to: str, *, many: bool) -> None:
        self.words.kinds[kind].relations.setdefault(relation, SimpleNamespace(name=relation, to=to, many=many, back=""))

    def _describe(self, kind: str, declared: Any, value: Any, name: str) -> None:
        """The facts and relations of a record's kind, from its declared types, then from its values."""
        if isinstance(declared, str):
            self._borrow(declared)
            return
        words = self.words.kinds.setdefault(kind, SimpleNamespace(name=kind, facts={}, relations={}))
        typed = declared if isinstance(declared, Mapping) else {}
        for key in [*typed, *(value if isinstance(value, Mapping) else {})]:
            if key in words.facts or key in words.relations:
                continue
            if not _NAME.match(key) or key in _TAKEN:
                raise Refusal(f"“{key}”不能作事实名", f"{key} cannot name a fact", f"{name}.{key}")
            self._describe_key(kind, key, typed.get(key), (value or {}).get(key) if value else None, f"{name}.{key}")

    def _describe_key(self, kind: str, key: str, declared: Any, value: Any, where: str) -> None:
        if isinstance(declared, list | Mapping) or (
            declared is None and (isinstance(value, Mapping) or _is_rows(value))
        ):
            many = isinstance(declared, list) or isinstance(value, list)
            inner = declared[0] if isinstance(declared, list) and declared else declared
            to = inner if isinstance(inner, str) else f"{kind}_{key}"
            self._relate(kind, key, to, many=many)
            for one in value if isinstance(value, list) else [value]:
                self._describe(to, inner, one, where)
            if many:
                self.words.kinds[kind].facts[f"{key}_complete"] = Fact(f"{key}_complete", BOOL, relation=key)
        elif declared is not None or value is not None:
            self.words.kinds[kind].facts[key] = _fact(key, declared, value, where)

    def _borrow(self, kind: str) -> None:
        """A kind of the vocabulary with all it leads to."""
        assert self.base is not None
        if kind not in self.words.kinds and kind in self.base.kinds:
            self.words.kinds[kind] = self.base.kinds[kind]
            for relation in self.base.kinds[kind].relations.values():
                self._borrow(relation.to)

    def _read_record(self, kind: str, name: str, value: Any) -> Row:
        if not isinstance(value, Mapping):
            raise Refusal(f"“{name}”应是 JSON 对象", f"{name} is a JSON object", name)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        row = Row(kind, self._counts[kind])
        self.names[FactRef(kind, row.id, "")] = name
        for key, one in value.items():
            self._read_key(row, key, one, f"{name}.{key}")
        return row

    def _read_key(self, row: Row, key: str, value: Any, name: str) -> None:
        relation, fact = self.words.relation(row.kind, key), self.words.fact(row.kind, key)
        if relation is None and fact is None:
            if value is None:
                return
            close = nearest(key, [*self.words.kinds[row.kind].facts, *self.words.kinds[row.kind].relations])
            raise Refusal(f"没有事实“{key}”,最接近的是“{close}”", f"no fact {key}; the nearest is {close}", name)
        if fact is not None:
            self._state(row, key, name, value, fact)
        elif value is not None and relation.many:
            row.manys[key] = [self._read_record(relation.to, f"{name}[{i}]", one) for i, one in enumerate(value)]
            for child in row.manys[key]:
                if relation.back:
                    child.ones[relation.back] = row
        elif value is not None:
            row.ones[key] = self._read_record(relation.to, name, value)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _choices(values: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(SimpleNamespace(value=value, zh=value, en=value) for value in values)


def _fact(key: str, declared: Any, value: Any, where: str) -> Fact:
    """A fact of a record, `yearly(<type>)` a fact of a year."""
    if declared is None:
        return Fact(
            key, guess_type(value, where), relation=key.removesuffix("_complete") if key.endswith("_complete") else ""
        )
    word = str(declared)
    yearly = word.startswith("yearly(") and word.endswith(")")
    of, choices = read_type(word[7:-1] if yearly else word, where)
    return Fact(key, of, yearly=yearly, choices=_choices(choices))
