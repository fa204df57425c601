"""`doudi import`: a table shown beside the register, and taken in whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doudi.cli import frame
from doudi.cli.options import Day, actor, default_day, now

if TYPE_CHECKING:
    from doudi.register.importing.reading import Reading


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", help="How to read the table: a profile's name, or the path of a TOML file.")
@click.option("--source", default="", help="Who says so; the profile's source when not given.")
@click.option("--as-of", type=Day(), help="The day the table speaks of; today when not given.")
@click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
@frame.json_option
@click.pass_context
def import_command(
    ctx: click.Context, file: Path, profile: str | None, source: str, as_of: date | None, dry_run: bool
) -> None:
    """Take in FILE, a CSV or a workbook, in one transaction; rows refused or held stay out, each with its reason.

    The answer counts rows = new + changed + same + held + refused. The same table again writes nothing and says so.
    """
    home = frame.open_home(ctx)
    from doudi.register import vocabularies
    from doudi.register.importing import accepting, profiles

    about = as_of or default_day()
    chosen = profiles.load(profile, vocabularies.adopted) if profile else accepting.fitting_profile(file, about=about)
    frame.progress(f"reading {file.name} as {chosen.title_en} ({chosen.name})")
    table = accepting.open_table(file, chosen, about=about)
    if chosen.subject == "place":
        payload = _divisions(table, dry_run=dry_run)
    else:
        payload = _households(table, source, dry_run, home.path / "imports")
    frame.answer(ctx, payload, _told(payload))


def _households(table: Reading, source: str, dry_run: bool, folder: Path) -> dict[str, Any]:
    from django.db import transaction

    from doudi.monitoring import watching
    from doudi.register.importing import accepting, telling

    accepted = not dry_run and accepting.taken(table, source=source) is None
    if accepted:
        found = accepting.accept(table, by=actor(), now=now(), source=source)
        with transaction.atomic():
            watching.ask_to_catch_up(by=actor(), on=default_day())
    else:
        found = accepting.preview(table, source=source)
    payload = {**telling.told(found), "dry_run": dry_run, "accepted": accepted, "problems_file": None}
    if payload["held"] + payload["refused"]:
        path = folder / f"{Path(table.table.name).stem[:60]}-{table.table.sha256[:8]}-problems.csv"
        telling.write_problems(found, path)
        payload["problems_file"] = str(path)
    return payload


def _divisions(table: Reading, *, dry_run: bool) -> dict[str, Any]:
    from doudi.register.importing import divisions

    found = divisions.preview(table) if dry_run else divisions.accept(table, by=actor(), now=now())
    return {**divisions.told(found), "dry_run": dry_run, "accepted": not dry_run}


def _told(payload: dict[str, Any]) -> str:
    counts = " + ".join(f"{payload[state]} {state}" for state in ("new", "changed", "same", "held", "refused"))
    lines = [f"{payload['file']}: {payload['rows']} rows = {counts}"]
    if payload.get("taken_before"):
        lines.append(f"This very table was taken in on {payload['taken_before']}; nothing was written again.")
    elif not payload["accepted"]:
        lines.append("Nothing was written (--dry-run).")
    if payload.get("newer_table_of"):
        lines.append(f"A table of {payload['newer_table_of']} was taken in before: this one is older.")
    lines += [f"line {p['row']}, {p['column']}: {p['state']}: {p['en']} / {p['zh']}" for p in payload["problems"]]
    lines += [f"line {c['row']}, {c['column']}: {c['before']} -> {c['after']}" for c in payload.get("changes", [])]
    if payload.get("columns_not_used"):
        lines.append("columns not used: " + ", ".join(payload["columns_not_used"]))
    if payload.get("problems_file"):
        lines.append(f"every row that stayed out: {payload['problems_file']}")
    return "\n".join(lines)


commands = [import_command]
