"""Who answers for a place on a day: the duties held there, its parts', and where nobody answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.duties import Duty
from doudi.access.permissions import permission
from doudi.access.roles import ROLES
from doudi.places import counties, lineage
from doudi.places.divisions import LENGTHS, Place
from doudi.values.divisions import is_prefix
from doudi.web import figures
from doudi.web.desk import accounts
from doudi.web.reader import reader_of
from doudi.web.shell import show

BELOW = {"county": "town", "town": "village"}
ANSWERS = {"county": "county_officer", "town": "town_clerk", "village": "village_officer"}


class Asked(forms.Form):
    """A day and a place."""

    on = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    place = forms.RegexField(r"^[0-9]{6}([0-9]{3}){0,2}$", required=False)


@dataclass(slots=True)
class Line:
    """One place of the table, and who holds what there: role in words, then the people."""

    place: Place
    holders: dict[str, list[str]] = field(default_factory=dict)
    answered: bool = False
    opens: bool = True


@permission("account.read")
def show_responsible(request: HttpRequest) -> HttpResponse:
    """The table for a place and its parts on a day; 400 for a day that is none, 404 outside the duty."""
    reader, asked = reader_of(request), Asked(request.GET)
    if not asked.is_valid():
        problem = _("日期要写成 2020-02-27 这样,地区要写成 6、9 或 12 位代码。")
        return show(request, "desk/responsible.html", {"problem": problem, "day": timezone.localdate()}, status=400)
    day = asked.cleaned_data["on"] or timezone.localdate()
    own = "" if accounts.sees_everyone(reader) else min(reader.scope.places, default="-")
    county = counties.present()
    prefix = asked.cleaned_data["place"] or own or (county.code if county else "")
    if not is_prefix(prefix) or (own and not any(prefix.startswith(code) for code in reader.scope.places)):
        raise Http404
    area = Place.objects.filter(code=prefix.ljust(12, "0")).first()
    if area is None:
        raise Http404
    lines = lines_of(area, day)
    context: dict[str, Any] = {
        "day": day,
        "area": area,
        "above": _above(prefix, own),
        "lines": lines,
        "missing": sum(not line.answered for line in lines),
    }
    return show(request, "desk/responsible.html", context)


def _above(prefix: str, own: str) -> list[Place]:
    shorter = [prefix[:length] for length in (6, 9) if length < len(prefix) and length >= len(own)]
    return list(Place.objects.filter(code__in=[code.ljust(12, "0") for code in shorter]))


def lines_of(area: Place, day: date) -> list[Line]:
    """The place and its parts of that day, each with who held a duty there under that code or one before it."""
    level = BELOW.get(area.level, "")
    parts = Place.objects.in_force(on=day).filter(level=level, code__startswith=area.prefix) if level else []
    lines = [Line(place, opens=place.level != Place.VILLAGE) for place in (area, *parts)]
    lines[0].opens = False
    before = lineage.forerunners([line.place.code for line in lines], on=day)
    where = {_prefix(code, line.place): line for line in lines for code in before[line.place.code]}
    for duty in Duty.objects.in_force(on=day).filter(place_code__in=where).select_related("user").order_by("id"):
        line = where[duty.place_code]
        line.holders.setdefault(figures.word(ROLES[duty.role]), []).append(_person(duty))
        line.answered |= duty.role == ANSWERS[line.place.level] and duty.user.is_active
    return lines


def _person(duty: Duty) -> str:
    closed = "" if duty.user.is_active else _("(账号已停用)")
    return f"{duty.user.name}{closed}"


def _prefix(code: str, place: Place) -> str:
    return code[: LENGTHS[place.level]]
