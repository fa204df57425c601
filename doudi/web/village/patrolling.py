"""The patrol: the doors of a village by group, six taps at each, and a family nobody had on a list."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import cn2an
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.monitoring import patrols
from doudi.monitoring.patrols import Asked, PatrolLine
from doudi.places.divisions import Place
from doudi.policy import versions
from doudi.register import entering
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.deeds.days import today
from doudi.web.desk.areas import Area, area_of
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

_NUMERAL = re.compile("[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]")
FRESH = 7  # days a door counts as looked at
MOST_DOORS = 1_000
PLACES = {
    "nobody": gettext_lazy("没有人回来"),
    "county": gettext_lazy("县内"),
    "province": gettext_lazy("省内县外"),
    "elsewhere": gettext_lazy("外省"),
    "hubei": gettext_lazy("湖北"),
}


def village_asked(request: HttpRequest) -> Area | None:
    """The village a page is of: the one named, else the reader's own; None for who answers for more than one."""
    reader, named = reader_of(request), request.GET.get("place") or request.POST.get("place") or None
    area = area_of(reader, named)
    return area if area and area.level == "village" else None


@permission("patrol.read")
@require_safe
def show_doors(request: HttpRequest) -> HttpResponse:
    """The doors of a village, group by group in walking order; who answers for more first chooses a village."""
    area = village_asked(request)
    if area is None:
        return show(request, "village/choose.html", {"villages": villages(reader_of(request)), "to": reverse("patrol")})
    return show(request, "village/doors.html", _doors(area, reader_of(request)) | {"done": request.GET.get("done", "")})


def villages(reader: Reader) -> list[Place]:
    """The villages of the reader's duty."""
    found = Place.objects.filter(level="village").order_by("code")
    return [each for each in found if any(each.code.startswith(prefix) for prefix in reader.scope.places)]


def doors_of(area: Area) -> list[Household]:
    """The households of a village as the patrol walks: by group, the second before the tenth, then by their number."""
    found = Household.objects.filter(place_code=area.prefix, residences__until_day=None).distinct()
    return sorted(found.order_by("code")[:MOST_DOORS], key=lambda each: (in_order(each.group_name), each.code))


def groups_of(doors: Iterable[Household]) -> list[str]:
    """The groups some doors are of, in their order."""
    return list(dict.fromkeys(each.group_name for each in doors))


