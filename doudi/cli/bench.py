"""`doudi bench`: the bars of the county, its pages, a province and beside OpenFisca, printed as they are measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

import doudi
from doudi.cli import frame
from doudi.values.refusals import Refusal

SOURCE = Path(doudi.__file__).parent.parent
OPENFISCA = SOURCE / "build" / "openfisca" / "bin" / "python"
SIZES = ("1M", "10M", "100M")
PAGE_ROUNDS = 15  # a page takes a tenth of a second: fewer would tell the machine's mood


@click.command("bench")
@click.option("--size", type=click.Choice(SIZES), default="10M", show_default=True, help="The largest register.")
@click.option("--part", "chosen", multiple=True, help="Only this part: county, pages, imports, scale ...; repeatable.")
@click.option(
    "--rounds", default=5, show_default=True, help="How often each is measured (pages 15 at least); medians are told."
)
@frame.json_option
@click.pass_context
def bench_command(ctx: click.Context, size: str, chosen: tuple[str, ...], rounds: int) -> None:
    """Measure every bar, smaller sizes first. Takes a quarter of an hour; 100M persons take longer.

    The county's bars, its pages', those of the import, then all ten measures over synthetic registers, then five
    measures beside the same five written for OpenFisca-core. Registers of 100M persons are decided once, and OpenFisca
    is asked up to 10M.
    """
    if not (SOURCE / "bench" / "scale.py").is_file():
        zh, en = "测速程序只在源码目录里有", "the measuring programs are only in the source tree"
        raise Refusal(zh, en, str(SOURCE / "bench"))
    parts = _parts(size, rounds)
    for name in chosen:
        if name not in parts:
            listed = ", ".join(parts)
            raise Refusal(
                f"没有“{name}”这一部分,可用:{listed}", f"there is no part “{name}”; one of {listed}", "--part"
            )
    told = {name: _measure(ctx, name, parts[name]) for name in parts if not chosen or name in chosen}
    if frame.wants_json(ctx):
        frame.answer(ctx, told)


def _parts(size: str, rounds: int) -> dict[str, list[list[str]]]:
    """What is run, by the name of its part of the table."""
    several = [word for each in SIZES[:2] if SIZES.index(each) <= SIZES.index(size) for word in ("--size", each)]
    many = ["--rounds", str(rounds)]
    scale = [["bench.scale", *several, *many]]
    if size == SIZES[-1]:
        scale.append(["bench.scale", "--size", size, "--rounds", "1"])
    parts = {
        "county": [["bench.county", *many]],
        "pages": [["bench.pages", "--rounds", str(max(PAGE_ROUNDS, rounds))]],
        "imports": [["bench.imports", *many]],
        "trail": [["bench.trail", *many]],
        "plans": [["bench.plans", *many]],
        "funds": [["bench.funds"]],
        "grants": [["bench.grants"]],
        "scale": scale,
    }
    if OPENFISCA.exists():
        parts["openfisca"] = [["bench.openfisca_compare", *several, *many]]
    else:
        frame.progress("OpenFisca is not installed: python3 requirements/environment.py openfisca")
    return parts


def _measure(ctx: click.Context, name: str, commands: list[list[str]]) -> list[Any]:
    """Run the part's programs; their text goes to stdout as it comes, their JSON is given back with `--json`."""
    if not frame.wants_json(ctx):
        click.echo(f"-- {name}")
    found: list[Any] = []
    for module, *options in commands:
        command = [sys.executable, "-m", module, *options]
        if frame.wants_json(ctx):
            done = subprocess.run([*command, "--json"], check=True, cwd=SOURCE, stdout=subprocess.PIPE)
            found.append(json.loads(done.stdout))
        else:
            subprocess.run(command, check=True, cwd=SOURCE)
    return found


commands = [bench_command]
