"""Changing places: renaming, merging with a preview, dividing a village by groups and households."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from doudi.access.duties import Duty
from doudi.access.permissions import permission
from doudi.places import names
from doudi.places.divisions import Place
from doudi.policy import merging
from doudi.register import partitions
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.register.partitions import Part
from doudi.register.spans import holds_on
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web import names as called
from doudi.web.desk import divisions
from doudi.web.reader import reader_of
from doudi.web.shell import show

NUMBERS = range(1, 5)
MOST_LISTED = 600


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refusal("日期要写成 2020-02-27 这样,请改正。", "Write the day like 2020-02-27.", "on") from error


def _text(request: HttpRequest, name: str, most: int = 500) -> str:
    return request.POST.get(name, "")[:most].replace("\0", "").strip()


@permission("place.merge")
@require_POST
def rename(request: HttpRequest, code: str) -> HttpResponse:
    """Another name from a day on."""
    place = divisions.place_of(code)
    try:
        names.rename(place, _text(request, "name"), on=_day(_text(request, "on")), by=reader_of(request).user.username)
    except Refusal as refusal:
        return divisions.page_of(request, divisions.place_of(code), errors.words_of(refusal))
    return HttpResponseRedirect(reverse("division", args=[code]))


@permission("place.merge")
@require_POST
def merge(request: HttpRequest, code: str) -> HttpResponse:
    """First what a merger would move, then, confirmed, the merger."""
    place = divisions.place_of(code)
    try:
        day, into = _day(_text(request, "on")), _text(request, "into", 12)
        if not _text(request, "reason"):
            raise Refusal(
                "请写明合并的依据(批文号)。", "Say what the merger rests on (the decision's number).", "reason"
            )
        target = Place.objects.filter(code=into, level=place.level).first()
        if target is None:
            raise Refusal("请选并入哪里。", "Choose what it becomes part of.", "into")
        if _text(request, "sure") != "yes":
            return divisions.page_of(request, place, preview=_moved(place, target, day))
        merging.merge(
            place.code,
            target.code,
            on=day,
            by=reader_of(request).user.username,
            now=timezone.now(),
            reason=_text(request, "reason"),
        )
    except Refusal as refusal:
        return divisions.page_of(request, divisions.place_of(code), errors.words_of(refusal))
    return HttpResponseRedirect(reverse("division", args=[code]))


def _moved(place: Place, target: Place, day: date) -> dict[str, Any]:
    """How much a merger moves."""
    here = {"place_code": place.code}
    return {
        "target": target,
        "day": day,
        "households": Household.objects.filter(**here).count(),
        "pairings": Pairing.objects.filter(holds_on(day), **here).count(),
        "duties": Duty.objects.in_force(on=day).filter(place_code=place.prefix).count(),
        "below": Place.objects.in_force(on=day).filter(town_code=place.code).count(),
    }


@permission("place.merge")
def divide(request: HttpRequest, code: str) -> HttpResponse:
    """The form by groups and households; first what falls to each part, then, confirmed, the division."""
    place = divisions.place_of(code)
    if place.level != Place.VILLAGE or place.until_day is not None:
        raise Http404
    homes = partitions.residents(place.code, on=timezone.localdate())
    if request.method != "POST":
        return _form(request, place, homes)
    try:
        parts, falls_to = _parts(request), _falls_to(request, homes)
        if _text(request, "sure") != "yes":
            partitions.refuse_unassigned(homes, falls_to, {part.code for part in parts})
            return _form(request, place, homes, preview=_shares(parts, falls_to))
        merging.divide(
            place.code,
            parts,
            falls_to,
            rest=_code_of(request, _text(request, "rest")),
            on=_day(_text(request, "on")),
            by=reader_of(request).user.username,
            now=timezone.now(),
            reason=_text(request, "reason"),
        )
    except Refusal as refusal:
        return _form(request, place, homes, problem=errors.words_of(refusal))
    return HttpResponseRedirect(reverse("division", args=[code]))


def _code_of(request: HttpRequest, number: str) -> str:
    return _text(request, f"code-{number}", 12) if number in {str(each) for each in NUMBERS} else ""


def _parts(request: HttpRequest) -> list[Part]:
    """The parts whose code was typed."""
    found = []
    for number in NUMBERS:
        if code := _code_of(request, str(number)):
            kind = "community" if _text(request, f"kind-{number}") == "community" else "village"
            found.append(Part(code, _text(request, f"name-{number}", 80), kind))
    return found


def _falls_to(request: HttpRequest, homes: list[Household]) -> dict[int, str]:
    """The part of each household: its own choice, else its group's."""
    groups = {name: _text(request, f"group-{number}") for number, name in enumerate(_groups(homes))}
    chosen = {home.pk: _text(request, f"home-{home.code}") or groups[home.group_name] for home in homes}
    return {pk: code for pk, number in chosen.items() if (code := _code_of(request, number))}


def _groups(homes: list[Household]) -> dict[str, int]:
    return dict(Counter(home.group_name for home in homes))


def _shares(parts: list[Part], falls_to: dict[int, str]) -> list[tuple[Part, int]]:
    shared = Counter(falls_to.values())
    return [(part, shared[part.code]) for part in parts]


def _form(
    request: HttpRequest,
    place: Place,
    homes: list[Household],
    *,
    problem: str = "",
    preview: list[tuple[Part, int]] | None = None,
) -> HttpResponse:
    fields = ("code", "name", "kind")
    numbers = [{"number": n, **{name: _text(request, f"{name}-{n}", 80) for name in fields}} for n in NUMBERS]
    groups = enumerate(_groups(homes).items())
    context = {
        "place": place,
        "day": timezone.localdate(),
        "numbers": numbers,
        "groups": [(n, name, count, _text(request, f"group-{n}")) for n, (name, count) in groups],
        "homes": _listed(request, homes[:MOST_LISTED]),
        "total": len(homes),
        "typed": {name: _text(request, name) for name in ("on", "reason", "rest")},
        "problem": problem,
        "preview": preview,
    }
    return show(request, "desk/divide.html", context, status=422 if problem else 200)


def _listed(request: HttpRequest, homes: list[Household]) -> list[tuple[Household, str, str]]:
    """Households with the name of the head as the duty shows it, and the part chosen for each."""
    reader = reader_of(request)
    called.look_up(homes, reader)
    return [(home, called.head(home, reader), _text(request, f"home-{home.code}")) for home in homes]
