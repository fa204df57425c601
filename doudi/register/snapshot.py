"""The whole county's facts on a day, as Parquet files with the hash of their content (DESIGN: section 2.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction

from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.register import beliefs, gathering
from doudi.values import canon

MANIFEST = "manifest.json"
OWN = "own"  # the folder of tables as the register wrote them, where other suppliers changed them


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Tables by name (`household`, `household_year`, ...) in a folder, and what they hold.

    `horizon` and `cluster` let the next snapshot of the same day and vocabulary read only what changed since.
    """

    folder: str
    as_of: str
    known_at: str | None
    hash: str
    counts: dict[str, int]
    vocabulary: str
    horizon: int
    cluster: str

    @property
    def tables(self) -> dict[str, Path]:
        """The Parquet file of each table."""
        return {name: Path(self.folder) / f"{name}.parquet" for name in self.counts}


def write(
    folder: str | Path,
    *,
    as_of: date,
    vocabulary: Vocabulary,
    known_at: datetime | None = None,
    since: Snapshot | None = None,
) -> Snapshot:
    """Write the county as of a day into a folder, reusing what has not changed `since` an earlier snapshot.

    The manifest is written last: a folder without one is no snapshot.
    """
    words = vocabulary_hash(vocabulary)
    with one_view(), as_engine():
        first, cluster = beliefs.horizon()
        base = since if since and _fits(since, as_of, known_at, words, cluster) else None
        before = (
            {name: pq.read_table(_own(path), memory_map=True) for name, path in base.tables.items()} if base else {}
        )
        tables = gathering.gather(
            vocabulary, as_of=as_of, known_at=known_at, before=before, since=base.horizon if base else None
        )
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, Path(folder) / f"{name}.parquet", compression="snappy", use_dictionary=False)
    snapshot = Snapshot(
        folder=str(folder),
        as_of=as_of.isoformat(),
        known_at=known_at.isoformat() if known_at else None,
        hash=content_hash(tables),
        counts={name: table.num_rows for name, table in tables.items()},
        vocabulary=words,
        horizon=first,
        cluster=cluster,
    )
    (Path(folder) / MANIFEST).write_bytes(orjson.dumps(asdict(snapshot), option=orjson.OPT_INDENT_2))
    return snapshot


def put_aside(snapshot: Snapshot, table: str) -> None:
    """Keep a table as the register wrote it, before another supplier's values are put in; once is enough."""
    path = snapshot.tables[table]
    own = path.parent / OWN / path.name
    if not own.exists():
        own.parent.mkdir(exist_ok=True)
        path.rename(own)


def _own(path: Path) -> Path:
    """The table as the register wrote it."""
    own = path.parent / OWN / path.name
    return own if own.exists() else path


@contextmanager
def one_view() -> Iterator[None]:
    """Read, in one transaction, what was committed when it began and nothing after; to write takes another.

    Within a transaction under way it adds nothing: that one has its view already.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def read(folder: str | Path) -> Snapshot:
    """The snapshot in a folder, wherever the folder lies now. Raises FileNotFoundError without a manifest."""
    manifest: dict[str, Any] = orjson.loads((Path(folder) / MANIFEST).read_bytes())
    return Snapshot(**{**manifest, "folder": str(folder)})


def content_hash(tables: Mapping[str, pa.Table]) -> str:
    """The hash of a snapshot's tables, whatever wrote them."""
    return canon.content_hash(tables, keys={name: keys_of(name) for name in tables})


def keys_of(table: str) -> tuple[str, ...]:
    """The key columns of a snapshot table: `id`, or the subject's id and the year."""
    kind, _, tail = table.rpartition("_")
    return (f"{kind}_id", "year") if tail == "year" else ("id",)


def rehash(snapshot: Snapshot) -> str:
    """The content hash of the files as they are now: other than `snapshot.hash` means that they were changed."""
    return content_hash({name: pq.read_table(path) for name, path in snapshot.tables.items()})


def vocabulary_hash(vocabulary: Vocabulary) -> str:
    """A hash of every fact, relation and source of a vocabulary."""
    return hashlib.sha256(repr(vocabulary).encode()).hexdigest()


def _fits(since: Snapshot, as_of: date, known_at: datetime | None, words: str, cluster: str) -> bool:
    same = (since.as_of, since.vocabulary, since.cluster) == (as_of.isoformat(), words, cluster)
    present = known_at is None and since.known_at is None
    return same and present and all(path.exists() for path in since.tables.values())
