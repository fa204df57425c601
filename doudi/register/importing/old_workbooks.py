"""What the reader does not tell of a workbook of the old kind (.xls): which rows nobody sees.

The file is a small file system of sectors (MS-CFB) with one stream of records (MS-XLS). Runs in the child process, and
tells nothing of what it cannot follow: whether the workbook can be read at all is the reader's to say.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from struct import unpack_from

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = ("Workbook", "Book")  # of 1997 and later; of 1993 and 1995
LAST_SECTOR = 0xFFFFFFFA  # from here on a number is no sector's
SMALL_SECTOR = 64
SHEET, ROW, END = 0x0085, 0x0208, 0x000A
BEGINNINGS = (0x0809, 0x0409, 0x0209, 0x0009)
UNSEEN = 0x20


def hidden_rows(data: bytes) -> list[list[int]]:
    """Of each sheet in order the numbers (from 1) of its hidden rows; nothing of what is no such workbook."""
    if not data.startswith(SIGNATURE):
        return []
    try:
        stream = _Sectors(data).stream()
        return [_hidden(stream, position) for position in _sheets(stream)]
    except (struct.error, IndexError, ValueError):
        return []


def _sheets(stream: bytes) -> list[int]:
    """Where each sheet begins."""
    return [unpack_from("<I", stream, at)[0] for kind, at in _records(stream, 0) if kind == SHEET]


def _hidden(stream: bytes, position: int) -> list[int]:
    found = []
    for kind, at in _records(stream, position):
        if kind == ROW and unpack_from("<H", stream, at + 12)[0] & UNSEEN:
            found.append(unpack_from("<H", stream, at)[0] + 1)
    return found


def _records(stream: bytes, position: int) -> Iterator[tuple[int, int]]:
    """Kind and place of the records of one part, without those of a chart that stands in it."""
    depth, last = 0, len(stream) - 4
    while 0 <= position <= last:
        kind, length = unpack_from("<HH", stream, position)
        if kind in BEGINNINGS:
            depth += 1
        elif kind == END:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, position + 4
        position += 4 + length


class _Sectors:
    """The sectors of the file and the chains they make."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        (shift,) = unpack_from("<H", data, 30)
        if shift not in (9, 12):
            raise ValueError("no sector is of that size")
        self.size = 1 << shift
        self.next = self._numbers(b"".join(self._sector(number) for number in self._table()))

    def _table(self) -> list[int]:
        """The sectors that hold the table of chains."""
        found = list(unpack_from("<109I", self.data, 76))
        (more,) = unpack_from("<I", self.data, 68)
        for _ in range(len(self.data) // self.size):
            if more >= LAST_SECTOR:
                break
            *numbers, more = self._numbers(self._sector(more))
            found += numbers
        return [number for number in found if number < LAST_SECTOR]

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) * self.size
        return self.data[begin : begin + self.size].ljust(self.size, b"\0")

    @staticmethod
    def _numbers(data: bytes) -> tuple[int, ...]:
        return unpack_from(f"<{len(data) // 4}I", data)

    def _chain(self, number: int, following: tuple[int, ...]) -> Iterator[int]:
        for _ in following:  # a chain in a circle ends after as many steps as there are sectors
            if number >= LAST_SECTOR:
                return
            yield number
            number = following[number]

    def _read(self, number: int) -> bytes:
        return b"".join(self._sector(each) for each in self._chain(number, self.next))

    def stream(self) -> bytes:
        """The stream of records. Raises ValueError where there is none."""
        first, smallest, short = unpack_from("<I4xII", self.data, 48)
        folder = self._read(first)
        named = {self._name(folder, at): unpack_from("<IQ", folder, at + 116) for at in range(0, len(folder), 128)}
        start, size = next((named[name] for name in STREAMS if name in named), (LAST_SECTOR, 0))
        size &= 0xFFFFFFFF
        if start >= LAST_SECTOR:
            raise ValueError("no workbook in it")
        if size >= smallest:
            return self._read(start)[:size]
        small, following = self._read(named["Root Entry"][0]), self._numbers(self._read(short))
        places = (SMALL_SECTOR * each for each in self._chain(start, following))
        return b"".join(small[at : at + SMALL_SECTOR] for at in places)[:size]

    @staticmethod
    def _name(folder: bytes, at: int) -> str:
        (length,) = unpack_from("<H", folder, at + 64)
        return folder[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
