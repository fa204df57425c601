"""Asking for a table of a list, and the making of its file: as the asker saw the register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from doudi.access import scope
from doudi.access.scope import as_engine
from doudi.policy.listing import corrections, lists
from doudi.policy.listing.lists import Asker, List
from doudi.policy.runs import Run
from doudi.register.exporting import books, exports
from doudi.register.exporting.books import Book, Page
from doudi.register.exporting.columns import Column, in_words
from doudi.register.exporting.exports import Export, Request
from doudi.trail import jobs
from doudi.values.refusals import Refusal

JOB = "policy.listing.making.make"
AT_ONCE = 2_000  # rows made while the asker waits; more are made by a job
HIDDEN = (
    Column("_id", "_id", "_id", width=12, hidden=True),
    Column("_rev", "_rev", "_rev", "int", width=12, hidden=True),
    Column("_export", "_export", "_export", width=12, hidden=True),
)
SHORT_TOKEN = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: a list, its conditions, the facts to add by column name, the form, and why."""

    list_name: str
    query: Mapping[str, str]
    facts: tuple[str, ...] = ()
    reason: str = ""
    form: str = "xlsx"
    comes_back: bool = False
    with_numbers: bool = False
    url: str = ""


def ask(asked: Asked, asker: Asker, *, by: str, now: datetime) -> Export:
    """Count what is asked for within the asker's scope and ask for it. Raises Refusal as `exports.ask` does."""
    listed = lists.named(asked.list_name)
    exports.check_reason(asked.reason)
    found, chosen = listed.find(asked.query, asker), chosen_of(listed, asked.facts, asker)
    if found.rows > books.MOST_ROWS:
        raise books.too_long(found.rows)
    _refuse_no_way_back(asked, listed, chosen)
    if asked.with_numbers and asked.list_name != corrections.LIST.name:
        raise _no_numbers()
    request = Request(
        kind=asked.list_name,
        asked={"query": dict(asked.query), "facts": [column.name for column in chosen], "url": asked.url[:2000]},
        told=listed.tell(asked.query, asker),
        columns=[column.name for column in (*listed.columns(asked.query, asker), *chosen)],
        reason=asked.reason,
        rows=found.rows,
        persons=found.persons,
        households=found.households,
        as_of=asker.day,
        run_id=asker.run.pk if asker.run else None,
        form=asked.form,
        language=asker.language,
        with_numbers=asked.with_numbers,
        comes_back=asked.comes_back,
    )
    return exports.ask(request, by=by, sight=sight_of(asker), now=now)


def sight_of(asker: Asker) -> dict[str, list[Any]]:
    """What the asker sees, as the export keeps it."""
    seen = asker.scope
    return {
        "roles": sorted(asker.roles),
        "places": sorted(seen.places),
        "households": sorted(seen.households),
        "measures": sorted(seen.measures),
    }


def chosen_of(listed: List, names: Iterable[str], asker: Asker) -> list[Column]:
    """The facts chosen, in the list's order. Raises Refusal for one the list does not offer to this asker."""
    offered = {column.name: column for column in listed.facts(asker)}
    wanted = set(names)
    for name in wanted - offered.keys():
        raise Refusal(
            f"“{name[:60]}”不能作为这个清单的列。请从页面上列出的事实里选。",
            f"“{name[:60]}” cannot be a column of this list. Choose among the facts offered.",
            "facts",
        )
    return [column for name, column in offered.items() if name in wanted]


def _refuse_no_way_back(asked: Asked, listed: List, chosen: Sequence[Column]) -> None:
    if not asked.comes_back:
        return
    if not listed.kind or asked.form != "xlsx":
        raise Refusal(
            "只有农户和人员清单的 xlsx 可以改后上传。",
            "Only xlsx of households or persons can come back.",
            "comes_back",
        )
    if not any(column.editable for column in chosen):
        raise Refusal(
            "要改后上传,请至少选一项您可以填报的事实。",
            "To bring changes back, choose at least one fact you may state.",
            "facts",
        )


def _no_numbers() -> Refusal:
    return Refusal(
        "完整证件号码只能随国扶格式的更正表导出。",
        "Whole identity numbers leave only with the correction table in the national form.",
        "with_numbers",
    )


# -- the file


