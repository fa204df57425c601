"""Homes made once for all workers of a run of the tests, by whichever asks first, and copied to wherever one is wanted.

A test of how a home is made makes its own; most only need one that stands. Making one takes seconds (a server, 130
tables), a county in it a quarter of a minute; a copy takes a tenth of a second.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from doudi.cli.home import locked
from tests.frame.terminal import Terminal

EMPTY = ("account", "list")  # the shortest command that opens a home: it leaves one in which nothing was done
DEMO = ("demo", "--households", "60")


def shared(folders: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see, and no other run."""
    own = folders.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


def put(folders: pytest.TempPathFactory, place: Path, *words: str) -> Terminal:
    """A home at `place` as this command of `doudi` leaves a new one; its server is down."""
    kept = shared(folders) / f"home-{'-'.join(words)}"
    with locked(kept.with_suffix(".lock")):
        if not kept.exists():
            draft = Terminal(kept.with_suffix(".draft"))
            draft.run(*words)
            assert draft.server() is None
            draft.home.rename(kept)
    place.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(kept), str(place)], check=True)
    return Terminal(place)
