"""What if: other numbers over the whole county; who gains, who loses, at what cost. The address repeats it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy import what_if
from doudi.policy.packs import Pack
from doudi.policy.packs_parts import DatedValue, Parameter
from doudi.policy.runs import Run
from doudi.policy.what_if import Effect, Trial
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk import effects, standings
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

LONGEST = 200  # characters of a typed value


@dataclass(frozen=True, slots=True)
class Knob:
    """One parameter: its value in force as one types it ("" while undecided), and what is typed now."""

    name: str
    title: str
    unit: str
    widget: str
    now: str
    typed: str
    source: str

    @property
    def changed(self) -> bool:
        """Whether something else was typed."""
        return self.typed != self.now


@dataclass(frozen=True, slots=True)
class Result:
    """One measure's change, as far as the reader sees."""

    title: str
    subject: str
    yes_before: int | None
    yes: int | None
    gains: int
    loses: int
    amount_before_fen: int | None
    amount_fen: int | None
    change_fen: int
    budget_fen: int | None
    towns: list[tuple[str, int, int, int]]

    @property
    def over(self) -> int:
        """Fen beyond the budget, or 0."""
        return max(0, (self.amount_fen or 0) - self.budget_fen) if self.budget_fen else 0


class Adoption(forms.Form):
    """What makes a tried number the county's."""

    name = forms.RegexField(r"^[a-z0-9_]{1,64}$")
    value = forms.CharField(max_length=LONGEST)
    from_day = forms.DateField(input_formats=["%Y-%m-%d"])
    source = forms.CharField(max_length=200)
    named_by = forms.CharField(max_length=100)


@permission("what_if.adopt")
@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """Put one tried number forward as the county's from a day on; another person adopts it."""
    reader, form = reader_of(request), Adoption(request.POST)
    run = standings.run_in_force()
    if run is None or not form.is_valid():
        raise Refusal(
            "提请采用一个数要写明从哪天起、依据和提出人,日期写成 2020-02-27 这样。",
            "To propose a number say from which day, its source and who names it; write the day as 2020-02-27.",
        )
    made = what_if.propose(**form.cleaned_data, by=reader.user.username, now=timezone.now(), pack=run.pack_name)
    effects.begin(made.files, made.pack_name, by=reader.user.username, whole=False)
    return HttpResponseRedirect(reverse("proposal", args=[made.pk]))


@permission("what_if.try")
def show_trial(request: HttpRequest) -> HttpResponse:
    """The numbers, and when some are changed, what they would do; 422 when one cannot be read."""
    reader, run = reader_of(request), standings.run_in_force()
    if run is None:
        return show(request, "desk/what_if.html", {"run": None})
    pack = standings.pack_of(run)
    knobs = _knobs(pack, run, request)
    tried = {knob.name: knob.typed for knob in knobs if knob.changed}
    if set(request.GET) != set(tried):
        return HttpResponseRedirect("?" + urlencode(tried))
    trial, problem = _try(tried, run) if tried else (None, "")
    context = {
        "run": run,
        "knobs": knobs,
        "trial": trial,
        "problem": problem,
        "link": request.build_absolute_uri(),
        "results": _results(trial, pack, reader) if trial else [],
        "changed": [knob for knob in knobs if knob.changed] if trial and reader.may("what_if.adopt") else [],
    }
    return show(request, "desk/what_if.html", context, status=422 if problem else 200)


def _try(tried: dict[str, str], run: Run) -> tuple[Trial | None, str]:
    try:
        return what_if.try_out([tried], pack=run.pack_name)[0], ""
    except Refusal as refusal:
        return None, words_of(refusal)


def _knobs(pack: Pack, run: Run, request: HttpRequest) -> list[Knob]:
    found = [each for each in pack.parameters.values() if each.type.name != "list"]
    return [_knob(pack, parameter, run, request) for parameter in sorted(found, key=lambda each: each.order)]


def _knob(pack: Pack, parameter: Parameter, run: Run, request: HttpRequest) -> Knob:
    dated = parameter.on(run.as_of)
    now = _as_typed(dated.value, parameter.type.name) if dated else ""
    typed = request.GET.get(parameter.name, now)[:LONGEST].replace("\0", "").strip() or now
    widget = {"date": "date", "money": "decimal", "decimal": "decimal", "bool": "bool"}.get(
        parameter.type.name, "numeric"
    )
    title = figures.in_words(parameter.zh, parameter.en)
    money = parameter.type.name == "money"
    return Knob(
        parameter.name,
        title,
        figures.unit("元" if money else parameter.unit),
        widget,
        now,
        typed,
        _source(pack, dated) if dated else "",
    )


def _source(pack: Pack, dated: DatedValue) -> str:
    """Where a value comes from: who chose it, the document it was read in, or that it was only remembered."""
    chosen = figures.word(dated.by)
    if chosen:
        return chosen
    document = pack.documents.get(dated.source.partition(":")[0])
    if document is None:
        return _("凭记忆,未见文件")
    return f"{figures.word(document.title)} {dated.start.isoformat()}"


def _as_typed(value: Any, type_name: str) -> str:
    """A value as one would type it."""
    if type_name == "money":
        return figures.bare_yuan(value).replace(",", "")
    if type_name == "decimal":
        return figures.decimal(value).replace(",", "")
    if type_name == "bool":
        return "true" if value else "false"
    return str(value)


def _whole(reader: Reader) -> bool:
    """Whether the reader's duty holds the county, so that its totals are theirs to see."""
    return any(len(code) == 6 for code in reader.scope.places)


def _results(trial: Trial, pack: Pack, reader: Reader) -> list[Result]:
    """Measures that change, the largest change first."""
    names = dict(Place.objects.filter(level=Place.TOWN).values_list("code", "name"))
    changed = [_result(effect, pack, reader, names) for effect in trial.effects]
    changed = [each for each in changed if each.gains or each.loses or each.change_fen]
    return sorted(changed, key=lambda each: -(each.gains + each.loses))


def _result(effect: Effect, pack: Pack, reader: Reader, names: dict[str, str]) -> Result:
    whole = _whole(reader)
    inside = [town for town in effect.towns if whole or reader.scope.covers(town.code[:9].ljust(12, "0"))]
    towns = [(names.get(t.code[:9] + "000", t.code), t.gains, t.loses, t.change_fen) for t in inside]
    gains = effect.gains if whole else sum(town[1] for town in towns)
    loses = effect.loses if whole else sum(town[2] for town in towns)
    change = effect.amount_fen - effect.amount_before_fen if whole else sum(town[3] for town in towns)
    return Result(
        title=standings.title_of(pack, effect.measure),
        subject=figures.word(pack.vocabulary.kinds[effect.subject]),
        yes_before=effect.yes_before if whole else None,
        yes=effect.yes if whole else None,
        gains=gains,
        loses=loses,
        amount_before_fen=effect.amount_before_fen if whole else None,
        amount_fen=effect.amount_fen if whole else None,
        change_fen=change,
        budget_fen=effect.budget_fen if whole else None,
        towns=[t for t in towns if any(t[1:])],
    )
