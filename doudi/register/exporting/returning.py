"""A table that came back: what its author changed, cell by cell, against what the register says by now.

Three words stand side by side: what the cell said when it left (read from the kept file, not from what came back),
what it says now, what the register believes by now. Where both moved and differ, a person settles the clash.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.db import connection

from doudi.facts.kinds import Fact, Vocabulary
from doudi.register.exporting import columns
from doudi.register.exporting.columns import Column
from doudi.register.exporting.exports import Export
from doudi.register.exporting.returns import Return
from doudi.register.importing import profiles, tables
from doudi.register.importing.conversions import Unreadable, clean, value_of
from doudi.register.importing.profiles import FactColumn
from doudi.register.importing.tables import Table
from doudi.register.resolution import oldest_kept, settle
from doudi.register.sayings import base_name
from doudi.register.statements import Statement
from doudi.values.refusals import Refusal

HIDDEN = ("_id", "_rev", "_export")
SHORT_TOKEN = 12
MOST_DIGITS = 18
Row = tuple[int, list[str]]


class Change(NamedTuple):
    """One cell that was changed. `base` is what left, `mine` what came back, `now` what is believed by now."""

    row: int
    subject_id: int
    label: str
    column: Column
    base: Any
    mine: Any
    now: Any
    revision: int

    @property
    def clashes(self) -> bool:
        """Whether the register moved as well."""
        return self.now != self.base

    @property
    def name(self) -> str:
        """Names the cell as it stands now: once the register moves again, a choice made for it no longer fits."""
        now = hashlib.sha256(repr(self.now).encode()).hexdigest()[:8]
        return f"{self.subject_id}.{self.column.key}.{self.revision}.{now}"


class Trouble(NamedTuple):
    """What cannot be taken of a row: its number, the column, both languages why."""

    row: int
    column: str
    zh: str
    en: str


@dataclass(slots=True)
class Comparison:
    """What came back. `rows` are the file's; `missing` those of the table that are no longer in it."""

    export: Export
    name: str
    sha256: str
    kind: str
    rows: int = 0
    same: int = 0
    changes: list[Change] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    missing: int = 0
    gone: list[str] = field(default_factory=list)  # columns that were taken out
    added: list[str] = field(default_factory=list)  # columns nobody knows
    before: Return | None = None

    @property
    def plain(self) -> list[Change]:
        """Changes the register has nothing against."""
        return [change for change in self.changes if not change.clashes]

    @property
    def clashes(self) -> list[Change]:
        """Cells changed in the file and in the register."""
        return [change for change in self.changes if change.clashes]


def compare(path: Path, name: str, *, by: str, vocabulary: Vocabulary) -> Comparison:
    """Set a file that came back beside the table that left and the register, within the scope. Writes nothing.

    Raises Refusal for a file that is no such table, was exported by somebody else, or whose export is no longer kept.
    """
    table, header = _sheet(tables.read(path), name)
    export = _export_of(table, header, by)
    work = _Work(export, name, table, header, vocabulary)
    return work.compare()


def _sheet(found: Sequence[Table], name: str) -> tuple[Table, list[str]]:
    """The sheet with the hidden columns, and its header."""
    for table in found:
        for _, cells in table.rows[:1]:
            header = [cell.strip() for cell in cells]
            if all(word in header for word in HIDDEN):
                return table, header
    raise Refusal(
        "表里没有隐藏列 _id、_rev、_export,认不出每一行是谁。请重新导出(勾选“要改后再上传”),直接在那份表上改,"
        "不要另建新表,也不要删隐藏列。",
        "The hidden columns _id, _rev, _export are not there, so no row can be told. Export again (to be brought back)"
        " and change that very table; do not copy it into a new one, do not delete hidden columns.",
        name,
    )


