"""The village's paper: a patrol list per group in walking order, a sheet per household, and typing them in."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import patrol_sheets, patrols
from doudi.monitoring.patrols import PAPER
from doudi.trail.commands import AlreadyDone
from doudi.values.refusals import Refusal
from doudi.web import names, papers
from doudi.web.deeds.days import today
from doudi.web.desk.drafts import plain
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.shell import shell_of, show
from doudi.web.village import household_papers
from doudi.web.village.patrolling import doors_of, groups_of, members_of, village_asked, villages

DOOR = Door(
    kind=patrol_sheets.PATROL,
    back="/village/paper/",
    back_words=gettext_lazy("纸质表格"),
    look="paper-sheet",
    accept="paper-sheet-accept",
    discard="paper-sheet-discard",
    refused="paper-sheet-refused",
)
FIELDS = [column.field for column in patrol_sheets.PATROL.columns if column.field not in ("code", "name")]
OLDEST = 60  # days a filled list may lie before it is typed in
MOST = 100  # rows of the grid at once; a village with more takes its groups one by one


def choose(request: HttpRequest, to: str, problem: str = "") -> HttpResponse:
    """Choose the village a page is of; 422 with the reason why one is asked for again."""
    context = {"villages": villages(reader_of(request)), "to": reverse(to), "problem": problem}
    return show(request, "village/choose.html", context, status=422 if problem else 200)


@permission("patrol.write")
@require_safe
def show_paper(request: HttpRequest) -> HttpResponse:
    """What can be printed of a village, and how what was filled in comes back."""
    area = village_asked(request)
    if area is None:
        return choose(request, "paper")
    return page(request, area)


def page(request: HttpRequest, area: Any, problem: str = "", book_problem: str = "") -> HttpResponse:
    """The page of a village's paper; 422 with the reason why a list, or a workbook of check sheets, was not taken."""
    doors = doors_of(area)
    groups = groups_of(doors)
    asked = request.GET
    context = {
        "area": area,
        "groups": groups,
        "day": today(),
        "sheet_problem": problem,
        "book_problem": book_problem,
        "missing": asked.get("missing", "")[:60],
        "typed": asked.get("typed", "")[:32],
        "sheets": household_papers.parts_of(doors),
        "helpers": household_papers.helpers_of(doors),
        "chosen": {name: asked.get(name, "") for name in ("group", "helper", "others")},
    }
    return show(request, "village/paper.html", context, status=422 if problem or book_problem else 200)


@permission("patrol.write")
@require_safe
def print_patrol(request: HttpRequest) -> HttpResponse:
    """The patrol list as a PDF: one line a door, by group in walking order, six columns to mark."""
    area, reader = village_asked(request), reader_of(request)
    if area is None:
        return choose(request, "patrol-paper")
    asked = request.GET.get("group")
    found = [each for each in doors_of(area) if asked in (None, "", each.group_name)]
    names.look_up(found, reader)
    members = patrol_sheets.members_of([each.pk for each in found])
    groups: dict[str, list[tuple[str, str, list[str]]]] = {}
    for each in found:
        people = [name for _, name in names.persons({pk: name for name, pk in members[each.pk]}, reader)]
        groups.setdefault(each.group_name, []).append((each.code, names.head(each, reader), people))
    context = {"area": area, "day": today(), "groups": list(groups.items()), "shell": shell_of(request)}
    return papers.answer(request, "papers/patrol_list.html", context, name=f"{_('摸排表')}-{area.name}")


# -- typing in: a grid


@permission("patrol.write")
def type_in(request: HttpRequest) -> HttpResponse:
    """The grid for typing in a filled list: a row a door, letters and Enter only; rows wrong stay with the reason."""
    area = village_asked(request)
    if area is None:
        return choose(request, "paper-grid")
    typed_day = plain(request.POST.get("day", ""))[:20] if request.method == "POST" else today().isoformat()
    on, problem = _day(typed_day)
    rows, saved = _typed_rows(request, area, on) if request.method == "POST" else (_empty_rows(request, area), 0)
    wrong = sum(bool(row["problem"]) for row in rows)
    context = {
        "area": area, "rows": rows, "saved": saved, "wrong": wrong, "columns": patrol_sheets.SHORT,
        "groups": groups_of(doors_of(area)), "group": request.GET.get("group", ""), "day": today(),
        "typed_day": typed_day, "day_problem": problem, "earliest": today() - timedelta(days=OLDEST),
    }  # fmt: skip
    failed = (wrong or problem) and not saved  # an answer that is an error undoes what the request wrote
    return show(request, "village/grid.html", context, status=422 if failed else 200)


