"""Files read as rows of text: CSV as offices save it, workbooks in a child process that may die (reliability: 12)."""

from __future__ import annotations

import csv
import hashlib
import io
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from doudi.values.refusals import Refusal

MOST_BYTES = 100_000_000
MOST_UNPACKED = 600_000_000
MOST_PARTS = 2_000
MOST_ROWS = 500_000
MOST_COLUMNS = 500
MOST_CELL = 32_767  # what one cell of a workbook can hold
CHILD_MEMORY = 2_000_000_000
CHILD_SECONDS = 60
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = (",", "\t", ";", "\uff0c")  # the last is the full-width comma
_WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"}


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows, each with its number as the file shows it (from 1), blank rows left out."""

    name: str
    sha256: str
    sheet: str
    rows: list[tuple[int, list[str]]]


def read(path: Path, *, separators: Iterable[str] = SEPARATORS) -> list[Table]:
    """The tables in a file: one for a CSV, one a sheet for a workbook. Raises Refusal for whatever is not a table."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if path.is_file() and size <= MOST_BYTES else b""
    except OSError as error:
        raise Refusal(
            f"文件读不出来:{error.strerror}", f"the file cannot be read: {error.strerror}", str(path)
        ) from error
    if not path.is_file() or size > MOST_BYTES:
        raise Refusal("文件超过100MB,或不是普通文件", "the file is larger than 100 MB, or no plain file", path.name)
    if not data.strip():
        raise Refusal("文件是空的", "the file is empty", path.name)
    digest = hashlib.sha256(data).hexdigest()
    if (
        data[:4] == b"PK\x03\x04"
        or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        or path.suffix.lower() in _WORKBOOKS
    ):
        return [Table(path.name, digest, sheet, rows) for sheet, rows in _workbook(path, data)]
    return [Table(path.name, digest, "", _csv(path.name, data, separators))]


# -- CSV


def _csv(name: str, data: bytes, separators: Iterable[str]) -> list[tuple[int, list[str]]]:
    text = _decode(name, data)
    if "\0" in text:
        raise Refusal("文件含有空字符(NUL),不是文本表格", "the file holds NUL characters: it is no text table", name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(separators, key=first.count)
    csv.field_size_limit(MOST_CELL)
    rows = _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), name)
    return _limited(rows, name)


def _decode(name: str, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(
        "文字编码不是 UTF-8 也不是 GBK,请另存为“CSV UTF-8”",
        "the text is neither UTF-8 nor GBK; save it as “CSV UTF-8”",
        name,
    )


def _numbered(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    line = 0
    while True:
        start = line + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refusal(
                f"第{start}行起引号不成对,或一格过长({error})",
                f"from line {start} on a quotation mark has no partner, or a cell is too long ({error})",
                name,
            ) from error
        line = reader.line_num  # type: ignore[attr-defined]
        yield start, row


def _limited(rows: Iterable[tuple[int, list[str]]], name: str) -> list[tuple[int, list[str]]]:
    kept = []
    for number, row in rows:
        if len(row) > MOST_COLUMNS and any(cell.strip() for cell in row[MOST_COLUMNS:]):
            raise Refusal(
                f"第{number}行超过{MOST_COLUMNS}列", f"line {number} has more than {MOST_COLUMNS} columns", name
            )
        if any(cell.strip() for cell in row):
            kept.append((number, row[:MOST_COLUMNS]))
        if len(kept) > MOST_ROWS:
            raise Refusal(f"超过{MOST_ROWS}行,请分成几份", f"more than {MOST_ROWS} rows; split the file", name)
    return kept


# -- workbooks


def _workbook(path: Path, data: bytes) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    if data[:2] == b"PK":
        _guard_archive(path.name, data)
    elif data[:4] != b"\xd0\xcf\x11\xe0":
        raise Refusal("扩展名是工作簿,内容却不是", "it is named a workbook and is none", path.name)
    sheets: dict[str, list[tuple[int, list[str]]]] = {}
    for line in _child(path).splitlines():
        sheet, number, row = orjson.loads(line)
        sheets.setdefault(sheet, []).append((number, row))
    return [(sheet, _limited(rows, f"{path.name}:{sheet}")) for sheet, rows in sheets.items()]


def _guard_archive(name: str, data: bytes) -> None:
    """Refuse an archive that unpacks to far more than it is, before anything unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refusal("工作簿损坏,打不开", "the workbook is damaged and cannot be opened", name) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refusal("工作簿解开后过大,已拒收", "the workbook unpacks to too much and is refused", name)
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal("工作簿有密码,请先去掉密码", "the workbook is protected by a password; remove it first", name)


def _child(path: Path) -> bytes:
    """The workbook's cells as JSON lines, read by a process with little memory and little time."""
    command = [sys.executable, "-m", "doudi.register.importing.child", str(path.resolve())]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=CHILD_SECONDS, check=False, preexec_fn=_limit, cwd=_root()
        )
    except subprocess.TimeoutExpired as error:
        raise Refusal(
            "工作簿读取超时,已拒收", "reading the workbook took too long; it is refused", path.name
        ) from error
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    why = said[-1][:200] if said and done.returncode == 2 else "it needs more memory than a table can"
    raise Refusal(f"工作簿读不出来,已拒收({why})", f"the workbook cannot be read and is refused ({why})", path.name)


def _root() -> Path:
    """The folder `doudi` is imported from."""
    return Path(__file__).resolve().parents[3]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