def start(export: Export, *, by: str, now: datetime) -> bool:
    """Make the file now when it is small, else ask for the job that does; answers whether it is made."""
    if export.rows > AT_ONCE or export.kind == "questions":
        defer(export, by=by, now=now)
        return False
    make_file(export, now=now)
    return True


def defer(export: Export, *, by: str, now: datetime) -> str:
    """Ask for the job that makes the file; answers its key."""
    return jobs.defer(JOB, by=by, key=f"export-{export.token}", export=export.pk, at=now.isoformat())


@jobs.job(JOB)
def make(key: str, export: int, at: str) -> dict[str, Any]:
    """Make the file of an export as a job, asked for at a moment."""
    with transaction.atomic():
        with as_engine():
            held = Export.objects.get(pk=export)
        made = make_file(held, now=datetime.fromisoformat(at), key=key)
    return {"export": made.pk, "rows": made.rows}


def make_file(export: Export, *, now: datetime, key: str = "") -> Export:
    """Write the file within the scope its asker had, and note it. Raises Refusal for what may not be made."""
    exports.check_may_be_made(export, now)
    exports.clean(now)
    with transaction.atomic(), scope.enter(export.scope):
        book = _book_of(export)
        hear = (lambda part: jobs.tell(key, "writing", part)) if key else (lambda part: None)
        digest = books.write(book, export.path, form=export.form, most=export.rows, hear=hear)
        command: UUID | None = jobs.command(key) if key else None
        return exports.note_made(export, sha256=digest, rows=book.made, by=export.requested_by, now=now, key=command)


def asker_of(export: Export) -> Asker:
    """Who asked, as they saw the register then."""
    run = Run.objects.filter(pk=export.run_id).first() if export.run_id else None
    return Asker(export.roles, export.scope, export.as_of, run, export.language)


def _book_of(export: Export) -> Book:
    asker, listed = asker_of(export), lists.named(export.kind)
    query = export.asked.get("query", {})
    if export.kind == corrections.LIST.name:
        pages = corrections.pages(query, asker, numbers=export.with_numbers)
        return Book(pages, told(export), export.language)
    chosen = chosen_of(listed, export.asked.get("facts", []), asker)
    found = listed.find(query, asker)
    columns = [*listed.columns(query, asker), *(_shown(column, export) for column in chosen)]
    if export.comes_back:
        columns = [*columns, *HIDDEN]
    rows = _laid_out(listed.rows(found, query, chosen, asker), export)
    page = Page(in_words(listed.zh, listed.en, export.language)[:31], columns, rows)
    return Book([page], told(export), export.language, export.token if export.comes_back else "")


def _shown(column: Column, export: Export) -> Column:
    """A fact's column; only in a table that comes back may it be changed."""
    return column if export.comes_back else replace(column, editable=False)


def _laid_out(rows: Iterator[list[Any]], export: Export) -> Iterator[list[Any]]:
    """The rows, with the hidden columns last where the table comes back."""
    for number, revision, *row in rows:
        tail = [str(number), revision, export.token[:SHORT_TOKEN]] if export.comes_back else []
        yield [*row, *tail]


def told(export: Export) -> list[tuple[str, str]]:
    """What the sheet of filters says."""
    zh = export.language != "en"
    rows = [
        ("清单", "list", _title(export)),
        ("谁导出", "exported by", export.requested_by),
        ("谁同意", "allowed by", export.approved_by or ("不需要" if zh else "not needed")),
        ("申请时间", "asked for at", books.told_day(timezone.localtime(export.requested_at))),
        ("原因", "reason", export.reason),
        ("截至哪天", "as of", books.told_day(export.as_of)),
        ("第几次运行", "run", str(export.run_id or "--")),
        ("范围", "scope", ", ".join(map(str, export.sight.get("places", []))) or "--"),
        *(tuple(line) for line in export.told or [("筛选", "filters", "全部" if zh else "everything in scope")]),
        ("筛选网址", "filters as URL", export.asked.get("url", "") or "--"),
        ("涉及户数", "households concerned", str(export.households)),
        ("涉及人数", "persons concerned", str(export.persons)),
        ("导出编号", "export number", str(export.pk)),
    ]
    return [(in_words(one, two, export.language), str(value)) for one, two, value in rows]


def _title(export: Export) -> str:
    listed = lists.named(export.kind)
    return in_words(listed.zh, listed.en, export.language)
