"""`doudi receipts` and `doudi contacts`: tables of one kind, shown row by row and taken in."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import actor, default_day, now
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.register.sheets import Kind, Row

STATES = ("new", "changed", "same", "refused")


def _group(name: str, what: str, how: str, kind: Callable[[], Kind]) -> click.Group:
    """A command with an `import` that takes in tables of a kind; `what` it is about, `how` a table is taken in."""
    group = click.Group(name, help=what)

    @group.command("import", help=how)
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
    @frame.json_option
    @click.pass_context
    def take_in(ctx: click.Context, file: Path, dry_run: bool) -> None:
        frame.open_home(ctx)
        _answer(ctx, file, kind(), dry_run)

    return group


def _receipts() -> Kind:
    from doudi.outreach.receipt_sheets import RECEIPTS

    return RECEIPTS


def _contacts() -> Kind:
    from doudi.register.contact_sheets import CONTACTS

    return CONTACTS


def _answer(ctx: click.Context, file: Path, kind: Kind, dry_run: bool) -> None:
    frame.progress(f"reading {file.name} as {kind.en}")
    payload = _taken_in(file, kind, dry_run)
    frame.answer(ctx, payload, _told(payload))


def _taken_in(file: Path, kind: Kind, dry_run: bool) -> dict[str, Any]:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.policy.snapshots import county_code
    from doudi.register import sheets

    content = io.BytesIO(_bytes(file, kind))
    with transaction.atomic(), as_engine():
        sha256, hands = sheets.read(content, file.name, kind)
        rows, before = kind.judge(hands, ""), sheets.taken(kind, sha256)
        accepted = not dry_run and before is None
        if accepted:
            content.seek(0)
            sheet = sheets.receive(content, file.name, kind, place_code=county_code(), by=actor(), now=now())
            sheets.accept(sheet, kind, by=actor(), on=default_day(), now=now())
    told = {"file": file.name, "sha256": sha256, "dry_run": dry_run, "accepted": accepted, "rows": len(rows)}
    when = before.closed_at.astimezone().date() if before and before.closed_at else None
    return {**told, **sheets.counts(rows), "taken_before": when, **_lines(rows)}


def _bytes(file: Path, kind: Kind) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(kind.most_bytes + 1)
    except OSError as error:
        raise Refusal(
            f"读不了 {file}:{error.strerror}。请核对路径。", f"{file} cannot be read: {error.strerror}.", str(file)
        ) from error


def _lines(rows: Sequence[Row]) -> dict[str, Any]:
    """What each row would do, and why those that stay out do."""
    return {
        "changes": [
            {"row": row.number, "state": row.state, "zh": row.zh, "en": row.en}
            for row in rows
            if row.state in ("new", "changed")
        ],
        "problems": [
            {"row": row.number, "column": row.problem.where, "zh": row.problem.zh, "en": row.problem.en}
            for row in rows
            if row.problem
        ],
    }


def _told(payload: dict[str, Any]) -> str:
    counts = " + ".join(f"{payload[state]} {state}" for state in STATES)
    lines = [f"{payload['file']}: {payload['rows']} rows = {counts}"]
    if payload["taken_before"]:
        lines.append(f"This very table was taken in on {payload['taken_before']}; nothing was written again.")
    elif not payload["accepted"]:
        lines.append("Nothing was written (--dry-run).")
        lines += [f"line {each['row']}: {each['state']}: {each['en']} / {each['zh']}" for each in payload["changes"]]
    lines += [f"line {each['row']}, {each['column']}: {each['en']} / {each['zh']}" for each in payload["problems"]]
    return "\n".join(lines)


commands = [
    _group(
        "receipts",
        "What the gateway of text messages says became of them, and what people sent back.",
        "Take in FILE, the gateway's table of receipts and replies; rows refused stay out, each with its reason.\n\n"
        "A message that came to a telephone is not one that was read. TD or 退订 stops that number.",
        _receipts,
    ),
    _group(
        "contacts",
        "Whom to call: the numbers of villages, towns and the county that helpers' telephones carry.",
        "Take in FILE, a table of place, whose number, name, number; rows refused stay out, each with its reason.\n\n"
        "A number that stands at the place already is renamed where the table names it otherwise. None is taken back.",
        _contacts,
    ),
]
