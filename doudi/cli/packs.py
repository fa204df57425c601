"""`doudi pack`: prove a policy pack whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import doudi
from doudi.cli import frame

if TYPE_CHECKING:
    from doudi.policy.packs_check import Report

SHIPPED = Path(doudi.__file__).parent / "packs"


@click.group("pack")
def pack_group() -> None:
    """Policy packs: policy as data."""


@pack_group.command("check")
@click.argument("path")
@click.option("--quick", is_flag=True, help="Leave out the generated cases and the broken rules.")
@frame.json_option
@click.pass_context
def check_command(ctx: click.Context, path: str, quick: bool) -> None:
    """Prove the pack in folder PATH (or the shipped pack of that name) whole.

    Types, citations, examples, translations, what is unused; generated cases on every engine in this process; rules
    broken on purpose. Exits 2 when something is wrong.
    """
    from doudi.policy.packs_check import check

    report = check(_folder(path), step=frame.progress, quick=quick)
    frame.answer(ctx, report.as_json(), _told(report))
    if not report.whole:
        ctx.exit(2)


def _folder(path: str) -> Path:
    """The folder meant: a folder of that path, else the shipped pack of that name."""
    given = Path(path)
    shipped = SHIPPED / path
    return shipped if not given.exists() and (shipped / "pack.toml").is_file() else given


def _told(report: Report) -> str:
    lines = [f"{each.error.say('en')} ({each.error.zh})" for each in report.findings]
    if report.pack is None:
        return "\n".join([*lines, f"{report.path}: {len(lines)} errors"])
    counts = (
        f"{len(report.pack.measures)} measures, {len(report.pack.checks)} checks, {report.examples} examples, "
        f"{report.generated} generated cases, {report.mutants} broken rules "
        f"({len(report.unnoticed)} unnoticed, {len(report.excused)} excused)"
    )
    undecided = f"undecided: {', '.join(report.undecided) or 'nothing'}"
    unverified = f"only remembered: {', '.join(report.unverified) or 'nothing'}"
    verdict = "whole" if report.whole else f"{len(report.findings)} errors"
    told = f"{report.pack.name} {report.pack.hash[:12]}: {verdict} ({report.seconds:.1f} s)"
    return "\n".join([*lines, counts, undecided, unverified, told])


commands = [pack_group]
