"""`doudi merge`: one village or town becomes part of another."""

from __future__ import annotations

from datetime import date

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, now


@click.command("merge")
@click.argument("old_code")
@click.argument("new_code")
@click.option("--on", "day", type=Day(), required=True, help="The first day of the new code.")
@frame.json_option
@click.pass_context
def merge_command(ctx: click.Context, old_code: str, new_code: str, day: date) -> None:
    """OLD_CODE becomes part of NEW_CODE (twelve digits each): every row takes the new code, history keeps the old.

    Merge the villages first, then the town that is left without any. Duties held on the old code lead to the new one.
    """
    frame.open_home(ctx)
    from doudi.policy import merging

    stamped = merging.merge(old_code, new_code, on=day, by=actor(), now=now())
    payload = {"old": old_code, "new": new_code, "on": day.isoformat(), "stamped": stamped}
    counted = ", ".join(f"{count} {table}" for table, count in stamped.items() if count) or "no rows"
    frame.answer(ctx, payload, f"{old_code} is part of {new_code} from {day} on: {counted} took the new code.")


commands = [merge_command]
