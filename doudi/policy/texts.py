"""The text of a pack file by file: which names and texts may stand in one, and what differs between two."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from doudi.values.refusals import Refusal

MOST_CHARACTERS = 200_000  # of one file; the longest that ships has a tenth of it
MOST_LINES = 10_000
MOST_FILES = 300
_NAME = re.compile(r"(?:(?:measures|examples|overlays)/)?[a-z0-9_]{1,80}\.toml")
_CONTEXT = 3  # lines shown around a change


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference: `sign` is "+" (only after), "-" (only before) or " "; numbers from 1, 0 for none."""

    sign: str
    before: int
    after: int
    text: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happened to one file: `state` is new, gone or changed; `blocks` are the places that differ."""

    file: str
    state: str
    added: int
    removed: int
    blocks: tuple[tuple[Line, ...], ...]


def require_name(name: str) -> str:
    """The name of a file of a pack. Raises Refusal for any other."""
    if not _NAME.fullmatch(name):
        raise Refusal(
            "文件名只能用小写字母、数字和下划线,以 .toml 结尾,放在 measures/、examples/、overlays/ 或最外层。",
            "A file is named in small letters, digits and underscores, ends in .toml, and lies in measures/, examples/,"
            " overlays/ or at the top.",
            "file",
        )
    return name


def require_text(text: str) -> str:
    """A file's text with plain line ends. Raises Refusal where it is too long or is no text."""
    if len(text) > MOST_CHARACTERS:
        raise Refusal(
            f"文件太长:{len(text):,} 字,最多 {MOST_CHARACTERS:,} 字。请拆成几个文件。",
            f"The file is too long: {len(text):,} characters, at most {MOST_CHARACTERS:,}. Split it into several.",
            "text",
        )
    if text.count("\n") > MOST_LINES:
        raise Refusal(
            f"文件行数太多,最多 {MOST_LINES:,} 行。请拆成几个文件。",
            f"The file has too many lines, at most {MOST_LINES:,}. Split it into several.",
            "text",
        )
    bad = next((at for at, letter in enumerate(text) if letter == "\0" or "\ud800" <= letter <= "\udfff"), None)
    if bad is not None:
        line = text.count("\n", 0, bad) + 1
        raise Refusal(
            f"第 {line} 行有不能保存的字符(空字符或不完整的字)。请删掉后再试。",
            f"Line {line} holds a character that cannot be kept (NUL, or half a letter). Remove it and try again.",
            "text",
        )
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if plain.endswith("\n") or not plain else plain + "\n"


def mark(text: str) -> str:
    """A short name of a text, by which an editor says which text was open."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The files that differ, by name."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> list[FileChange]:
    """What differs between two texts, file by file."""
    return [_compared(name, before.get(name), after.get(name)) for name in changed(before, after)]


def _compared(name: str, before: str | None, after: str | None) -> FileChange:
    state = "new" if before is None else "gone" if after is None else "changed"
    blocks = tuple(blocks_of(before or "", after or ""))
    signs = [line.sign for block in blocks for line in block]
    return FileChange(name, state, signs.count("+"), signs.count("-"), blocks)


def blocks_of(before: str, after: str) -> list[tuple[Line, ...]]:
    """The places where two texts differ, each with a few lines around it."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new)
    return [
        tuple(line for code in group for line in _lines(code, old, new))
        for group in matcher.get_grouped_opcodes(_CONTEXT)
    ]


def _lines(code: tuple[str, int, int, int, int], old: list[str], new: list[str]) -> list[Line]:
    kind, i, i_end, j, j_end = code
    if kind == "equal":
        return [Line(" ", i + n + 1, j + n + 1, old[i + n]) for n in range(i_end - i)]
    gone = [Line("-", n + 1, 0, old[n]) for n in range(i, i_end)]
    return [*gone, *(Line("+", 0, n + 1, new[n]) for n in range(j, j_end))]
