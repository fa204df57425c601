"""Previewing a table and taking it in: all of it in one command, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from doudi.access.scope import Scope, as_engine
from doudi.register import sayings, vocabularies
from doudi.register.importing import comparing, headings, planning, profiles, reading, tables, taking
from doudi.register.importing.comparing import Comparison
from doudi.register.importing.planning import Plan
from doudi.register.importing.profiles import Profile
from doudi.register.importing.reading import Reading
from doudi.register.importing.tables import Table
from doudi.register.intakes import Intake
from doudi.values.collecting import unhurried
from doudi.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking a table in would do; `plan` is what accepting it writes, made when there is time for it.

    `before` is the intake of the very same table, if there was one.
    """

    reading: Reading
    source: str
    comparison: Comparison
    before: Intake | None
    later: date | None
    plan: Plan

    @property
    def counts(self) -> dict[str, int]:
        """Rows, and how many are new, changed, same, held and refused."""
        return self.comparison.counts()


def open_table(path: Path, profile: Profile, *, about: date) -> Reading:
    """Read a file through a profile; raises Refusal when it cannot be."""
    with unhurried():
        return reading.read(tables.read(path), profile, about=about)


def fitting_profile(path: Path, *, about: date) -> Profile:
    """The shipped profile that knows most of a file's headings. Raises Refusal when none has those it requires."""
    found = fitting(tables.read(path), [profiles.load(name, vocabularies.adopted) for name in profiles.names()])
    if found:
        return found[0]
    listed = ", ".join(profiles.names())
    raise Refusal(
        f"请用 --profile 说明表的样式,可用:{listed}", f"say with --profile how to read the table: {listed}", path.name
    )


def fitting(opened: Sequence[Table], among: Iterable[Profile]) -> list[Profile]:
    """The profiles that can read the tables, the one that knows most of their headings first."""
    scored = [(headings.score(opened, profile), profile) for profile in among]
    return [profile for score, profile in sorted(scored, key=lambda pair: -pair[0]) if score]


def taken(table: Reading, *, source: str = "") -> Intake | None:
    """The intake of this very table, read by this very profile, from this source and of this day."""
    return _before(table, source or table.profile.source)


def preview(table: Reading, *, source: str = "", within: Scope | None = None) -> Preview:
    """Set a table beside the register; writes nothing. Raises Refusal for a source that may not state its facts.

    Rows of places not `within` are held, and nothing of what the register knows of them is told.
    """
    said_by = source or table.profile.source
    _refuse_source(table.profile, said_by)
    with transaction.atomic(), as_engine(), unhurried():
        revision = planning.revision(said_by)
        compared = comparing.compare(table, source=said_by, within=within)
        plan = planning.plan(table, said_by, compared, revision)
        return Preview(table, said_by, compared, _before(table, said_by), _later(table, said_by), plan)


def accept(table: Reading, *, by: str, now: datetime, source: str = "", like: Preview | None = None) -> Preview:
    """Take a table in: places, households, persons and statements in one command. Refused and held rows stay out.

    Unless the register is still as it was for the preview `like`, the table is compared again inside the transaction,
    so what is written is what the preview returned here says.
    Raises Refusal when the very same table was taken in before, or no row can go in.
    """
    said_by = source or table.profile.source
    _refuse_source(table.profile, said_by)
    with transaction.atomic(), as_engine(), unhurried():
        taking.stand_alone()
        fresh = like is not None and like.plan.revision == planning.revision(said_by)
        found = like if like is not None and fresh else preview(table, source=said_by)
        _refuse_nothing(found)
        taking.take_in(found.plan, by=by, now=now)
    return found


def _before(table: Reading, source: str) -> Intake | None:
    same = {"sha256": table.table.sha256, "profile_sha256": table.profile.sha256}
    return Intake.objects.filter(**same, source=source, about_day=table.about).first()


def _later(table: Reading, source: str) -> date | None:
    """The day of a later table of the same kind, if one was taken in: this one is then last month's."""
    later = Intake.objects.filter(profile=table.profile.name, source=source, about_day__gt=table.about)
    return later.order_by("-about_day").values_list("about_day", flat=True).first()


def _refuse_nothing(found: Preview) -> None:
    if found.before:
        raise taking.taken_before(found.before)
    counts = found.counts
    if counts["rows"] == 0:
        raise Refusal("表里只有表头,没有数据行", "the table has a header and no rows", found.reading.table.name)
    if counts["held"] + counts["refused"] == counts["rows"]:
        line, first = next(iter(comparing.problems(found.comparison.lines)))
        where = f"{found.reading.table.name}:{line.number}:{first.column}"
        raise Refusal(
            f"没有一行可以收下。第一处问题:{first.zh}", f"no row can be taken in. The first problem: {first.en}", where
        )


def _refuse_source(profile: Profile, source: str) -> None:
    """Each fact of the profile must be one the source may state."""
    if source not in profile.vocabulary.sources:
        zh, en = "、".join(profile.vocabulary.sources), ", ".join(profile.vocabulary.sources)
        raise Refusal(
            f"没有来源“{source}”,可用:{zh}。县里的来源写在政策包的 facts.toml,采用后才有;或另选是谁说的",
            f"there is no source “{source}”; one of {en}. A source of the county's own is there once the pack"
            " whose facts.toml names it is adopted; or choose who else says so",
            "source",
        )
    keys = [(column.kind, column.fact.name, column.fact.yearly) for column in profile.facts]
    for kind, name, yearly in keys:
        sayings.of(profile.vocabulary).check(kind, source, {f"{name}@2000" if yearly else name: None})
