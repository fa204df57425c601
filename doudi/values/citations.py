"""Where a rule or a number is written: `report:measure-1` is the part `measure-1` of the document `report`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"^(?P<document>[a-z][a-z0-9_-]*)(:(?P<part>[^\s:][^:]*))?$")


@dataclass(frozen=True, slots=True)
class Citation:
    """A part of a document; an empty part cites the whole."""

    document: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.document}:{self.part}" if self.part else self.document


def read(text: str) -> Citation:
    """The citation written as `document:part`. Raises ValueError for any other form."""
    found = _FORM.match(text.strip())
    if not found:
        raise ValueError(f"“{text[:60]}” is not a citation; write document:part, as in report:measure-1")
    return Citation(found["document"], found["part"] or "")
