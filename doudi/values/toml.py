"""TOML read together with where each key and value stands, so that a complaint can name file, line and column.

The standard library's reader judges the text; the scanner here walks text already found valid and only notes places.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Key = str | int
KeyPath = tuple[Key, ...]
Place = tuple[int, int]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]\}\n#]+")
MOST_DOTS = 500  # in one line: a key of ten thousand parts takes the standard reader minutes
MOST_LEVELS = 40  # of tables and lists within one another
_DECODE = re.compile(r"\(at line (\d+), column (\d+)\)")


class TomlError(ValueError):
    """The text is not TOML; `line` and `column` say where (from 1)."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line, self.column = line, column


@dataclass(frozen=True)
class Document:
    """A TOML file: `data` as tomllib gives it, `keys` and `values` the offset of each key and value by path.

    The offsets are sought when first asked for: most documents have nothing wrong in them.
    """

    file: str
    text: str = field(repr=False)
    data: dict[str, Any]

    @cached_property
    def _scanned(self) -> _Scanner:
        scanner = _Scanner(self.text)
        scanner.scan()
        return scanner

    @property
    def keys(self) -> Mapping[KeyPath, int]:
        """The offset of each key, of a table's header, of a list's item."""
        return self._scanned.keys

    @property
    def values(self) -> Mapping[KeyPath, int]:
        """The offset of each value."""
        return self._scanned.values

    def place(self, path: KeyPath, *, value: bool = False) -> Place:
        """Line and column of a key, or of its value; of the nearest enclosing key where the path itself is absent."""
        offsets = self.values if value else self.keys
        while path and path not in offsets:
            path, offsets = path[:-1], self.keys
        return place_of(self.text, offsets.get(path, 0))

    def place_within(self, path: KeyPath, at: Place) -> Place:
        """The place in the file of a place (line, column) inside the text value at `path`."""
        start = self.values.get(path)
        if start is None or self.text[start] not in "\"'":
            return self.place(path, value=True)
        offsets = _text_offsets(self.text, start)
        value = _value_at(self.data, path)
        lines = str(value).split("\n")
        index = sum(len(line) + 1 for line in lines[: at[0] - 1]) + at[1] - 1
        return place_of(self.text, offsets[min(max(index, 0), len(offsets) - 1)])


def read(file: Path) -> Document:
    """Read a TOML file of UTF-8 text. Raises TomlError with the place, OSError when it cannot be read."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise TomlError("not UTF-8 text", *place_of(before, len(before))) from error
    return parse(text, str(file))


def parse(text: str, file: str = "") -> Document:
    """Read TOML text. Raises TomlError with the place, also where it is nested past all sense."""
    _refuse_bomb(text)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (RecursionError, ArithmeticError) as error:
        raise _too_deep(text) from error
    except tomllib.TOMLDecodeError as error:
        found = _DECODE.search(str(error))
        place = (int(found[1]), int(found[2])) if found else place_of(text, len(text))
        raise TomlError(_DECODE.sub("", str(error)).replace(" (at end of document)", "").strip(), *place) from error
    except ValueError as error:  # a whole number of more digits than Python reads
        longest = max(re.finditer(r"\d+", text), key=lambda found: len(found.group()))
        raise TomlError("a number of too many digits", *place_of(text, longest.start())) from error
    if _levels(data) > MOST_LEVELS:
        raise _too_deep(text)
    return Document(file, text, data)


def _refuse_bomb(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise TomlError(f"more than {MOST_DOTS} dots in one line", number, 1)


def _too_deep(text: str) -> TomlError:
    """The error of text nested too deeply, placed at the first line that opens the most."""
    lines = text.split("\n")
    worst = max(range(len(lines)), key=lambda number: lines[number].count("[") + lines[number].count("{"))
    return TomlError(f"nested more than {MOST_LEVELS} levels deep, or a number past all bounds", worst + 1, 1)


def _levels(data: Any) -> int:
    """How deep tables and lists lie within one another."""
    depth, here = 0, [data]
    while here:
        depth += 1
        children = (each.values() if isinstance(each, dict) else each for each in here)
        here = [child for some in children for child in some if isinstance(child, (dict, list))]
    return depth


def place_of(text: str, offset: int) -> Place:
    """Line and column, from 1, of an offset into text."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _value_at(data: Any, path: KeyPath) -> Any:
    for key in path:
        data = data[key]
    return data