def in_order(group: str) -> tuple[bool, list[tuple[int, str]]]:
    """Where a group stands among the others: by its number, written 2 or 二; those without a name come last."""
    read = _NUMERAL.sub(lambda found: str(cn2an.cn2an(found[0], "smart")), unicodedata.normalize("NFKC", group))
    return not group, [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", read)]


def _doors(area: Area, reader: Reader) -> dict[str, Any]:
    day, found = today(), doors_of(area)
    names.look_up(found, reader)
    last = patrols.latest(each.pk for each in found)
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        line = last.get(each.pk)
        groups.setdefault(each.group_name, []).append(
            {"it": each, "name": names.head(each, reader), "line": line, "fresh": _is_fresh(line, day)}
        )
    looked = sum(row["fresh"] for rows in groups.values() for row in rows)
    return {
        "area": area, "day": day, "groups": list(groups.items()), "looked": looked, "doors": len(found),
        "fresh": FRESH, "may_write": reader.may("patrol.write"),
    }  # fmt: skip


def _is_fresh(line: PatrolLine | None, day: date) -> bool:
    return line is not None and line.on_day > day - timedelta(days=FRESH)


# -- one door


@permission("patrol.write")
def write_door(request: HttpRequest, code: str) -> HttpResponse:
    """The six taps at one door, and writing them down; 422 with what was tapped when it cannot be."""
    household, problem = household_of(code), ""
    if request.method == "POST":
        try:
            _write(request, household)
            return _next(household)
        except AlreadyDone:
            return _next(household)
        except Refusal as refusal:
            problem = words_of(refusal)
    context = _door(request, household) | {"problem": problem}
    return show(request, "village/door.html", context, status=422 if problem else 200)


def household_of(code: str) -> Household:
    """The household of that number within the reader's wall; 404 for any other."""
    found = Household.objects.filter(code=code).first() if len(code) <= 32 and "\0" not in code else None
    if found is None:
        raise Http404
    return found


def _next(household: Household) -> HttpResponse:
    """Back to the list, at the door after this one."""
    target = f"{reverse('patrol')}?place={household.place_code}&done={household.code}#door-{household.code}"
    return HttpResponseRedirect(target)


def _door(request: HttpRequest, household: Household) -> dict[str, Any]:
    reader, typed = reader_of(request), request.POST
    people = members_of(household)
    last = patrols.latest([household.pk]).get(household.pk)
    return {
        "household": household,
        "name": names.head(household, reader),
        "people": [(pk, name) for pk, name in names.persons({each.pk: each.name for each in people}, reader)],
        "places": PLACES.items(),
        "chosen": {name: typed.getlist(name) for name in ("ill", "isolated", "willing")},
        "typed": typed,
        "key": typed.get("key") or uuid.uuid4(),
        "last": last,
        "day": today(),
    }


def members_of(household: Household) -> list[Person]:
    """The present members, the head first as far as their numbers say."""
    return list(Person.objects.filter(household=household).order_by("code"))


def asked_of(typed: Any, persons: frozenset[int]) -> Asked:
    """What a form says was asked at a door. Raises Refusal for what no form of ours sends."""
    return Asked(
        ill=_people(typed, "ill"),
        isolated=_people(typed, "isolated"),
        back_from=typed.get("back_from") or None,
        willing=_people(typed, "willing"),
        unsold=_yes_no(typed, "unsold"),
        inputs=_yes_no(typed, "inputs"),
        wrong=_wrong(typed),
        note=plain(typed.get("note", ""))[: patrols.LONGEST],
        persons=persons,
    )


def _people(typed: Any, name: str) -> frozenset[int] | None:
    """The persons ticked; an empty set where “nobody” was, None where nothing was."""
    ticked = typed.getlist(name)
    if not ticked:
        return None
    if ticked == ["nobody"]:
        return frozenset()
    numbers = [each for each in ticked if each != "nobody"]
    if any(not (each.isascii() and each.isdigit() and len(each) <= 18) for each in numbers):
        raise Refusal("请重新打开这一户再选人。", "Open the household again and choose the persons.", name)
    if "nobody" in ticked:
        raise Refusal("既选了“没有”又选了人,请只留一样。", "Both “nobody” and somebody are ticked; keep one.", name)
    return frozenset(int(each) for each in numbers)


def _yes_no(typed: Any, name: str) -> bool | None:
    return {"yes": True, "no": False}.get(typed.get(name, ""))


def _wrong(typed: Any) -> str | None:
    said = typed.get("wrong", "")
    words = plain(typed.get("wrong_what", "")).strip()[: patrols.LONGEST]
    if said == "yes" and not words:
        raise Refusal("请写明哪里不对。", "Say what is wrong.", "wrong_what")
    return words if said == "yes" else "" if said == "no" else None


def _write(request: HttpRequest, household: Household) -> None:
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Refusal("请重新打开这一页再填。", "Open the page again and fill it in.", "key") from error
    persons = frozenset(each.pk for each in members_of(household))
    asked = asked_of(request.POST, persons)
    by = reader_of(request).user.username
    patrols.write(household, asked, by=by, on=today(), now=timezone.now(), key=key)


# -- a household not on any list


@permission("patrol.write")
def enter_household(request: HttpRequest) -> HttpResponse:
    """A family in trouble that is on no list: its names and its group; then its door as any other."""
    area = village_asked(request)
    if area is None:
        return show(
            request, "village/choose.html", {"villages": villages(reader_of(request)), "to": reverse("patrol-enter")}
        )
    problem, typed = "", request.POST
    if request.method == "POST":
        try:
            made = _enter(request, area)
            return HttpResponseRedirect(reverse("patrol-door", args=[made.code]))
        except Refusal as refusal:
            problem = words_of(refusal)
    groups = [each for each in groups_of(doors_of(area)) if each]
    context = {"area": area, "typed": typed, "groups": groups, "problem": problem}
    return show(request, "village/enter.html", context, status=422 if problem else 200)


def _enter(request: HttpRequest, area: Area) -> Household:
    lines = plain(request.POST.get("names", ""))[:2_000].replace("、", "\n").splitlines()
    return entering.enter(
        lines,
        area.prefix,
        group=plain(request.POST.get("group", ""))[:50],
        on=today(),
        by=reader_of(request).user.username,
        now=timezone.now(),
        vocabulary=versions.in_force().pack.vocabulary,
    )
