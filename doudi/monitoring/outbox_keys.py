"""The server's key for what telephones seal: neither a forgotten PIN nor an expired sign-in destroys work.

Each entry of an outbox is sealed on the telephone to the public part: a P-256 key made for that entry, ECDH,
HKDF-SHA256, AES-256-GCM (docs/decisions/0058). The private part lies in the home beside its other secrets, closed to
others, and never in the database. Keys the home had before, or took from another, lie beside it as `outbox-….pem`:
what was sealed to them opens too (docs/decisions/0078).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from doudi.values.refusals import Refusal

FILE, BESIDE = "outbox.pem", "outbox-*.pem"
INFO, PHOTO_INFO, SALT = b"doudi outbox v1", b"doudi photo v1", bytes(32)  # the telephone's too (static/m/seal.js)
COORDINATE = 32  # bytes
_made: dict[str, ec.EllipticCurvePrivateKey] = {}


def public_key() -> dict[str, str]:
    """The public part as a JWK with its `kid`; the pair is made when it is first asked for."""
    return _public(_private())


def _public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    x, y = (_url(number.to_bytes(COORDINATE, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": _kid(x, y)}


def open_sealed(envelope: object) -> dict[str, Any]:
    """The command of a sealed entry. Raises Refusal for one that is none, was changed, or is another key's."""
    try:
        found = orjson.loads(_open(envelope, INFO))
    except orjson.JSONDecodeError as error:
        raise _broken() from error
    if not isinstance(found, dict):
        raise Refusal("密文里不是一项操作。", "What is sealed is no command.")
    return found


def open_photo(envelope: object) -> bytes:
    """The photograph of a sealed one, as the telephone took it. Raises what `open_sealed` raises."""
    return _open(envelope, PHOTO_INFO)


def _open(envelope: object, info: bytes) -> bytes:
    try:
        assert isinstance(envelope, Mapping)
        if envelope.get("v") != 1:
            raise ValueError("not version 1")
        shared = _of(str(envelope.get("kid"))[:40]).exchange(ec.ECDH(), _point(envelope["epk"]))
        key = HKDF(algorithm=SHA256(), length=32, salt=SALT, info=info).derive(shared)
        return AESGCM(key).decrypt(_bytes(envelope["iv"]), _bytes(envelope["ct"]), None)
    except (AssertionError, KeyError, TypeError, ValueError, AttributeError, InvalidTag, binascii.Error) as error:
        raise _broken() from error


def _broken() -> Refusal:
    return Refusal("这一条密文打不开:被改动过,或不完整。", "This sealed entry does not open: changed or cut off.")


def seal(command: Mapping[str, Any], to: Mapping[str, str]) -> dict[str, Any]:
    """Seal a command as a telephone does, for whoever has one to hand."""
    return _seal(orjson.dumps(dict(command)), to, INFO) | {"id": command.get("id"), "at": command.get("at")}


def seal_photo(photo: bytes, sha256: str, of: str, to: Mapping[str, str]) -> dict[str, Any]:
    """Seal a photograph of the command `of` as a telephone does."""
    return _seal(photo, to, PHOTO_INFO) | {"kind": "photo", "id": of, "sha": sha256}


def _seal(plain: bytes, to: Mapping[str, str], info: bytes) -> dict[str, Any]:
    ours = ec.generate_private_key(ec.SECP256R1())
    shared = ours.exchange(ec.ECDH(), _point(to))
    key, nonce = HKDF(algorithm=SHA256(), length=32, salt=SALT, info=info).derive(shared), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plain, None)
    numbers = ours.public_key().public_numbers()
    x, y = (_url(number.to_bytes(COORDINATE, "big")) for number in (numbers.x, numbers.y))
    return {
        "v": 1,
        "kid": to["kid"],
        "epk": {"kty": "EC", "crv": "P-256", "x": x, "y": y},
        "iv": base64.b64encode(nonce).decode(),
        "ct": base64.b64encode(sealed).decode(),
    }


def kids(folder: Path) -> dict[str, Path]:
    """The files of the keys a home holds, by `kid`: the one telephones seal to first, where it was made already."""
    found = [place for place in (folder / FILE, *sorted(folder.glob(BESIDE))) if place.exists()]
    return {_public(_read(place))["kid"]: place for place in reversed(found)}


def kid_of(pem: str) -> str:
    """The `kid` of a private key as text. Raises Refusal for what is none."""
    return _public(_loaded(pem.encode(), FILE))["kid"]


def take(folder: Path, pem: str) -> None:
    """Let telephones seal to another home's key from now on; the one before stays beside it, and opens what it did."""
    kid_of(pem)
    place = folder / FILE
    if place.exists():
        place.rename(place.with_name(f"outbox-{_public(_read(place))['kid']}.pem"))
    _put(place, pem.encode())
    _made.pop(str(place), None)


def _of(kid: str) -> ec.EllipticCurvePrivateKey:
    """The key an entry was sealed to. Raises Refusal for one this home does not hold."""
    if kid == public_key()["kid"]:
        return _private()
    place = kids(Path(settings.HOME.path)).get(kid)
    if place is None:
        raise _another_key(kid)
    return _read(place)


def _private() -> ec.EllipticCurvePrivateKey:
    """The home's key; read once a process."""
    place = Path(settings.HOME.path) / FILE
    if str(place) not in _made:
        _made[str(place)] = _read(place) if place.exists() else _make(place)
    return _made[str(place)]


def _read(place: Path) -> ec.EllipticCurvePrivateKey:
    return _loaded(place.read_bytes(), str(place))


def _loaded(pem: bytes, where: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refusal(f"{where} 不是手机密文的私钥。", f"{where} is not the key of sealed outboxes.", where)
    return key


def _make(place: Path) -> ec.EllipticCurvePrivateKey:
    """Make it, closed to others; of two processes at once the second reads the first's."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _put(place, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key if made else _read(place)


def _put(place: Path, pem: bytes) -> bool:
    """Write a key whole and closed to others; False where one is there already."""
    draft = place.with_name(f".{FILE}.{uuid.uuid4().hex}")  # threads too ask for it at once
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, place)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _point(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_bytes(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()  # ValueError where it is off the curve


def _kid(x: str, y: str) -> str:
    return hashlib.sha256(f"{x}.{y}".encode()).hexdigest()[:16]


def _url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))


def _another_key(kid: str) -> Refusal:
    return Refusal(
        f"这一条是给另一台服务器的钥匙({kid})封的,本机打不开。请从原来的数据目录取回 {FILE}。",
        f"This was sealed to another server's key ({kid}). Bring back {FILE} from that home.",
    )