class _Scanner:
    """Walks valid TOML and notes the offset of each key and value."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.keys: dict[KeyPath, int] = {}
        self.values: dict[KeyPath, int] = {}
        self.arrays: dict[KeyPath, int] = {}

    def scan(self) -> None:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self.text):
            table = self._header() if self.text[self.at] == "[" else self._pair(table)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _header(self) -> KeyPath:
        many = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if many else 1
        path = self._within_arrays(self._dotted(), many)
        self.at += 2 if many else 1
        for depth in range(1, len(path)):
            self.keys.setdefault(path[:depth], start)
        self.keys[path] = start
        return path

    def _within_arrays(self, names: KeyPath, many: bool) -> KeyPath:
        path: KeyPath = ()
        for position, name in enumerate(names):
            path = (*path, name)
            if many and position == len(names) - 1:
                self.arrays[path] = self.arrays.get(path, -1) + 1
            if path in self.arrays:
                path = (*path, self.arrays[path])
        return path

    def _dotted(self) -> KeyPath:
        names: list[Key] = []
        while True:
            self._skip(_SPACE)
            names.append(self._name())
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return tuple(names)
            self.at += 1

    def _name(self) -> str:
        if self.text[self.at] in "\"'":
            start, self.at = self.at, _text_end(self.text, self.at)
            return str(tomllib.loads("k = " + self.text[start : self.at])["k"])
        start = self.at
        return self.text[start : self._skip(_BARE)]

    def _pair(self, table: KeyPath) -> KeyPath:
        start = self.at
        names = self._dotted()
        for depth in range(1, len(names) + 1):
            self.keys.setdefault((*table, *names[:depth]), start)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value((*table, *names))
        return table

    def _value(self, path: KeyPath) -> None:
        self.values[path] = self.at
        first = self.text[self.at]
        if first in "\"'":
            self.at = _text_end(self.text, self.at)
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self.at, index = self.at + 1, 0
        while self.text[self._skip(_BLANK)] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.keys[(*path, index)] = self.at
            self._value((*path, index))
            index += 1
        self.at += 1

    def _inline(self, path: KeyPath) -> None:
        self.at += 1
        while self.text[self._skip(_BLANK)] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1


def _quotes(text: str, start: int) -> str:
    mark = text[start]
    return mark * 3 if text.startswith(mark * 3, start) else mark


def _text_end(text: str, start: int) -> int:
    """The offset after the string that opens at `start`."""
    quotes = _quotes(text, start)
    at = start + len(quotes)
    while not text.startswith(quotes, at):
        at += 2 if text[at] == "\\" and quotes[0] == '"' else 1
    at += len(quotes)
    while len(quotes) == 3 and text[at : at + 1] == quotes[0]:  # up to two quotes may stand before the closing three
        at += 1
    return at


def _text_offsets(text: str, start: int) -> list[int]:
    """Where each character of the string that opens at `start` stands, and last where the string ends."""
    quotes = _quotes(text, start)
    end = _text_end(text, start) - len(quotes)
    at = start + len(quotes)
    if len(quotes) == 3 and text[at] == "\n":
        at += 1
    offsets = []
    while at < end:
        width, gives = _escape(text, at) if text[at] == "\\" and quotes[0] == '"' else (1, True)
        if gives:
            offsets.append(at)
        at += width
    return [*offsets, end]


def _escape(text: str, at: int) -> tuple[int, bool]:
    """How many characters an escape takes, and whether it gives one (a line continuation gives none)."""
    after = text[at + 1]
    if after in "uU":
        return (6 if after == "u" else 10), True
    continuation = re.compile(r"\\[ \t]*\n[ \t\r\n]*").match(text, at)
    return (continuation.end() - at, False) if continuation else (2, True)
