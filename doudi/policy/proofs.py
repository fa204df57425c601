"""Proofs of a pack's text: the whole `pack check` as a job, with its news while it goes on.

A proof is known by the hash of the text, so the same text is proved once, whoever asks.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

import doudi
from doudi.policy import pack_trials, packs, proof_child, snapshots, stores, versions
from doudi.policy.complaints import complaints
from doudi.policy.pack_trials import Ground
from doudi.policy.runs import Run
from doudi.trail import jobs

PROOFS = "proofs"
PROVE = "policy.proofs.prove"
LONGEST = 600  # seconds of a proof
STALE = 700  # seconds without news: what went on is gone
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


def begin(files: Mapping[str, str], *, ground: Ground | None, by: str, whole: bool = True) -> None:
    """Ask for a comparison of a text with the run in force, and where `whole` for its proof; nothing where both are.

    What is found is read with `read` and `pack_trials.read`.
    """
    content_hash = packs.hash_of(files)
    known = read(content_hash)
    proving = whole and not (known is not None and (known.state == "done" or known.under_way))
    if not proving and (ground is None or pack_trials.read(ground, content_hash) is not None):
        return
    _news(content_hash).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _given(content_hash).write_bytes(orjson.dumps(files))
    if proving:
        proof_child.tell(_news(content_hash), "under_way", "", 0.0, {})
    key = f"proof {content_hash[:32]} {ground.run if ground else 0} {'whole' if proving else 'compare'}"
    jobs.defer(PROVE, by=by, key=key, content_hash=content_hash, run=ground.run if ground else None, whole=proving)


@jobs.job(PROVE)
def prove(key: str, *, content_hash: str, run: int | None, whole: bool) -> None:
    """Compare a text with a run, then prove it. It finds the same whenever it is done, so twice does no harm."""
    files = orjson.loads(_given(content_hash).read_bytes())
    found = Run.objects.filter(pk=run).first() if run is not None else None
    if found is not None and not complaints(files):
        pack_trials.compare(pack_trials.ground_of(found, county=snapshots.county_code()), versions.pack_of(files))
    if whole:
        _prove(content_hash)


def _prove(content_hash: str) -> None:
    news = _news(content_hash)
    command = [sys.executable, "-m", "doudi.policy.proof_child", str(_given(content_hash)), str(news)]
    environment = {**os.environ, "PYTHONPATH": str(Path(doudi.__file__).parent.parent)}
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=LONGEST, check=False)
    if ended.returncode != 0:
        log.error("proving a pack ended with %s: %s", ended.returncode, ended.stderr[-2_000:])
        proof_child.tell(news, "failed", "", 0.0, {})


def _news(content_hash: str) -> Path:
    return stores.root() / PROOFS / f"{content_hash}.json"


def _given(content_hash: str) -> Path:
    return _news(content_hash).with_suffix(".files")
