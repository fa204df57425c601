"""The home's secrets on their way to another home: a mark that tells two apart, and each closed by a passphrase.

Account numbers are encrypted under the secret (`doudi.funds.ciphers`), so a backup put into another home is worth
nothing to the treasurer without it; in the open it would open every number to whoever reads the file. What telephones
sealed opens only with `outbox.pem` (`doudi.monitoring.outbox_keys`), which travels in the same way.
"""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from doudi.cli.home import Home, write_whole
from doudi.values.refusals import Refusal

NAME, OUTBOX = "secret.sealed", "outbox.sealed"  # in a backup
LEAST = 10  # signs of a passphrase
_WORK = {"n": 2**15, "r": 8, "p": 1}  # scrypt: 32 MB and a tenth of a second a guess


def mark(secret: str) -> str:
    """What tells a secret from another one and nothing of it."""
    return HKDF(algorithm=SHA256(), length=8, salt=b"doudi", info=b"home.mark").derive(secret.encode()).hex()


def seal(secret: str, passphrase: str) -> bytes:
    """The secret, closed by a passphrase. Raises Refusal for one that is short."""
    if len(passphrase) < LEAST:
        raise Refusal(
            f"口令至少 {LEAST} 个字符。请另选一句话作口令。", f"A passphrase has at least {LEAST} signs.", "passphrase"
        )
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    closed = AESGCM(_key(passphrase, salt, _WORK)).encrypt(nonce, secret.encode(), b"doudi secret")
    told = {
        name: base64.b64encode(data).decode() for name, data in (("salt", salt), ("nonce", nonce), ("secret", closed))
    }
    return json.dumps({**told, "scrypt": _WORK}).encode()


def unseal(data: bytes, passphrase: str) -> str:
    """The secret a backup holds. Raises Refusal for another passphrase, and for what is none."""
    try:
        told = json.loads(data)
        salt, nonce, closed = (base64.b64decode(told[name]) for name in ("salt", "nonce", "secret"))
        if told["scrypt"] != _WORK:
            raise ValueError("scrypt")
        return AESGCM(_key(passphrase, salt, _WORK)).decrypt(nonce, closed, b"doudi secret").decode()
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise Refusal(
            "口令不对,或密钥已损坏。请用备份时的口令再试。",
            "The passphrase is wrong, or the key is damaged. Try the one the backup was made with.",
            "passphrase",
        ) from error


def _key(passphrase: str, salt: bytes, work: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **work).derive(passphrase.encode())


def kept(home: Home, wanted: str) -> str | None:
    """The secret of that mark where this home had it before."""
    place = home.path / f"secret-{wanted}.key"
    return place.read_text(encoding="ascii").strip() if place.exists() else None


def take(home: Home, secret: str) -> None:
    """Take another secret; the one before stays beside it, for the backup made before a restore."""
    before = home.secret()
    write_whole(home.path / f"secret-{mark(before)}.key", before + "\n")
    write_whole(home.path / "secret.key", secret + "\n")


def read(file: Path) -> str:
    """The secret in a copy of a home's `secret.key`. Raises Refusal where it cannot be read."""
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise Refusal(f"密钥文件读不出来:{error}。", f"The key file cannot be read: {error}.", str(file)) from error
