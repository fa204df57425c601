"""One round of `bench.scale` in this process: prints its seconds, memory and content hash as JSON.

    python -m bench.scale_round FOLDER [--only 01_livelihood_award ...] [--keep FOLDER]

With `--only` some measures alone are decided; with `--keep` their answers are kept, in no order, and nothing is hashed.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
from pyarrow import parquet

from bench.packs import DAY, measured_pack
from doudi.policy.packs import Pack
from doudi.rules.engines.duckdb import Engine
from doudi.rules.engines.sql import SqlProgram, compile_kind
from doudi.rules.measures import Measure
from doudi.values import canon

MEMORY = "5GB"  # what DuckDB may take before it spills


class Stored:
    """Answers on disk, read a column at a time: what `canon` asks of a table, in little memory."""

    def __init__(self, path: Path) -> None:
        self.file = parquet.ParquetFile(path)

    @property
    def num_rows(self) -> int:
        """Subjects."""
        return int(self.file.metadata.num_rows)

    @property
    def num_columns(self) -> int:
        """Columns."""
        return len(self.column_names)

    @cached_property
    def column_names(self) -> list[str]:
        """Their names."""
        return [str(name) for name in self.file.schema_arrow.names]

    def column(self, name: str) -> pa.ChunkedArray:
        """One column."""
        return self.file.read(columns=[name]).column(name)


class Arriving(Mapping[str, Any]):
    """Tables by name, each waited for when it is asked for: hashing goes on while later kinds are decided."""

    def __init__(self, names: list[str]) -> None:
        self.tables: dict[str, Future[Stored]] = {name: Future() for name in names}

    def __getitem__(self, name: str) -> Any:
        return self.tables[name].result()

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


def decide(
    kinds: Mapping[str, list[Measure]], pack: Pack, folder: Path, answers: Path, *, hashed: bool
) -> dict[str, Any]:
    """The measures of each kind over every subject, stored and hashed."""
    started = time.perf_counter()
    spill = str(answers / "spill")
    engine = Engine(memory_limit=MEMORY, temp_directory=spill, preserve_insertion_order="false")
    arriving, compiling = Arriving(sorted(kinds)), 0.0
    with ThreadPoolExecutor(1) as pool:
        content = pool.submit(_hashed, arriving) if hashed else None
        for kind in sorted(kinds):
            before = time.perf_counter()
            program = _compile(pack, kinds[kind])
            compiling += time.perf_counter() - before
            _store(engine, program, folder, answers / f"{kind}.parquet", in_order=hashed)
            arriving.tables[kind].set_result(Stored(answers / f"{kind}.parquet"))
        decided = time.perf_counter() - started
        told, hashing = content.result() if content else ("", 0.0)
    return {
        "seconds": time.perf_counter() - started,
        "compiling": compiling,
        "deciding": decided - compiling,
        "hashing": hashing,
        "content": told,
    }


def _compile(pack: Pack, measures: list[Measure]) -> SqlProgram:
    return compile_kind(
        measures,
        vocabulary=pack.vocabulary,
        params_sets=[pack.values_on(DAY)],
        as_of=DAY,
        dialect="duckdb",
        seed=pack.name,
    )


def _store(engine: Engine, program: SqlProgram, folder: Path, path: Path, *, in_order: bool) -> None:
    """The answers of one kind as a file, in the order of ids where they are to be hashed."""
    engine.load({name: folder / f"{name}.parquet" for name in program.tables})
    text = f"SELECT * FROM ({program.text}) ORDER BY id" if in_order else program.text
    engine.connection.execute(f"COPY ({text}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _hashed(arriving: Arriving) -> tuple[str, float]:
    """The content hash, and the seconds its thread was at work."""
    made = canon.content_hash(arriving)
    return made, time.thread_time()


def by_kind(measures: Iterable[Measure]) -> dict[str, list[Measure]]:
    """The measures by the kind of subject they are about."""
    kinds: dict[str, list[Measure]] = {}
    for measure in measures:
        kinds.setdefault(measure.subject, []).append(measure)
    return kinds


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--only", multiple=True, help="A measure; may be given several times.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the answers here; nothing is hashed.")
def main(folder: Path, only: tuple[str, ...], keep: Path | None) -> None:
    """Decide a register, print what it took."""
    pack = measured_pack()
    kinds = by_kind(measure for name, measure in pack.measures.items() if not only or name in only)
    answers = keep or folder / f"answers-{os.getpid()}"
    answers.mkdir(parents=True, exist_ok=True)
    try:
        found = decide(kinds, pack, folder, answers, hashed=keep is None)
    finally:
        if keep is None:
            shutil.rmtree(answers)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    click.echo(json.dumps({**found, "peak_mib": peak}))


if __name__ == "__main__":
    main()
