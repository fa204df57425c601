"""`doudi batch`: payments put together for the bank, checked and sent by three people; its file out, its answer in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, default_day, now, signed_in
from doudi.values import money
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    from doudi.funds.batches import Batch

MAKES, CHECKS, SENDS, ANSWERS = "batch.make", "batch.check", "batch.send", "batch.answer"


@click.group("batch")
def batch_command() -> None:
    """Batches of payments. Each step is some person's own act: `--as`, and that person's password."""


def _person(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say whose act it is."""
    named = click.option("--as", "username", required=True, help="Whose act it is: their password is asked for.")
    piped = click.option("--password-stdin", is_flag=True, help="Read that password from stdin.")
    return named(piped(frame.json_option(command)))


@batch_command.command("make")
@click.option("--budget", "number", type=int, required=True, help="The budget's number (doudi reconcile tells it).")
@click.option("--on", type=Day(), help="The day; today, or in a demonstration the report's day.")
@_person
@click.pass_context
def make_command(ctx: click.Context, number: int, on: date | None, username: str, password_stdin: bool) -> None:
    """Put every checked payment of a budget that waits into a new batch."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.funds import batches
    from doudi.funds.budgets import Budget

    by = _signed(username, password_stdin, MAKES)
    with transaction.atomic(), as_engine():
        budget = Budget.objects.filter(pk=number).first()
        if budget is None:
            raise Refusal(f"没有编号为 {number} 的预算。", f"There is no budget {number}.", "--budget")
        _answer(ctx, batches.make(budget, by=by, on=on or default_day()))


@batch_command.command("check")
@click.argument("number")
@_person
@click.pass_context
def check_command(ctx: click.Context, number: str, username: str, password_stdin: bool) -> None:
    """Check a batch somebody else made."""
    frame.open_home(ctx)
    from doudi.funds import batches

    _step(ctx, number, batches.check, _signed(username, password_stdin, CHECKS))


@batch_command.command("send")
@click.argument("number")
@_person
@click.pass_context
def send_command(ctx: click.Context, number: str, username: str, password_stdin: bool) -> None:
    """Give a checked batch to the bank: a treasurer's act, who neither made nor checked any of it."""
    frame.open_home(ctx)
    from doudi.funds import batches

    _step(ctx, number, batches.send, _signed(username, password_stdin, SENDS))


@batch_command.command("export")
@click.argument("number")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--form", default="xlsx", show_default=True, help="xlsx, csv or pain.001.")
@_person
@click.pass_context
def export_command(ctx: click.Context, number: str, path: Path, form: str, username: str, password_stdin: bool) -> None:
    """Write the file of a batch that was sent, with whole account numbers: guard it."""
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.funds import bank_files

    by = _signed(username, password_stdin, SENDS)
    with transaction.atomic(), as_engine():
        batch = _found(number)
        made = bank_files.export(batch, path, form=form, by=by, now=now())
    told = {**_told(batch), "file": str(path), "form": form, "sha256": made.sha256}
    frame.answer(ctx, told, f"{path}: {batch.count:,} payments, {money.tell(batch.fen)} yuan, sha256 {made.sha256}")


@batch_command.command("import")
@click.argument("number")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Match only; nothing is taken in.")
@_person
@click.pass_context
def import_command(
    ctx: click.Context, number: str, path: Path, dry_run: bool, username: str, password_stdin: bool
) -> None:
    """Match the bank's answer (xlsx, csv, pain.002, camt.053, camt.054) and take in the rows that match.

    Rows that do not match change nothing and are told with their reasons; exit 1 where there are any.
    """
    frame.open_home(ctx)
    by = _signed(username, password_stdin, ANSWERS)
    told = _take_in(number, path, by, dry_run=dry_run)
    frame.answer(ctx, told, _words(told))
    if told["unmatched"]:
        ctx.exit(1)


def _take_in(number: str, path: Path, by: str, *, dry_run: bool) -> dict[str, Any]:
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.funds import returns

    with transaction.atomic(), as_engine():
        batch = _found(number)
        found = returns.preview(batch, path, name=path.name, by=by, now=now())
        bad = found.rows.exclude(zh="").order_by("number").values("number", "reference", "zh", "en")
        told = {"return": found.pk, **found.counts, "refused_rows": list(bad[:20]), "taken_in": False}
        if dry_run:
            returns.discard(found, by=by, now=now())
        else:
            told |= {"taken_in": True, "sums_fen": returns.accept(found, by=by, now=now())}
        batch.refresh_from_db()
    return {**_told(batch), **told}


def _step(ctx: click.Context, number: str, verb: Callable[..., Batch], by: str) -> None:
    from django.db import transaction

    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine():
        _answer(ctx, verb(_found(number), by=by, now=now()))


def _signed(username: str, piped: bool, needed: str) -> str:
    """Who signed in, holding a duty that may do this; refused otherwise."""
    from doudi.funds import approvals

    by = signed_in(username, from_stdin=piped)
    approvals.require_duty(by, needed, on=now().astimezone().date())
    return by


def _found(number: str) -> Batch:
    from doudi.funds.batches import Batch

    found = Batch.objects.filter(number=number).first()
    if found is None:
        raise Refusal(f"没有批次 {number}。", f"There is no batch {number}.", number)
    return found


def _told(batch: Batch) -> dict[str, Any]:
    return {"batch": batch.number, "state": batch.state, "payments": batch.count, "fen": batch.fen}


def _answer(ctx: click.Context, batch: Batch) -> None:
    told = f"batch {batch.number} is {batch.state}: {batch.count:,} payments, {money.tell(batch.fen)} yuan"
    frame.answer(ctx, _told(batch), told)


def _words(told: dict[str, Any]) -> str:
    parts = (f"{told[name]:,} {name} ({money.tell(told[name + '_fen'])} yuan)" for name in ("paid", "refused", "held"))
    lines = [f"{told['rows']:,} rows: {', '.join(parts)}, {told['unmatched']:,} not matched"]
    lines += [f"  row {row['number']} {row['reference']}: {row['en']}" for row in told["refused_rows"]]
    lines.append(f"batch {told['batch']} is {told['state']}" if told["taken_in"] else "nothing was taken in")
    return "\n".join(lines)


commands = [batch_command]
