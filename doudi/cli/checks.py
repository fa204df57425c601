"""`doudi checks`: the data-quality checks over the latest run's snapshot."""

from __future__ import annotations

import click

from doudi.cli import frame


@click.command("checks")
@click.option("--run", "number", type=int, help="A run's number; the standing run where none is given.")
@click.option(
    "--most",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="How many findings of a check are listed.",
)
@frame.json_option
@click.pass_context
def checks_command(ctx: click.Context, number: int | None, most: int) -> None:
    """What in the data is missing, impossible or out of line, check by check; exempt subjects apart."""
    frame.open_home(ctx)
    from doudi.policy import quality
    from doudi.policy.runs import Run

    run = Run.objects.numbered(number) if number is not None else Run.objects.in_force()
    rows = [quality.tell(each, most=most) for each in quality.check(run)]
    lines = [
        f"{row['findings']:>7}  ({row['exempt']} exempt of {row['subjects']} {row['subject']})  "
        f"{row['catalogue']} {row['name']}: {row['zh']} / {row['en']}"
        for row in rows
    ]
    frame.answer(ctx, {"run": run.pk, "as_of": run.as_of.isoformat(), "checks": rows}, "\n".join(lines))


commands = [checks_command]
