"""The tree: the worked examples of RFC 6962 (Certificate Transparency's test vectors), and proofs of every size."""

from __future__ import annotations

import hashlib

import pytest

from doudi.trail import tree

ENTRIES = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_of_the_published_examples() -> None:
    assert tree.root([]) == tree.EMPTY == hashlib.sha256(b"").digest()
    leaves = [tree.leaf(entry) for entry in ENTRIES]
    for size, root in enumerate(ROOTS, 1):
        assert tree.root(leaves[:size]).hex() == root


def test_a_tree_goes_on_from_its_peaks() -> None:
    whole = tree.Growth()
    for number in range(100):
        again = tree.Growth(whole.size, whole.peaks)
        whole.add(tree.leaf(bytes([number])))
        again.add(tree.leaf(bytes([number])))
        assert again.root() == whole.root()
    with pytest.raises(ValueError, match="full subtrees"):
        tree.Growth(3, [b""])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 64, 100])
def test_every_leaf_is_proven_and_no_other(size: int) -> None:
    leaves = [tree.leaf(bytes([number])) for number in range(size)]
    root = tree.root(leaves)
    for position, each in enumerate(leaves):
        proof = tree.inclusion(leaves, position)
        assert len(proof) <= size.bit_length()
        assert tree.includes(each, position, size, proof, root)
        assert not tree.includes(tree.leaf(b"other"), position, size, proof, root)
        assert not tree.includes(each, position + 1, size, proof, root) or size == 1
        assert not tree.includes(each, position, size, [*proof, root], root)
    with pytest.raises(IndexError):
        tree.inclusion(leaves, size)


def go_on(first: int, second: int, older: bytes, newer: bytes, proof: list[bytes]) -> bool:
    """Whether a proof of consistency holds, as RFC 9162, section 2.1.4.2 has it: by bits, without a tree."""
    if first == second:
        return not proof and older == newer
    path = [older, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for hashed in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = hashlib.sha256(b"\x01" + hashed + fr).digest()
            sr = hashlib.sha256(b"\x01" + hashed + sr).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = hashlib.sha256(b"\x01" + sr + hashed).digest()
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr, sn) == (older, newer, 0)


def test_every_smaller_tree_is_proven_to_go_on() -> None:
    leaves = [tree.leaf(bytes([number])) for number in range(40)]
    roots = [tree.root(leaves[:size]) for size in range(41)]
    for second in range(1, 41):
        for first in range(1, second + 1):
            proof = tree.consistency(leaves[:second], first)
            assert go_on(first, second, roots[first], roots[second], proof)
            assert len(proof) <= second.bit_length() + 1
            if first < second:
                assert not go_on(first, second, roots[first - 1], roots[second], proof)
                assert not go_on(first, second, roots[first], roots[second - 1], proof)
                assert not go_on(first, second, roots[first], roots[second], proof[:-1])


@pytest.mark.parametrize("first", [0, 6, -1])
def test_no_proof_from_what_is_no_part(first: int) -> None:
    with pytest.raises(IndexError):
        tree.consistency([tree.leaf(b"x")] * 5, first)
