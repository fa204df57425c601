"""Verifying the log: every row hashed again, the tree built again, every head's signature and place in the chain.

Call it in one transaction of one view (`one_view`), as the engine. The first bad entry is the one of the lowest place
in the log. Marks tell which leaf was changed even when its row was changed along with it; without the home's key only
the stretch between two heads can be told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg import sql

from doudi.trail import erasures, forks, heads, sealed, sealing, signing
from doudi.trail.erasures import Erasure
from doudi.trail.findings import Bad, Walked
from doudi.trail.heads import NOTHING, Head, Key
from doudi.trail.sealed import Form, Sealed
from doudi.trail.sealing import Window
from doudi.trail.tree import Growth
from doudi.values.refusals import Refusal

CHUNK = 20_000
MOST = 1_000  # findings kept; what is beyond is counted
Heard = Callable[[int, int], None]


def _unheard(_done: int, _all: int) -> None:
    """Progress nobody asked for."""


@dataclass
class Report:
    """What was found: `rows` were hashed again, `waiting` are not sealed yet, `erased` were erased by two persons.

    `unmarked`: without the home's key.
    """

    size: int
    root: str
    heads: int
    since: int
    rows: int = 0
    waiting: int = 0
    erased: int = 0
    unmarked: bool = False
    bad_count: int = 0
    matched: dict[str, int] = field(default_factory=dict)
    _bad: dict[tuple[int, str, str], Bad] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Whether nothing was changed."""
        return not self.bad_count

    @property
    def bad(self) -> list[Bad]:
        """The findings kept, by their place in the log."""
        return sorted(self._bad.values(), key=lambda bad: bad.position)

    @property
    def first(self) -> Bad | None:
        """The first bad entry."""
        return next(iter(self.bad), None)

    def note(self, bad: Bad) -> None:
        """Keep a finding; what was said of an entry already stays."""
        named = (bad.position, bad.table, bad.row)
        if named in self._bad:
            return
        self.bad_count += 1
        if len(self._bad) < MOST or bad.position < max(self._bad)[0]:
            self._bad[named] = bad

    def replace(self, old: Sequence[Bad], new: Bad) -> None:
        """Say one thing in place of several."""
        for bad in old:
            del self._bad[(bad.position, bad.table, bad.row)]
        self.bad_count -= len(old)
        self.note(new)


def one_view() -> None:
    """Begin a transaction that sees one moment. To be called first in it."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def verify(*, since: int = 0, heard: Heard = _unheard) -> Report:
    """Verify the log from a head's size on (0: all of it). Raises Refusal where no head has that size."""
    sealed.settle()
    _plan_for_all()
    every = list(Head.objects.select_related("key").order_by("size"))
    last = every[-1] if every else None
    report = Report(last.size if last else 0, bytes(last.root).hex() if last else "", len(every), since)
    begun = _begin(every, since)
    _check_heads(every, report)
    _check_kept(last, report)
    total = 2 * max(1, report.size - since)
    named = {each.pk: each.table for each in Sealed.objects.all()}
    _check_leaves(every, begun, named, report, lambda done: heard(done, total))
    _check_rows(report, lambda done: heard(report.size - since + done, total))
    _check_erasures(report)
    _check_unlogged(last, report)
    _name_gap(report)
    heard(total, total)
    return report


