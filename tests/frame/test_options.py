"""What is typed wrong is told before any home is opened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from doudi.cli.main import doudi
from tests.frame.terminal import Terminal

WRONG = [
    (["runs", "--last", "-1"], "--last"),
    (["diff", "1", "2", "--most", "-1"], "--most"),
    (["questions", "1", "--most", "0"], "--most"),
    (["checks", "--most", "-1"], "--most"),
    (["why", "1", "--subject", "person:²"], "write it as person:12"),
    (["why", "1", "--subject", "12"], "write it as person:12"),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_a_wrong_option_is_refused_in_words(words: list[str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOUDI_HOME", "/nowhere/that/can/be")
    found = CliRunner().invoke(doudi, words)
    assert found.exit_code == 2, found.exception
    assert told in found.output


@pytest.mark.parametrize("words", [(b"why", b"\xff"), (b"why", b"1", b"--\xc3"), (b"\xfe",)])
def test_an_argument_that_is_no_text_is_refused(tmp_path: Path, words: tuple[bytes, ...]) -> None:
    done = Terminal(tmp_path / "home").run(*(os.fsdecode(word) for word in words), "--json", code=2)
    assert "is not UTF-8 text" in json.loads(done.stdout)["error"]["en"]
    assert "Traceback" not in done.stderr
