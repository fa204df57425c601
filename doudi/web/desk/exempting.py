"""Exemptions from checks: a town proposes one with its reason; the county grants it until a day, refuses or ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy import exemptions
from doudi.policy.exemptions import GRANTED, PROPOSED, Exemption
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk import checks, standings
from doudi.web.desk.drafts import LONGEST_NUMBER, plain
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show

MOST = 500
LONGEST = 500


class Asked(forms.Form):
    """The reason and the last day."""

    reason = forms.CharField(max_length=LONGEST)
    until = forms.DateField(input_formats=["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class Held:
    """One exemption as shown."""

    exemption: Exemption
    title: str
    household: str
    village: str


@permission("exemption.propose")
def ask(request: HttpRequest, name: str, subject: str) -> HttpResponse:
    """The form for one finding, and granting (county) or proposing (town) its exemption."""
    reader, run, check = checks.opened(request, name)
    whole = subject.isascii() and subject.isdigit() and len(subject) <= LONGEST_NUMBER
    finding = checks.reading_of(run, reader).of_subject(name, int(subject)) if whole else None
    if finding is None:
        raise Http404
    pack, grants = standings.pack_of(run), reader.may("exemption.grant")
    problem = ""
    if request.method == "POST":
        verb = exemptions.grant if grants else exemptions.propose
        try:
            wanted = exemptions.Wanted(
                name, finding.subject_id, finding.household_id, finding.place_code, **_given(request, run)
            )
            verb(wanted, by=reader.user.username, pack=pack)
            return HttpResponseRedirect(reverse("exemptions") + "?done=1")
        except Refusal as refusal:
            problem = words_of(refusal)
    (row,) = checks.rows_of(run, check, [finding], reader, pack)
    context = {
        "run": run,
        "check": check,
        "row": row,
        "grants": grants,
        "problem": problem,
        "typed": {each: plain(request.POST.get(each, ""))[:LONGEST] for each in ("reason", "until")},
    }
    return show(request, "desk/exempt.html", context, status=422 if problem else 200)


def _given(request: HttpRequest, run: Run) -> dict[str, Any]:
    form = Asked(request.POST)
    if not form.is_valid():
        raise Refusal(
            "豁免要写明理由和到期日,日期写成 2020-06-30 这样。",
            "An exemption needs a reason and a last day; write the day as 2020-06-30.",
        )
    return {"from_day": run.as_of, **form.cleaned_data}


@permission("check.read")
def show_exemptions(request: HttpRequest) -> HttpResponse:
    """The exemptions within the reader's duty: proposed, in force, and those that ended."""
    reader, run = reader_of(request), standings.run_in_force()
    if run is None:
        raise Http404
    day, pack = run.as_of, standings.pack_of(run)
    rows = _held(list(Exemption.objects.order_by("-id")[:MOST]), pack)
    in_force = {each.exemption.pk for each in rows if _holds(each.exemption, day)}
    context = {
        "day": day,
        "proposed": [each for each in rows if each.exemption.state == PROPOSED],
        "in_force": [each for each in rows if each.exemption.pk in in_force],
        "ended": [each for each in rows if each.exemption.state != PROPOSED and each.exemption.pk not in in_force],
        "grants": reader.may("exemption.grant"),
        "done": request.GET.get("done") == "1",
    }
    return show(request, "desk/exemptions.html", context)


def _holds(held: Exemption, day: date) -> bool:
    """As `Exemptions.in_force` says it in SQL."""
    early = held.ended_on is not None and held.ended_on <= day
    return held.state == GRANTED and held.from_day <= day <= held.until and not early


def _held(rows: list[Exemption], pack: Pack) -> list[Held]:
    homes = dict(Household.objects.filter(pk__in={row.household_id for row in rows}).values_list("pk", "code"))
    places = dict(Place.objects.filter(code__in={row.place_code for row in rows}).values_list("code", "name"))
    return [
        Held(
            exemption=row,
            title=figures.word(pack.checks[row.check_name].words) if row.check_name in pack.checks else row.check_name,
            household=homes.get(row.household_id or 0, ""),
            village=places.get(row.place_code, row.place_code),
        )
        for row in rows
    ]


@permission("exemption.grant")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Grant what was proposed, refuse it, or end what holds."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    held = Exemption.objects.filter(pk=int(number)).first() if whole else None
    run = standings.run_in_force()
    if held is None or run is None:
        raise Http404
    by, act = reader_of(request).user.username, request.POST.get("act", "")
    if act == "end":
        exemptions.end(held, on=run.as_of, by=by)
    elif act in ("grant", "refuse"):
        exemptions.decide(held, granted=act == "grant", by=by)
    else:
        raise Refusal("请选准予、不准或提前结束。", "Choose to grant, to refuse or to end it.", "act")
    return HttpResponseRedirect(reverse("exemptions") + "?done=1")
