"""What a command loads before it does anything: `doudi --version` waits for nothing it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "psycopg", "django", "pyarrow", "duckdb", "sqlglot", "rapidfuzz", "cryptography"
SET_UP = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'doudi.settings'; django.setup()"


@pytest.mark.parametrize(
    ("done", "without"),
    [("import doudi.cli.main", HEAVY), (SET_UP, ("sqlglot", "rapidfuzz"))],
    ids=["a command", "the application"],
)
def test_what_is_heavy_waits_until_it_is_used(done: str, without: tuple[str, ...]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{done}; import sys; print(*(name for name in {without!r} if name in sys.modules))"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.split() == []
