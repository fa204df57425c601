"""Tables of one known kind sent in by hand: results row by row, lists, weekly reports. Looked at first, then taken in.

What a kind is (its columns, what a row may say, what it writes) is told by the area that knows it; this is the way in
they share. A table is read in the limited child and kept as text; every look and the taking in judge it anew, so that
nothing is written which the records of that moment refuse. Rows that are refused stay out and go back with their
reason; rows in = new + changed + same + refused.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.db import models
from django.db.models import Q

from doudi.register.exporting import books
from doudi.register.exporting.columns import Column as Written
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.register.importing import tables
from doudi.register.importing.conversions import Unreadable, clean
from doudi.register.importing.tables import Table
from doudi.register.uploads import shown_name
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

OPEN, ACCEPTED, DISCARDED = "open", "accepted", "discarded"
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
HEADER_WITHIN = 10
LONGEST_CELL = 1_000
Cells = dict[str, str]
Hand = tuple[int, Cells]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind: its field, the headings it goes by (our own first, then others', then English).

    `en` is our own in an English form, where it has one; `width` is in letters. `fill` marks what is to be filled in,
    `aside` what a form only shows: nobody needs it again where the rows that came back are looked at.
    """

    field: str
    headings: tuple[str, ...]
    required: bool = False
    example: str = ""
    en: str = ""
    width: int = 14
    fill: bool = False
    aside: bool = False

    def matches(self, word: str) -> bool:
        """Whether a heading, already folded, is this column's."""
        return bool(word) and word in {folded(each) for each in (*self.headings, self.en)}

    def heading(self, language: str) -> str:
        """What it is called in a form, and where its rows are shown."""
        return self.en if language == "en" and self.en else self.headings[0]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands: what it would do (new, changed, same), told in both languages, or why it cannot."""

    number: int
    cells: Mapping[str, str]
    action: str = NEW
    zh: str = ""
    en: str = ""
    problem: Refusal | None = None
    made: Any = None

    @property
    def state(self) -> str:
        """What it would do, or `refused`."""
        return REFUSED if self.problem else self.action


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table. `judge(hands, about)` gives a Row for each; `write(rows, *, about, by, on, now)` writes them.

    `about` is what the table is for, where that is one thing: the id of a journey, of a batch.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    judge: Callable[[Sequence[Hand], str], list[Row]]
    write: Callable[..., None]
    most_rows: int = 20_000
    most_bytes: int = 20_000_000

    def column(self, field: str) -> Column:
        """The column of a field."""
        return next(each for each in self.columns if each.field == field)


class Sheet(models.Model):
    """One table sent in: its kind, what it is about, the text of its rows, where it stands."""

    STATES = [(OPEN, "open"), (ACCEPTED, "accepted"), (DISCARDED, "discarded")]

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=64, blank=True, default="")
    measure = models.CharField(max_length=64, blank=True, default="")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH, db_index=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField()
    state = models.CharField(max_length=9, choices=STATES, default=OPEN)
    counts = models.JSONField(default=dict)
    received_by = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "register_sheet"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("sheet_place_code_whole"),
            models.CheckConstraint(condition=Q(state__in=[OPEN, ACCEPTED, DISCARDED]), name="sheet_state_known"),
            models.UniqueConstraint(
                fields=["kind", "about", "sha256"], condition=Q(state=ACCEPTED), name="sheet_taken_in_once"
            ),
        ]

    @property
    def open(self) -> bool:
        """Neither taken in nor thrown away."""
        return self.state == OPEN


def receive(
    file: IO[bytes],
    name: str,
    kind: Kind,
    *,
    place_code: str,
    about: str = "",
    measure: str = "",
    by: str,
    now: datetime,
) -> Sheet:
    """Read a table and keep its rows to be looked at; writes nothing else.

    Raises Refusal for what is no table, one without a needed heading, without rows, or too long.
    """
    shown = shown_name(name)
    sha256, rows = read(file, shown, kind)
    with carry_out("register.sheets.receive", by=by, payload=[kind.name, about, sha256]) as act:
        made = Sheet.objects.create(
            kind=kind.name, about=about, measure=measure, place_code=place_code, name=shown,
            sha256=sha256, rows=rows, received_by=by, received_at=now,
        )  # fmt: skip
        act.result = {"sheet": made.pk}
    return made


def read(file: IO[bytes], name: str, kind: Kind) -> tuple[str, list[Hand]]:
    """The sha256 of a table and its rows, by field; keeps nothing. Raises Refusal as `receive` does."""
    found = _read(file, name, kind)
    rows = cells(found, kind)
    if not rows:
        raise Refusal("表头下面没有一行内容。", "There is no row below the headings.", "file")
    if len(rows) > kind.most_rows:
        raise Refusal(
            f"共 {len(rows)} 行,超过 {kind.most_rows} 行。请分成几份。",
            f"{len(rows)} rows are more than {kind.most_rows}; split the table.",
            "file",
        )
    return found[0].sha256, rows


def taken(kind: Kind, sha256: str, *, about: str = "") -> Sheet | None:
    """The table of that very content which was taken in before; None where none was."""
    return Sheet.objects.filter(kind=kind.name, about=about, sha256=sha256, state=ACCEPTED).first()


def preview(sheet: Sheet, kind: Kind) -> list[Row]:
    """What each row would do, judged by the records as they are now; writes nothing."""
    return kind.judge([(int(number), dict(found)) for number, found in sheet.rows], sheet.about)


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows there are of each state; their sum is the rows of the table."""
    found = dict.fromkeys((NEW, CHANGED, SAME, REFUSED), 0)
    for row in rows:
        found[row.state] += 1
    return found


