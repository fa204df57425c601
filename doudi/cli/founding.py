"""`doudi init`: a real county begins, with its divisions and without any account."""

from __future__ import annotations

from pathlib import Path

import click

from doudi.cli import frame
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal


@click.command("init")
@click.option("--county", required=True, metavar="CODE", help="The county's 6-digit division code.")
@click.option("--name", default="", help="The county's name.")
@click.option(
    "--divisions",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="CSV of its towns or villages (code12,name,kind,town_code9,town_name); may be given twice.",
)
@frame.json_option
@click.pass_context
def init(ctx: click.Context, county: str, name: str, divisions: tuple[Path, ...]) -> None:
    """Begin a real county. It has no account: add the first with `doudi account add`."""
    if len(county) != 6 or not is_prefix(county):
        raise Refusal(f"“{county}”不是 6 位县级代码。", f"“{county}” is no 6-digit county code.", "--county")
    frame.open_home(ctx)
    from doudi.places import founding

    founded = founding.found(county, name or county, divisions, by="init")
    frame.answer(
        ctx,
        {"county": county, "name": name or county, "demo": False, "places": founded},
        f"{name or county}: {founded['town']} towns, {founded['village']} villages and communities.\n"
        f"No account yet: doudi account add NAME --role county_officer --place {county}",
    )


commands = [init]
