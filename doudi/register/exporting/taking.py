"""Taking back what was changed in a table: one command, with every clash settled by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from doudi.access import permissions
from doudi.access.scope import as_engine
from doudi.facts.kinds import Vocabulary
from doudi.register import bulk
from doudi.register.bulk import StatementRow
from doudi.register.exporting import columns, returning
from doudi.register.exporting.returning import Change, Comparison, Trouble
from doudi.register.exporting.returns import Left, Return
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MINE, REGISTER, VILLAGE = "mine", "register", "village"
CHOICES = (MINE, REGISTER, VILLAGE)


@dataclass(frozen=True, slots=True)
class Word:
    """Who says what was changed, and of which day; `roles` are those of who brings it back."""

    source: str
    about: date
    roles: frozenset[str]


def look(path: Path, name: str, *, by: str, word: Word, vocabulary: Vocabulary) -> Comparison:
    """The comparison, with what this source may not state told as trouble. Raises Refusal as `compare` does."""
    found = returning.compare(path, name, by=by, vocabulary=vocabulary)
    since = returning.said_since(found, word.source)
    kept = []
    for change in (_against(change, since) for change in found.changes):
        why = _may_not(change, word, vocabulary)
        if why:
            found.troubles.append(Trouble(change.row, change.column.heading(found.export.language), *why))
        else:
            kept.append(change)
    found.changes[:] = kept
    found.troubles.sort()
    return found


def _against(change: Change, since: Mapping[tuple[int, str], Any]) -> Change:
    """The change beside what the same source said since the table left, where the belief does not show it.

    Another source may be believed, and still the later word would cover the earlier one unseen.
    """
    key = (change.subject_id, change.column.key)
    return (
        change._replace(now=since[key]) if not change.clashes and since.get(key, change.mine) != change.mine else change
    )


def _may_not(change: Change, word: Word, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Why this source's word on the fact is not taken from this person; None where it is."""
    fact, source = change.column.fact, vocabulary.sources.get(word.source)
    if fact is None or source is None or not permissions.passes_on(word.roles, word.source):
        return f"您不能代“{word.source}”说话", f"you do not speak for “{word.source}”"
    if word.source not in fact.sources:
        may = [vocabulary.sources[one] for one in fact.sources if permissions.passes_on(word.roles, one)]
        zh, en = "、".join(one.zh for one in may) or "无", ", ".join(one.en for one in may) or "none"
        return (
            f"“{source.zh}”不能陈述“{fact.zh}”;您可以用的来源:{zh}",
            f"“{source.en}” may not state “{fact.en}”; the sources you could name: {en}",
        )
    return None


def accept(
    path: Path,
    name: str,
    *,
    by: str,
    word: Word,
    vocabulary: Vocabulary,
    choices: Mapping[str, str],
    now: datetime,
) -> Return:
    """Record the changes as statements of one source, in one command, pointing at file and row.

    The register is compared again inside, with its beliefs held. Raises Refusal for the same file again, a clash
    without a choice (also one that arose since the table was looked at), nothing to record, a day to come.
    """
    _refuse_future(word.about, now)
    payload = [path.name, word.source, word.about.isoformat(), dict(choices)]
    with carry_out("register.exports.take_back", by=by, payload=payload) as act:
        returning.lock(look(path, name, by=by, word=word, vocabulary=vocabulary))
        found = look(path, name, by=by, word=word, vocabulary=vocabulary)  # as it stands now that nothing moves
        if found.before:
            raise taken_before(found.before)
        taken, left = _settle(found, choices)
        made = _note(found, word, taken, left, by, now, str(act.id))
        with as_engine():
            _write(found, made, taken, vocabulary, by, now)
        act.result = {"return": made.pk, **made.counts}
    return made


def taken_before(made: Return) -> Refusal:
    """What to say to a file that came back before."""
    when = timezone.localtime(made.at).strftime("%Y-%m-%d %H:%M")
    return Refusal(
        f"同一份文件已于 {when} 由 {made.by} 上传并记录,没有再次写入。",
        f"This very file was brought back on {when} by {made.by}; nothing was written again.",
        made.file_name,
    )


def _refuse_future(about: date, now: datetime) -> None:
    if about > timezone.localdate(now):
        raise Refusal(
            f"所说的日期 {about} 还没有到。", f"{about} is still to come. Give today or a day before.", "about"
        )


def _settle(found: Comparison, choices: Mapping[str, str]) -> tuple[list[Change], list[Change]]:
    """The changes to record, and those to leave for the village."""
    taken = list(found.plain)
    left: list[Change] = []
    for clash in found.clashes:
        choice = choices.get(clash.name)
        if choice not in CHOICES:
            raise Refusal(
                f"第{clash.row}行“{clash.column.zh}”表里和登记都改过,请选择用哪一个。",
                f"Line {clash.row}, “{clash.column.en}”: changed in the file and in the register; choose which holds.",
                clash.name,
            )
        (taken if choice == MINE else left if choice == VILLAGE else []).append(clash)
    if not taken and not left:
        raise Refusal("没有要记录的改动。", "There is no change to record.", found.name)
    return taken, left


def _note(
    found: Comparison, word: Word, taken: list[Change], left: list[Change], by: str, now: datetime, command: str
) -> Return:
    made = Return.objects.create(
        export=found.export,
        file_name=found.name[:255],
        sha256=found.sha256,
        source=word.source,
        about_day=word.about,
        by=by,
        at=now,
        counts=counts_of(found, taken, left),
        place_code=found.export.place_code,
        command_id=command,
    )
    Left.objects.bulk_create(_left(change, made, found) for change in left)
    return made


def counts_of(found: Comparison, taken: list[Change], left: list[Change]) -> dict[str, int]:
    """Cells recorded, left, kept as the register has them; rows not changed, not taken, not there."""
    return {
        "rows": found.rows,
        "same": found.same,
        "recorded": len(taken),
        "left": len(left),
        "register": len(found.changes) - len(taken) - len(left),
        "troubles": len(found.troubles),
        "missing": found.missing,
    }


def _left(change: Change, made: Return, found: Comparison) -> Left:
    model = Household if found.kind == "household" else Person
    subject = model.objects.get(pk=change.subject_id)
    household = subject.pk if isinstance(subject, Household) else subject.household_id
    shown = [
        str(columns.cell(change.column, value, found.export.language) or "") for value in (change.mine, change.now)
    ]
    return Left(
        returned=made,
        subject_kind=found.kind,
        subject_id=change.subject_id,
        household_id=household,
        place_code=subject.place_code,
        fact=change.column.key,
        file_value=shown[0],
        register_value=shown[1],
        by=made.by,
        at=made.at,
    )


def _write(
    found: Comparison, made: Return, taken: list[Change], vocabulary: Vocabulary, by: str, now: datetime
) -> None:
    evidence = {"file": found.name, "sha256": found.sha256, "export": found.export.pk, "return": made.pk}
    rows = [
        StatementRow(found.kind, subject, made.source, made.about_day, facts, evidence={**evidence, "row": row})
        for subject, row, facts in returning.said(taken)
    ]
    bulk.write_statements(rows, vocabulary, by=by, now=now, command=str(made.command_id))
