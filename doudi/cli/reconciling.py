"""`doudi reconcile`: the books and the payments counted anew, and how old unspent money is."""

from __future__ import annotations

from typing import Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, default_day


@click.command("reconcile")
@click.option("--on", "day", type=Day(), help="The day to which the age of unspent money is told; today if not given.")
@frame.json_option
@click.pass_context
def reconcile_command(ctx: click.Context, day: Any) -> None:
    """Sent = paid + returned + open, to the fen, by batch, measure and budget; every balance counted from its postings.

    Exit 1 where anything does not add up.
    """
    frame.open_home(ctx)
    from django.db import transaction

    from doudi.access.scope import as_engine
    from doudi.funds import reconciliation

    with transaction.atomic(), as_engine():
        told = reconciliation.tell()
        ages = reconciliation.ages(on=day or default_day())
    payload = {
        "off": told.off,
        **{
            name: [each._asdict() for each in getattr(told, name)]
            for name in ("batches", "measures", "budgets", "books")
        },
        "wrong": told.wrong,
        "ages": [each._asdict() | {"oldest": each.oldest and each.oldest.isoformat()} for each in ages],
    }
    lines = [f"{x.title}: given {x.given}, spent {x.spent}, at the bank {x.paying} fen" for x in told.books]
    frame.answer(ctx, payload, "\n".join([*lines, f"off by {told.off} fen over {len(told.batches)} batches"]))
    if told.off:
        ctx.exit(1)


commands = [reconcile_command]
