"""One household: what each measure says of it and of its members and loans, what is asked, and what is believed.

The same page shows it as of any day, as far as was known on any other.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from doudi.access.permissions import permission
from doudi.policy import chronicles, deferrals, why
from doudi.policy.runs import Run
from doudi.register import histories
from doudi.register.histories import Moment
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.register.persons import Person
from doudi.register.spans import holds_on
from doudi.web import names
from doudi.web.deeds import given
from doudi.web.desk import asking, filters, moments, sheets, standings, verdicts
from doudi.web.desk.asking import Typed
from doudi.web.desk.households import place_names
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


@permission("household.read")
def show_one(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one household; 404 when there is none of that code within the duty, 400 for a day that is none."""
    reader, household = reader_of(request), household_of(code)
    asked = moments.understood(request.GET)
    context = {
        **contents(household, reader, moment=asked.moment),
        "asked": asked,
        "beside": _beside(request, household),
    }
    return show(request, "desk/household.html", context, 400 if asked.problem else 200)


def household_of(code: str) -> Household:
    """The household of a code as the wall lets the reader see it."""
    found = Household.objects.filter(code=code).first() if code and "\0" not in code else None
    if found is None:
        raise Http404
    return found


def contents(
    household: Household, reader: Reader, typed: Typed | None = None, news: Any = None, moment: Moment = sheets.NOW
) -> dict[str, Any]:
    """Everything on the page. `typed` is an answer that was refused, `news` what an answer has just changed."""
    run = standings.run_in_force()
    places = place_names([household])
    people = histories.people_of(household, moment)
    decided = (
        _decided(household, reader, run, typed) if moment.is_now else _past(household, people, reader, run, moment)
    )
    return {
        "household": household,
        "name": names.head(household, reader),
        "village": places.get(household.place_code, household.place_code),
        "town": places.get(household.place_code[:9] + "000", ""),
        "pairings": _pairings(household, moment),
        "people": len(people),
        "may_read_trail": reader.may("audit.read"),
        "run": run,
        "news": news,
        "may_reveal": reader.may("household.reveal"),
        "may_tell": reader.may("told.read"),
        "moment": moment,
        "deciding": moment.is_now and household.pk in deferrals.of([household.pk]),
        "given": given.piles(household, reader) if moment.is_now and reader.may("deed.read") else None,
        **decided,
        "sheets": sheets.of_household(household, people, reader, run, moment),
    }


def _decided(household: Household, reader: Reader, run: Run | None, typed: Typed | None) -> dict[str, Any]:
    """What depends on a run: verdicts and questions."""
    if run is None:
        return {"tens": [], "asked_for": []}
    asked = asking.of_household(household, run, reader, typed) if reader.may("question.read") else []
    found = why.verdicts_of(household.pk) if reader.may("household.why") else []
    return {
        "problem": typed.problem if typed and not any(question.problem for question in asked) else "",
        **_verdicts(found, household, run, reader),
        "asked_for": asked,
        "open_all": bool(typed),
        "may_answer": reader.may("answer.record"),
        "answer_day": asking.usual_day(run),
    }


def _verdicts(found: list[dict[str, Any]], household: Household, run: Run, reader: Reader) -> dict[str, Any]:
    tens = verdicts.tens_of(found, household, run, reader)
    return {
        "tens": [ten for ten in tens if not ten.settled],
        "settled": [ten for ten in tens if ten.settled],
        "summary": verdicts.summary_of(tens),
        "elsewhere": _elsewhere(run),
    }


def _elsewhere(run: Run) -> list[str]:
    """The numbers of the measures about the village or the county, which reach the household from there."""
    pack = standings.pack_of(run)
    return [
        pack.terms[name].number
        for name, measure in pack.measures.items()
        if measure.subject not in standings.HOUSEHOLD_KINDS
    ]


def _past(
    household: Household, people: list[Person], reader: Reader, run: Run | None, moment: Moment
) -> dict[str, Any]:
    """The verdicts that stood at a moment, with their conditions as they were found then."""
    if run is None or not reader.may("household.why"):
        return {"tens": [], "asked_for": []}
    items = histories.items_of(household, people, moment)
    names = {("person", person.pk): person.name for person in people}
    names |= {(item.kind, item.pk): item.label or item.code for item in items}
    subjects = [("household", household.pk), *names]
    found = chronicles.decided_at(subjects, moment, pack_name=run.pack_name)
    told = [{**asdict(one), "label": names.get((one.kind, one.subject_id), ""), "stale": False} for one in found]
    return {**_verdicts(told, household, run, reader), "asked_for": []}


def _pairings(household: Household, moment: Moment) -> list[Pairing]:
    """Who stands by the household, or stood by it at a moment."""
    when = moment.spans() if moment.day else holds_on(timezone.localdate())
    return list(Pairing.objects.filter(when, household=household).select_related("helper"))


def _beside(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """The households before and after this one in the list the reader came from; None where it is not in that list."""
    query, reader, run = request.GET.get("list", ""), reader_of(request), standings.run_in_force()
    ids = filters.ids_of(QueryDict(query[:2000]), reader, run)
    at = np.flatnonzero(ids == household.pk)
    if not len(at):
        return None
    place = int(at[0])
    wanted = {name: int(ids[n]) for name, n in (("before", place - 1), ("after", place + 1)) if 0 <= n < len(ids)}
    codes = dict(Household.objects.filter(pk__in=wanted.values()).values_list("pk", "code"))
    found = {name: codes[number] for name, number in wanted.items() if number in codes}
    return {**found, "number": place + 1, "total": len(ids), "list": query}
