"""The conformance suite of the Common Expression Language (google/cel-spec) as cases of `doudi rule eval`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from doudi.rules.evaluation import Engine, answer, prepare

CUT = "…"
EXCUSES = Path(__file__).with_name("conformance_excuses.toml")
SCALARS = {"int": "int", "string": "text", "bool": "bool"}


@dataclass(frozen=True)
class ConformanceCase:
    """One line of the suite."""

    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return "{file}/{section}/{name}".format(**self.data)

    def to_case(self) -> dict[str, Any] | None:
        """The case for `rule eval`; None when a bound value has no type in the language."""
        facts, types = {}, {}
        for name, value in self.data.get("bindings", {}).items():
            of = type_of(value)
            if of is None:
                return None
            facts[name], types[name] = plain(value), of
        container, checked = self.data.get("container", ""), not self.data.get("disable_check", False)
        return {"expr": self.data["expr"], "facts": facts, "types": types, "container": container, "check": checked}

    def passes(self, answer: Mapping[str, Any]) -> bool:
        """The answer is the one the suite wants. What is not in the language is no answer, even for an error due."""
        if "refused" in answer:
            # Only where the suite skips its checker must the evaluation itself fail on a wrong name or type.
            unchecked = self.data.get("disable_check", False) and answer["refused"] in ("name", "type")
            return "error" in self.data and unchecked
        if "error" in self.data:
            return "error" in answer
        wanted = self.wanted()
        if wanted is None or "value" not in answer:
            return wanted is None and self.deduces()
        return type_of(wanted) is not None and same(plain(wanted), answer["value"])

    def evidence(self) -> str:
        """Everything written in the case, for looking at what it is about."""
        return " ".join(str(self.data.get(key, "")) for key in ("expr", "bindings", "value", "container"))

    def wanted(self) -> Mapping[str, Any] | None:
        """The typed value the suite wants, None where it only wants a type."""
        if "value" in self.data:
            return self.data["value"]
        return typed_value(self.data.get("typed_result", "")).get("result")

    def deduces(self) -> bool:
        """The type found is the one deduced by the suite."""
        case = self.to_case()
        if case is None or "typed_result" not in self.data:
            return False
        deduced = typed_value(self.data["typed_result"]).get("deduced_type")
        found = str(prepare(case).node.type)
        # The suite's text of a deep type is cut off; as far as it goes it must agree.
        return deduced is not None and (
            found.startswith(deduced[: deduced.find(CUT)]) if CUT in deduced else found == deduced
        )


def type_of(value: Mapping[str, Any]) -> str | None:
    """The type of a typed value in the words of `rule eval`; None when the language has none."""
    (kind, inner), *_ = value.items()
    if kind in SCALARS:
        return SCALARS[kind]
    if kind != "list":
        return None
    types = {type_of(item) for item in inner}
    if len(types) > 1 or None in types:
        return None
    return f"list({types.pop() if types else 'int'})"


def typed_value(text: str) -> dict[str, Any]:
    """`result` as a typed value and `deduced_type` as a type's name, out of the suite's protobuf text."""
    words = re.findall(r'"(?:[^"\\]|\\.)*"|[{}:]|[^\s{}:]+', text)
    found = _fields(iter(words))
    result, deduced = found.get("result"), found.get("deduced_type")
    return {"result": _value_in(result) if result else None, "deduced_type": _type_in(deduced) if deduced else None}


def _fields(words: Iterator[str]) -> dict[str, Any]:
    """The fields up to the closing brace; only the last of a repeated field is kept but for `values`."""
    found: dict[str, Any] = {}
    for name in words:
        if name == "}":
            break
        value: Any = _fields(words) if next(words) == "{" else next(words)
        if name == "values":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _value_in(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    (kind, value), *_ = fields.items()
    if kind == "list_value":
        items = [_value_in(item) for item in value.get("values", [])]
        return None if None in items else {"list": items}
    readers = {
        "bool_value": ("bool", "true".__eq__),
        "int64_value": ("int", int),
        "string_value": ("string", json.loads),
    }
    return {readers[kind][0]: readers[kind][1](value)} if kind in readers else None


def _type_in(fields: Mapping[str, Any]) -> str:
    (kind, value), *_ = fields.items()
    if kind == "list_type":
        inner = value.get("elem_type")
        return f"list({_type_in(inner) if inner else CUT})"
    names = {"BOOL": "bool", "INT64": "int", "STRING": "text"}
    return names.get(value, "?") if kind == "primitive" else "nothing" if kind == "dyn" else "?"


def plain(value: Mapping[str, Any]) -> Any:
    """A typed value as plain JSON."""
    (kind, inner), *_ = value.items()
    return [plain(item) for item in inner] if kind == "list" else inner


def same(wanted: Any, found: Any) -> bool:
    """Equal, and of the same type: true is not 1, and 1 is not 1.0."""
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(same, wanted, found))
    return type(wanted) is type(found) and wanted == found


def read(path: Path) -> list[ConformanceCase]:
    """The suite, one case a line. Four names are used twice: the second of each ends in `#2`."""
    cases, seen = [], set()
    for line in path.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        key = (data["file"], data["section"], data["name"])
        if key in seen:
            data["name"] += "#2"
        seen.add(key)
        cases.append(ConformanceCase(data))
    return cases


def read_excuses() -> dict[str, str]:
    """Pattern of case names -> the feature that excuses them."""
    tables = tomllib.loads(EXCUSES.read_text(encoding="utf-8"))
    return {pattern: feature for feature, table in tables.items() for pattern in table["cases"]}


def answers(cases: list[ConformanceCase], engine: Engine) -> list[dict[str, Any]]:
    """What an engine answers to each case; one whose bound values have no type in the language is refused."""
    given = [case.to_case() for case in cases]
    found = iter(answer([case for case in given if case is not None], engine=engine))
    return [{"refused": "case"} if case is None else next(found) for case in given]


def excuse_of(name: str, excuses: Mapping[str, str]) -> str:
    """The feature that excuses a case, "" when none does."""
    if name in excuses:
        return excuses[name]
    return next((feature for pattern, feature in excuses.items() if "*" in pattern and fnmatchcase(name, pattern)), "")
