"""`doudi pack check`: a pack proved whole.

In this order: it can be read (types, names, citations), its examples hold, every side is shown, all is said in both
languages, nothing is unused, no measure can be unknown in vain, every engine in this process gives the same answers to
the examples and the generated cases, and no rule can be broken without some case noticing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doudi.policy import packs_findings as found
from doudi.policy import packs_reading
from doudi.policy.packs import Pack, PackErrors, load, read_files
from doudi.policy.packs_boundaries import boundaries, situation
from doudi.policy.packs_engines import ENGINES, disagreements
from doudi.policy.packs_examples import Examples, Reader
from doudi.policy.packs_findings import Finding, finding
from doudi.policy.packs_noticing import Trial, Unnoticed, trial, unnoticed
from doudi.policy.packs_parts import UNVERIFIED
from doudi.policy.packs_reading import Reading
from doudi.policy.packs_watchers import Watched, watch_trial
from doudi.rules.errors import RuleError

Step = Callable[[str], None]


@dataclass
class Report:
    """What a check found. `pack` is None where it could not be read."""

    path: str
    pack: Pack | None = None
    findings: list[Finding] = field(default_factory=list)
    examples: int = 0
    generated: int = 0
    mutants: int = 0
    unnoticed: list[Unnoticed] = field(default_factory=list)
    excused: list[Unnoticed] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    unverified: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.pack is not None and not self.findings

    def as_json(self) -> dict[str, Any]:
        """The report as `doudi pack check --json` prints it."""
        return {
            "path": self.path,
            "whole": self.whole,
            "pack": {"name": self.pack.name, "hash": self.pack.hash} if self.pack else None,
            "measures": list(self.pack.measures) if self.pack else [],
            "checks": len(self.pack.checks) if self.pack else 0,
            "examples": self.examples,
            "generated_cases": self.generated,
            "engines": list(ENGINES),
            "mutants": self.mutants,
            "unnoticed_mutants": [{"rule": each.rule, "change": each.change} for each in self.unnoticed],
            "excused_mutants": [{"rule": each.rule, "change": each.change} for each in self.excused],
            "undecided": self.undecided,
            "unverified": self.unverified,
            "errors": [tell(each) for each in self.findings],
            "seconds": round(self.seconds, 3),
        }


def tell(held: Finding) -> dict[str, Any]:
    """A finding as `doudi pack check --json` prints it."""
    error = held.error
    return {
        "kind": held.kind,
        "file": error.file,
        "line": error.line,
        "column": error.column,
        "word": error.word,
        "nearest": error.nearest,
        "en": error.message_en,
        "zh": error.message_zh,
    }


def check(path: Path, *, step: Step = lambda _: None, quick: bool = False) -> Report:
    """Prove the pack in a folder; `quick` leaves out the generated cases and the broken rules.

    Raises Refusal where there is no pack.
    """
    if not (path / "pack.toml").is_file():
        load(path)  # says that there is none
    return check_files(read_files(path), step=step, quick=quick, prefix=str(path))


def check_files(
    files: Mapping[str, str],
    *,
    step: Step = lambda _: None,
    quick: bool = False,
    prefix: str = "",
    report: Report | None = None,
) -> Report:
    """Prove the pack whose text this is; `prefix` is the folder shown in complaints.

    A `report` given is filled step by step, so that who watches sees what is found so far.
    """
    started = time.monotonic()
    report = report or Report(prefix)
    step("examples")
    try:
        reading = packs_reading.read(files, prefix=prefix)
    except PackErrors as errors:
        report.findings += [Finding(error.kind, error) for error in errors.errors]
    else:
        _prove(report, reading, step, quick)
    report.seconds = time.monotonic() - started
    return report


def check_read(reading: Reading) -> Report:
    """The quick check of a pack that was read already."""
    report = Report(reading.pack.prefix)
    _prove(report, reading, lambda _: None, quick=True)
    return report


def _prove(report: Report, reading: Reading, step: Step, quick: bool) -> None:
    pack, reader, examples, watching = reading.pack, reading.reader, reading.examples, reading.watching
    report.pack = pack
    report.findings += [Finding(error.kind, error) for error in _wrong_overlays(reader, pack)]
    if report.findings:  # examples under such an overlay would only complain of the same again
        return
    report.examples = len(examples.single) + len(examples.lines)
    report.findings += found.wrong_examples(pack, examples)
    report.examples += sum(len(each.examples) for each in watching)
    report.findings += found.wrong_watchers(watching)
    report.findings += [Finding(error.kind, error) for error in reading.errors]
    report.findings += found.sides_not_shown(pack, examples)
    report.findings += found.untranslated(pack)
    report.findings += found.unused(pack)
    report.undecided = [each.name for each in pack.parameters.values() if each.undecided]
    values = {each.name: each.values for each in pack.parameters.values()}
    report.unverified = [name for name, dated in values.items() if any(one.source == UNVERIFIED for one in dated)]
    if quick:
        return
    step("unknown in vain")
    decided = reader.overlaid_by(pack.overlays[0]) if pack.overlays else pack
    report.findings += found.unknown_in_vain(pack, decided)
    edits = _try_out(report, pack, examples, step)
    edits += _try_watching(report, pack, watching, step)
    report.findings += _excuse(report, pack, edits)


def _wrong_overlays(reader: Reader, pack: Pack) -> Iterator[RuleError]:
    """Errors of the overlays a pack offers."""
    for name in pack.overlays:
        try:
            reader.overlaid_by(name)
        except PackErrors as errors:
            yield from errors.errors


def _try_out(report: Report, pack: Pack, examples: Examples, step: Step) -> list[Unnoticed]:
    """Generate cases for each measure, compare the engines on them, and break the rules. Returns edits not noticed."""
    edits = []
    for name, measure in pack.measures.items():
        step(name)
        mine = [example for example in examples.single if example.measure == name]
        generated = boundaries(measure, mine, pack.vocabulary)
        lines = [line for line in examples.lines if line.measure == name]
        held = trial(measure, [*map(situation, mine), *generated], lines)
        report.generated += len(generated)
        report.findings += _differences(pack, held)
        for seen, edit in unnoticed(pack, held):
            report.mutants += 1
            if not seen:
                edits.append(edit)
    return edits


def _try_watching(report: Report, pack: Pack, watching: Iterable[Watched], step: Step) -> list[Unnoticed]:
    """The same for checks and alerts, without the comparison of engines. Returns edits not noticed."""
    step("checks and alerts")
    edits = []
    for each in watching:
        held = watch_trial(each, pack)
        report.generated += len(held.cases) - len(each.examples)
        for seen, edit in unnoticed(pack, held):
            report.mutants += 1
            if not seen:
                edits.append(edit)
    return edits


def _differences(pack: Pack, held: Trial) -> Iterator[Finding]:
    file = pack.terms[held.measure.name].file
    for case, engine, expected, got in disagreements(held, pack.vocabulary):
        zh = f"{engine} 与定义不一致({case.told}):应为{expected},得{got}"
        en = f"{engine} disagrees with the definition ({case.told}): {expected} expected, {got} answered"
        yield finding("engines", zh, en, file, 1, held.measure.name)


def _excuse(report: Report, pack: Pack, edits: list[Unnoticed]) -> Iterator[Finding]:
    """Findings for edits neither noticed nor excused, and for excuses nobody needs."""
    excuses = {(excuse.rule, excuse.change) for excuse in pack.excuses}
    for edit in edits:
        if (edit.rule, edit.change) in excuses:
            report.excused.append(edit)
            continue
        report.unnoticed.append(edit)
        place = edit.rule.partition(".")[0]
        zh = f"规则“{edit.rule}”改成 {edit.change} 后,没有一个例子发现"
        en = f"no example notices the rule '{edit.rule}' changed: {edit.change}"
        file = pack.terms[place].file if place in pack.terms else f"{pack.prefix}/{place}.toml"
        yield finding("mutant", zh, en, file, 1, edit.change)
    for rule, change in excuses - {(edit.rule, edit.change) for edit in edits}:
        zh, en = f"“{rule}”的豁免“{change}”已不需要", f"the excuse '{change}' of '{rule}' is not needed"
        yield finding("excuse", zh, en, f"{pack.prefix}/excused_mutants.toml", 1, change)
