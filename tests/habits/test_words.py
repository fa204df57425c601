"""What no tracked file may say: this machine's paths, a package index, how the work was organised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.habits import sources

# Put together here, so that this file does not say them itself.
FORBIDDEN = re.compile(
    "|".join(
        [
            r"(?<![\w.$}])/wo" + r"rk/",
            r"/ro" + r"ot/",
            r"\.\./sha" + r"red",
            r"--(extra-)?index" + r"-url",
            r"files\.python" + r"hosted\.org",
            r"py" + r"pi\.org/simple",
            r'"resol' + r'ved": *"http',
            r"co-authored" + r"-by",
        ]
    ),
    re.IGNORECASE,
)
ALLOWED = {".ci/run"}
TEXT = {".py", ".toml", ".md", ".txt", ".in", ".html", ".css", ".js", ".json", ".po", ".sql", ".yml", ".cfg", ".sh", ""}
FILES = [
    path
    for path in sources.tracked()
    if path.suffix in TEXT and "vendor" not in path.parts and sources.name(path) not in ALLOWED
]


@pytest.mark.parametrize("path", FILES, ids=sources.name)
def test_no_forbidden_words(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        assert not FORBIDDEN.search(line), f"{sources.name(path)}:{number}: {line.strip()[:100]}"


REAL_NUMBER = re.compile(r"(?<!\d)[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dXx](?!\d)")
EXAMPLES = {"11010519491231002X"}  # printed in the standard itself (GB 11643)
ASSIGNED = {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
            "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82"}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=sources.name)
def test_no_identity_number_could_be_a_persons(path: Path) -> None:
    """Numbers in tests and demo begin with a province that is none, or with a county numbered 99, which none is."""
    for match in REAL_NUMBER.finditer(path.read_text(encoding="utf-8")):
        found = match.group().upper()
        assert found in EXAMPLES or found[:2] not in ASSIGNED or found[4:6] == "99", found
