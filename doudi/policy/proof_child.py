"""Proves a pack whole in a process of its own, which is slower for nobody and may be killed by a hostile text.

`python -m doudi.policy.proof_child FILES NEWS`: FILES holds `{path: text}` as JSON; the news is renewed as it goes.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from doudi.policy import packs_check
from doudi.policy.packs_check import Report

MEMORY = 6 * 2**30  # bytes of address space: DuckDB reserves more than it uses
SECONDS = 300  # of the processor


def main(files: str, news: str) -> int:
    """Prove the text, telling how far it has come."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    texts: dict[str, str] = orjson.loads(Path(files).read_bytes())
    report, done = Report(""), 0
    steps = 3 + sum(name.startswith("measures/") for name in texts)

    def step(said: str) -> None:
        nonlocal done
        tell(Path(news), "under_way", said, min(0.99, done / steps), report.as_json())
        done += 1

    packs_check.check_files(texts, step=step, report=report)
    tell(Path(news), "done", "", 1.0, report.as_json())
    return 0


def tell(place: Path, state: str, said: str, part: float, report: dict[str, Any]) -> None:
    """Write the news whole: a reader sees the old or the new."""
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    draft.write_bytes(
        orjson.dumps({"state": state, "said": said, "part": part, "at": time.time(), "report": report}, default=str)
    )
    draft.replace(place)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
