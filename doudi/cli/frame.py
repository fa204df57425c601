"""What every command needs: an open home, one JSON answer, progress on stderr."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
import orjson

from doudi.cli import home as homes
from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from doudi.values.collecting import unhurried
from doudi.values.refusals import Refusal

_JSON, _HOME = "doudi.json", "doudi.home"


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`: one JSON object on stdout instead of words."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        help="Answer with one JSON object.",
        callback=lambda ctx, _, on: ctx.meta.update({_JSON: on}),
    )(command)


def wants_json(ctx: click.Context) -> bool:
    """Whether `--json` was given."""
    return bool(ctx.meta.get(_JSON))


def answer(ctx: click.Context, payload: Mapping[str, Any], text: str = "") -> None:
    """Answer on stdout: the object with `--json`, else the text (or the object, indented, where there is none)."""
    if wants_json(ctx):
        click.echo(orjson.dumps(payload, default=str).decode())
    else:
        click.echo(text or orjson.dumps(payload, default=str, option=orjson.OPT_INDENT_2).decode())


def progress(text: str) -> None:
    """Say on stderr what is being done."""
    click.echo(text, err=True)


def open_home(ctx: click.Context) -> Home:
    """Open the home: its server running, its tables of this version, Django ready. Closed when the command ends.

    It is opened once, however many commands one calls upon.
    Raises Refusal for a home of a newer version, or one whose server cannot start.
    """
    root = ctx.find_root()
    if _HOME in root.meta:
        return root.meta[_HOME]
    os.umask(0o077)  # what the home holds is closed to others, whoever writes it
    home = homes.present()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if os.environ.get("DOUDI_DATABASE_URL"):
        home.make()
        _set_up()
    else:
        cluster = Cluster(home)
        cluster.start()
        root.call_on_close(cluster.leave)
        _set_up()
        from doudi.cli import schema

        schema.make_database(cluster)
    root.call_on_close(_disconnect)
    _bring_up_to_date(home)
    root.meta[_HOME] = home
    return home


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doudi.settings")
    import django

    with unhurried():  # a thousand modules are read, and stay
        django.setup()


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()


def _bring_up_to_date(home: Home) -> None:
    """Migrate; where there is data already, back it up first."""
    from doudi.cli import schema

    newer = schema.unknown()
    if newer:
        raise Refusal(
            f"数据库由更新版本的 doudi 升级过({newer[0]})。请升级 doudi,或用 doudi restore 恢复旧备份。",
            f"The database was upgraded by a newer doudi ({newer[0]}). Upgrade doudi, or restore an older backup.",
        )
    pending = schema.pending()
    if not pending:
        return
    with homes.locked(home.path / "upgrade.lock"):
        if schema.pending():
            _upgrade(home)


def _upgrade(home: Home) -> None:
    from doudi.cli import archives, schema

    if schema.has_data():
        place = archives.back_up(home)
        progress(f"An upgrade of the tables: backed up to {place} first (doudi restore {place} goes back).")
    schema.migrate()
