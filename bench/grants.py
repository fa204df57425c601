"""The bar of granting: the livelihood award for every registered person frozen and granted in one command.

    python -m bench.grants [--home FOLDER] [--households 24180] [--json]

Without a home the demo county's register is made first, every registered household has begun a short-cycle business by
the field's word, and the county is decided: all 44,726 have a yes. In a home given, what its run decided is granted.
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

from bench import county

BAR, WANTED = 20.0, 44_726  # seconds, entitlements: one for each registered person of the report
SEED = 20_200_227
MEASURE = "01_livelihood_award"


@contextmanager
def _opened(home: str | None, households: int) -> Iterator[str]:
    """A home to grant in: the one given, or a new one with everybody entitled that is gone afterwards."""
    if home:
        os.environ["DOUDI_HOME"] = home
        with county._opened():  # its server stays up between the commands
            yield home
        return
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    os.environ["DOUDI_HOME"] = str(folder / "home")
    try:
        with county._opened():
            _everybody(households)
            yield str(folder / "home")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _everybody(households: int) -> None:
    """The register of the demo county, and a yes for each of its registered persons."""
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.cli.demo import OVERLAY
    from doudi.policy import packs, versions
    from doudi.register import bulk
    from doudi.register.bulk import StatementRow
    from doudi.register.demo import loading

    words = packs.load(versions.folder_of(county.PACK)).vocabulary
    with transaction.atomic(), as_engine():
        loading.load(words, households=households, seed=SEED, progress=county._say)
        versions.adopt_overlay(OVERLAY, pack=county.PACK, by=loading.BY, now=county.NOW)
    said = [
        StatementRow("household", identity, "field", county.DAY, {"short_cycle_business": True})
        for identity in county._household_ids()
    ]
    bulk.load(by="bench", now=county.NOW, vocabulary=words, statements=said)


def _doudi(home: str, *words: str) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "doudi", *words, "--json"],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "DOUDI_HOME": home},
    )
    return dict(json.loads(told.stdout))


def _processor(home: str) -> float:
    """Seconds of processor so far of the commands that have ended, and of the server's ended connections."""
    pid = (Path(home) / "postgres" / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0]
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    server = (int(told[13]) + int(told[14])) / os.sysconf("SC_CLK_TCK")
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + server


def measure(home: str | None, households: int = county.HOUSEHOLDS) -> dict[str, Any]:
    """Seconds of `doudi grant` from start to end, opening the home included, and how many it granted.

    Raises SystemExit where a county of its own granted fewer than the report counts: that measures something else.
    """
    with _opened(home, households) as place:
        run = _doudi(place, "run")["run"]
        before, begun = _processor(place), time.perf_counter()
        told = _doudi(place, "grant", "--run", str(run), "--measure", MEASURE)
        seconds, processor = time.perf_counter() - begun, _processor(place) - before
    if home is None and households == county.HOUSEHOLDS and told["granted"] != WANTED:
        raise SystemExit(f"{told['granted']:,} granted, not {WANTED:,}")
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "granted": told["granted"],
        "already": told["already"],
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "load": round(os.getloadavg()[0], 1),
        "bar": BAR,
        "holds": seconds <= BAR,
    }


@click.command()
@click.option("--home", default=None, help="A home with a demo county of full size.")
@click.option("--households", default=county.HOUSEHOLDS, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(home: str | None, households: int, as_json: bool) -> None:
    """Measure and print."""
    told = measure(home, households)
    if as_json:
        print(json.dumps(told))
        return
    word = "holds" if told["holds"] else "MISSED"
    print(
        f"grant {MEASURE}: {told['granted']:,} entitlements in {told['seconds']} s (bar {BAR:.0f} s: {word});"
        f" {told['processor_seconds']} s of processor, client and server, at load {told['load']}"
    )


if __name__ == "__main__":
    main()
