"""The county's signature under its log: a private key in the home, closed to others, and what it signs.

What is signed names its algorithm, so that another can follow: SM2 beside Ed25519 is one line in `ALGORITHMS`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from doudi.values.refusals import Refusal

ED25519 = "Ed25519"
PRIVATE, PUBLIC = "private.pem", "public.pem"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs. `id` is the start of the SHA-256 of its public part, in hexadecimal."""

    alg: str
    public: bytes
    sign: Callable[[bytes], bytes]
    marker: hashlib.blake2b  # keyed, for the marks that tell which leaf was changed; the key never leaves the home

    @property
    def id(self) -> str:
        """How heads name the key."""
        return key_id(self.public)


def key_id(public: bytes) -> str:
    """The name of a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def folder() -> Path:
    """Where the keys and the last head stand."""
    return Path(settings.HOME.seal)


def present() -> Signer | None:
    """The home's key; None where there is none yet. Raises Refusal for one that cannot be read."""
    place = folder() / PRIVATE
    if not place.exists():
        return None
    try:
        key = load_pem_private_key(place.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise Refusal(
            f"封存私钥无法读取:{error}。请从密钥备份恢复该文件。",
            f"The private key of the seal cannot be read: {error}. Restore the file from its copy.",
            str(place),
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refusal("封存私钥不是 Ed25519。", "The private key of the seal is no Ed25519 key.", str(place))
    return _signer(key)


def make() -> Signer:
    """Make the home's key, closed to others. FileExistsError where there is one."""
    key = Ed25519PrivateKey.generate()
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder() / PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    (folder() / PUBLIC).write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return _signer(key)


def _signer(key: Ed25519PrivateKey) -> Signer:
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    secret = hashlib.blake2b(private, person=b"doudi marks", digest_size=32).digest()
    return Signer(ED25519, public, key.sign, hashlib.blake2b(key=secret, digest_size=8))


def _holds_ed25519(public: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


ALGORITHMS: dict[str, Callable[[bytes, bytes, bytes], bool]] = {ED25519: _holds_ed25519}


def holds(alg: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the signature is that key's under the text; false for an algorithm not known here."""
    return alg in ALGORITHMS and ALGORITHMS[alg](public, signature, text)


def mark(marker: hashlib.blake2b, position: int, hashed: bytes) -> int:
    """A keyed short hash of a leaf at its place, as a signed 64-bit number: only the holder of the key can make it."""
    made = marker.copy()
    made.update(position.to_bytes(8, "big") + hashed)
    return int.from_bytes(made.digest(), "big", signed=True)
