"""What became of one household: said, decided, moved, joined and left, paired; each line leads to its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.access.users import User
from doudi.facts import vocabulary as shipped
from doudi.facts.kinds import Vocabulary
from doudi.places.divisions import Place, Succession
from doudi.policy import chronicles
from doudi.policy.chronicles import Step
from doudi.policy.runs import Run
from doudi.register import histories
from doudi.register.households import Household
from doudi.register.statements import Statement
from doudi.web import figures, names
from doudi.web.desk import moments, sheets, standings
from doudi.web.desk.household import household_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

MOST = 300
Names = dict[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the account. `recorded` is when it was written here, `day` the day it speaks of."""

    kind: str
    title: str
    day: date
    recorded: datetime | None
    url: str
    by: str = ""
    details: list[str] = field(default_factory=list)
    changes: list[tuple[str, int | None, int, str]] = field(default_factory=list)  # title, before, after, money
    run: int = 0

    @property
    def order(self) -> tuple[Any, ...]:
        """The latest first when reversed."""
        return (self.recorded.isoformat() if self.recorded else self.day.isoformat(), self.day)


@permission("household.why")
def show_history(request: HttpRequest, code: str) -> HttpResponse:
    """The account of one household, the latest first; 404 outside the duty."""
    reader, household, run = reader_of(request), household_of(code), standings.run_in_force()
    events = sorted(_events(household, reader, run), key=lambda event: event.order, reverse=True)
    context = {
        "household": household,
        "name": names.head(household, reader),
        "events": events[:MOST],
        "total": len(events),
        "codes": _codes(household),
        "may_see_run": reader.may("run.read"),
    }
    return show(request, "desk/history.html", context)


def _events(household: Household, reader: Reader, run: Run | None) -> Iterator[Event]:
    now = histories.Moment()
    people = histories.people_of(household, now)
    items = histories.items_of(household, people, now)
    called: Names = {("household", household.pk): str(_("全户"))}
    called |= {("person", p.pk): names.person(p.name, p.pk, household, reader) for p in people}
    called |= {(item.kind, item.pk): item.label or item.code for item in items}
    words = standings.pack_of(run).vocabulary if run else shipped.load()
    statements = histories.statements_of(called, now)
    recorders = dict(
        User.objects.filter(username__in={s.recorded_by for s in statements}).values_list("username", "name")
    )
    for statement in statements:
        yield _said(statement, called, words, reader, recorders)
    if run is not None:
        for step in chronicles.steps_of(called, pack_name=run.pack_name):
            yield _decided(step, called, reader)
    yield from _spans(household, reader)


def _said(one: Statement, names: Names, words: Vocabulary, reader: Reader, recorders: dict[str, str]) -> Event:
    source = sheets.source_word(words, one.source)
    whom = names.get((one.subject_kind, one.subject_id), "")
    title = _("%(source)s说%(whom)s") % {"source": source, "whom": whom}
    details = [_fact(one.subject_kind, key, value, words, reader) for key, value in one.facts.items()]
    evidence = sheets.evidence_word(one.evidence)
    return Event(
        kind=_("说法"),
        title=f"{title} · {evidence}" if evidence else title,
        day=one.about_day,
        recorded=one.recorded_at,
        url=moments.address(one.about_day, one.recorded_at),
        by=recorders.get(one.recorded_by, one.recorded_by),
        details=details,
    )


def _fact(kind: str, key: str, value: Any, words: Vocabulary, reader: Reader) -> str:
    """One fact as it was said; only that there is one where the duty does not cover it."""
    name, _at, year = key.partition("@")
    fact = words.fact(kind, name)
    label = f"{figures.word(fact) if fact else name} {year}".strip()
    if fact is not None and not reader.reads(fact.sensitivity):
        return _("%(label)s:受保护,您的职责不含此项") % {"label": label}
    said = _("收回原来的说法") if value is None else figures.of_fact(value, fact)
    return figures.with_colon(label, said)


def _decided(step: Step, names: Names, reader: Reader) -> Event:
    only = reader.scope.measures
    changes = [
        (figures.in_words(zh, en), before, after, figures.yuan(fen) if fen else "")
        for name, zh, en, before, after, _was, fen in step.changes
        if not only or name in only
    ]
    made = _("答复后重新判断") if step.by_answer else _("第 %(run)s 次运行") % {"run": step.run}
    return Event(
        kind=_("结论"),
        title=f"{made} · {names.get((step.kind, step.subject_id), '')}",
        day=step.as_of,
        recorded=step.decided_at,
        url=moments.address(step.as_of, step.decided_at),
        changes=changes,
        run=step.run,
    )


def _spans(household: Household, reader: Reader) -> Iterator[Event]:
    spans = histories.spans_of(household)
    codes = {span.village_code for span in spans["residences"]}
    places = dict(Place.objects.filter(code__in=codes).values_list("code", "name"))
    for span in spans["residences"]:
        where = figures.with_unit(places.get(span.village_code, span.village_code), span.village_code)
        yield from _ends(span, _("住处"), _("住进%(where)s") % {"where": where}, _("搬离%(where)s") % {"where": where})
    for span in spans["memberships"]:
        who = names.person(span.person.name, span.person_id, household, reader)
        yield from _ends(span, _("成员"), _("%(who)s 入户") % {"who": who}, _("%(who)s 离户") % {"who": who})
    for span in spans["pairings"]:
        who = span.helper.name
        begun, ended = _("%(who)s 开始结对") % {"who": who}, _("%(who)s 结束结对") % {"who": who}
        yield from _ends(span, _("结对"), begun, ended)


def _ends(span: Any, kind: str, begun: str, ended: str) -> Iterator[Event]:
    """The two ends of a span, each as a line; a span that lasts has one."""
    yield Event(kind, begun, span.from_day, span.recorded_at, moments.address(span.from_day))
    if span.until_day is not None:
        yield Event(kind, ended, span.until_day, span.closed_at, moments.address(span.until_day))


def _codes(household: Household) -> list[tuple[str, str, date]]:
    """What the codes of its villages became: (before, after, from that day on)."""
    known = {span.village_code for span in histories.spans_of(household)["residences"]}
    found = Succession.objects.filter(old_code__in=known).order_by("on_day")
    return [(one.old_code, one.new_code, one.on_day) for one in found]
