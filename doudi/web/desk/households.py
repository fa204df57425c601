"""The list of households: filtered by place, by a measure's state and by text; the address carries the filter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy.decisions import Standing
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.web import figures
from doudi.web.desk import standings
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

SIZE = 50
STATES = {"yes": 1, "unknown": 2, "no": 0}
FULL_NAMES = {"county_officer", "town_clerk", "village_officer", "helper"}


class Filter(forms.Form):
    """What may be asked of the list. A town's villages are offered once the town is chosen."""

    town = forms.RegexField(r"^[0-9]{9}$", required=False)
    village = forms.RegexField(r"^[0-9]{12}$", required=False)
    measure = forms.CharField(required=False, max_length=64)
    state = forms.ChoiceField(required=False, choices=[(name, name) for name in STATES])
    q = forms.CharField(required=False, max_length=50)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One household in the list."""

    code: str
    name: str
    village: str
    town: str
    group: str
    members: int
    yes: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list."""

    rows: list[Row]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // SIZE))

    @property
    def previous(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The page after."""
        return self.number + 1

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.number - 1) * SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row."""
        return (self.number - 1) * SIZE + len(self.rows)


@permission("household.read")
def show_list(request: HttpRequest) -> HttpResponse:
    """The list; a filter that cannot be understood is 400 and says which part of it."""
    reader = reader_of(request)
    run, asked = standings.run_in_force(), Filter(request.GET)
    problems = _problems(asked, run)
    found = asked.cleaned_data if not problems else {}
    page = _page(_wanted(found, run, reader), found, run, reader) if not problems else Page([], 0, 1)
    context = {"page": page, "problems": problems, "asked": request.GET, "run": run, **_choices(reader, found, run)}
    status = 400 if problems else 200
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/households_part.html", {**context, "part": True}, status)
    return show(request, "desk/households.html", context, status)


def _problems(asked: Filter, run: Run | None) -> list[str]:
    words = {
        "town": _("乡镇"),
        "village": _("村(社区)"),
        "measure": _("措施"),
        "state": _("状态"),
        "q": _("查找"),
        "page": _("页码"),
    }
    if not asked.is_valid():
        return [f"{words.get(name, name)}:{' '.join(errors)}" for name, errors in asked.errors.items()]
    measure = asked.cleaned_data["measure"]
    if measure and (run is None or not _kind_of(run, measure)):
        return [_("措施:没有“%(name)s”这一项,请从列表里选。") % {"name": measure}]
    return []


def _kind_of(run: Run, measure: str) -> str:
    return next((kind for kind, names in run.measures.items() if measure in names), "")


def _wanted(found: dict[str, Any], run: Run | None, reader: Reader) -> QuerySet[Household]:
    """The households asked for; the wall leaves out what the duty does not cover."""
    wanted = Household.objects.all()
    town, village = found["town"], found["village"]
    place = village if village.startswith(town) else town  # another town was chosen since
    if place:
        wanted = wanted.filter(place_code__startswith=place)
    if text := found["q"].strip():
        matches = Q(code__icontains=text) | Q(national_code__startswith=text)
        wanted = wanted.filter(matches | Q(head_name__contains=text) if shows_names(reader) else matches)
    if run is not None and found["measure"] and found["state"]:
        wanted = wanted.filter(_in_state(run, found["measure"], STATES[found["state"]]))
    return wanted


def _in_state(run: Run, measure: str, verdict: int) -> Exists:
    """The household itself, or any member, loan or hire of it, stands so with the measure."""
    kind = _kind_of(run, measure)
    place = run.measures[kind].index(measure)
    standing = Standing.objects.filter(pack_name=run.pack_name, subject_kind=kind, household_id=OuterRef("pk"))
    return Exists(standing.filter(**{f"decision__verdicts__{place}": verdict}))


def _page(wanted: QuerySet[Household], found: dict[str, Any], run: Run | None, reader: Reader) -> Page:
    ids, total, number = _ids(wanted.order_by("place_code", "code"), found)
    some = list(Household.objects.filter(pk__in=ids).order_by("place_code", "code"))
    members, states, places = _members(ids), _states(ids, run), place_names(some)
    rows = [_row(household, members, states[household.pk], places, reader) for household in some]
    return Page(rows, total, number)


def _ids(wanted: QuerySet[Household], found: dict[str, Any]) -> tuple[list[int], int, int]:
    """The ids of the page, how many there are in all, and the page's number, kept within the list.

    A state is dear to work out, so it is worked out once and its ids counted here; the rest the database counts.
    """
    every = wanted.values_list("pk", flat=True)
    known = list(every) if found["state"] else None
    total = len(known) if known is not None else wanted.count()
    number = min(found["page"] or 1, max(1, -(-total // SIZE)))
    page = (known if known is not None else every)[(number - 1) * SIZE : number * SIZE]
    return list(page), total, number


def _row(
    household: Household, members: dict[int, int], states: Counter[int], places: dict[str, str], reader: Reader
) -> Row:
    return Row(
        code=household.code,
        name=household.head_name if shows_names(reader) else figures.masked(household.head_name),
        village=places.get(household.place_code, household.place_code),
        town=places.get(household.place_code[:9] + "000", ""),
        group=household.group_name,
        members=members.get(household.pk, 0),
        yes=states[1],
        unknown=states[2],
    )


def shows_names(reader: Reader) -> bool:
    """Whether the duty needs names in full; those who check and audit read them masked."""
    return not reader.roles.isdisjoint(FULL_NAMES)


def _members(ids: Iterable[int]) -> dict[int, int]:
    rows = Person.objects.filter(household_id__in=ids).values("household_id").annotate(number=Count("pk"))
    return {row["household_id"]: row["number"] for row in rows}


def _states(ids: Iterable[int], run: Run | None) -> defaultdict[int, Counter[int]]:
    """How many verdicts of each kind a household has, its own and its members' and loans'."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    if run is not None:
        rows = Standing.objects.filter(pack_name=run.pack_name, household_id__in=ids)
        for household, verdicts in rows.values_list("household_id", "decision__verdicts"):
            found[household].update(verdicts)
    return found


def place_names(some: list[Household]) -> dict[str, str]:
    """The names of the villages and towns of some households, by 12-digit code."""
    codes = {household.place_code for household in some}
    codes |= {code[:9] + "000" for code in codes}
    return dict(Place.objects.filter(code__in=codes).values_list("code", "name"))


def _choices(reader: Reader, found: dict[str, Any], run: Run | None) -> dict[str, Any]:
    """What the form offers: the towns in scope, the villages of the chosen town, the measures, the states."""
    towns: list[Place] = []
    for code in sorted(reader.scope.places):
        towns += Place.objects.filter(level=Place.TOWN, code__startswith=code[:9])
    town = found.get("town") or (towns[0].code[:9] if len(towns) == 1 else "")
    villages = Place.objects.filter(level=Place.VILLAGE, code__startswith=town).order_by("code") if town else []
    pack = standings.pack_of(run) if run else None
    measures = [(name, standings.title_of(pack, name)) for name in sorted(pack.measures)] if pack else []
    inside = [place for place in villages if reader.scope.covers(place.code)]
    states = [("yes", _("符合")), ("unknown", _("待核")), ("no", _("不符合"))]
    return {"towns": towns, "villages": inside, "measures": measures, "states": states}
