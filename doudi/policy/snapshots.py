"""Snapshots: the facts of the county on a day, as tables, gathered from every area that knows facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from importlib import import_module
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
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

    The suppliers are modules named by the settings. The first writes the subjects and what the register believes:
    `write(folder, *, as_of, vocabulary, known_at, since)`. Each other knows some facts of them by its own deeds:
    `supply(*, as_of, known_at, vocabulary)` gives tables by name, keyed as the snapshot's, whose values take the place
    of the register's; where it gives none (no row, or null), what the register believes stays.
    """
    first, *others = [import_module(name) for name in getattr(settings, "FACT_SUPPLIERS", SUPPLIERS)]
    with stores.part(stores.SNAPSHOTS) as folder:
        base = of_hash(since).manifest() if since else None
        written = first.write(folder, as_of=as_of, vocabulary=vocabulary, known_at=known_at, since=base)
        for supplier in others:
            written = _take_over(written, supplier.supply(as_of=as_of, known_at=known_at, vocabulary=vocabulary))
        # The same content kept before keeps its manifest: what sources dispute may have moved since its horizon.
        return Snapshot(written.hash, stores.keep(stores.SNAPSHOTS, folder, written.hash))


def _take_over(written: register_snapshot.Snapshot, supplied: Mapping[str, pa.Table]) -> register_snapshot.Snapshot:
    """Put supplied values in the place of the register's, in the files and in the manifest's hash.

    The register's own table is put aside: the next snapshot starts from it, not from what others once supplied.
    """
    for name, given in supplied.items():
        table = pq.read_table(written.tables[name])
        register_snapshot.put_aside(written, name)
        at = pc.index_in(table.column("id"), value_set=given.column("id").combine_chunks())
        for column in (column for column in given.column_names if column != "id"):
            place = table.column_names.index(column)
            values = given.column(column).combine_chunks().take(at).cast(table.schema.field(column).type)
            table = table.set_column(place, column, pc.coalesce(values, table.column(column).combine_chunks()))
        pq.write_table(table, written.tables[name], compression="snappy", use_dictionary=False)
    made = replace(written, hash=register_snapshot.rehash(written))
    (Path(written.folder) / register_snapshot.MANIFEST).write_bytes(orjson.dumps(asdict(made)))
    return made


def county_code() -> str:
    """The twelve digits of the county, for what belongs to no village; empty before the county began."""
    county = counties.present()
    return county.code.ljust(12, "0") if county else ""
