"""Snapshots: the facts of the county on a day, as tables, gathered from every area that knows facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from doudi.facts.kinds import Vocabulary
from doudi.places import counties
from doudi.policy import stores, tables
from doudi.register import snapshot as register_snapshot

SUPPLIERS = ["doudi.register.snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot on disk: its content hash and one Parquet file a table."""

    hash: str
    folder: Path

    @property
    def paths(self) -> dict[str, Path]:
        """The tables' files by table name."""
        return {path.stem: path for path in sorted(self.folder.glob("*.parquet"))}

    def hold(self) -> duckdb.DuckDBPyConnection:
        """The tables in memory, in a database of this process."""
        return tables.hold(self.hash, self.paths)

    def counts(self, vocabulary: Vocabulary) -> dict[str, int]:
        """Subjects of each kind."""
        stated = register_snapshot.read(self.folder).counts
        return {kind: stated[kind] for kind in vocabulary.kinds if kind in stated}

    def manifest(self) -> register_snapshot.Snapshot | None:
        """What the register wrote beside the tables; None when the folder is gone."""
        try:
            return register_snapshot.read(self.folder)
        except FileNotFoundError:
            return None

    def is_whole(self) -> bool:
        """Whether the files still hold what the hash says."""
        return register_snapshot.rehash(register_snapshot.read(self.folder)) == self.hash


def of_hash(content_hash: str) -> Snapshot:
    """A stored snapshot."""
    return Snapshot(content_hash, stores.folder_of(stores.SNAPSHOTS, content_hash))


def take(*, as_of: date, known_at: datetime | None, vocabulary: Vocabulary, since: str | None) -> Snapshot:
    """Write the facts as of a day and keep them under their hash; `since` is a snapshot to start from.

    The suppliers are modules with `write(folder, *, as_of, vocabulary, known_at, since)`, named by the settings.
    """
    with stores.part(stores.SNAPSHOTS) as folder:
        written = _supplier().write(
            folder,
            as_of=as_of,
            vocabulary=vocabulary,
            known_at=known_at,
            since=of_hash(since).manifest() if since else None,
        )
        # The same content kept before keeps its manifest: what sources dispute may have moved since its horizon.
        return Snapshot(written.hash, stores.keep(stores.SNAPSHOTS, folder, written.hash))


def _supplier() -> Any:
    named = getattr(settings, "FACT_SUPPLIERS", SUPPLIERS)
    return import_module(named[0])


def county_code() -> str:
    """The twelve digits of the county, for what belongs to no village; empty before the county began."""
    county = counties.present()
    return county.code.ljust(12, "0") if county else ""
