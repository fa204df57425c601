"""Every number of a shipped pack says where it was read, or that it is not decided."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.habits import sources

PACKS = sorted((sources.TOP / "doudi" / "packs").glob("*/pack.toml"))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


PARAMETERS = [
    (pack.parent.name, name, value, read(pack).get("documents", {}))
    for pack in PACKS
    for name, value in read(pack.parent / "parameters.toml").items()
]


def test_packs_are_found() -> None:
    assert {path.parent.name for path in PACKS} >= {"pengxi_2020", "vlss_1998"}


@pytest.mark.parametrize(
    ("pack", "name", "value", "documents"), PARAMETERS, ids=[f"{p}.{n}" for p, n, _, _ in PARAMETERS]
)
def test_every_parameter_is_cited(pack: str, name: str, value: dict[str, Any], documents: dict[str, Any]) -> None:
    source = value.get("source", "")
    assert source, "say where it was read"
    assert source == "unverified" or source.split(":")[0] in documents, f"{source} is no document of the pack"
    assert value.get("undecided") or ("value" in value and "from" in value), "a value has a first day"
    assert value.get("zh"), "in Chinese"
    assert value.get("en"), "in English"
