"""Overlays written by the county: one file for each value adopted, beside the pack's own text."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from doudi.policy.packs import Pack
from doudi.rules.types import DECIMAL_UNIT, Type

# The name sorts after the overlays a pack offers: of two values from the same day, the later file's is in force.
_FILE = "overlays/set_by_county_{:04d}.toml"
_NUMBERED = re.compile(r"overlays/set_by_county_(\d{4,8})\.toml")


def add(pack: Pack, name: str, value: Any, *, from_day: date, source: str, named_by: str, on: date) -> dict[str, str]:
    """The pack's files with one more: a value of a parameter from a day, its source, and who named it."""
    taken = [int(found[1]) for file in pack.files if (found := _NUMBERED.fullmatch(file))]
    number = 1 + max(taken, default=0)
    parameter = pack.parameters[name]
    written = _written(value, parameter.type, pack.currency.minor)
    lines = [
        f"title.zh = {_text(f'县里采用的取值:{parameter.zh}')}",
        f"title.en = {_text(f'adopted by the county: {parameter.en}')}",
        f"by.zh = {_text(named_by)}",
        f"by.en = {_text(named_by)}",
        f"dated = {on.isoformat()}",
        "",
        f"[parameters.{name}]",
        f"value = {written}",
        f"from = {from_day.isoformat()}",
        f"source = {_text(source)}",
    ]
    return {**pack.files, _FILE.format(number): "\n".join(lines) + "\n"}


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written(value: Any, of: Type, minor: int) -> str:
    if of.name == "list" and of.of is not None:
        return "[" + ", ".join(_written(item, of.of, minor) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if of.name == "money":
        return f"{Decimal(value) / minor}"
    if of.name == "decimal":
        return f"{Decimal(value) / DECIMAL_UNIT}"
    return _text(value) if isinstance(value, str) else str(value)
