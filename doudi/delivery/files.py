"""Files of evidence: taken in through a process that may die of them, kept in the home under their hash."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson
from django.conf import settings

from doudi.delivery import pictures
from doudi.values.refusals import Refusal

MOST_BYTES = 12_000_000
MEMORY = 1_200_000_000
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is kept."""

    sha256: str
    media_type: str
    size: int


def keep(body: bytes) -> Kept:
    """Check, clean and keep a file. Raises Refusal for what is no JPEG, PNG or PDF, too large, or damaged."""
    if not body:
        raise Refusal("文件是空的(0字节)。", "The file is empty (0 bytes).", "file")
    if len(body) > MOST_BYTES:
        raise Refusal("文件超过12MB。请拍小一些再上传。", "The file is larger than 12 MB. Take a smaller one.", "file")
    if not pictures.type_of(body[:16]):
        raise Refusal("只收 JPEG、PNG 图片和 PDF。", "Only JPEG and PNG pictures and PDF are taken.", "file")
    with tempfile.TemporaryDirectory(prefix="doudi-evidence-") as folder:
        source, target = Path(folder) / "in", Path(folder) / "out"
        source.write_bytes(body)
        kind = _clean(source, target)
        return _store(target.read_bytes(), kind)


def _clean(source: Path, target: Path) -> str:
    command = [sys.executable, "-m", "doudi.delivery.pictures", str(source), str(target)]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            command, capture_output=True, preexec_fn=_limit, cwd=root, timeout=2 * SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _unreadable() from None
    if done.returncode or not target.is_file():
        raise _told(done.stderr)
    return done.stdout.decode()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _told(said: bytes) -> Refusal:
    try:
        told = orjson.loads(said)
        return Refusal(f"{told['zh']}。请重新拍照。", f"{told['en']}. Take it again.", "file")
    except (ValueError, KeyError, TypeError):
        return _unreadable()


def _unreadable() -> Refusal:
    return Refusal(
        "文件读不出来,已拒收。请重新拍照。", "The file cannot be read; it is refused. Take it again.", "file"
    )


def _store(body: bytes, kind: str) -> Kept:
    """Write it whole under its hash; the same content kept before is kept once."""
    kept = Kept(hashlib.sha256(body).hexdigest(), kind, len(body))
    place = place_of(kept.sha256)
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.with_suffix(f".{hashlib.sha256(str(id(body)).encode()).hexdigest()[:8]}.part")
        part.touch(mode=0o600)
        part.write_bytes(body)
        part.replace(place)
    return kept


def place_of(sha256: str) -> Path:
    """Where the file of a hash lies."""
    return Path(settings.HOME.path) / "evidence" / sha256[:2] / sha256
