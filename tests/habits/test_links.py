"""No link is committed: one named as an ignored folder (`.venv`) puts itself in the place of that folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
LINK = "120000"


@pytest.mark.skipif(not (TOP / ".git").exists(), reason="an unpacked archive tracks nothing")
def test_no_link_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    links = [line.partition("\t")[2] for line in listed.splitlines() if line.startswith(LINK)]
    assert not links, f"links are tracked; take them out with `git rm --cached {' '.join(links)}` and commit"