def _day(text: str) -> tuple[date | None, str]:
    """The day written on the list, or why it cannot be one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, _("请填纸上写的摸排日,如 2020-02-27。")
    if not today() - timedelta(days=OLDEST) <= day <= today():
        return None, _("摸排日应在今天以前 %(days)d 天之内。") % {"days": OLDEST}
    return day, ""


def _empty_rows(request: HttpRequest, area: Any) -> list[dict[str, Any]]:
    reader, asked = reader_of(request), request.GET.get("group", "")
    found = [each for each in doors_of(area) if asked in ("", each.group_name)]
    names.look_up(found[:MOST], reader)
    return [_row(each, reader, {}) for each in found[:MOST]]


def _row(household: Any, reader: Reader, typed: dict[str, str], problem: str = "") -> dict[str, Any]:
    cells = [(field, words, typed.get(field, "")) for field, *words in patrol_sheets.SHORT]
    return {
        "code": household.code, "name": names.head(household, reader), "cells": cells, "problem": problem,
        "key": typed.get("key") or str(uuid.uuid4()),
    }  # fmt: skip


def _typed_rows(request: HttpRequest, area: Any, on: date | None) -> tuple[list[dict[str, Any]], int]:
    """Each filled row written by itself; what could not be stays in the grid as typed, with the reason.

    Without a day nothing is written, and every row stays.
    """
    reader, left, saved = reader_of(request), [], 0
    for household in doors_of(area):
        typed = {field: plain(request.POST.get(f"{household.code}:{field}", ""))[:300] for field in [*FIELDS, "key"]}
        if not any(typed[field].strip() for field in FIELDS):
            continue
        if on is None:
            left.append(_row(household, reader, typed))
            continue
        try:
            _write(household, typed, reader, on)
            saved += 1
        except Refusal as refusal:
            left.append(_row(household, reader, typed, words_of(refusal)))
    return left, saved


def _write(household: Any, typed: dict[str, str], reader: Reader, on: date) -> None:
    people = members_of(household)
    asked = patrol_sheets.asked_of(typed, [(each.name, each.pk) for each in people])
    try:
        key = uuid.UUID(typed["key"])
    except ValueError:
        key = uuid.uuid4()
    try:
        patrols.write(household, asked, origin=PAPER, by=reader.user.username, on=on, now=timezone.now(), key=key)
    except AlreadyDone:
        return


# -- coming back as a spreadsheet


@permission("patrol.write")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """A filled list as a spreadsheet: looked at first."""
    area = village_asked(request)
    on, problem = _day(plain(request.POST.get("day", ""))[:20] or today().isoformat())
    answer = DOOR.bring(request, about=on.isoformat()) if on else problem
    if isinstance(answer, str):
        return page(request, area, answer) if area else choose(request, "paper", answer)
    return answer


@permission("patrol.write")
@require_safe
def give_form(request: HttpRequest) -> HttpResponse:
    """The spreadsheet to fill in, with the doors of the village in it."""
    area, reader = village_asked(request), reader_of(request)
    if area is None:
        return choose(request, "paper-form")
    empty, found = [""] * len(FIELDS), doors_of(area)
    names.look_up(found, reader)
    return DOOR.give_form([[each.code, names.head(each, reader), *empty] for each in found])


@permission("patrol.write")
@require_safe
def show_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The preview of a spreadsheet."""
    return DOOR.show(request, number, may_accept=True)


@permission("patrol.write")
@require_POST
def accept_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Write its rows."""
    return DOOR.take_in(request, number)


@permission("patrol.write")
@require_POST
def discard_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Throw it away."""
    return DOOR.throw_away(request, number)


@permission("patrol.write")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that stay out."""
    return DOOR.give_refused(request, number)
