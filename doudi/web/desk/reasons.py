"""Why a measure says what it says of one subject."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.policy import why
from doudi.policy.why import Explanation
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import names
from doudi.web.desk import reaching, standings
from doudi.web.desk.household import household_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

LONGEST_ID = 18


@permission("household.why")
def show_why(request: HttpRequest, code: str, kind: str, subject: str, measure: str) -> HttpResponse:
    """The reasons: a piece of the household's page for htmx, else a page of its own."""
    reader, household = reader_of(request), household_of(code)
    known = {(v["kind"], str(v["subject_id"]), v["measure"]) for v in _verdicts(household)}
    if (kind, subject, measure) not in known or not _covers(reader, measure):
        raise Http404
    told = _explain(kind, int(subject), measure, reader)
    context = {"told": told, "household": household, "label": _label(told, household, reader)}
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/why.html", context)
    return show(request, "desk/why_page.html", context)


def _verdicts(household: Household) -> list[dict[str, Any]]:
    """What is decided about the household and what reaches it; nothing before the first run."""
    run = standings.run_in_force()
    return why.verdicts_of(household.pk) + reaching.found_for(household, run) if run else []


def _covers(reader: Reader, measure: str) -> bool:
    return not reader.scope.measures or measure in reader.scope.measures


def _explain(kind: str, subject: int, measure: str, reader: Reader) -> Explanation:
    try:
        return why.explain(kind, subject, measure, reader=reader)
    except Refusal as refusal:
        raise Http404 from refusal


def _label(told: Explanation, household: Household, reader: Reader) -> str:
    return names.subject(told.kind, told.subject_id, told.label, household, reader)
