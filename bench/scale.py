"""All ten measures over a register of a million persons and more: facts in Parquet to answers in Parquet, hashed.

    python -m bench.scale [--size 1M] [--size 10M] [--rounds 5] [--json]

Each round is a process of its own: it opens the files, compiles the measures, decides every subject of every kind,
stores answers and reasons sorted by id, and takes the content hash of all of them. Reading the pack is not counted.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from bench import register
from bench.packs import measured_pack

FOLDER = Path("build/bench")
BARS = {"1M": 3.0, "10M": 20.0, "100M": 240.0}
PERSONS = {"51K": 51_000, "1M": 1_000_000, "10M": 10_000_000, "100M": 100_000_000}


@dataclass(frozen=True, slots=True)
class Line:
    """One size: seconds of the whole and of its parts, medians; the memory is the most any round took."""

    size: str
    rounds: int
    seconds: float
    spread: tuple[float, float]
    bar: float | None
    compiling: float
    deciding: float
    hashing: float
    peak_mib: int
    content: str

    def tell(self) -> str:
        """The line as printed."""
        low, high = self.spread
        held = "" if self.bar is None else f"  bar {self.bar:.0f} s: {_verdict(self.seconds, self.bar)}"
        return (
            f"{self.size + ' persons':<14}{self.seconds:>8.2f} s ({low:.2f}..{high:.2f}, {self.rounds} rounds)"
            f"  compile {self.compiling:.2f}  decide and store {self.deciding:.2f}  hash alone {self.hashing:.2f}"
            f"  peak {self.peak_mib:,} MiB{held}  {self.content[:12]}"
        )


def _verdict(seconds: float, bar: float) -> str:
    return "ok" if seconds <= bar else f"MISSED by {seconds / bar - 1:.0%}"


def tables(size: str) -> Path:
    """The folder of a register of that size, made when it is missing."""
    folder = FOLDER / size
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        pack = measured_pack()
        facts = register.facts_read(pack.measures.values(), pack.vocabulary)
        print(f"making a register of {size} persons", file=sys.stderr, flush=True)
        register.write(folder, register.Size(PERSONS[size]), facts=facts, vocabulary=pack.vocabulary)
        (folder / "made").touch()
    return folder


def measure(size: str, rounds: int) -> Line:
    """The medians of some rounds, each in a process of its own. Raises ValueError when their hashes differ."""
    folder = tables(size)
    found = [_round(folder, number) for number in range(rounds)]
    contents = {each["content"] for each in found}
    if len(contents) != 1:
        raise ValueError(f"the same facts gave different answers: {sorted(contents)}")
    seconds = [each["seconds"] for each in found]
    return Line(
        size,
        rounds,
        statistics.median(seconds),
        (min(seconds), max(seconds)),
        BARS.get(size),
        *(statistics.median(each[part] for each in found) for part in ("compiling", "deciding", "hashing")),
        max(each["peak_mib"] for each in found),
        contents.pop(),
    )


def _round(folder: Path, number: int) -> dict[str, Any]:
    print(f"{folder.name}: round {number + 1}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.scale_round", str(folder)], check=True, stdout=subprocess.PIPE, env=os.environ
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@click.command()
@click.option("--size", "sizes", type=click.Choice(list(PERSONS)), multiple=True, default=("1M", "10M"))
@click.option("--rounds", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(sizes: tuple[str, ...], rounds: int, as_json: bool) -> None:
    """Measure some sizes, smaller ones first."""
    lines = [measure(size, rounds) for size in sorted(sizes, key=PERSONS.__getitem__)]
    click.echo(json.dumps([asdict(line) for line in lines]) if as_json else "\n".join(line.tell() for line in lines))


if __name__ == "__main__":
    main()
