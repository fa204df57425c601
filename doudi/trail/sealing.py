"""The sealer: what was written and is final goes, hashed, under a signed head; one sealer at a time.

Which rows are final is told by the database's horizon: transactions before it have ended, so none of their rows can
still appear. Going by row numbers instead skips, silently, the rows of a transaction that ends late. A leaf holds for
each row its place in the log, a salt, the hash, and a mark that only the home's key can make.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, models, transaction
from psycopg import sql

from doudi.trail import forks, heads, sealed, signing
from doudi.trail.heads import NOTHING, Head, Key
from doudi.trail.sealed import Sealed, Source
from doudi.trail.signing import Signer
from doudi.trail.tree import Growth

TURN = 0x646F7365616C  # "doseal"
CHUNK = 10_000
SALT = 16  # bytes
COUNTED = 10_000  # rows that wait, beyond which the number tells nobody anything
TYPES = ("int8", "int2", "int2", "text", "bytea", "bytea", "int8")


class Leaf(models.Model):
    """One row of a sealed table at its place in the log. `hash` is over 0x00, the salt and the text of the row."""

    position = models.BigIntegerField(primary_key=True)
    source = models.SmallIntegerField()
    form = models.SmallIntegerField()
    row = models.CharField(max_length=100)
    salt = models.BinaryField()
    hash = models.BinaryField()
    mark = models.BigIntegerField()

    class Meta:
        db_table = "trail_leaf"
        constraints = [models.UniqueConstraint(fields=["source", "row"], name="trail_leaf_once")]


@dataclass(frozen=True, slots=True)
class Window:
    """Transactions whose rows are looked at: those of `low` and later that ended before `high`.

    On a server other than that of the last head the numbers began anew: everything is looked at.
    """

    low: int
    high: int
    newest: int
    cluster: str

    def holds(self) -> sql.Composable:
        """The SQL condition for a row of alias `t`."""
        if self.low:
            return sql.SQL("t.transaction >= {} AND t.transaction < {}").format(self.low, self.high)
        return sql.SQL("(t.transaction < {} OR t.transaction >= {})").format(self.high, self.newest)


def window(last: Head | None) -> Window:
    """What can be sealed now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,"
            " (SELECT system_identifier::text FROM pg_control_system()) FROM pg_current_snapshot() AS s"
        )
        high, newest, cluster = cursor.fetchone()
    low = last.horizon if last is not None and last.cluster == cluster else 0
    return Window(low, high, newest, cluster)


def seal(*, now: datetime) -> Head | None:
    """Seal what is final, as the engine, in a transaction; the new head, or None where there is nothing new.

    Raises Refusal where the log is not the one that was sealed last: its database was put back to an older day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        if not cursor.fetchone()[0]:
            return None
    last = heads.latest()
    forks.check(last)
    seen = window(last)  # before anything is written: our own transaction is no one's news
    signer = _signer(last)
    sealed.settle()
    tree = last.growth() if last else Growth()
    for source in sealed.sources():
        _seal_source(source, seen, tree, signer)
    if tree.size == (last.size if last else 0):
        return None
    made = _head(last, tree, seen, signer, now=now)
    transaction.on_commit(lambda: heads.keep(made))
    return made


def _signer(last: Head | None) -> Signer:
    """The home's key, made when the log begins, and known to the log."""
    signer = signing.present() or signing.make()
    Key.objects.get_or_create(
        id=signer.id, defaults={"alg": signer.alg, "public": signer.public, "since": last.size if last else 0}
    )
    return signer


def _head(last: Head | None, tree: Growth, seen: Window, signer: Signer, *, now: datetime) -> Head:
    log = last.said.log if last else signer.id
    prev = heads.digest(last.text) if last else NOTHING
    text = heads.text_of(log=log, size=tree.size, root=tree.root(), prev=prev, at=now, signer=signer)
    return Head.objects.create(
        size=tree.size,
        text=text,
        signature=signer.sign(text.encode()),
        key_id=signer.id,
        root=tree.root(),
        at=now,
        peaks=b"".join(tree.peaks),
        horizon=seen.high,
        cluster=seen.cluster,
    )


