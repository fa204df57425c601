"""What is typed wrong is told before any home is opened."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from doudi.cli.main import doudi

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
