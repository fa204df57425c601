"""`doudi backup` and `doudi restore`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from doudi.cli import frame

PASSPHRASE = "DOUDI_PASSPHRASE"  # noqa: S105 - the name of a variable
SEALED = (
    "Outboxes its telephones exported before do not open here: put a copy of that home's outbox.pem into this home as"
    " outbox-before.pem."
)


@click.command("backup")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="Hold the home's secrets too, closed by a passphrase asked for.")
@frame.json_option
@click.pass_context
def backup(ctx: click.Context, file: Path | None, with_key: bool) -> None:
    """Write everything to one FILE (default: the home's backups), while it is being served too."""
    home = frame.open_home(ctx)
    from doudi.cli import archives

    passphrase = _passphrase(confirm=True) if with_key else ""
    place = archives.back_up(home, file.absolute() if file else None, passphrase=passphrase)
    size = place.stat().st_size
    frame.answer(ctx, {"file": str(place), "bytes": size}, f"{place} ({size / 1e6:.1f} MB)")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Prove that FILE can be restored, and change nothing.")
@click.option("--key", type=click.Path(path_type=Path), help="The secret.key of the home FILE was made in.")
@click.option("--without-key", is_flag=True, help="Go on though no account number will open.")
@frame.json_option
@click.pass_context
def restore(ctx: click.Context, file: Path, verify: bool, key: Path | None, without_key: bool) -> None:
    """Put the backup FILE in the place of what is there (which is backed up first)."""
    home = frame.open_home(ctx)
    from doudi.cli import archives

    ask = _passphrase if os.environ.get(PASSPHRASE) or sys.stdin.isatty() else None
    done = (
        archives.verify(home, file)
        if verify
        else archives.restore(home, file, key=key, ask=ask, without_key=without_key)
    )
    words = "can be restored" if verify else "is restored"
    told = f"The county of {done['at']} {words}: {done['rows']} rows."
    frame.answer(ctx, done, f"{told}\n{SEALED}" if done.get("outbox") == "elsewhere" else told)


def _passphrase(*, confirm: bool = False) -> str:
    """The passphrase of the environment, else the one typed."""
    told = os.environ.get(PASSPHRASE, "")
    return told or str(click.prompt("Passphrase 口令", hide_input=True, confirmation_prompt=confirm, err=True))


commands = [backup, restore]
