"""Files read as rows of text, in a child process with little memory and time, which a bad file may kill.

What is wrong with a file is told in words before any of it is unpacked, where that can be seen (reliability notes,
sections 7 and 12).
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from doudi.values.refusals import Refusal

MOST_BYTES = 100_000_000
MOST_UNPACKED = 600_000_000
MOST_RATIO, RATIO_FROM = 150, 100_000_000  # a table of a hundred megabytes is no hundredth of that as an archive
MOST_PARTS = 2_000
MOST_ROWS = 500_000
MOST_COLUMNS = 500
CHILD_MEMORY = 2_000_000_000
CHILD_SECONDS = 60
TELL_EVERY = 2_000
_WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
Hear = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows, each with its number as the file shows it (from 1), blank rows left out.

    `hidden_rows` are the numbers of those a spreadsheet does not show; they are among the rows all the same.
    `hidden_sheets` are the file's sheets that are not shown and were not read.
    """

    name: str
    sha256: str
    sheet: str
    rows: list[tuple[int, list[str]]]
    hidden_rows: tuple[int, ...] = ()
    hidden_sheets: tuple[str, ...] = ()


def read(path: Path, *, name: str = "", hear: Hear | None = None) -> list[Table]:
    """The tables in a file: one for a CSV, one a sheet for a workbook. Raises Refusal for whatever is not a table.

    `name` is the name to tell people where it is not the path's; `hear` is told the number of rows read so far.
    """
    name = name or path.name
    data = contents(path, name)
    digest = hashlib.sha256(data).hexdigest()
    form = _form(name, data)
    sheets: dict[str, list[tuple[int, list[str]]]] = {}
    hidden: dict[str, tuple[int, ...]] = {}
    lines = child_lines("doudi.register.importing.child", str(path.resolve()), name, form, name=name)
    for count, (sheet, number, row) in enumerate(lines, start=1):
        if number == 0 and sheet:
            hidden[sheet] = tuple(int(each) for each in row)
            continue
        kept = sheets.setdefault(sheet, [])
        if any(cell.strip() for cell in row):
            kept.append((number, _narrow(row, number, name)))
        if len(kept) > MOST_ROWS:
            raise Refusal(f"超过{MOST_ROWS}行,请分成几份", f"more than {MOST_ROWS} rows; split the file", name)
        if hear and count % TELL_EVERY == 0:
            hear(count)
    unread = tuple(sheet for sheet, numbers in hidden.items() if not numbers)
    return [Table(name, digest, sheet, rows, hidden.get(sheet, ()), unread) for sheet, rows in sheets.items()]


def contents(path: Path, name: str) -> bytes:
    """What is in a file sent in. Raises Refusal for one that is empty, too large or not readable."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if path.is_file() and size <= MOST_BYTES else b""
    except OSError as error:
        raise Refusal(f"文件读不出来:{error.strerror}", f"the file cannot be read: {error.strerror}", name) from error
    if not path.is_file() or size > MOST_BYTES:
        raise Refusal("文件超过100MB,或不是普通文件", "the file is larger than 100 MB, or no plain file", name)
    if not data.strip():
        raise Refusal("文件是空的", "the file is empty", name)
    return data


def _form(name: str, data: bytes) -> str:
    """`book` or `text`, by what the file holds. Raises Refusal where its name says otherwise, or it is dangerous."""
    if data[:4] == _ZIP:
        _guard_archive(name, data)
        return "book"
    if data[:8] == _OLE:
        if _ENCRYPTED in data:
            raise Refusal("工作簿有密码,请先去掉密码", "the workbook is protected by a password; remove it first", name)
        return "book"
    if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        zh = "文件的内容是网页,不是表格。请用表格软件打开,另存为 xlsx 再上传"
        raise Refusal(zh, "the file is a web page. Open it in a spreadsheet and save it as xlsx", name)
    if Path(name).suffix.lower() in _WORKBOOKS:
        zh = "扩展名是工作簿,内容却不是。若是文本表格,请把扩展名改为 .csv"
        raise Refusal(zh, "it is named a workbook and is none; a text table is named .csv", name)
    return "text"


def _narrow(row: list[str], number: int, name: str) -> list[str]:
    if len(row) > MOST_COLUMNS and any(cell.strip() for cell in row[MOST_COLUMNS:]):
        raise Refusal(f"第{number}行超过{MOST_COLUMNS}列", f"line {number} has more than {MOST_COLUMNS} columns", name)
    return row[:MOST_COLUMNS]


def _guard_archive(name: str, data: bytes) -> None:
    """Refuse an archive that unpacks to far more than it is, before anything unpacks it."""
    import io

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if "[Content_Types].xml" in archive.namelist():
                _refuse_doctype(name, archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        if "password" in str(error):
            raise Refusal(
                "工作簿有密码,请先去掉密码", "the workbook is protected by a password; remove it first", name
            ) from error
        raise Refusal("工作簿损坏,打不开", "the workbook is damaged and cannot be opened", name) from error
    unpacked = sum(part.file_size for part in parts)
    bomb = unpacked > RATIO_FROM and unpacked > MOST_RATIO * len(data)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or bomb:
        raise Refusal("工作簿解开后过大,已拒收", "the workbook unpacks to too much and is refused", name)


def _refuse_doctype(name: str, archive: zipfile.ZipFile) -> None:
    """A document type in a part's beginning can name other files or grow without end; no spreadsheet writes one."""
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(4096).upper().replace(b"\0", b""):
                    zh, en = (
                        "工作簿里有不该有的文档类型声明,已拒收",
                        "the workbook declares a document type and is refused",
                    )
                    raise Refusal(zh, en, f"{name}:{part.filename[:100]}")


# -- the child


def child_lines(module: str, *words: str, name: str) -> Iterator[Any]:
    """The JSON lines a module writes, run as a child that dies when it needs too much memory, processor or time.

    Exit 2 tells a Refusal on stderr, as one object with `zh` and `en`; `name` is what the file is called.
    """
    command = [sys.executable, "-m", module, *words]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, preexec_fn=_limit, cwd=_root()) as child,
    ):
        watch = threading.Timer(2 * CHILD_SECONDS, child.kill)
        watch.start()
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if line.endswith(b"\n"):
                    yield orjson.loads(line)
            child.wait()
        finally:
            watch.cancel()
            child.kill()
        if child.returncode:
            said.seek(0)
            raise _why(said.read(), child.returncode, name)


def _why(said: bytes, code: int, name: str) -> Refusal:
    """The child's own words, or what its death means."""
    if code == 2:
        try:
            told = orjson.loads(said.strip().splitlines()[-1])
            return Refusal(told["zh"], told["en"], name)
        except (ValueError, IndexError, KeyError, TypeError):
            pass
    return Refusal(
        "文件读取超出内存或时间限制,已拒收。请检查是否有很远的单元格或过大的内容",
        "reading the file took too much memory or time; it is refused. Look for cells far away or endless content",
        name,
    )


def _root() -> Path:
    """The folder `doudi` is imported from."""
    return Path(__file__).resolve().parents[3]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
