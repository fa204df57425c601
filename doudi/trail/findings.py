"""What a verification finds: a bad entry with its place, and the walk along the leaves that finds most of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from doudi.trail import signing
from doudi.trail.tree import Growth

WORDS = {
    "changed": ("内容被改动", "its content was changed"),
    "deleted": ("被删除", "it was deleted"),
    "inserted": ("未经封存而插入", "it was put in past the sealer"),
    "unsealed": ("封存记录被删除", "its leaf was removed"),
    "reordered": ("顺序被调换", "its place was changed"),
    "rewritten": (
        "两次签名之间的记录被连同哈希改写",
        "an entry between two heads was rewritten along with its hash",
    ),
    "head": ("签名记录被改动或重新签名", "the signed head was changed or signed anew"),
    "chain": (
        "签名记录不承接上一条,或由未登记的密钥签名",
        "the head does not follow the one before, or a key not recorded signed it",
    ),
    "shorter": (
        "日志比本机记得的短:恢复过较早的备份,或被截短",
        "the log is shorter than this home remembers: an older backup was put back, or it was cut",
    ),
    "columns": ("表结构变了,无法重算", "the table lost columns: its rows cannot be hashed again"),
}
MANY = 100  # how many odd leaves are kept and compared with each other


@dataclass(frozen=True, slots=True)
class Bad:
    """One entry that is not as it was sealed. `position` counts from 0; an entry in no leaf has the log's size."""

    position: int
    table: str
    row: str
    what: str

    @property
    def zh(self) -> str:
        """In words."""
        return f"第 {self.position} 条({self.table} {self.row}):{WORDS[self.what][0]}。"

    @property
    def en(self) -> str:
        """In words."""
        return f"Entry {self.position} ({self.table} {self.row}): {WORDS[self.what][1]}."


LeafRow = tuple[int, int, str, bytes, int]  # position, source, row, hash, mark


@dataclass
class Walked:
    """The leaves in their order: places without gap, marks of this place, and at each head its root."""

    tree: Growth
    marker: hashlib.blake2b | None
    heads: Sequence[tuple[int, bytes]]
    named: dict[int, str]
    expected: int = 0
    gap: int | None = None
    odd: list[LeafRow] = field(default_factory=list)
    stretch: tuple[int, int] | None = None
    _heads: Iterator[tuple[int, bytes]] = field(init=False)
    _next: tuple[int, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.expected = self.tree.size
        self._heads = (head for head in self.heads if head[0] > self.tree.size)
        self._next = next(self._heads, (0, b""))
        self._before = self.tree.size

    def take(self, rows: Sequence[LeafRow]) -> None:
        """Go on over some leaves."""
        tree, marker, mark = self.tree, self.marker, signing.mark
        for leaf in rows:
            position, hashed = leaf[0], leaf[3]
            if position != self.expected and self.gap is None:
                self.gap = self.expected
            self.expected = position + 1
            if marker is not None and leaf[4] != mark(marker, position, hashed):
                self._keep(leaf)
            tree.add(hashed)
            if tree.size == self._next[0]:
                self._compare()

    def _keep(self, leaf: LeafRow) -> None:
        """Those that come first are told one by one."""
        if len(self.odd) < MANY:
            self.odd.append(leaf)

    def _compare(self) -> None:
        """The root at a head. The first stretch that leads to another root is kept."""
        size, root = self._next
        if self.stretch is None and self.tree.root() != root:
            self.stretch = (self._before, size)
        self._before, self._next = size, next(self._heads, (0, b""))

    def found(self, size: int) -> Iterator[Bad]:
        """What is bad, told as exactly as it can be."""
        if self.gap is not None:
            yield Bad(self.gap, "trail_leaf", str(self.gap), "deleted")
        for leaf in self.odd:
            yield Bad(leaf[0], self.named.get(leaf[1], "trail_leaf"), leaf[2], self._what(leaf))
        if self.gap is None and self.expected < size:
            yield Bad(self.expected, "trail_leaf", str(self.expected), "deleted")
        if self.expected > size:
            yield Bad(size, "trail_leaf", str(size), "inserted")
        if self.stretch is not None and self.gap is None and not self.odd:
            first, last = self.stretch
            yield Bad(first, "trail_leaf", f"{first}-{last - 1}", "rewritten")

    def _what(self, leaf: LeafRow) -> str:
        """A leaf whose mark is of another place was moved; else it was changed, or the next has this one's place."""
        place = leaf[0]
        after = next((odd for odd in self.odd if odd[0] == place + 1), None)
        pushed = after is not None and self._of_place(after, place)
        pulled = self._of_place(leaf, place + 1)
        if pushed or pulled:
            return "reordered" if pushed and pulled else "inserted" if pushed else "deleted"
        return "reordered" if any(self._of_place(leaf, odd[0]) for odd in self.odd) else "changed"

    def _of_place(self, leaf: LeafRow, place: int) -> bool:
        assert self.marker is not None
        return leaf[4] == signing.mark(self.marker, place, leaf[3])