def _export_of(table: Table, header: list[str], by: str) -> Export:
    """The export most rows come from, when it is this person's own and its file is kept."""
    at = header.index("_export")
    tokens = Counter(cells[at].strip() for _, cells in table.rows[1:] if len(cells) > at and cells[at].strip())
    token = tokens.most_common(1)[0][0] if tokens else ""
    known = len(token) == SHORT_TOKEN and token.isalnum()
    export = Export.objects.filter(token__startswith=token, requested_by=by, comes_back=True).first() if known else None
    if export is None or not export.sha256:
        raise Refusal(
            "这份表不是您从本系统导出的“可改后上传”的表。请由导出的人上传,或自己重新导出。",
            "This table is none that you exported to be brought back. Who exported it must bring it back; or export it"
            " yourself.",
            table.name,
        )
    if not export.path.is_file():
        raise Refusal(
            f"第 {export.pk} 号导出的原表已不再保存,无法比对。请重新导出。",
            f"The table of export {export.pk} is no longer kept, so nothing can be compared. Export it again.",
            table.name,
        )
    return export


class _Work:
    """The comparison under way."""

    def __init__(self, export: Export, name: str, table: Table, header: list[str], vocabulary: Vocabulary) -> None:
        self.table, self.header = table, header
        self.base, self.base_header = _base_of(export)
        self.kind = "household" if export.kind == "households" else "person"
        self.facts = _facts_of(export, self.kind, vocabulary)
        self.done = Comparison(export, name, table.sha256, self.kind)
        self.done.before = Return.objects.filter(sha256=table.sha256).first()
        self.now = _believed(self.kind, [int(number) for number in self.base])
        self.seen: dict[str, int] = {}

    def compare(self) -> Comparison:
        done = self.done
        twice = [word for word, many in Counter(self.header).items() if word and many > 1]
        if twice:
            raise Refusal(
                f"列“{twice[0]}”出现了两次,请只留一列。", f"The column “{twice[0]}” is there twice; leave one."
            )
        done.gone = [word for word in self.base_header if word not in self.header]
        done.added = [word for word in self.header if word and word not in self.base_header]
        for number, cells in self.table.rows[1:]:
            done.rows += 1
            self._row(number, {word: cells[at] if at < len(cells) else "" for at, word in enumerate(self.header)})
        done.missing = len(self.base.keys() - self.seen.keys())
        return done

    def _row(self, number: int, cells: Mapping[str, str]) -> None:
        trouble = self._identity(number, cells)
        if trouble:
            self.done.troubles.append(Trouble(number, *trouble))
            return
        subject, base = cells["_id"].strip(), self.base[cells["_id"].strip()]
        self.seen[subject] = number
        before = len(self.done.changes) + len(self.done.troubles)
        for word, text in cells.items():
            if word in base and word not in HIDDEN and text.strip() != base[word].strip():
                self._cell(number, int(subject), next(iter(base.values())), word, text, base[word])
        self.done.same += before == len(self.done.changes) + len(self.done.troubles)

    def _identity(self, number: int, cells: Mapping[str, str]) -> tuple[str, str, str] | None:
        """What is wrong with who the row is; None where all is well."""
        subject, token = cells["_id"].strip(), self.done.export.token[:SHORT_TOKEN]
        if not subject:
            return "_id", "新增的行不收:没有编号。新户、新人请走导入。", "an added row: new households are imported"
        if cells["_export"].strip() != token:
            return "_export", "这一行来自另一份表", "the row comes from another table"
        if subject not in self.base:
            return (
                "_id",
                "没有这一行:编号被改过,或不在您的范围",
                "there is no such row: its number was changed, or out of reach",
            )
        if subject in self.seen:
            first = self.seen[subject]
            return "_id", f"与第{first}行是同一个编号", f"the same number as on line {first}"
        if cells["_rev"].strip() != self.base[subject]["_rev"].strip():
            return "_rev", "隐藏列 _rev 被改过", "the hidden column _rev was changed"
        if int(subject) not in self.now:
            return (
                "_id",
                "没有这一行:编号被改过,或不在您的范围",
                "there is no such row: its number was changed, or out of reach",
            )
        return None

    def _cell(self, number: int, subject: int, label: str, word: str, text: str, base: str) -> None:
        column = self.facts.get(word)
        if column is None:
            self._complain(number, word, "这一列不能改,改动没有收", "this column cannot be changed; it was left alone")
            return
        try:
            mine, left = _value(column, text), _value(column, base)
        except Unreadable as error:
            self._complain(number, word, error.zh, error.en)
            return
        if mine is None:
            self._complain(
                number, word, "清空的格不算改动:不知道就不要动它", "an emptied cell is no change: leave it as it was"
            )
            return
        revision, facts = self.now[subject]
        now = _settled(facts, column, self.done.export)
        if mine not in (left, now):
            self.done.changes.append(Change(number, subject, label, column, left, mine, now, revision))

    def _complain(self, number: int, word: str, zh: str, en: str) -> None:
        self.done.troubles.append(Trouble(number, word, zh, en))


