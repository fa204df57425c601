"""Small runs kept for ever, one of each release: every later version must decide them to the same row.

    DOUDI_HOME=... python -m tests.policy.golden RUN NAME

keeps a run of a home under `tests/policy/golden/NAME`: its snapshot, the text of its pack, its answers, its hashes.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

HERE = Path(__file__).resolve().parent / "golden"


@dataclass(frozen=True)
class Kept:
    """A run kept in a folder."""

    folder: Path

    @property
    def note(self) -> dict[str, str]:
        """Its day and hashes, and the language version it was decided under."""
        return dict(json.loads((self.folder / "run.json").read_text("utf-8")))

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.note["as_of"])

    @property
    def files(self) -> dict[str, str]:
        """The text of its pack."""
        return dict(json.loads((self.folder / "pack.json").read_text("utf-8")))


def all_kept() -> list[Kept]:
    """Every run kept, by name."""
    return [Kept(path.parent) for path in sorted(HERE.glob("*/run.json"))]


@click.command()
@click.argument("number", type=int)
@click.argument("name")
@click.pass_context
def keep(ctx: click.Context, number: int, name: str) -> None:
    """Keep run NUMBER of the home as NAME."""
    from doudi.cli import frame

    frame.open_home(ctx)
    from doudi.policy import stores
    from doudi.policy.runs import Run

    run = Run.objects.numbered(number)
    folder = HERE / name
    for part, source in (
        ("snapshot", run.snapshot.folder),
        ("answers", stores.folder_of(stores.ANSWERS, run.answers_hash)),
    ):
        (folder / part).mkdir(parents=True)
        for file in sorted(source.glob("*.parquet")):
            shutil.copyfile(file, folder / part / file.name)
    _write(folder / "pack.json", dict(run.pack.files))
    note = {
        "as_of": run.as_of.isoformat(),
        "language_version": run.language_version,
        "pack": run.pack_id,
        "snapshot": run.snapshot_hash,
        "answers": run.answers_hash,
    }
    _write(folder / "run.json", note)


def _write(file: Path, content: dict[str, str]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    keep()
