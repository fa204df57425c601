"""doudi and OpenFisca-core side by side: five measures (1, 2, 5, 6, 8) over the same whole register.

    python -m bench.openfisca_compare [--size 1M] [--size 10M] [--rounds 5] [--json]

Both read the same Parquet files and store their answers as Parquet, each round in a process of its own, in turns. The
answers of the first round are compared row by row before anything is timed. doudi also stores reasons and handles
unknowns, which OpenFisca has no word for.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from pyarrow import parquet

from bench import register
from bench.packs import measured_pack
from bench.scale import FOLDER, PERSONS

PYTHON = Path("build/openfisca/bin/python")
MODEL = Path(__file__).with_name("openfisca_model.py")
TIMES = 3.0  # the bar: so many times as fast
MEASURES = {
    "01_livelihood_award": ("person", "m1"),
    "02_farm_purchases": ("household", "m2"),
    "05_local_hire_award": ("hire", "m5"),
    "06a_keep_allowance_poor": ("household", "m6a"),
    "06b_keep_allowance_without": ("household", "m6b"),
    "06c_enter_allowance": ("household", "m6c"),
    "08a_loan_extension": ("loan", "m8a"),
}
AMOUNTS = {"01_livelihood_award": "m1_amount", "05_local_hire_award": "m5_amount"}


@dataclass(frozen=True, slots=True)
class Line:
    """One size: medians of both, and the most memory each took."""

    size: str
    rounds: int
    doudi: float
    openfisca: float
    doudi_mib: int
    openfisca_mib: int

    def tell(self) -> str:
        """The line as printed."""
        times = self.openfisca / self.doudi
        held = "ok" if times >= TIMES else f"MISSED: {times:.1f} times"
        return (
            f"{self.size + ' persons':<14} doudi {self.doudi:.2f} s, {self.doudi_mib:,} MiB"
            f"   OpenFisca {self.openfisca:.2f} s, {self.openfisca_mib:,} MiB"
            f"   {times:.1f} times as fast (bar {TIMES:.0f}: {held}; {self.rounds} rounds, same answers)"
        )


def tables(size: str) -> Path:
    """A whole register of that size, made when it is missing."""
    folder = FOLDER / f"{size}-whole"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        pack = measured_pack()
        facts = register.facts_read((pack.measures[name] for name in MEASURES), pack.vocabulary)
        print(f"making a whole register of {size} persons", file=sys.stderr, flush=True)
        register.write(folder, register.Size(PERSONS[size]), facts=facts, vocabulary=pack.vocabulary, whole=True)
        (folder / "made").touch()
    return folder


def measure(size: str, rounds: int) -> Line:
    """Compare the answers, then time both in turns."""
    folder = tables(size)
    ours, theirs = [_doudi(folder)], [_openfisca(folder)]
    compare(folder / "doudi", folder / "openfisca")
    for number in range(1, rounds):
        print(f"{size}: round {number + 1}", file=sys.stderr, flush=True)
        ours.append(_doudi(folder))
        theirs.append(_openfisca(folder))
    shutil.rmtree(folder / "doudi")
    shutil.rmtree(folder / "openfisca")
    return Line(
        size,
        rounds,
        statistics.median(each["seconds"] for each in ours),
        statistics.median(each["seconds"] for each in theirs),
        max(each["peak_mib"] for each in ours),
        max(each["peak_mib"] for each in theirs),
    )


def _doudi(folder: Path) -> dict[str, Any]:
    only = [word for name in MEASURES for word in ("--only", name)]
    return _run([sys.executable, "-m", "bench.scale_round", str(folder), "--keep", str(folder / "doudi"), *only])


def _openfisca(folder: Path) -> dict[str, Any]:
    return _run([str(PYTHON), str(MODEL), str(folder), str(folder / "openfisca")])


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def compare(ours: Path, theirs: Path) -> None:
    """Raises ValueError when a verdict or an amount differs on any row."""
    for name, (kind, column) in MEASURES.items():
        mine = parquet.read_table(ours / f"{kind}.parquet").sort_by("id")
        other = parquet.read_table(theirs / f"{kind}.parquet")
        found = mine.column(f"s0_{name}_verdict").to_numpy()
        same = np.array_equal(mine.column("id").to_numpy(), other.column("id").to_numpy())
        if not same or not np.array_equal(found, other.column(column).to_numpy().astype(found.dtype)):
            raise ValueError(f"{name}: doudi and OpenFisca do not give the same verdicts")
        if name in AMOUNTS:
            amount = mine.column(f"s0_{name}_amount").fill_null(0).to_numpy()
            if not np.array_equal(amount, other.column(AMOUNTS[name]).to_numpy()):
                raise ValueError(f"{name}: doudi and OpenFisca do not give the same amounts")


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