def _plan_for_all() -> None:
    """Every leaf is joined to its row: by hashing, whatever the statistics of tables just filled say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '256MB', true), set_config('enable_nestloop', 'off', true)")


def _begin(every: Sequence[Head], since: int) -> Growth:
    """The tree to go on from: nothing, or that of a head whose signature and peaks are right."""
    if not since:
        return Growth()
    head = next((each for each in every if each.size == since), None)
    if head is None or not _is_whole(head):
        raise Refusal(
            f"没有规模为 {since} 的有效签名记录。doudi audit head --all 列出全部。",
            f"No sound head has the size {since}; doudi audit head --all lists them.",
            "from",
        )
    return head.growth()


def _is_whole(head: Head) -> bool:
    """Whether a head says what it was signed to say, and its peaks lead to its root."""
    try:
        said, grown = head.said, head.growth()
    except (ValueError, KeyError):
        return False
    same = (said.size, said.root, said.key) == (head.size, bytes(head.root).hex(), head.key_id)
    return same and said.holds() and grown.root() == bytes(head.root)


def _check_heads(every: Sequence[Head], report: Report) -> None:
    """Each head signed, by a key the log knows, and naming the one before."""
    prev, log = NOTHING, every[0].said.log if every and _is_whole(every[0]) else ""
    known = {each.pk for each in Key.objects.filter(since=0)[:1]} | set(forks.keys())
    for head in every:
        if not _is_whole(head):
            report.note(Bad(head.size, "trail_head", str(head.size), "head"))
        elif head.said.prev != prev or head.said.log != log or head.key_id not in known:
            report.note(Bad(head.size, "trail_head", str(head.size), "chain"))
        prev = heads.digest(head.text)


def _check_kept(last: Head | None, report: Report) -> None:
    missing = forks.lost(last)
    if missing is not None:
        report.note(Bad(report.size, "trail_head", str(missing.size), "shorter"))
    for fork in forks.Fork.objects.select_related("key"):
        if not forks.holds(fork):
            report.note(Bad(fork.size, "trail_fork", str(fork.pk), "changed"))


def _check_leaves(
    every: Sequence[Head], tree: Growth, named: dict[int, str], report: Report, heard: Callable[[int], None]
) -> None:
    signer = signing.present()
    report.unmarked = signer is None
    since = tree.size
    walked = Walked(tree, signer.marker if signer else None, [(h.size, bytes(h.root)) for h in every], named)
    query = sql.SQL('SELECT position, source, "row", hash, mark FROM trail_leaf WHERE position >= {} ORDER BY position')
    for rows in _chunks("walking", query.format(since)):
        walked.take(rows)
        heard(walked.expected - since)
    for bad in walked.found(report.size):
        report.note(bad)


def _check_rows(report: Report, heard: Callable[[int], None]) -> None:
    """Every row hashed again. A column a form names and the table has no more cannot be: that is told."""
    for form in Form.objects.order_by("id"):
        source = Sealed.objects.filter(table=form.table).first()
        if source is None or not _has(form):
            report.note(Bad(report.size, form.table, "*", "columns"))
            continue
        for rows in _chunks(f"hashing_{form.pk}", _rows_of(form, source, report.since)):
            _hash(rows, form, report)
            report.rows += len(rows)
            heard(report.rows)


def _rows_of(form: Form, source: Sealed, since: int) -> sql.Composable:
    key = sql.Identifier(source.key)
    return sql.SQL(
        'SELECT l.position, l."row", l.salt, l.hash, t.{key} IS NOT NULL, {text}, e.id IS NOT NULL FROM trail_leaf l'
        ' LEFT JOIN {table} t ON t.{key}::text = l."row" LEFT JOIN trail_erasure e ON e.position = l.position'
        " WHERE l.form = {form} AND l.source = {source} AND l.position >= {since}"
    ).format(
        key=key,
        text=sealed.text_of(tuple(form.columns)),
        table=sql.Identifier(form.table),
        form=form.pk,
        source=source.pk,
        since=since,
    )


def _hash(rows: Sequence[Any], form: Form, report: Report) -> None:
    sha, before = hashlib.sha256, f"{form.table}/{form.pk}\n".encode()
    gone = 0
    for position, row, salt, hashed, there, text, erased in rows:
        if not there:
            gone += 1
            report.note(Bad(position, form.table, row, "deleted"))
        elif erased and not salt:
            continue  # its hash cannot be built again: `_check_erasures` says whether that is as it should be
        elif sha(b"\x00" + salt + before + text.encode()).digest() != hashed:
            report.note(Bad(position, form.table, row, "changed"))
    report.matched[form.table] = report.matched.get(form.table, 0) + len(rows) - gone


def _check_erasures(report: Report) -> None:
    """Every erasure signed, and nothing left of what it erased."""
    for erasure in Erasure.objects.select_related("key").filter(position__gte=report.since):
        report.erased += 1
        if not erasures.holds(erasure):
            report.note(Bad(erasure.position, "trail_erasure", str(erasure.pk), "changed"))
        elif not erasures.is_done(erasure):
            report.note(Bad(erasure.position, erasure.table, erasure.row, "changed"))


def _has(form: Form) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND NOT attisdropped"
            " AND attname = ANY (%s)",
            [form.table, form.columns],
        )
        return bool(cursor.fetchone()[0] == len(form.columns))


def _check_unlogged(last: Head | None, report: Report) -> None:
    """Rows that are in no leaf: written since the last head they wait, written before they came another way.

    From a head on, only what was written since it is looked at.
    """
    seen = sealing.window(last)
    begun = Head.objects.filter(size=report.since).first()
    for source in Sealed.objects.order_by("id"):
        if not report.since and _all_known(source, seen, report):
            continue
        key = sql.Identifier(source.key)
        query = sql.SQL(
            "SELECT t.{key}::text, t.transaction FROM {table} t LEFT JOIN trail_leaf l"
            ' ON l.source = {source} AND l."row" = t.{key}::text'
            " WHERE l.position IS NULL AND t.transaction >= {since} ORDER BY t.{key}"
        ).format(key=key, table=sql.Identifier(source.table), source=source.pk, since=begun.horizon if begun else 0)
        for rows in _chunks(f"unlogged_{source.pk}", query):
            for row, written in rows:
                if seen.low and (written < seen.low or written >= seen.newest):
                    report.note(Bad(report.size, source.table, row, "inserted"))
                else:
                    report.waiting += 1


def _all_known(source: Sealed, seen: Window, report: Report) -> bool:
    """Whether counting is enough: the rows of leaves and those that wait are all there are."""
    query = sql.SQL("SELECT count(*), count(*) FILTER (WHERE transaction >= {} AND transaction < {}) FROM {}")
    with connection.cursor() as cursor:
        cursor.execute(query.format(seen.low, seen.newest, sql.Identifier(source.table)))
        every, waiting = cursor.fetchone()
    if not seen.low or report.matched.get(source.table, 0) + waiting != every:
        return False
    report.waiting += waiting
    return True


def _name_gap(report: Report) -> None:
    """A leaf that is gone while its row is still there: the one gap is the one row that no leaf holds."""
    gaps = [bad for bad in report.bad if bad.table == "trail_leaf" and bad.what == "deleted"]
    strays = [bad for bad in report.bad if bad.what == "inserted" and bad.table != "trail_leaf"]
    if len(gaps) == len(strays) == 1:
        gap, stray = gaps[0], strays[0]
        report.replace([gap, stray], Bad(gap.position, stray.table, stray.row, "unsealed"))


def _chunks(name: str, query: sql.Composable) -> Iterator[Sequence[Any]]:
    """The rows of a query, some at a time, in PostgreSQL's binary form."""
    with connection.connection.cursor(name, binary=True) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(CHUNK):
            yield rows
