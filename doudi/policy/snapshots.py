"""Snapshots: the facts of the county on a day, as tables, gathered from every area that knows facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from doudi.facts.kinds import Vocabulary
from doudi.policy import stores, tables


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
        held = self.hold()
        found = {}
        for kind in vocabulary.kinds:
            if kind in self.paths:
                found[kind] = int(held.execute(f'SELECT count(*) FROM "{kind}"').fetchall()[0][0])
        return found


def of_hash(content_hash: str) -> Snapshot:
    """A stored snapshot."""
    return Snapshot(content_hash, stores.folder_of(stores.SNAPSHOTS, content_hash))
