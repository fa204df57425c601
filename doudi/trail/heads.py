"""Signed heads: what the log was at a moment, in a few lines that anyone can keep and compare with it later."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models

from doudi.trail import signing
from doudi.trail.signing import Signer
from doudi.trail.tree import HASH, Growth
from doudi.trail.written import Written
from doudi.values.refusals import Refusal

FIRST_LINE = "doudi trail head"
NOTHING = "0" * 64
KEPT = "head.json"


class Key(models.Model):
    """A public key heads were signed with. `since` is the size of the log from which on it signs."""

    id = models.CharField(max_length=16, primary_key=True)
    alg = models.CharField(max_length=16)
    public = models.BinaryField()
    since = models.BigIntegerField()

    class Meta:
        db_table = "trail_key"


class Head(models.Model):
    """The log at one size. `text` is what was signed; the other columns repeat it or help to go on from here.

    `peaks` are the full subtrees; transactions before `horizon` of the server `cluster` are sealed whole.
    """

    size = models.BigIntegerField(primary_key=True)
    text = models.TextField()
    signature = models.BinaryField()
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")
    root = models.BinaryField()
    at = models.DateTimeField()
    peaks = models.BinaryField()
    horizon = models.BigIntegerField()
    cluster = models.TextField()

    class Meta:
        db_table = "trail_head"

    @property
    def said(self) -> Said:
        """What was signed."""
        return read(self.text, bytes(self.signature), bytes(self.key.public))

    def growth(self) -> Growth:
        """The tree to go on with. ValueError where the peaks are not of this size."""
        held = bytes(self.peaks)
        return Growth(self.size, [held[at : at + HASH] for at in range(0, len(held), HASH)])


@dataclass(frozen=True, slots=True)
class Said:
    """A head as a witness keeps it: `root` and `prev` are hexadecimal, `prev` the SHA-256 of the text before it."""

    log: str
    size: int
    root: str
    prev: str
    time: str
    alg: str
    key: str
    text: str
    signature: bytes
    public: bytes

    def holds(self) -> bool:
        """Whether the signature is right and the key is the one named."""
        named = signing.key_id(self.public) == self.key
        return named and signing.holds(self.alg, self.public, self.signature, self.text.encode())

    def block(self) -> str:
        """The lines for the bulletin, and for a file that `doudi audit check-head` reads."""
        held = base64.b64encode(self.signature).decode(), base64.b64encode(self.public).decode()
        return f"{self.text}signature {held[0]}\npublic {held[1]}\n"


def text_of(*, log: str, size: int, root: bytes, prev: str, at: datetime, signer: Signer) -> str:
    """The lines that are signed."""
    time = at.astimezone(UTC).isoformat(timespec="seconds")
    words = {"log": log, "size": size, "root": root.hex(), "prev": prev, "time": time}
    words |= {"alg": signer.alg, "key": signer.id}
    return "\n".join([FIRST_LINE, *(f"{name} {value}" for name, value in words.items()), ""])


def read(text: str, signature: bytes, public: bytes) -> Said:
    """Take a signed text apart. Raises ValueError for one of another shape."""
    lines = text.split("\n")
    words = dict(line.split(" ", 1) for line in lines[1:-1])
    if lines[0] != FIRST_LINE or lines[-1]:
        raise ValueError("it is no head of a trail")
    names = ("log", "root", "prev", "time", "alg", "key")
    return Said(size=int(words["size"]), text=text, signature=signature, public=public, **{n: words[n] for n in names})


def parse(block: str) -> Said:
    """Read what `Said.block` wrote, or the JSON of it. Raises Refusal for anything else."""
    try:
        given = json.loads(block)["head"] if block.lstrip().startswith("{") else block
        text, _, rest = given.replace("\r\n", "\n").partition("signature ")
        signature, _, public = rest.partition("\npublic ")
        key = base64.b64decode(public.strip(), validate=True)
        return read(text, base64.b64decode(signature.strip(), validate=True), key)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise Refusal(
            "这不是审计日志的签名记录。请用 doudi audit head 输出的完整文字。",
            "This is no signed head. Use the whole text that doudi audit head prints.",
        ) from error


def digest(text: str) -> str:
    """How a head names the one before it."""
    return hashlib.sha256(text.encode()).hexdigest()


_latest = Written(lambda: Head.objects.select_related("key").order_by("-size")[:1])


def latest() -> Head | None:
    """The newest head."""
    return _latest.first()


def keep(head: Head) -> None:
    """Note the newest head in the home, outside the database: a database put back to an older day is noticed by it."""
    place = signing.folder() / KEPT
    draft = place.with_name(f".{KEPT}.{os.getpid()}")
    draft.write_text(json.dumps({"head": head.said.block()}), encoding="utf-8")
    draft.replace(place)


def kept() -> Said | None:
    """The head noted in the home; None where none was."""
    place = signing.folder() / KEPT
    return parse(place.read_text(encoding="utf-8")) if place.exists() else None


def told(said: Said) -> dict[str, Any]:
    """A head as JSON."""
    return {"log": said.log, "size": said.size, "root": said.root, "time": said.time, "alg": said.alg, "key": said.key}
