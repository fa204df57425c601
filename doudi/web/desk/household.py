"""One household: what each measure says of it and of its members and loans, what is asked, and what is believed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from doudi.access.permissions import permission
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.register.persons import Person
from doudi.register.spans import holds_on
from doudi.web import figures
from doudi.web.desk import asking, sheets, standings, verdicts
from doudi.web.desk.asking import Typed
from doudi.web.desk.households import place_names, shows_names
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


@permission("household.read")
def show_one(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one household; 404 when there is none of that code within the duty."""
    reader = reader_of(request)
    return show(request, "desk/household.html", contents(household_of(code), reader))


def household_of(code: str) -> Household:
    """The household of a code as the wall lets the reader see it."""
    found = Household.objects.filter(code=code).first() if code and "\0" not in code else None
    if found is None:
        raise Http404
    return found


def contents(household: Household, reader: Reader, typed: Typed | None = None, news: Any = None) -> dict[str, Any]:
    """Everything on the page. `typed` is an answer that was refused, `news` what an answer has just changed."""
    run = standings.run_in_force()
    places = place_names([household])
    people = list(Person.objects.filter(household=household).order_by("code"))
    return {
        "household": household,
        "name": household.head_name if shows_names(reader) else figures.masked(household.head_name),
        "village": places.get(household.place_code, household.place_code),
        "town": places.get(household.place_code[:9] + "000", ""),
        "pairings": _pairings(household),
        "people": len(people),
        "run": run,
        "news": news,
        **_decided(household, reader, run, typed),
        "sheets": sheets.of_household(household, people, reader, run),
    }


def _decided(household: Household, reader: Reader, run: Run | None, typed: Typed | None) -> dict[str, Any]:
    """What depends on a run: verdicts and questions."""
    if run is None:
        return {"states": [], "asked": []}
    asked = asking.of_household(household, run, reader, typed) if reader.may("question.read") else []
    return {
        "problem": typed.problem if typed and not any(question.problem for question in asked) else "",
        "states": verdicts.of_household(household, run, reader) if reader.may("household.why") else [],
        "asked": asked,
        "open_all": bool(typed),
        "may_answer": reader.may("answer.record"),
        "answer_day": asking.usual_day(run),
    }


def _pairings(household: Household) -> list[Pairing]:
    """Who stands by the household today."""
    today = timezone.localdate()
    return list(Pairing.objects.filter(holds_on(today), household=household).select_related("helper"))
