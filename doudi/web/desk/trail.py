"""The trail: who changed what, when and by which act; whether it is sealed; and whether the log is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.access.scope import as_engine
from doudi.register import children
from doudi.register.households import Household
from doudi.trail import forks, heads, sealing
from doudi.trail.audit import Entry
from doudi.trail.sealed import Sealed
from doudi.trail.sealing import Leaf
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk import differing_columns, trail_words, verification
from doudi.web.desk.differing_columns import Line
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import county, show

SIZE = 50
PERSON = "register_person"
LATE = 60  # seconds: what was written is sealed by then


class Asked(forms.Form):
    """What the address asks for; empty is everything."""

    table = forms.CharField(required=False, max_length=63)
    actor = forms.CharField(required=False, max_length=150, strip=True)
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    household = forms.CharField(required=False, max_length=32)
    command = forms.UUIDField(required=False)
    verb = forms.CharField(required=False, max_length=80)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is shown."""

    entry: Entry
    verb: str
    table: str
    operation: str
    household: str
    lines: list[Line]
    sealed: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """How the log stands: its latest head, what waits, and what is wrong."""

    head: heads.Said | None
    at: datetime | None
    waiting: int
    more: bool
    seconds: int
    trouble: str

    @property
    def late(self) -> bool:
        """Whether the sealer is behind."""
        return self.seconds > LATE


@permission("audit.read")
def show_trail(request: HttpRequest) -> HttpResponse:
    """The entries the address asks for, the newest first."""
    reader, form = reader_of(request), Asked(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    with _seeing(reader):
        rows, older = _rows(given, reader) if form.is_valid() else ([], 0)
        seal = _seal()
    context = {
        "form": form,
        "asked": {name: request.GET.get(name, "")[:150].replace("\0", "") for name in form.fields},
        "problems": _problems(form),
        "rows": rows,
        "older": older,
        "tables": trail_words.grouped(trail_words.TABLES),
        "verbs": trail_words.grouped(trail_words.VERBS),
        "seal": seal,
        "verified": verification.latest(),
        "may_verify": reader.may("audit.verify"),
        "whole_county": sees_county(reader),
    }
    return show(request, "desk/trail.html", context, status=200 if form.is_valid() else 422)


def sees_county(reader: Reader) -> bool:
    """Whether the duty holds the whole county, and with it what belongs to no place."""
    begun = county()
    return begun is not None and begun.code[:6] in reader.scope.places


@contextmanager
def _seeing(reader: Reader) -> Iterator[None]:
    """Changes that belong to no place (accounts, packs, runs) are behind every place's wall: the county's to read."""
    with as_engine() if sees_county(reader) else nullcontext():
        yield


def _problems(form: Asked) -> dict[str, str]:
    words = {
        "day": _("日期要写成 2020-02-27 这样,请改正。"),
        "command": _("命令编号应是 36 个字符的编号,请从本页的记录里选。"),
    }
    return {name: words.get(name, _("太长或写法不对,请改正。")) for name in form.errors}


def _rows(given: dict[str, Any], reader: Reader) -> tuple[list[Row], int]:
    """One page of entries, and the number to go on from (0: no more)."""
    found = list(_chosen(given).filter(_within(reader)).select_related("command").order_by("-id")[: SIZE + 1])
    shown = found[:SIZE]
    sealed = _sealed([entry.pk for entry in shown])
    homes = _homes(shown)
    young = children.among(_persons(shown), on=timezone.localdate())
    rows = [_row(entry, homes, entry.pk in sealed, reader, young) for entry in shown]
    return rows, shown[-1].pk if len(found) > SIZE else 0


def _within(reader: Reader) -> Q:
    """What the duty covers. The engine's eyes see beyond the county: what belongs to another is left out here."""
    if not sees_county(reader):
        return Q()  # the wall has chosen already
    within = Q(place_code="")
    for code in reader.scope.places:
        within |= Q(place_code__startswith=code)
    return within


def _chosen(given: dict[str, Any]) -> QuerySet[Entry]:
    found = Entry.objects.all()
    if given["table"]:
        found = found.filter(table=given["table"])
    if given["actor"]:
        found = found.filter(actor=given["actor"])
    if given["day"]:
        begun = timezone.make_aware(datetime.combine(given["day"], datetime.min.time()))
        found = found.filter(at__gte=begun, at__lt=begun + timedelta(days=1))
    if given["household"]:
        found = found.filter(_of_household(given["household"]))
    if given["command"]:
        found = found.filter(command_id=given["command"])
    if given["verb"]:
        found = found.filter(command__verb=given["verb"])
    return found.filter(pk__lt=given["before"]) if given["before"] else found


def _of_household(code: str) -> Q:
    home = Household.objects.filter(code=code).first()
    if home is None:
        return Q(pk=None)
    return Q(household_id=home.pk) | Q(table="register_household", row=str(home.pk))


def _sealed(entries: Sequence[int]) -> set[int]:
    source = Sealed.objects.filter(table="trail_entry").first()
    leaves = Leaf.objects.filter(source=source.pk if source else 0, row__in=[str(pk) for pk in entries])
    return {int(row) for row in leaves.values_list("row", flat=True)}


def _homes(entries: Sequence[Entry]) -> dict[int, str]:
    known = {entry.household_id for entry in entries if entry.household_id}
    known |= {int(entry.row) for entry in entries if entry.table == "register_household"}
    return dict(Household.objects.filter(pk__in=known).values_list("pk", "code"))


def _persons(entries: Sequence[Entry]) -> set[int]:
    return {int(entry.row) for entry in entries if entry.table == PERSON}


def _row(entry: Entry, homes: dict[int, str], sealed: bool, reader: Reader, young: frozenset[int]) -> Row:
    home = int(entry.row) if entry.table == "register_household" else entry.household_id or 0
    return Row(
        entry=entry,
        verb=trail_words.verb(entry.command.verb) if _has_command(entry.command_id) and entry.command else "",
        table=trail_words.table(entry.table),
        operation=trail_words.operation(entry.operation),
        household=homes.get(home, ""),
        lines=differing_columns.lines(entry, reader, child=entry.table == PERSON and int(entry.row) in young),
        sealed=sealed,
    )


def _has_command(command: UUID | None) -> bool:
    return command is not None


def _seal() -> Seal:
    last = heads.latest()
    try:
        forks.check(last)
        trouble = ""
    except Refusal as refusal:
        trouble = figures.in_words(refusal.zh, refusal.en)
    number, since, more = sealing.waiting()
    seconds = int((timezone.now() - since).total_seconds()) if since else 0
    return Seal(last.said if last else None, last.at if last else None, number, more, seconds, trouble)
