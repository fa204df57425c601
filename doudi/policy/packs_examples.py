"""A pack's examples: situations with the answer expected of them.

A file is about one measure. `base` is a situation whose answer is yes; each `case` changes it; each `line` puts several
candidates for a limited measure side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from doudi.facts.entries import complain, complain_of_key, known_keys, one_of
from doudi.policy.packs import Pack, overlay
from doudi.policy.packs_context import Context, day_at, spoken
from doudi.policy.packs_parts import Words
from doudi.policy.packs_situations import Builder, changed, link
from doudi.rules.measures import Measure
from doudi.rules.nodes import Value
from doudi.rules.results import NO, NOT_KNOWN, YES
from doudi.rules.rows import FactRef, Row
from doudi.rules.types import MONEY, Type
from doudi.values.toml import Document, KeyPath

ANSWERS = {"no": NO, "yes": YES, "unknown": NOT_KNOWN}
_KEYS = ("measure", "as_of", "overlay", "params", "base", "case", "line")
_BASE_KEYS = ("zh", "en", "facts", "amount", "quantities")
_CASE_KEYS = ("zh", "en", "set", "unset", "params", "undecided", "as_of", "expect", "amount", "asks", "quantities")
_LINE_KEYS = ("zh", "en", "params", "undecided", "candidates", "expect", "seed")


@dataclass(frozen=True)
class Example:
    """One situation: the answer expected, and where given the amount, the quantities and the facts that matter."""

    measure: str
    words: Words
    file: str
    line: int
    as_of: date
    params: Mapping[str, Value]
    row: Row
    expect: int
    amount: int | None = None
    asks: frozenset[str] | None = None
    quantities: Mapping[str, Value] = field(default_factory=dict)
    tree: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class LineExample:
    """Several candidates in one village: who gets one of the few."""

    measure: str
    words: Words
    file: str
    line: int
    as_of: date
    params: Mapping[str, Value]
    rows: Mapping[str, Row]
    expect: Mapping[str, int]
    seed: str


@dataclass(frozen=True)
class Examples:
    """All examples of a pack."""

    single: tuple[Example, ...]
    lines: tuple[LineExample, ...]


class Reader:
    """Reads the example files of one pack, keeping the packs its overlays make."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.context = Context(pack.files, pack.prefix, pack.vocabulary, pack.currency, dict(pack.documents))
        self.context.parameters = dict(pack.parameters)
        self.overlaid: dict[str, Pack] = {"": pack}

    def read(self) -> Examples:
        """Every example; complaints are in `context.errors`."""
        single: list[Example] = []
        lines: list[LineExample] = []
        for name in self.context.within("examples"):
            document = self.context.open(name)
            with self.context.collecting():
                File(self, document).read(single, lines)
        return Examples(tuple(single), tuple(lines))

    def values(self, document: Document, day: date) -> dict[str, Value]:
        """The parameters' values on a day under the file's overlay."""
        name = str(document.data.get("overlay", ""))
        if name and name not in self.pack.overlays:
            zh, en = f"pack.toml 没有提供“{name}”", f"pack.toml does not offer '{name}'"
            raise complain(document, ("overlay",), zh, en, name, self.pack.overlays)
        return self.overlaid_by(name).values_on(day)

    def overlaid_by(self, name: str) -> Pack:
        """The pack with an overlay it offers; "" is the pack as it is. Raises PackErrors."""
        if name not in self.overlaid:
            self.overlaid[name] = overlay(self.pack, name)
        return self.overlaid[name]


