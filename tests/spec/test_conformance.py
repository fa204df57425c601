"""doudi's rule language against the conformance suite of CEL, on every engine.

A case that is not in `conformance_excuses.toml` must pass; one that is there must not. The excuses name the feature of
CEL, outside the language, that each case is about.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.spec.conformance import ConformanceCase, answers, excuse_of, read, read_excuses
from tests.spec.engines import ENGINES

# What a case excused by a feature must show: in its expression, the values bound, or the value wanted.
EVIDENCE = {
    "protobuf": r"TestAllTypes|TestRequired|google\.protobuf|GlobalEnum|NestedEnum|'object'|'enum'|\bmsg\b|\bproto\.",
    "bytes": r"\b(?i:b|br|rb)['\"]|bytes\(|'bytes'",
    "uint": r"\d[uU]\b|uint\(|'uint'",
    "double": r"\d\.\d|\d[eE][-+]?\d|\.\d|double\(|'double'",
    "dyn": r"dyn\(",
    "maps": r"\{.*\}|'map'",
    "mixed_lists": r"\[[^\]]*(\d, *'|', *\d)",
    "optionals": r"optional|\.\?|\[\?|\.opt",
    "extensions": r"math\.|strings\.|base64\.|cel\.|ip\(|ip\.|cidr\(|isIP\(|isCIDR\(|transform(List|Map)"
    r"|\.(charAt|indexOf|lastIndexOf|lowerAscii|upperAscii|replace|split|substring|trim|format|join|reverse)\("
    r"|\.(exists|all|existsOne|exists_one)\(\w+, *\w+,",
    "conversions": r"\b(int|string|bool|double|uint|bytes|type)\("
    r"|^(int|string|bool|double|uint|bytes|type|list|map|null_type)\b",
    "timestamps": r"timestamp\(|duration\(|'(timestamp|duration)'|\.get[A-Z]\w+\(",
    "null": r"\bnull\b",
    "index": r"[\w\])'\"]\[",
    "matches": r"matches\(",
    "host_functions": r"\bfn\(",
}


@pytest.fixture(scope="session")
def suite(reference_data: Path) -> list[ConformanceCase]:
    return read(reference_data / "cel" / "conformance.jsonl")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_case_passes_or_is_excused(
    engine: str, suite: list[ConformanceCase], request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
):
    cases, found = suite, answers(suite, ENGINES[engine](request))
    excuses = read_excuses()
    passed = {case.name for case, one in zip(cases, found, strict=True) if case.passes(one)}
    excused = {case.name for case in cases if excuse_of(case.name, excuses)}
    with capsys.disabled():
        print(_told(engine, cases, passed))
    wrong = [
        (case.name, case.data["expr"], one)
        for case, one in zip(cases, found, strict=True)
        if case.name not in passed | excused
    ]
    assert not wrong, wrong[:10]
    assert not passed & excused, f"these pass and must leave the list of excuses: {sorted(passed & excused)}"


def _told(engine: str, cases: list[ConformanceCase], passed: set[str]) -> str:
    """Passed and excused by file."""
    total = Counter(str(case.data["file"]) for case in cases)
    good = Counter(str(case.data["file"]) for case in cases if case.name in passed)
    lines = [f"  {file:16} {good[file]:4} passed {total[file] - good[file]:4} excused" for file in sorted(total)]
    head = f"\nCEL conformance on {engine}: {len(passed)} passed, {len(cases) - len(passed)} excused of {len(cases)}"
    return "\n".join([head, *lines])


def test_the_suite_is_whole(suite: list[ConformanceCase]):
    assert len({case.name for case in suite}) == 2456


def test_every_excuse_names_a_feature_and_a_case(suite: list[ConformanceCase]):
    excuses = read_excuses()
    assert set(excuses.values()) <= set(EVIDENCE)
    names = {case.name for case in suite}
    used = {pattern for name in names for pattern in excuses if excuse_of(name, {pattern: "x"})}
    assert set(excuses) - used == set()


def test_every_excused_case_shows_its_feature(suite: list[ConformanceCase]):
    """What uses only bools, ints, texts, lists of one type and the operators and macros listed shows none of these."""
    excuses = read_excuses()
    unfounded = [
        (case.name, feature, case.data["expr"])
        for case in suite
        if (feature := excuse_of(case.name, excuses)) and not re.search(EVIDENCE[feature], case.evidence())
    ]
    assert unfounded == []
