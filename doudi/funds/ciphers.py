"""Account numbers at rest: encrypted, and comparable without being read; both with keys only the home can make.

AES-256-GCM under a key derived (HKDF-SHA256) from the home's secret, each number with its own nonce and bound to its
payee; beside it an HMAC of the number, so that the same account is found again. Losing the secret loses the numbers.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from doudi.values.refusals import Refusal

NONCE = 12  # bytes
ACCOUNT = "funds.account_number"  # what a locked text is for, where nothing else is said
INDEX = 32  # hexadecimal digits kept of the HMAC


@functools.lru_cache(maxsize=4)
def _key(purpose: str, secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"doudi", info=purpose.encode()).derive(secret.encode())


def lock(number: str, *, payee: str, purpose: str = ACCOUNT) -> bytes:
    """The number encrypted; it opens for the same payee and purpose only."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_key(purpose, settings.SECRET_KEY)).encrypt(nonce, number.encode(), payee.encode())


def unlock(locked: bytes, *, payee: str, purpose: str = ACCOUNT) -> str:
    """The number. Raises Refusal where it was changed, moved to another payee, or locked in another home."""
    found = bytes(locked)
    try:
        key = AESGCM(_key(purpose, settings.SECRET_KEY))
        return key.decrypt(found[:NONCE], found[NONCE:], payee.encode()).decode()
    except InvalidTag as error:
        raise Refusal(
            f"{payee} 存的{'账号' if purpose == ACCOUNT else '地址'}解不开:数据被改动,或不是本机的密钥。请重新登记。",
            f"What is kept of {payee} does not open: it was changed, or locked with another home's key."
            " Record it again.",
            payee,
        ) from error


def index(number: str, *, purpose: str = "funds.account_index") -> str:
    """What two records of the same number have in common, and nobody without the key can make."""
    key = _key(purpose, settings.SECRET_KEY)
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:INDEX]
