"""What other people wrote is served as they wrote it, and says whose it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import doudi.web

VENDOR = Path(doudi.web.__file__).parent / "static" / "vendor"
FILES = json.loads((VENDOR / "manifest.json").read_text("utf-8"))["files"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_as_the_manifest_says(entry: dict[str, str]) -> None:
    assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert all(entry[word] for word in ("name", "version", "licence", "source"))
    assert (VENDOR / entry["licence_file"]).is_file()


def test_nothing_is_vendored_that_the_manifest_does_not_name() -> None:
    named = {"manifest.json"} | {e["file"] for e in FILES} | {e["licence_file"] for e in FILES}
    assert {path.name for path in VENDOR.iterdir()} == named
