"""`doudi demo`: make the synthetic county, adopt its pack, decide it once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from doudi.cli import frame
from doudi.cli.options import DEMO_DAY, now

PACK, OVERLAY = "pengxi_2020", "demo_choices.toml"


@click.command("demo")
@click.option("--households", type=int, default=24_180, show_default=True, help="How many; fewer scale every figure.")
@click.option("--seed", type=int, default=20_200_227, show_default=True, help="Another seed, another county.")
@frame.json_option
@click.pass_context
def demo_command(ctx: click.Context, households: int, seed: int) -> None:
    """Make the demo county in an empty home: synthetic, labelled so for ever, the same for the same seed."""
    frame.open_home(ctx)
    begun = time.monotonic()
    with _bar() as bar:
        told = _make(households, seed, _teller(bar))
    told["seconds"] = round(time.monotonic() - begun, 2)
    frame.answer(ctx, told, _words(told))


def _make(households: int, seed: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Load, adopt the pack with the demo's assumptions, decide: one transaction, so that killing it leaves nothing."""
    from django.db import transaction

    from doudi.delivery.demo import caring, entitlements, hiring, inputs, journeys, loans, purchases
    from doudi.funds.demo import money
    from doudi.monitoring.demo import disputing, village, watching
    from doudi.outreach.demo import telling
    from doudi.policy import findings, packs, running, versions
    from doudi.projects.demo import works
    from doudi.register.demo import loading
    from doudi.values.collecting import unhurried

    with transaction.atomic(), unhurried():
        words = packs.load(versions.folder_of(PACK)).vocabulary
        told = loading.load(words, households=households, seed=seed, progress=progress)
        told["money"] = money.load(by=loading.BY)
        progress("projects, their weeks and their money")
        told["projects"] = works.load(on=DEMO_DAY, vocabulary=words, seed=seed, by=loading.BY)
        progress("deciding the county")
        versions.adopt_overlay(OVERLAY, pack=PACK, by=loading.BY, now=now())
        made = running.run(PACK, as_of=DEMO_DAY, by=loading.BY, now=now())
        findings.folder_of(made)
        progress("granting what was decided")
        told["entitlements"] = entitlements.load(made)
        told["inputs"] = inputs.load(made)
        told["journeys"] = journeys.load(made)
        progress("what is for sale, who buys, what the platforms sold")
        told["purchases"] = purchases.load(made, seed=seed)
        told["care"] = caring.load(made, now=now())
        told["loans"] = loans.load(made)
        told["hiring"] = hiring.load(made)
        progress("patrolling a village")
        told["village"] = village.load(made)
        progress("comparing the copies, raising the alerts")
        told["watching"] = watching.load(made, now=now())
        told["disputing"] = disputing.load(made)
        progress("what everybody was told")
        told["telling"] = telling.load(made, seed=seed)
    return told | {"run": made.pk, "accounts": loading.shown_accounts()}


def _teller(bar: Progress) -> Callable[[str], None]:
    """Says what is being done: beside the bar on a terminal, else line by line."""
    task = bar.add_task("", total=None)
    return (lambda said: bar.update(task, description=said)) if bar.console.is_terminal else frame.progress


def _bar() -> Progress:
    """Progress on stderr, so that stdout holds the answer alone."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _words(told: dict[str, Any]) -> str:
    lines = [
        f"Demo county (synthetic): {told['households']:,} households, {told['persons']:,} persons,"
        f" {told['villages']} villages, {told['helpers']:,} helpers, {told['statements']:,} statements"
        f" in {told['seconds']} s.",
        f"Content sha256 {told['content_sha256']}; decided by run {told['run']}.",
        "Accounts (for the demo only):",
    ]
    lines += [f"  {a['username']:<12}{a['password']:<18}{a['role']:<18}{a['name']}" for a in told["accounts"]]
    return "\n".join(lines)


commands = [demo_command]
