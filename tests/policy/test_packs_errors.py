"""Every kind of error a pack can have: complaints name file, line, column, the wrong word and the nearest right one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import doudi
from doudi.policy import packs
from doudi.policy.packs_check import check
from doudi.policy.packs_context import PackErrors
from doudi.rules.errors import RuleError
from doudi.values.refusals import Refusal
from doudi.values.toml import place_of

SHIPPED = Path(doudi.__file__).parent / "packs" / "pengxi_2020"
BROKEN = tomllib.loads(Path(__file__).with_name("broken_packs.toml").read_text(encoding="utf-8"))
FILES = packs.read_files(SHIPPED)


def broken(case: dict[str, Any]) -> dict[str, str]:
    """The pack's text with the edit made."""
    text = FILES.get(case["file"], "")
    assert text.count(case["old"]) >= 1, "the edit has nothing to change"
    return {**FILES, case["file"]: text.replace(case["old"], case["new"], 1)}


def complaints(files: dict[str, str], folder: Path, *, whole: bool, quick: bool = True) -> list[RuleError]:
    """What reading the pack complains of, or proving it."""
    if not whole:
        with pytest.raises(PackErrors) as raised:
            packs.from_files(files, prefix=str(folder))
        return raised.value.errors
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [finding.error for finding in check(folder, quick=quick).findings]


def errors_of(files: dict[str, str]) -> list[RuleError]:
    """What reading the text complains of; nothing when it can be read."""
    try:
        packs.from_files(files)
    except PackErrors as errors:
        return errors.errors
    return []


@pytest.mark.parametrize("name", BROKEN)
def test_the_complaint_points_at_the_wrong_word(name: str, tmp_path: Path) -> None:
    case = BROKEN[name]
    files = broken(case)
    errors = complaints(files, tmp_path, whole=case.get("check", False), quick=not case.get("slow"))
    at_file = case.get("at_file", case["file"])
    offset = files[at_file].index(case["at"])
    line, column = place_of(files[at_file], offset)
    told = "\n".join(str(error) for error in errors)
    in_place = [error for error in errors if error.file == f"{tmp_path}/{at_file}" and error.line == line]
    here = [error for error in in_place if error.kind == case.get("kind", error.kind)]
    assert here, f"nothing about line {line} of {at_file} in:\n{told}"
    error = here[0]
    assert error.word == case.get("word", error.word), told
    assert error.nearest == case.get("nearest", error.nearest), told
    if not case.get("check") and not case.get("anywhere_in_line"):
        assert error.column == column, told
    assert error.message_zh != error.message_en
    assert case.get("check") or len(errors) == 1, f"one error, told more than once:\n{told}"


def test_every_complaint_at_once(tmp_path: Path) -> None:
    files = dict(FILES)
    for name in ("rule_unknown_fact", "evidence_unknown", "indicator_wrong_rule", "alert_unknown_role"):
        case = BROKEN[name]
        files[case["file"]] = files[case["file"]].replace(case["old"], case["new"], 1)
    errors = complaints(files, tmp_path, whole=False)
    assert {error.word for error in errors} == {"selfemployed", "payrol", "monitord", "banks"}


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "alerts.toml").write_bytes('# 第一行\n[提醒]\nzh = "中文"\n'.encode("gb18030"))
    with pytest.raises(PackErrors, match="UTF-8") as raised:
        packs.load(tmp_path)
    assert (raised.value.errors[0].file, raised.value.errors[0].line) == (str(tmp_path / "alerts.toml"), 1)


def test_a_file_beside_its_folder_is_not_silently_ignored() -> None:
    with pytest.raises(PackErrors) as raised:
        packs.from_files({**FILES, "measure/11_more.toml": ""}, prefix="p")
    error = raised.value.errors[0]
    assert (error.file, error.word, error.nearest) == (
        "p/measure/11_more.toml",
        "measure/11_more.toml",
        "measures/11_more.toml",
    )


def test_no_pack_at_all(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"pack\.toml"):
        packs.load(tmp_path)


@pytest.mark.parametrize(
    "rule",
    [
        "person.age > 1 && " * 1_200 + "true",
        "(" * 1_000 + "true" + ")" * 1_000,
        "!" * 1_001 + "person.self_employed",
        "[" * 1_000 + "1" + "]" * 1_000 + " == [1]",
    ],
    ids=["long", "brackets", "negations", "lists"],
)
def test_a_monstrous_rule_is_refused_or_read_but_never_breaks_the_reader(rule: str) -> None:
    case = BROKEN["rule_unknown_fact"]
    text = FILES[case["file"]]
    start = text.index('rule = "person.self_employed')
    end = text.index("\n", start)
    files = {**FILES, case["file"]: text[:start] + f'rule = "{rule}"' + text[end:]}
    line = place_of(files[case["file"]], start)[0]
    assert {(error.file, error.line) for error in errors_of(files)} <= {(case["file"], line)}


def test_an_overlay_from_elsewhere_that_does_not_exist() -> None:
    pack = packs.from_files(FILES)
    with pytest.raises(Refusal, match="demo_choices"):
        packs.overlay(pack, "no_such.toml")
