"""Proofs of a pack's text: the whole `pack check` beside the server, with its news while it goes on.

A proof is known by the hash of the text, so the same text is proved once, whoever asks.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

import doudi
from doudi.policy import pack_trials, packs, proof_child, versions
from doudi.policy.pack_trials import Ground
from doudi.values.refusals import Refusal

PROOFS = "proofs"
STALE = 120  # seconds without news: the process is gone
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proof:
    """`state` is under_way, done or failed; `part` goes from 0 to 1; `report` is as `doudi pack check --json` says."""

    state: str
    said: str = ""
    part: float = 0.0
    at: float = 0.0
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        """Whether more is to come."""
        return self.state == "under_way" and time.time() - self.at < STALE

    @property
    def percent(self) -> int:
        """Whole percent."""
        return round(100 * self.part)


def read(content_hash: str) -> Proof | None:
    """The news of a text's proof; None where none was asked for."""
    try:
        return Proof(**orjson.loads(_news(content_hash).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def begin(files: Mapping[str, str], *, ground: Ground | None, whole: bool = True) -> threading.Thread | None:
    """Compare a text with the run in force beside the server, and where `whole`, prove it. None where both are there.

    What is found is read with `read` and `pack_trials.read`.
    """
    content_hash = packs.hash_of(files)
    known = read(content_hash)
    proving = whole and not (known is not None and (known.state == "done" or known.under_way))
    if not proving and (ground is None or pack_trials.read(ground, content_hash) is not None):
        return None
    if proving:
        _news(content_hash).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _tell(content_hash, "under_way")
    thread = threading.Thread(target=work, args=(dict(files), ground, proving), name="proof", daemon=True)
    thread.start()
    return thread


def work(files: Mapping[str, str], ground: Ground | None, whole: bool) -> None:
    """Compare a text with the run in force, then prove it; needs no database."""
    try:
        if ground is not None:
            pack_trials.compare(ground, versions.pack_of(files))
    except Refusal:
        log.info("a pack that cannot be read is not compared; its proof tells where")
    except Exception:
        log.exception("comparing a pack with the run in force failed")
    try:
        if whole:
            _prove(files)
    except Exception:
        log.exception("proving a pack failed")
        _tell(packs.hash_of(files), "failed")


def _prove(files: Mapping[str, str]) -> None:
    news = _news(packs.hash_of(files))
    given = news.with_suffix(".files")
    given.write_bytes(orjson.dumps(files))
    command = [sys.executable, "-m", "doudi.policy.proof_child", str(given), str(news)]
    environment = {**os.environ, "PYTHONPATH": str(Path(doudi.__file__).parent.parent)}
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=900, check=False)
    finally:
        given.unlink(missing_ok=True)
    if ended.returncode != 0:
        log.error("proving a pack ended with %s: %s", ended.returncode, ended.stderr[-2_000:])
        _tell(packs.hash_of(files), "failed")


def _tell(content_hash: str, state: str) -> None:
    proof_child.tell(_news(content_hash), state, "", 0.0, {})


def _news(content_hash: str) -> Path:
    return Path(settings.HOME.runs) / PROOFS / f"{content_hash}.json"
