"""`doudi jobs`: what waits, is under way or failed in the background; and the worker itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import click

from doudi.cli import frame

MOST = 1000


@click.group("jobs")
def jobs_group() -> None:
    """Work in the background: list it, begin it again, see what is stuck."""


@jobs_group.command("list")
@click.option("--state", type=click.Choice(["waiting", "under_way", "done", "failed"]), help="Only these.")
@click.option("--most", type=click.IntRange(1, MOST), default=50, show_default=True)
@frame.json_option
@click.pass_context
def list_command(ctx: click.Context, state: str | None, most: int) -> None:
    """The latest jobs, newest first: what, for whom, how far."""
    frame.open_home(ctx)
    from doudi.trail.progress import Progress

    found = Progress.objects.order_by("-since", "-key")
    rows = [_told(each) for each in (found.filter(state=state) if state else found)[:most]]
    lines = [
        f"{row['since']:%Y-%m-%d %H:%M:%S}  {row['state']:<9} {row['percent']:>3}%  {row['job']}  {row['key']}"
        f"  {row['by']}  {row['en']}".rstrip()
        for row in rows
    ]
    frame.answer(ctx, {"jobs": rows}, "\n".join(lines) or "No job was ever asked for.")


def _told(each: Any) -> dict[str, Any]:
    names = ("key", "job", "by", "state", "said", "percent", "since", "at", "zh", "en", "result")
    return {name: getattr(each, name) for name in names}


@jobs_group.command("retry")
@click.argument("key")
@frame.json_option
@click.pass_context
def retry_command(ctx: click.Context, key: str) -> None:
    """Begin a failed job again. Its effect is one command: what was done already is not done twice."""
    frame.open_home(ctx)
    from doudi.trail import jobs

    jobs.retry(key)
    frame.answer(ctx, {"key": key, "state": "waiting"}, f"{key} waits again.")


@jobs_group.command("stalled")
@frame.json_option
@click.pass_context
def stalled_command(ctx: click.Context) -> None:
    """Jobs whose worker is gone. A running worker takes them up by itself within seconds."""
    frame.open_home(ctx)
    from doudi.trail import jobs

    rows = jobs.stalled()
    lines = [f"{row['job']}  {row['key']}  begun {row['attempts']} times before" for row in rows]
    frame.answer(ctx, {"stalled": rows}, "\n".join(lines) or "None.")


@jobs_group.command("work")
@click.pass_context
def work_command(ctx: click.Context) -> None:
    """Work off jobs, seal, decide who was put off and look at what moved, until Ctrl-C. `doudi serve` starts one."""
    parent = int(os.environ.get("DOUDI_SERVED_BY", "0"))
    if parent:
        threading.Thread(target=_end_with, args=(ctx, parent), daemon=True).start()
    frame.open_home(ctx)
    from doudi.cli import deciders, rounds, sealers, watchers
    from doudi.trail import worker

    with (
        rounds.beside("sealer", sealers.seal, seconds=sealers.SECONDS),
        rounds.beside("decider", deciders.decider(), seconds=deciders.SECONDS),
        rounds.beside("watcher", watchers.ask, seconds=watchers.SECONDS),
    ):
        worker.run()


def _end_with(ctx: click.Context, parent: int) -> None:
    """When `doudi serve` was killed, let go of the database, the last one stopping it. The job is begun again."""
    while os.getppid() == parent:
        time.sleep(0.5)
    try:
        ctx.find_root().close()
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


commands = [jobs_group]
