"""Data quality: the pack's checks over a run's snapshot, with the exemptions in force on the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.policy import engines, snapshots, subjects
from doudi.policy.exemptions import Exemption
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import Check
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.items import Item
from doudi.register.persons import Person
from doudi.rules.errors import nearest
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Finding:
    """One subject a check speaks of. `household_id` and `place_code` say who may see it."""

    subject_id: int
    household_id: int | None
    place_code: str


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


def check(run: Run) -> list[Checked]:
    """Every check of the run's pack, over its snapshot, as of its day, in the pack's order."""
    pack, held = run.pack.pack, run.snapshot.hold()
    exempt = _exempt(pack, run.as_of)
    found: dict[str, Checked] = {}
    for kind in dict.fromkeys(each.subject for each in pack.checks.values()):
        if kind not in run.snapshot.paths:
            continue
        mine = [each for each in pack.checks.values() if each.subject == kind]
        values = engines.duckdb_values(
            {each.name: each.node for each in mine},
            kind=kind,
            vocabulary=pack.vocabulary,
            params=pack.values_on(run.as_of),
            as_of=run.as_of,
        )
        held.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {values.text}")
        where = subjects.belonging(held, kind, pack.vocabulary, county=snapshots.county_code())
        total = int(held.execute("SELECT count(*) FROM checked").fetchall()[0][0])
        for each in mine:
            rows = held.execute(
                f"SELECT b.id, b.household_id, b.place_code FROM checked v JOIN ({where}) b USING (id)"
                f" WHERE v.{values.columns[each.name]} ORDER BY b.id"
            ).fetchall()
            found[each.name] = _checked(each, [Finding(*row) for row in rows], exempt.get(each.name, set()), total)
    return [found[name] for name in pack.checks if name in found]


def _checked(check: Check, findings: list[Finding], exempt: set[int], total: int) -> Checked:
    left = tuple(each for each in findings if each.subject_id not in exempt)
    return Checked(
        name=check.name,
        subject=check.subject,
        catalogue=check.catalogue,
        zh=check.words.zh,
        en=check.words.en,
        rule=check.rule,
        findings=left,
        exempt=len(findings) - len(left),
        subjects=total,
    )


def _exempt(pack: Pack, on: date) -> dict[str, set[int]]:
    """The subjects exempt on a day, by check: those granted here and those the pack ships."""
    found: dict[str, set[int]] = {}
    with transaction.atomic(), as_engine():
        granted = Exemption.objects.filter(from_day__lte=on, until__gte=on).values_list("check_name", "subject_id")
        for name, subject in granted:
            found.setdefault(name, set()).add(subject)
        for each in pack.exemptions:
            if each.until >= on:
                number = _numbered(pack.checks[each.check].subject, each.subject)
                found.setdefault(each.check, set()).update({number} - {None})  # type: ignore[arg-type]
    return found


def _numbered(kind: str, code: str) -> int | None:
    """The id of the subject with a code."""
    if kind == "place":
        return int(code) if code.isdigit() else None
    if kind in ("household", "person"):
        model = Household if kind == "household" else Person
        return model.objects.filter(code=code).values_list("id", flat=True).first()
    return Item.objects.filter(kind=kind, code=code).values_list("id", flat=True).first()


def exempt(
    name: str,
    subject_id: int,
    *,
    reason: str,
    from_day: date,
    until: date,
    household_id: int | None,
    place_code: str,
    by: str,
    now: datetime,
    pack: Pack,
) -> Exemption:
    """Take a subject out of a check until a day, for a reason. Raises Refusal without a reason or an end."""
    if name not in pack.checks:
        close = nearest(name, pack.checks)
        raise Refusal(
            f"没有检查“{name}”。是不是“{close}”?", f"There is no check “{name}”. Did you mean “{close}”?", name
        )
    if not reason.strip():
        raise Refusal("豁免要写明理由。", "An exemption needs a reason.", "reason")
    if until < from_day:
        raise Refusal("豁免的到期日早于开始日。", "The exemption ends before it begins.", "until")
    with carry_out("policy.exempt", by=by, payload=[name, subject_id, reason, from_day, until, now]):
        return Exemption.objects.create(
            check_name=name,
            subject_kind=pack.checks[name].subject,
            subject_id=subject_id,
            household_id=household_id,
            place_code=place_code,
            reason=reason,
            from_day=from_day,
            until=until,
            granted_by=by,
        )


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
