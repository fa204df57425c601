"""The paper twin of a check: one sheet a household with its number, the questions that still decide, room to write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.monitoring import need_codes
from doudi.places.divisions import Place
from doudi.policy import questions
from doudi.policy.questions import Question
from doudi.register.households import Household
from doudi.web import figures, names, papers
from doudi.web.deeds.days import today
from doudi.web.desk import standings
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import shell_of, show
from doudi.web.village.patrolling import doors_of, household_of, members_of, village_asked, villages

MOST_QUESTIONS = 8
MOST_SHEETS = 30  # a sheet takes a quarter of a second to draw


@permission("patrol.write")
@require_safe
def print_household(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet of one household as a PDF."""
    return _answer(request, [household_of(code)], f"{_('核实表')}-{code}")


@permission("patrol.write")
@require_safe
def print_group(request: HttpRequest) -> HttpResponse:
    """The sheets of a group, those with the most open questions first where there are too many for one file."""
    area = village_asked(request)
    if area is None:
        to = reverse("group-paper")
        return show(request, "village/choose.html", {"villages": villages(reader_of(request)), "to": to})
    asked = request.GET.get("group", "")
    found = [each for each in doors_of(area) if asked in ("", each.group_name)]
    return _answer(request, found[:MOST_SHEETS], f"{_('核实表')}-{area.name}{asked}")


@permission("patrol.read")
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """From the number on a filled sheet to where it is typed in; back with what was typed where there is none."""
    code = request.GET.get("code", "").strip()[:40]
    known = Household.objects.filter(code=code).first() if code and "\0" not in code else None
    if known is None:
        return HttpResponseRedirect(reverse("paper") + "?missing=1")
    return HttpResponseRedirect(reverse("household", args=[known.code]) + "#questions")


def _answer(request: HttpRequest, found: list[Household], name: str) -> HttpResponse:
    reader = reader_of(request)
    names.look_up(found, reader)
    open_ = questions.of_households([each.pk for each in found]) if found and standings.run_in_force() else {}
    context = {
        "sheets": [_sheet(each, open_.get(each.pk, ()), reader) for each in found],
        "needs": [figures.in_words(need.zh, need.en) for need in need_codes.NEEDS.values()],
        "day": today(),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/check_sheet.html", context, name=name)


def _sheet(household: Household, asked: Iterable[Question], reader: Reader) -> dict[str, Any]:
    people = names.persons({each.pk: each.name for each in members_of(household)}, reader)
    village = Place.objects.filter(code=household.place_code).values_list("name", flat=True).first()
    return {
        "it": household,
        "name": names.head(household, reader),
        "village": village or household.place_code,
        "people": [name for _, name in people],
        "questions": _questions(household, asked, reader),
        "helpers": household.pairings.filter(until_day=None).select_related("helper"),
    }


def _questions(household: Household, asked: Iterable[Question], reader: Reader) -> list[tuple[str, str]]:
    """Whom each is about, and its words; only of facts the reader may know."""
    found = [each for each in asked if reader.reads(each.sensitivity)]
    return [
        (names.subject(each.kind, each.subject_id, each.label, household, reader), _words(each))
        for each in found[:MOST_QUESTIONS]
    ]


def _words(question: Question) -> str:
    return figures.in_words(question.text_zh, question.text_en)
