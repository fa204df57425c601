"""`doudi bench`: the bars, measured here and now. The measuring itself is in the checkout's `bench` folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

import doudi
from doudi.cli import frame
from doudi.values.refusals import Refusal

TOP = Path(doudi.__file__).resolve().parents[1]
SIZES = ("1M", "10M", "100M")
PARTS = {"county": "bench.county", "scale": "bench.scale", "openfisca": "bench.openfisca_compare"}


@click.command("bench")
@click.option("--size", type=click.Choice(SIZES), default="10M", show_default=True, help="The largest register.")
@click.option("--part", "parts", type=click.Choice(list(PARTS)), multiple=True, help="Only this part; all otherwise.")
@frame.json_option
@click.pass_context
def bench(ctx: click.Context, size: str, parts: tuple[str, ...]) -> None:
    """Measure every bar, smaller sizes first: medians, and by how much a bar is missed."""
    if not (TOP / "bench").is_dir():
        raise Refusal("测速程序只在源代码目录里。", "The benchmarks are in the source checkout only.", str(TOP))
    as_json = frame.wants_json(ctx)
    told = {part: _measured(part, size, as_json=as_json) for part in parts or PARTS}
    frame.answer(
        ctx, {part: json.loads(text) for part, text in told.items()} if as_json else {}, "\n\n".join(told.values())
    )


def _measured(part: str, size: str, *, as_json: bool) -> str:
    """What one part prints, measured in processes of its own."""
    options = [] if part != "scale" else [f"--size={each}" for each in SIZES[: SIZES.index(size) + 1]]
    if as_json:
        options.append("--json")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", PARTS[part], *options], cwd=TOP, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise Refusal(f"测速没有完成:{part}。", f"The benchmark did not end well: {part}.", PARTS[part])
    return done.stdout.rstrip()


commands = [bench]