def unsealed(source: Source | Sealed) -> sql.Composable:
    """The SQL condition that a row of alias `t` has no leaf."""
    return sql.SQL(
        'NOT EXISTS (SELECT FROM trail_leaf l WHERE l.source = {} AND l."row" = t.{}::text)'
    ).format(source.pk if isinstance(source, Sealed) else source.number, sql.Identifier(source.key))  # fmt: skip


def _seal_source(source: Source, seen: Window, tree: Growth, signer: Signer) -> None:
    for rows in _rows(source, seen):
        leaves = list(_leaves(source, rows, tree, signer))
        with (
            connection.cursor() as cursor,
            cursor.copy(
                'COPY trail_leaf (position, source, form, "row", salt, hash, mark) FROM STDIN (FORMAT BINARY)'
            ) as copy,
        ):
            copy.set_types(TYPES)
            for leaf in leaves:
                copy.write_row(leaf)


def _rows(source: Source, seen: Window) -> Iterator[list[tuple[str, str]]]:
    """Key and text of the rows not sealed yet, some at a time."""
    query = sql.SQL("SELECT t.{key}::text, {text} FROM {table} t WHERE {holds} AND {unsealed} ORDER BY t.{key}").format(
        key=sql.Identifier(source.key),
        text=source.text(),
        table=sql.Identifier(source.table),
        holds=seen.holds(),
        unsealed=unsealed(source),
    )
    with connection.connection.cursor(f"sealing_{source.number}") as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def _leaves(
    source: Source, rows: list[tuple[str, str]], tree: Growth, signer: Signer
) -> Iterator[tuple[int, int, int, str, bytes, bytes, int]]:
    salts, sha = os.urandom(SALT * len(rows)), hashlib.sha256
    for number, (row, text) in enumerate(rows):
        salt = salts[SALT * number : SALT * (number + 1)]
        hashed = sha(b"\x00" + sealed.entry(salt, source.table, source.form, text)).digest()
        yield tree.size, source.number, source.form, row, salt, hashed, signing.mark(signer.marker, tree.size, hashed)
        tree.add(hashed)


class Waiting(NamedTuple):
    """How many rows are not sealed yet, at least so many where there are `more`, and since when the oldest waits."""

    number: int
    since: datetime | None
    more: bool


def waiting(most: int = COUNTED) -> Waiting:
    """What is not sealed yet, counted no further than `most` rows, those of the oldest transactions first.

    A home that was never sealed, or came from another server, has millions: nobody needs to know how many.
    """
    seen, number, oldest = window(heads.latest()), 0, None
    with connection.cursor() as cursor:
        for source in Sealed.objects.order_by("id"):
            columns = sealed.columns_of(source)
            if not columns:
                continue
            since = sql.SQL("t.at") if "at" in columns else sql.SQL("NULL::timestamptz")
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), min(at) FROM (SELECT {} AS at FROM {} t WHERE t.transaction >= {} AND {}"
                    " ORDER BY t.transaction LIMIT {}) AS waits"
                ).format(since, sql.Identifier(source.table), seen.low, unsealed(source), most + 1)
            )
            found, at = cursor.fetchone()
            number += found
            oldest = min(oldest, at) if oldest and at else oldest or at
    return Waiting(min(number, most), oldest, number > most)


def waits_since(before: datetime) -> datetime | None:
    """The oldest change that is not sealed and was made before a moment; None where there is none.

    What is younger is not counted: one transaction may just have written half a million rows.
    """
    seen = window(heads.latest())
    found = []
    with connection.cursor() as cursor:
        for source in Sealed.objects.order_by("id"):
            if "at" not in sealed.columns_of(source):
                continue
            cursor.execute(
                sql.SQL("SELECT min(t.at) FROM {} t WHERE t.at < %s AND t.transaction >= {} AND {}").format(
                    sql.Identifier(source.table), seen.low, unsealed(source)
                ),
                [before],
            )
            found += [at for (at,) in cursor.fetchall() if at]
    return min(found, default=None)
