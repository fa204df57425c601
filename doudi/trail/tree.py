"""A Merkle tree as RFC 6962 defines it: leaf = SHA-256(0x00 ‖ entry), node = SHA-256(0x01 ‖ left ‖ right)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH = 32  # bytes
EMPTY = hashlib.sha256(b"").digest()


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growth:
    """A tree that only grows: it keeps the roots of its full subtrees, the largest first, at most one a level."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees, not {len(self.peaks)}")

    def add(self, hashed: bytes) -> None:
        """Append a leaf's hash."""
        peaks, full, sha = self.peaks, self.size, hashlib.sha256
        while full & 1:
            hashed = sha(b"\x01" + peaks.pop() + hashed).digest()
            full >>= 1
        peaks.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Growth()
    for each in leaves:
        tree.add(each)
    return tree.root()


def inclusion(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """What proves that the leaf at `position` is under the root: RFC 6962, section 2.1.1. At most log2(size) hashes."""
    if not 0 <= position < len(leaves):
        raise IndexError(position)
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if position < half:
        return [*inclusion(leaves[:half], position), root(leaves[half:])]
    return [*inclusion(leaves[half:], position - half), root(leaves[:half])]


def includes(hashed: bytes, position: int, size: int, proof: Sequence[bytes], wanted: bytes) -> bool:
    """Whether the proof leads from a leaf's hash to the root wanted."""
    return position < size and _climb(hashed, position, size, list(proof)) == wanted


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """What proves that the tree over all leaves goes on from that over the first ones: RFC 6962, section 2.1.2."""
    if not 0 < first <= len(leaves):
        raise IndexError(first)
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    """`whole`: the older tree's root is the root over these leaves, which who checks knows already."""
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    half = _half(len(leaves))
    if first <= half:
        return [*_subproof(leaves[:half], first, whole=whole), root(leaves[half:])]
    return [*_subproof(leaves[half:], first - half, whole=False), root(leaves[:half])]


def _climb(hashed: bytes, position: int, size: int, proof: list[bytes]) -> bytes | None:
    if size == 1:
        return hashed if not proof else None
    if not proof:
        return None
    half, top = _half(size), proof.pop()
    if position < half:
        below = _climb(hashed, position, half, proof)
        return None if below is None else node(below, top)
    below = _climb(hashed, position - half, size - half, proof)
    return None if below is None else node(top, below)


def _half(size: int) -> int:
    """The largest power of two below `size`: where a tree of that size is split."""
    return 1 << ((size - 1).bit_length() - 1)