def accept(sheet: Sheet, kind: Kind, *, by: str, on: date, now: datetime) -> dict[str, int]:
    """Take in every row that is not refused, as one command; answers the counts.

    Raises Refusal for a table taken in or thrown away before, and where no row could be taken in.
    """
    with carry_out("register.sheets.accept", by=by, payload=[sheet.pk, on]) as act:
        held = _held(sheet)
        if taken(kind, held.sha256, about=held.about):
            raise Refusal(
                "这份表以前已经收下过,没有再次写入。",
                "This very table was taken in before; nothing was written.",
                "file",
            )
        rows = preview(held, kind)
        found = counts(rows)
        goes = [row for row in rows if row.state in (NEW, CHANGED)]
        if not goes and not found[SAME]:
            first = next(row for row in rows if row.problem)
            raise Refusal(
                f"没有一行能收下。第 {first.number} 行:{first.problem.zh if first.problem else ''}",
                f"No row could be taken in. Row {first.number}: {first.problem.en if first.problem else ''}",
                "file",
            )
        kind.write(goes, about=held.about, by=by, on=on, now=now)
        _close(held, ACCEPTED, found, by=by, now=now)
        act.result = found
    return found


def discard(sheet: Sheet, *, by: str, now: datetime) -> None:
    """Throw a table away. Raises Refusal for one closed already."""
    with carry_out("register.sheets.discard", by=by, payload=[sheet.pk]):
        _close(_held(sheet), DISCARDED, {}, by=by, now=now)


def _close(held: Sheet, state: str, found: dict[str, int], *, by: str, now: datetime) -> None:
    held.state, held.counts, held.closed_by, held.closed_at = state, found, by, now
    held.save(update_fields=["state", "counts", "closed_by", "closed_at"])


def _held(sheet: Sheet) -> Sheet:
    held = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if held.state != OPEN:
        raise Refusal("这份表已经处理过(收下或作废)。", "This table was taken in or thrown away already.", "file")
    return held


