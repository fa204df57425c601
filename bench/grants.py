"""The bar of granting: the livelihood award of the whole demo county frozen and granted in one command.

    python -m bench.grants [--home FOLDER] [--json]

Without a home a demo county of full size is made first, which takes minutes; it is removed afterwards. In a home given,
a grant is added.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

BAR = 20.0  # seconds
MEASURE = "01_livelihood_award"


@contextmanager
def _opened(home: str | None) -> Iterator[str]:
    """A home with the demo county: the one given, or a new one that is gone afterwards."""
    if home:
        yield home
        return
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    try:
        _doudi(str(folder / "home"), "demo")
        yield str(folder / "home")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _doudi(home: str, *words: str) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "doudi", *words, "--json"],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "DOUDI_HOME": home},
    )
    return dict(json.loads(told.stdout))


def measure(home: str | None) -> dict[str, Any]:
    """Seconds of `doudi grant` from start to end, opening the home included, and how many it granted."""
    with _opened(home) as place:
        run = _doudi(place, "run")["run"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        told = _doudi(place, "grant", "--run", str(run), "--measure", MEASURE)
        seconds = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "granted": told["granted"],
        "already": told["already"],
        "seconds": round(seconds, 2),
        "client_processor_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "bar": BAR,
        "holds": seconds <= BAR,
    }


@click.command()
@click.option("--home", default=None, help="A home with a demo county of full size.")
@click.option("--json", "as_json", is_flag=True)
def main(home: str | None, as_json: bool) -> None:
    """Measure and print."""
    told = measure(home)
    if as_json:
        print(json.dumps(told))
        return
    word = "holds" if told["holds"] else "MISSED"
    print(f"grant {MEASURE}: {told['granted']:,} entitlements in {told['seconds']} s (bar {BAR:.0f} s: {word})")


if __name__ == "__main__":
    main()
