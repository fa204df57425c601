"""What an answer says, as text: a page as it is, a workbook by its cells."""

from __future__ import annotations

import io
import zipfile
from typing import Any

_CELLS = ("xl/worksheets/", "xl/sharedStrings")


def readable(answer: Any) -> str:
    """The text of an answer."""
    body: bytes = answer.content
    if not body.startswith(b"PK\x03\x04"):
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        parts = [name for name in book.namelist() if name.startswith(_CELLS)]
        return "\n".join(book.read(name).decode("utf-8", "replace") for name in sorted(parts))
