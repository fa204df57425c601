"""`doudi backup` and `doudi restore`."""

from __future__ import annotations

from pathlib import Path

import click

from doudi.cli import frame


@click.command("backup")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@frame.json_option
@click.pass_context
def backup(ctx: click.Context, file: Path | None) -> None:
    """Write everything to one FILE (default: the home's backups), while it is being served too."""
    home = frame.open_home(ctx)
    from doudi.cli import archives

    place = archives.back_up(home, file.absolute() if file else None)
    size = place.stat().st_size
    frame.answer(ctx, {"file": str(place), "bytes": size}, f"{place} ({size / 1e6:.1f} MB)")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Prove that FILE can be restored, and change nothing.")
@frame.json_option
@click.pass_context
def restore(ctx: click.Context, file: Path, verify: bool) -> None:
    """Put the backup FILE in the place of what is there (which is backed up first)."""
    home = frame.open_home(ctx)
    from doudi.cli import archives

    done = archives.verify(home, file) if verify else archives.restore(home, file)
    words = "can be restored" if verify else "is restored"
    frame.answer(ctx, done, f"The county of {done['at']} {words}: {done['rows']} rows.")


commands = [backup, restore]
