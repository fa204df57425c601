"""The columns of a table that leaves: what each holds, in which unit, and how a value becomes a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from doudi.facts.kinds import Fact
from doudi.rules.types import DECIMAL_UNIT

FEN = 100
NUMBERS = ("int", "money", "decimal", "months", "days")
TYPES = ("text", "bool", "code", "date", *NUMBERS)
LONGEST = 32_767  # characters a cell of a workbook can hold
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNITS = {"元": "yuan", "亩": "mu", "人": "persons", "户": "households", "项": "measures", "月": "months", "公里": "km",
          "平方米": "m²", "岁": "years", "天": "days", "个": "items", "份": "forms"}  # fmt: skip
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type` is one of TYPES, encoded as `doudi.rules.types` says (money in fen); `key` the fact's.

    `editable`: whoever asked for the table may state this fact, so that its changes can come back.
    """

    name: str
    zh: str
    en: str
    type: str = "text"
    unit: str = ""
    width: int = 14
    note_zh: str = ""
    note_en: str = ""
    fact: Fact | None = None
    key: str = ""
    editable: bool = False
    hidden: bool = False

    def heading(self, language: str) -> str:
        """The heading with its unit: 工资性收入 2019(元)."""
        if self.hidden:
            return self.name
        word = in_words(self.zh, self.en, language)
        if not self.unit:
            return word
        return f"{word}({self.unit})" if language != "en" else f"{word} ({_UNITS.get(self.unit, self.unit)})"

    def note(self, language: str) -> str:
        """What the column means."""
        return in_words(self.note_zh, self.note_en, language)


def in_words(zh: str, en: str, language: str) -> str:
    """The one of two texts for a language."""
    return en if language == "en" else zh


def of_fact(fact: Fact, key: str, *, editable: bool = False) -> Column:
    """The column of a fact; a fact of a year bears the year."""
    _, _, year = key.partition("@")
    said_zh, said_en = "、".join(fact.sources) or fact.formula, ", ".join(fact.sources) or fact.formula
    return Column(
        name=f"{fact.kind}.{key}",
        zh=f"{fact.zh} {year}".strip(),
        en=f"{fact.en} {year}".strip(),
        type=fact.type.name if fact.type.name in TYPES else "text",
        unit=fact.unit if fact.type.name in NUMBERS else "",
        width=max(12, min(30, 2 * len(fact.zh) + 6)),
        note_zh=f"登记采信的“{fact.zh}”;可陈述的来源,按可信次序:{said_zh}。空格表示不知道。",
        note_en=f"“{fact.en}” as the register believes it; sources by trust: {said_en}. Empty: not known.",
        fact=fact,
        key=key,
        editable=editable,
    )


def cell(column: Column, value: Any, language: str) -> Cell:
    """A value as a cell: numbers as numbers, yes and no and codes as words, days as text, all else as safe text."""
    if value is None:
        return None
    if column.type == "text":
        return clean(str(value))
    if column.type in ("money", "decimal"):
        scale = FEN if column.type == "money" else DECIMAL_UNIT
        return value // scale if value % scale == 0 else value / scale
    if column.type in NUMBERS:
        return int(value)
    if column.type == "bool":
        return in_words("是" if value else "否", "yes" if value else "no", language)
    if column.type == "code" and column.fact is not None:
        choice = next((one for one in column.fact.choices if one.value == value), None)
        return clean(in_words(choice.zh, choice.en, language) if choice else str(value))
    return clean(str(value))


def choices(column: Column, language: str) -> list[str]:
    """What may stand in a cell of yes or no, or of a code; empty where anything may."""
    if column.type == "bool":
        return ["yes", "no"] if language == "en" else ["是", "否"]
    if column.type == "code" and column.fact is not None:
        return [in_words(one.zh, one.en, language) for one in column.fact.choices]
    return []


def clean(text: str) -> str:
    """Text without control characters and turned text, as long as a cell can hold."""
    if text.isprintable():  # then nothing of it is unsafe; most is, and to ask is quick
        return text[:LONGEST]
    return _UNSAFE.sub("", text)[:LONGEST]


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula once somebody edits the cell (ASVS 5, V1.2.10)."""
    return text.startswith(_DANGEROUS)


def harmless(value: Cell) -> str:
    """A CSV cell that no spreadsheet takes for a formula: an apostrophe goes before what looks like one."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and is_dangerous(text) else text
