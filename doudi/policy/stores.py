"""Where runs keep their files below the home folder: snapshots and answers, each folder named by its content hash.

Each database keeps its own: the home's in the folder itself, any other's on the same server (a copy, a test's) below
`of/`. A folder is written under another name and renamed when whole; what no run names is removed by the next run, a
snapshot by the next look too.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

SNAPSHOTS, ANSWERS = "snapshots", "answers"
_PART = ".part"


def root() -> Path:
    """Where the database we are connected to keeps its files: cleaning one's leftovers must not take another's."""
    runs, name = Path(settings.HOME.runs), str(connection.settings_dict["NAME"])
    return runs if name == settings.DATABASE_NAME else runs / "of" / name


def folder_of(store: str, content_hash: str) -> Path:
    """The folder of a snapshot or of answers, by hash."""
    return root() / store / content_hash


@contextmanager
def part(store: str) -> Iterator[Path]:
    """A folder to write into; whatever is still there when the body ends goes."""
    folder = root() / store / f"{uuid.uuid4().hex}{_PART}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(store: str, folder: Path, content_hash: str) -> Path:
    """Give a whole folder its lasting name. The same content stored before is kept as it is."""
    lasting = folder_of(store, content_hash)
    if not lasting.exists():
        folder.rename(lasting)
    return lasting


def clean(store: str, kept: Iterable[str]) -> int:
    """Remove what a killed run left behind: parts, and folders no run names. Answers how many went."""
    wanted = set(kept)
    place = root() / store
    left = [path for path in place.iterdir() if path.name not in wanted] if place.is_dir() else []
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)
