"""A full disk: told in words, nothing half written, and everything works again once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import homes
from tests.faults.test_kills import DEMO, counts
from tests.frame.terminal import Terminal

SIZE = 300  # MB: a server, a small county, and little more


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A small county on a disk of a few hundred megabytes. Needs the right to mount."""
    folder = tmp_path_factory.mktemp("disk")
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("needs root to mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    terminal = homes.put(tmp_path_factory, folder / "home", *DEMO)
    yield terminal
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk but for `leave` bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        while shutil.disk_usage(folder).free > leave:
            file.write(b"\0" * min(1 << 20, max(1, shutil.disk_usage(folder).free - leave)))
            file.flush()
    return ballast


@pytest.mark.parametrize("leave", [0, 150_000, pytest.param(600_000, marks=pytest.mark.heavy)])
def test_a_disk_full_during_a_run(terminal: Terminal, leave: int) -> None:
    """A run needs little room for a small county: with some left it may well be done, but never in part."""
    before = counts(terminal)
    ballast = fill(terminal.home.parent, leave)
    done = terminal.run("run", code=None)
    ballast.unlink()
    assert "Traceback" not in done.stderr
    assert done.returncode in ((0, 1) if leave else (1,)), done.stderr
    if done.returncode:
        assert "The disk is full" in done.stderr or "could not start" in done.stderr
    after = counts(terminal)
    assert (after == before) if done.returncode else after["policy_run"] == before["policy_run"] + 1
    assert terminal.ask("run")["run"]
    assert not [path for path in (terminal.home / "runs").rglob("*") if path.name.endswith(".part")]


def test_a_disk_full_during_a_backup_leaves_no_backup(terminal: Terminal) -> None:
    ballast = fill(terminal.home.parent, 300_000)
    done = terminal.run("backup", code=None)
    ballast.unlink()
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert list((terminal.home / "backups").iterdir()) == []
    terminal.run("backup")
