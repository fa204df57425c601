"""Runs: what was decided when, by which rules, over which facts; and a new run with its progress."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.policy.runs import Run
from doudi.web import figures
from doudi.web.desk import impact, progress, standings
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

MOST = 50
LONGEST_NUMBER = 18


class NewRun(forms.Form):
    """The day the decisions are to speak of."""

    as_of = forms.DateField(input_formats=["%Y-%m-%d"])


@permission("run.read")
def show_runs(request: HttpRequest) -> HttpResponse:
    """The latest runs; for htmx only the progress of the one under way."""
    reader = reader_of(request)
    if request.headers.get("HX-Request") == "true":
        return _progress_part(request)
    return show(request, "desk/runs.html", _contents(reader))


def _contents(reader: Reader, typed: str = "", problem: str = "") -> dict[str, Any]:
    last = standings.run_in_force()
    day = typed or (last.as_of if last else timezone.localdate()).isoformat()
    return {
        "runs": list(Run.objects.order_by("-id")[:MOST]),
        **_news(),
        "day": day,
        "problem": problem,
        "may_start": reader.may("run.start"),
    }


def _news() -> dict[str, Any]:
    news = progress.read()
    return {"progress": news, "said": progress.words(news) if news else ""}


def _progress_part(request: HttpRequest) -> HttpResponse:
    """The bar; when the run is done the browser loads the list anew."""
    told = _news()
    response = show_part(request, "desk/progress.html", told)
    if told["progress"] is None or not told["progress"].open:
        response["HX-Refresh"] = "true"
    return response


@permission("run.start")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a run and go to where its progress is shown; 422 for a day that is none."""
    reader, form = reader_of(request), NewRun(request.POST)
    if not form.is_valid():
        typed = request.POST.get("as_of", "")[:50].replace("\0", "")
        problem = _("日期要写成 2020-02-27 这样,请改正。")
        return show(request, "desk/runs.html", _contents(reader, typed, problem), status=422)
    last = standings.run_in_force()
    progress.begin(last.pack_name if last else None, as_of=form.cleaned_data["as_of"], by=reader.user.username)
    return HttpResponseRedirect(reverse("runs"))


@permission("run.read")
def show_run(request: HttpRequest, number: str) -> HttpResponse:
    """One run's facts and counts; `?compare=1` goes to what changed since the run before it."""
    run = run_of(number)
    before = Run.objects.filter(pack_name=run.pack_name, standing=True, id__lt=run.pk).order_by("-id").first()
    seen = _sees_county(reader_of(request))
    if before and request.GET.get("compare") == "1":
        return HttpResponseRedirect(reverse("runs-compare") + f"?a={before.pk}&b={run.pk}")
    context = {
        "run": run,
        "pack": standings.pack_of(run),
        "before": before,
        "measures": _measures(run) if seen else [],
        "figures": impact.of_run(run) if seen else [],
        "others": Run.objects.filter(pack_name=run.pack_name).exclude(pk=run.pk).order_by("-id")[:MOST],
        "may_replay": reader_of(request).may("run.replay"),
        "subjects": _subjects(run) if seen else [],
    }
    return show(request, "desk/run.html", context)


def _subjects(run: Run) -> list[tuple[str, int]]:
    """How many of each kind the run decided, in the whole county."""
    held, kinds = run.counts.get("subjects", {}), standings.pack_of(run).vocabulary.kinds
    return [(figures.word(words), held[kind]) for kind, words in kinds.items() if kind in held]


def _sees_county(reader: Reader) -> bool:
    """Whether the reader's duty holds the whole county, as a run's totals do."""
    return any(len(code) == 6 for code in reader.scope.places)


def run_of(number: str) -> Run:
    """The run of an address; 404 where there is none."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    run = Run.objects.filter(pk=int(number)).first() if whole else None
    if run is None:
        raise Http404
    return run


def _measures(run: Run) -> list[dict[str, Any]]:
    pack = standings.pack_of(run)
    kinds = pack.vocabulary.kinds
    return [
        {
            **row,
            "title": standings.title_of(pack, row["name"]),
            "number": pack.terms[row["name"]].number,
            "subject_word": figures.word(kinds[row["subject"]]),
            "gives_money": pack.measures[row["name"]].amount is not None,
        }
        for row in run.counts.get("measures", [])
    ]
