"""Data quality: the pack's checks over a run's snapshot, with the exemptions in force on the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from doudi.policy import exemptions, graphs, needs, snapshots
from doudi.policy.findings import Finding, Reading
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Check
from doudi.policy.runs import Run
from doudi.rules.engines import memory
from doudi.rules.nodes import Derived, Fact, Node, One, Subject
from doudi.rules.results import OK


@dataclass(frozen=True, slots=True)
class Checked:
    """One check over the county: its findings, and how many more are exempt."""

    name: str
    subject: str
    catalogue: str
    zh: str
    en: str
    rule: str
    findings: tuple[Finding, ...]
    exempt: int
    subjects: int


def open_findings(run: Run, *, places: Sequence[str], on: date | None = None) -> Reading:
    """A run's findings within some places, beside those of the standing run before it; exempt as of the run's day."""
    before = Run.objects.filter(pack_name=run.pack_name, standing=True, id__lt=run.pk).order_by("-id").first()
    exempt = exemptions.exempt_on(on or run.as_of, run.pack.pack)
    return Reading(run, places=places, exempt=exempt, before=before)


def check(run: Run) -> list[Checked]:
    """Every check of the run's pack over the county, in the pack's order."""
    pack = run.pack.pack
    reading = open_findings(run, places=[snapshots.county_code()[:6]])
    every = 10**9
    return [
        Checked(
            name=each.name,
            subject=held.subject,
            catalogue=held.catalogue,
            zh=held.words.zh,
            en=held.words.en,
            rule=held.rule,
            findings=tuple(reading.listed(each.name, most=every)[1]),
            exempt=each.exempt,
            subjects=each.subjects,
        )
        for each in reading.counts()
        if (held := pack.checks[each.name]) and held.subject in run.snapshot.paths
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """A value a check read of a subject: the fact (its `kind` and name, with the year), None where it is not known."""

    kind: str
    name: str
    year: int | None
    value: Any


def values_of(run: Run, check: Check, subject_ids: Sequence[int]) -> dict[int, list[Seen]]:
    """What made a check speak of some subjects: each fact its rule reads of the subject or of what it belongs to.

    Facts of members, loans and the like, which a rule reads many of, are left out.
    """
    pack = run.pack.pack
    graph = graphs.build(
        run.snapshot.hold(),
        {check.subject: subject_ids},
        vocabulary=pack.vocabulary,
        folds=needs.folds_of([check.node]),
    )
    nodes = list({(n.of.type.kind, n.name, n.year): n for n in check.node.walk() if _is_own(n)}.values())  # type: ignore[attr-defined]
    return {
        number: [_seen(node, graph.rows[check.subject, number], pack, run.as_of) for node in nodes]
        for number in subject_ids
        if (check.subject, number) in graph.rows
    }


def _is_own(node: Node) -> bool:
    """Whether it is a fact of the subject, or of something reached from it by to-one relations alone."""
    if not isinstance(node, (Fact, Derived)):
        return False
    of = node.of
    while isinstance(of, One):
        of = of.of
    return isinstance(of, Subject)


def _seen(node: Any, row: Any, pack: Pack, as_of: date) -> Seen:
    found = memory.evaluate(node, row=row, params=pack.values_on(as_of), as_of=as_of)
    return Seen(node.of.type.kind, node.name, node.year, found.value if found.status is OK else None)


def tell(checked: Checked, *, most: int = 100) -> Mapping[str, Any]:
    """A check as `doudi checks --json` prints it, with the first findings."""
    return {
        "name": checked.name,
        "subject": checked.subject,
        "catalogue": checked.catalogue,
        "zh": checked.zh,
        "en": checked.en,
        "findings": len(checked.findings),
        "exempt": checked.exempt,
        "subjects": checked.subjects,
        "first": [each.subject_id for each in checked.findings[:most]],
    }
