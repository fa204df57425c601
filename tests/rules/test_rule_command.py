"""`doudi rule eval`: one line in, one line out, whatever the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from doudi.cli.rules import rule_group

LINES = [
    '{"expr": "1 + 2"}',
    '{"expr": "a && b", "facts": {"a": true}, "types": {"a": "bool", "b": "bool"}}',
    '{"expr": "a || b", "facts": {"a": true}, "types": {"b": "bool"}}',
    '{"expr": "x / 0 == 1", "facts": {"x": 3}}',
    "",
    '{"expr": "household.sold_in_window < params.floor", "facts": {"household": {"sold_in_window": 29999}},'
    ' "params": {"floor": 30000}, "types": {"params": {"floor": "money"}}}',
    '{"expr": "household.members.exists(m, m.age > 60)", "facts": {"household": {"members": []}}}',
    "not json",
    "[1]",
    '{"expr": "1 +"}',
    '{"expr": "\\"中\\" + \\"文\\""}',
]
ANSWERS = [
    {"value": 3},
    {"unknown": ["b"]},
    {"value": True},
    {"error": "division_by_zero"},
    {"value": True},
    {"unknown": ["household.members_complete"]},
    {"refused": "case"},
    {"refused": "case"},
    {"refused": "syntax"},
    {"value": "中文"},
]


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_each_case_is_answered_in_its_place(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(LINES), encoding="utf-8")
    result = CliRunner().invoke(rule_group, ["eval", "--file", str(file), "--engine", engine])
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len(ANSWERS)
    for answer, wanted in zip(answers, ANSWERS, strict=True):
        assert wanted.items() <= answer.items()
    whole = CliRunner().invoke(rule_group, ["eval", "--file", str(file), "--engine", engine, "--json"])
    assert json.loads(whole.stdout) == {"engine": engine, "answers": answers}


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text("\n\n")
    result = CliRunner().invoke(rule_group, ["eval", "--file", str(file)])
    assert (result.exit_code, result.stdout) == (0, "")


def test_no_such_file() -> None:
    assert CliRunner().invoke(rule_group, ["eval", "--file", "nowhere.jsonl"]).exit_code == 2


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes('{"expr": "\'中\'"}'.encode("gb18030"))
    result = CliRunner().invoke(rule_group, ["eval", "--file", str(file)])
    assert result.exit_code != 0
    assert "UTF-8" in str(result.exception)
