"""The conformance suite of the Common Expression Language (google/cel-spec) as cases of `doudi rule eval`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

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
        return {"expr": self.data["expr"], "facts": facts, "types": types, "container": self.data.get("container", "")}

    def passes(self, answer: Mapping[str, Any]) -> bool:
        """The answer is the one the suite wants. What is not in the language is no answer, even where an error is due."""
        if answer.get("refused") in ("unsupported", "size", "case"):
            return False
        if "error" in self.data:
            return "error" in answer
        if "value" not in self.data or "value" not in answer:
            return False
        wanted = self.data["value"]
        return type_of(wanted) is not None and same(plain(wanted), answer["value"])


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
    """The suite, one case a line."""
    return [ConformanceCase(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def read_excuses() -> dict[str, str]:
    """Pattern of case names -> the feature that excuses them."""
    tables = tomllib.loads(EXCUSES.read_text(encoding="utf-8"))
    return {pattern: feature for feature, table in tables.items() for pattern in table["cases"]}


def excuse_of(name: str, excuses: Mapping[str, str]) -> str:
    """The feature that excuses a case, "" when none does."""
    if name in excuses:
        return excuses[name]
    return next((feature for pattern, feature in excuses.items() if "*" in pattern and fnmatchcase(name, pattern)), "")