def _read(file: IO[bytes], name: str, kind: Kind) -> list[Table]:
    data = file.read(kind.most_bytes + 1)
    if len(data) > kind.most_bytes:
        most = kind.most_bytes // 1_000_000
        raise Refusal(f"文件超过 {most} MB。", f"The file is larger than {most} MB.", "file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(data)
        return tables.read(path, name=name)


def folded(text: str) -> str:
    """A heading without space, width of brackets and capitals."""
    return re.sub(r"\s", "", text).replace("（", "(").replace("）", ")").replace("％", "%").casefold()


def cells(read: Sequence[Table], kind: Kind) -> list[Hand]:
    """The rows of the first sheet that has the headings, by field; empty rows are left out.

    Raises Refusal, naming the heading that lacks.
    """
    lacking = [column for column in kind.columns if column.required]
    for table in read:
        for at, (_, row) in enumerate(table.rows[:HEADER_WITHIN]):
            placed = _placed(row, kind)
            missing = [column for column in kind.columns if column.required and column.field not in placed]
            if not missing:
                return list(_hands(table.rows[at + 1 :], placed))
            lacking = min(lacking, missing, key=len)
    word = lacking[0].headings[0] if lacking else kind.columns[0].headings[0]
    raise Refusal(
        f"表里没有“{word}”这一列。请用本页的样表填写。",
        f"The table has no column “{word}”. Use this page's form.",
        "file",
    )


def _placed(row: Sequence[str], kind: Kind) -> dict[str, int]:
    placed: dict[str, int] = {}
    for at, cell in enumerate(row):
        word = folded(cell)
        column = next((each for each in kind.columns if word and each.matches(word)), None)
        if column is not None:
            placed.setdefault(column.field, at)
    return placed


def _hands(rows: Iterable[tuple[int, list[str]]], placed: Mapping[str, int]) -> Iterator[Hand]:
    for number, row in rows:
        found = {field: row[at][: LONGEST_CELL + 1] if at < len(row) else "" for field, at in placed.items()}
        if any(text.strip() for text in found.values()):
            yield number, found


def judged(
    hands: Sequence[Hand], look: Callable[[Cells], tuple[str, str, str, Any]], *, key: Sequence[str] = ()
) -> list[Row]:
    """A Row for each hand: `look(cells)` gives (action, zh, en, made) or raises Refusal; its cells are cleaned.

    Two rows alike in the `key` fields: the second is refused.
    """
    seen: dict[tuple[str, ...], int] = {}
    return [_judged(number, found, look, key, seen) for number, found in hands]


def cleaned(found: Mapping[str, str]) -> Cells:
    """A row's cells without needless space. Raises Refusal, naming the column, for what cannot be read as it is."""
    read = {}
    for name, text in found.items():
        try:
            read[name] = clean(text)
        except Unreadable as error:
            raise Refusal(error.zh, error.en, name) from error
        if len(text) > LONGEST_CELL:
            raise Refusal(
                f"超过 {LONGEST_CELL} 字,请写短些。",
                f"It is longer than {LONGEST_CELL} letters; make it shorter.",
                name,
            )
    return read


def _judged(
    number: int,
    found: Cells,
    look: Callable[[Cells], tuple[str, str, str, Any]],
    key: Sequence[str],
    seen: dict[tuple[str, ...], int],
) -> Row:
    try:
        read = cleaned(found)
        same = tuple(read.get(field, "") for field in key)
        if key and same in seen:
            raise Refusal(f"和第 {seen[same]} 行重复。", f"This is row {seen[same]} again.", key[0])
        seen[same] = number
        action, zh, en, made = look(read)
        return Row(number, found, action, zh, en, made=made)
    except Unreadable as error:  # of a cell that `look` reads as a day or a sum
        return Row(number, found, problem=Refusal(error.zh, error.en))
    except Refusal as refusal:
        return Row(number, found, problem=refusal)


def write_form(
    kind: Kind,
    path: Path,
    *,
    language: str,
    rows: Iterable[Sequence[Any]] = (),
    told: Sequence[tuple[str, str]] = (),
) -> None:
    """The kind's own form as a workbook: its headings, and rows already filled in or one example.

    `told` are (label, text) of a sheet beside it: how it is filled in, what it is of.
    """
    filled = list(rows) or [[column.example for column in kind.columns]]
    _book(kind, kind.columns, filled, path, language, told)


def write_refused(sheet: Sheet, kind: Kind, path: Path, *, language: str) -> int:
    """The rows that stay out, as they came, each with its reason; answers how many."""
    bad = [row for row in preview(sheet, kind) if row.problem]
    reason = Column("reason", ("没有收下的原因",), en="Why it stays out", width=40)
    rows = [
        [*(row.cells.get(column.field, "") for column in kind.columns), _words(row.problem, language)] for row in bad
    ]
    _book(kind, (*kind.columns, reason), rows, path, language)
    return len(bad)


def _words(problem: Refusal | None, language: str) -> str:
    if problem is None:
        return ""
    return problem.en if language == "en" else problem.zh


def _book(
    kind: Kind,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    path: Path,
    language: str,
    told: Sequence[tuple[str, str]] = (),
) -> None:
    written = [
        Written(f"c{at}", word := column.heading(language), word, width=column.width, editable=column.fill)
        for at, column in enumerate(columns)
    ]
    title = kind.en if language == "en" else kind.zh
    page = books.Page(title[:31], written, rows, raw=True)
    books.write(books.Book([page], list(told), language), path, form="xlsx", most=len(rows))