def _base_of(export: Export) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The table as it left: cells by heading, row by row's id."""
    table = tables.read(export.path)[0]
    header = [cell.strip() for cell in table.rows[0][1]]
    rows = {}
    for _, cells in table.rows[1:]:
        row = {word: cells[at] if at < len(cells) else "" for at, word in enumerate(header)}
        rows[row["_id"]] = row
    return rows, header


def _facts_of(export: Export, kind: str, vocabulary: Vocabulary) -> dict[str, Column]:
    """The columns of facts by their heading."""
    found = {}
    for name in export.columns:
        its_kind, _, key = name.partition(".")
        fact = vocabulary.fact(kind, base_name(key)) if its_kind == kind else None
        if fact is not None:
            column = columns.of_fact(fact, key)
            found[column.heading(export.language)] = column
    return found


def _believed(kind: str, ids: Sequence[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    """The revision and the facts of each subject that is within the scope; 0 and nothing before any statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BELIEVED.format(table=f"register_{kind}"), {"kind": kind, "ids": list(ids)})
        return {number: (revision, _parsed(facts)) for number, revision, facts in cursor.fetchall()}


def _parsed(facts: Any) -> dict[str, Any]:
    return dict(orjson.loads(facts) if isinstance(facts, str) else facts)


def _value(column: Column, text: str) -> Any:
    """What a cell states; None for an empty one. Raises Unreadable."""
    cleaned = clean(text)
    return value_of(_reader(column), cleaned, minor=columns.FEN) if cleaned else None


def _reader(column: Column) -> FactColumn:
    fact = _fact(column)
    return FactColumn(fact.kind, fact, (column.zh,), yes=(*profiles.YES, "是"), no=(*profiles.NO, "否"))


def _fact(column: Column) -> Fact:
    assert column.fact is not None
    return column.fact


def _settled(facts: Mapping[str, Any], column: Column, export: Export) -> Any:
    flat = facts.get(column.key)
    return None if flat is None else settle(flat, _fact(column), oldest_kept(_fact(column), export.as_of))


def said_since(comparison: Comparison, source: str) -> dict[tuple[int, str], Any]:
    """What a source said of the changed subjects since the table left: (subject, fact) -> its last word."""
    words: dict[tuple[int, str], Any] = {}
    since = Statement.objects.filter(
        subject_kind=comparison.kind,
        subject_id__in={change.subject_id for change in comparison.changes},
        source=source,
        recorded_at__gt=comparison.export.made_at,
    )
    for one in since.order_by("about_day", "recorded_at", "id"):
        words |= {(one.subject_id, key): value for key, value in one.facts.items()}
    return words


def lock(comparison: Comparison) -> None:
    """Hold the beliefs of the changed subjects until the transaction ends, so that none moves unseen."""
    ids = sorted({change.subject_id for change in comparison.changes})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM register_belief WHERE subject_kind = %s AND subject_id = ANY(%s)"
            " ORDER BY subject_id FOR UPDATE",
            [comparison.kind, ids],
        )


def said(changes: Sequence[Change]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """(subject, row, facts) of the changes, one statement a row."""
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for change in changes:
        rows.setdefault((change.subject_id, change.row), {})[change.column.key] = change.mine
    return ((subject, row, facts) for (subject, row), facts in rows.items())


_BELIEVED = """
SELECT s.id, coalesce(b.revision, 0), coalesce(b.facts, '{{}}'::jsonb)
FROM {table} s LEFT JOIN register_belief b ON b.subject_kind = %(kind)s AND b.subject_id = s.id
WHERE s.id = ANY(%(ids)s)
"""
