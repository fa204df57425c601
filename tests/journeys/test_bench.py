"""Every part of `doudi bench` starts and ends, on the smallest county there is: a bench that nobody runs rots."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from doudi.cli import bench
from tests import homes

SOURCE = Path(__file__).parents[2]
# What makes a demo county is tested elsewhere: here it is a copy of the one that all these tests share.
DRIVE = """
import subprocess, sys
from bench import county
kept, part, *sys.argv[1:] = sys.argv[1:]
county._demo = lambda home, **_: (home.parent.mkdir(exist_ok=True), subprocess.run(["cp", "-a", kept, home]), 1.0)[-1]
__import__(part, fromlist=["main"]).main()
"""
SMALL = {
    "county": ["--rounds", "1"],
    "pages": ["--rounds", "1"],
    "imports": ["--rounds", "1", "--rows", "40"],
    "trail": ["--rounds", "1", "--entries", "200"],
    "plans": ["--rounds", "1", "--workers", "40", "--households", "40"],
    "funds": ["--payments", "20"],
    "grants": ["--home", ""],
    "scale": ["--rounds", "1", "--size", "51K"],
}
APART = {"openfisca"}  # in an environment of its own


def test_every_part_is_tried_here() -> None:
    assert set(bench._parts("1M", 1)) - APART == set(SMALL)


@pytest.mark.parametrize("part", SMALL)
def test_a_part_starts_and_ends(part: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path / "kept"
    if part in ("county", "pages", "imports", "grants"):
        homes.put(tmp_path_factory, kept, *homes.DEMO)
    options = [str(kept) if each == "" else each for each in SMALL[part]]
    told = _run(part, kept, options, tmp_path)
    figures = [value for value in _values(told) if isinstance(value, float)]
    assert figures
    assert all(value >= 0 for value in figures)


def _run(part: str, kept: Path, options: list[str], place: Path) -> Any:
    surroundings = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": str(place)}
    for name in ("DOUDI_HOME", "DOUDI_DATABASE_URL", "DOUDI_SOCKET"):
        surroundings.pop(name, None)
    module = bench._parts("1M", 1)[part][0][0]
    done = subprocess.run(
        [sys.executable, "-c", DRIVE, str(kept), module, *options, "--json"],
        cwd=SOURCE,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not [each for each in place.iterdir() if each.name.startswith("doudi-bench-")], "what was made is gone"
    return json.loads(done.stdout.splitlines()[-1])


def _values(told: Any) -> list[Any]:
    if isinstance(told, dict):
        return [found for each in told.values() for found in _values(each)]
    if isinstance(told, list):
        return [found for each in told for found in _values(each)]
    return [told]
