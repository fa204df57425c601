"""What an entry of the trail says was changed, column by column, masked as the reader's duty needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from doudi.trail.audit import Entry
from doudi.web import figures
from doudi.web.desk import trail_words
from doudi.web.desk.filters import shows_names
from doudi.web.reader import Reader

LONGEST = 200  # letters of a value that are shown
MOST = 60  # columns
NAMES = ("name", "head_name", "label")
HIDDEN = ("id_number", "certificate", "phone", "mobile", "account_number", "bank", "key", "secret", "password", "token")


@dataclass(frozen=True, slots=True)
class Line:
    """One column: its word, what it was and what it is now."""

    column: str
    word: str
    before: str
    after: str


def lines(entry: Entry, reader: Reader, *, child: bool = False) -> list[Line]:
    """The columns that changed; of a new or a deleted row those that say something. `child`: it speaks of a child."""
    before, after = entry.before or {}, entry.after or {}
    names_shown = shows_names(reader) and (not child or reader.reads("minor"))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [
        Line(
            name,
            trail_words.column(name),
            _shown(entry.table, name, before, names_shown),
            _shown(entry.table, name, after, names_shown),
        )
        for name in names[:MOST]
        if not _says_nothing(before.get(name)) or not _says_nothing(after.get(name))
    ]


def _says_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _shown(table: str, name: str, row: dict[str, Any], names_shown: bool) -> str:
    """A value in words: hidden, masked, or as it is."""
    value = row.get(name)
    if _says_nothing(value):
        return figures.NONE
    if any(word in name for word in HIDDEN):
        return "****"
    if table.startswith("register_") and name in NAMES and not names_shown:
        return figures.masked(str(value))
    text = (
        value if isinstance(value, str) else figures.typed(value, "bool") if isinstance(value, bool) else _text(value)
    )
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _text(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else orjson.dumps(value).decode()
