"""How what names a person is shown: in full where the duty needs it, else partly.

Lists, pages, reasons, sheets and exports all ask `shown`; only a reveal (`doudi.access.reveals`) shows what it
withholds. The forms are those of the reliability notes, section 10.
"""

from __future__ import annotations

import re
from typing import Protocol

NAME, ID_NUMBER, PHONE, ACCOUNT = FIELDS = ("name", "id_number", "phone", "account")
CHILD_UNDER = 14  # years: the age under which the law calls everything about a person sensitive
_MOBILE = re.compile(r"(?:\+?86)?(1[0-9]{10})")
_ID = re.compile(r"[0-9]{15}(?:[0-9]{2}[0-9Xx](?:[0-9][0-9])?(?:[0-9Bb][0-9])?)?")


class Reads(Protocol):
    """A reader, as far as masking asks."""

    def reads(self, sensitivity: str) -> bool:
        """Whether fields of this class are shown in full."""
        ...

    def helps(self, household_id: int | None) -> bool:
        """Whether the household is one the reader is paired with."""
        ...


def shown(field: str, value: str, reader: Reads, *, household_id: int | None = None, child: bool = False) -> str:
    """A name, ID number, phone or account number as this reader sees it; empty stays empty.

    Names are in full for duties that read `name`, a child's for those that read `minor` as well. An ID number shows its
    first six and last four to the household's own helper, else first and last. Phones and accounts are never in full.
    """
    if field not in FIELDS:
        raise ValueError(f"{field} is none of {FIELDS}")
    if field == NAME:
        return value if reader.reads("name") and (reader.reads("minor") or not child) else partly(NAME, value)
    if field == ID_NUMBER and reader.helps(household_id) and len(value) >= 15:
        return f"{value[:6]}{'*' * (len(value) - 10)}{value[-4:]}"
    return partly(field, value)


def partly(field: str, value: str) -> str:
    """The value for whom no duty shows it in full: 张**, 5****************4, 138****1234, *******1234."""
    text = value.strip()
    if len(text) < 2:
        return text + "*" if field == NAME and text else "*" * len(text)
    if field == NAME:
        return text[0] + "*" * (len(text) - 1)
    if field == ID_NUMBER and len(text) >= 15:
        return f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}"
    mobile = _MOBILE.fullmatch(re.sub(r"[\s-]", "", text)) if field == PHONE else None
    if mobile:
        return f"{mobile[1][:3]}****{mobile[1][-4:]}"
    kept = min(4, len(text) // 3)
    return "*" * (len(text) - kept) + text[len(text) - kept :]


def partly_by_form(value: str) -> str:
    """A value that names somebody, masked by what it looks like: a mobile number, an ID number, else by its end."""
    text = re.sub(r"[\s-]", "", value)
    if _MOBILE.fullmatch(text):
        return partly(PHONE, text)
    return partly(ID_NUMBER if _ID.fullmatch(text) else ACCOUNT, value)
