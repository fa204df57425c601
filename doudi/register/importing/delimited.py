"""Text tables as offices save them: comma, tab, semicolon, full-width comma; UTF-8, GB18030, UTF-16.

One bad line is one bad row: it comes as a single cell that begins with `BROKEN` and the word for why.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from doudi.values.refusals import Refusal

MOST_COLUMNS = 500
MOST_CELL = 32_767  # what one cell of a workbook can hold
MOST_BROKEN = 200  # with more the file is no table
MOST_NULS = 50
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = (",", "\t", ";", "\uff0c")  # the last is the full-width comma
BROKEN = "\ufdd1"
Row = tuple[int, list[str]]


def rows(name: str, data: bytes) -> Iterator[Row]:
    """Each row with the number of its first line (from 1). Raises Refusal for what is no text table."""
    text = _decode(name, data)
    if text.count("\0") > MOST_NULS:
        raise Refusal("文件含有空字符(NUL),不是文本表格", "the file holds NUL characters: it is no text table", name)
    csv.field_size_limit(MOST_CELL)
    lines = text.splitlines(keepends=True) if "\x0b" not in text and "\x0c" not in text else _lines(text)
    separator = max(SEPARATORS, key="".join(lines[:20]).count)
    yield from _read(lines, separator, name)


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))


def _decode(name: str, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _mostly(name, data)


def _mostly(name: str, data: bytes) -> str:
    """A text of which a few lines are spoilt: the sign for what cannot be read refuses just those rows."""
    lines = data.splitlines()
    for encoding in ENCODINGS:
        spoilt = sum(_is_spoilt(line, encoding) for line in lines)
        if spoilt <= max(1, len(lines) // 100) and spoilt < len(lines):
            return data.decode(encoding, "replace")
    raise Refusal(
        "文字编码不是 UTF-8 也不是 GBK,请另存为“CSV UTF-8”",
        "the text is neither UTF-8 nor GBK; save it as “CSV UTF-8”",
        name,
    )


def _is_spoilt(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _read(lines: list[str], separator: str, name: str) -> Iterator[Row]:
    """The rows. After a line that cannot be read it begins again with the next one."""
    at = broken = 0
    while at < len(lines):
        reader = csv.reader(iter(lines[at:]), delimiter=separator, strict=True)
        done = 0
        try:
            for row in reader:
                yield at + done + 1, row if len(row) <= MOST_COLUMNS else _wide(row)
                done = reader.line_num
            return
        except csv.Error as error:
            line = lines[at + done].rstrip("\r\n")
            why = "long" if "field limit" in str(error) else "quote"
            broken += 1
            if broken > MOST_BROKEN:
                raise _no_table(at + done + 1, name) from error
            yield at + done + 1, [f"{BROKEN}{why}:{line[:200]}"]
            at += done + 1


def _wide(row: list[str]) -> list[str]:
    if any(cell.strip() for cell in row[MOST_COLUMNS:]):
        return [f"{BROKEN}wide:{','.join(row[:10])[:200]}"]
    return row[:MOST_COLUMNS]


def _no_table(line: int, name: str) -> Refusal:
    return Refusal(
        f"第{line}行及以前有{MOST_BROKEN}多行引号不成对或一格过长,请检查文件",
        f"more than {MOST_BROKEN} lines up to line {line} have a quotation mark without a partner or an endless cell",
        name,
    )