class File:
    """One file of examples."""

    def __init__(self, reader: Reader, document: Document) -> None:
        self.reader, self.context, self.document = reader, reader.context, document
        known_keys(document, (), document.data, _KEYS)
        name = one_of(document, (), document.data, "measure", tuple(reader.pack.measures))
        self.measure: Measure = reader.pack.measures[name]
        self.base: dict[str, Any] = document.data.get("base", {})
        known_keys(document, ("base",), self.base, _BASE_KEYS)

    def read(self, single: list[Example], lines: list[LineExample]) -> None:
        """Add this file's examples."""
        single.append(self._example(("base",), {**self.base, "expect": "yes"}))
        for index, table in enumerate(self.document.data.get("case", [])):
            with self.context.collecting():
                known_keys(self.document, ("case", index), table, _CASE_KEYS)
                single.append(self._example(("case", index), table))
        for index, table in enumerate(self.document.data.get("line", [])):
            with self.context.collecting():
                known_keys(self.document, ("line", index), table, _LINE_KEYS)
                lines.append(self._line(("line", index), table))

    def _example(self, path: KeyPath, table: dict[str, Any]) -> Example:
        words = spoken(self.document, path)
        tree = self._changed(path, table)
        day = self._day(path, table)
        amount = table.get("amount")
        return Example(
            measure=self.measure.name,
            words=words,
            file=self.document.file,
            line=self.document.place(path)[0],
            as_of=day,
            params=self._params(path, table, day),
            row=Builder(self.context, self.document, path).row(self.measure.subject, tree),
            expect=ANSWERS[one_of(self.document, path, table, "expect", tuple(ANSWERS))],
            amount=None if amount is None else int(str(self._value((*path, "amount"), amount, MONEY))),
            asks=frozenset(table["asks"]) if "asks" in table else None,
            quantities=self._quantities(path, table),
            tree=tree,
        )

    def _changed(self, path: KeyPath, table: dict[str, Any]) -> dict[str, Any]:
        try:
            return changed(self.base.get("facts", {}), table.get("set", {}), table.get("unset", []))
        except KeyError as error:
            zh, en = f"没有可去掉的“{error.args[0]}”", f"there is no '{error.args[0]}' to take out"
            raise complain(self.document, (*path, "unset"), zh, en, str(error.args[0])) from None

    def _day(self, path: KeyPath, table: dict[str, Any]) -> date:
        for here, held in ((path, table), ((), self.document.data)):
            if "as_of" in held:
                return day_at(self.document, (*here, "as_of"), held["as_of"])
        return self.reader.pack.as_of

    def _params(self, path: KeyPath, table: dict[str, Any], day: date) -> dict[str, Value]:
        values = self.reader.values(self.document, day)
        for here, given in (
            (("params",), self.document.data.get("params", {})),
            ((*path, "params"), table.get("params", {})),
        ):
            for name, raw in given.items():
                values[name] = self._value((*here, name), raw, self._parameter((*here, name), name))
        for index, name in enumerate(table.get("undecided", [])):
            self._parameter((*path, "undecided", index), name)
            values.pop(name, None)
        return values

    def _parameter(self, path: KeyPath, name: str) -> Type:
        parameter = self.context.parameters.get(name)
        if parameter is None:
            zh, en = f"没有参数“{name}”", f"there is no parameter '{name}'"
            raise complain_of_key(self.document, (*path[:-1], name), zh, en, self.context.parameters)
        return parameter.type

    def _value(self, path: KeyPath, raw: Any, wanted: Type) -> Value:
        return self.context.value(self.document, path, raw, wanted)

    def _quantities(self, path: KeyPath, table: dict[str, Any]) -> dict[str, Value]:
        known = {each.name: each for each in self.reader.pack.terms[self.measure.name].quantities}
        found = {}
        for name, raw in table.get("quantities", {}).items():
            if name not in known:
                zh, en = f"措施没有数量“{name}”", f"the measure has no quantity '{name}'"
                raise complain_of_key(self.document, (*path, "quantities", name), zh, en, known)
            found[name] = self._value((*path, "quantities", name), raw, known[name].node.type)
        return found

    def _line(self, path: KeyPath, table: dict[str, Any]) -> LineExample:
        words = spoken(self.document, path)
        day = self._day(path, {})
        rows = self._candidates(path, table.get("candidates", {}))
        expect = {}
        for name in rows:
            answers = table.get("expect", {})
            expect[name] = ANSWERS[one_of(self.document, (*path, "expect"), answers, name, tuple(ANSWERS))]
        line, params = self.document.place(path)[0], self._params(path, table, day)
        seed = str(table.get("seed", ""))
        return LineExample(self.measure.name, words, self.document.file, line, day, params, rows, expect, seed)

    def _candidates(self, path: KeyPath, tables: dict[str, dict[str, Any]]) -> dict[str, Row]:
        """A row for each candidate; all households are put in the same village."""
        builder = Builder(self.context, self.document, path)
        village = Row("place", 1)
        rows = {}
        for name, put in tables.items():
            drop = [key for key, value in put.items() if value == "unknown"]
            kept = {key: value for key, value in put.items() if value != "unknown"}
            row = builder.row(self.measure.subject, changed(self.base.get("facts", {}), kept, drop))
            self._settle(row, village)
            rows[name] = row
        return rows

    def _settle(self, row: Row, village: Row) -> None:
        kinds = self.context.vocabulary.kinds
        for each in row.reachable():
            for relation in kinds[each.kind].relations.values():
                if relation.to == "place" and not relation.many and relation.name in each.ones:
                    each.ones[relation.name] = None
                    link(each, relation, village, kinds["place"].relations)


def name_of(missing: FactRef, row: Row) -> str:
    """A missing fact as examples name it: "household.registered_poor", "params.line_2020", "members.loans"."""
    if missing.kind == "params":
        return f"params.{missing.name}"
    ways = {id(row): ""}
    waiting = [row]
    for each in waiting:
        near = [(name, one) for name, one in each.ones.items() if one is not None]
        near += [(f"{name}.{index}", one) for name, many in each.manys.items() for index, one in enumerate(many)]
        for name, one in near:
            if id(one) not in ways:
                ways[id(one)] = f"{ways[id(each)]}{name}."
                waiting.append(one)
    found = next((ways[id(each)] for each in waiting if (each.kind, each.id) == (missing.kind, missing.id)), "")
    return f"{found}{missing.key}"
