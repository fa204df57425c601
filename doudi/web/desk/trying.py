"""What if: other numbers and other rules over the whole county; who gains, who loses, who is left out, at what cost.

The address is the scenario. With scripts the result follows each change; without, the button asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy import movers, what_if
from doudi.policy.movers import Asked, Mover
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.policy.what_if import Trial
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk import effects, knobs, outcomes, rolls, scenarios, standings
from doudi.web.desk.outcomes import Result
from doudi.web.desk.scenarios import KEPT, LONGEST, MOST_KEPT, RULE, Scenario
from doudi.web.errors import words_of
from doudi.web.paging import SIZE, Pages
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part


class Adoption(forms.Form):
    """What makes a tried number the county's."""

    name = forms.RegexField(r"^[a-z0-9_]{1,64}$")
    value = forms.CharField(max_length=LONGEST)
    from_day = forms.DateField(input_formats=["%Y-%m-%d"])
    source = forms.CharField(max_length=200)
    named_by = forms.CharField(max_length=100)


class WhoFilter(forms.Form):
    """Whose names are asked for: of which measure, moving which way, where, which page."""

    measure = forms.RegexField(r"^[a-z0-9_]{1,64}$")
    way = forms.ChoiceField(choices=[(name, name) for name in movers.WAYS])
    town = forms.RegexField(r"^[0-9]{9}$", required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@dataclass(frozen=True, slots=True)
class Told:
    """One change of a scenario, in words: what, from, to."""

    title: str
    before: str
    after: str
    rule: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One scenario beside others: what it changes, and its result for each measure that any of them moves."""

    told: list[Told]
    query: str
    results: dict[str, Result]


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
    """The numbers and rules, and when some are changed, what that does; 422 when one cannot be read."""
    reader, run = reader_of(request), standings.run_in_force()
    if run is None:
        return show(request, "desk/what_if.html", {"run": None})
    pack = standings.pack_of(run)
    tried, opened = scenarios.read(request.GET.dict(), pack, run.as_of), _opened(request, pack)
    kept = scenarios.kept(request.GET, pack, run.as_of)
    address = _address(tried, kept, opened)
    live = request.headers.get("HX-Target") == "result"
    if not live and _sorted(request.GET.lists()) != _sorted(_lists(tried, kept, opened)):
        return HttpResponseRedirect("?" + address)
    wrong = scenarios.problems(tried, pack)
    trial, problem = _try(tried, run) if tried and not wrong else (None, "")
    context = {
        "run": run,
        "trial": trial,
        "tried": tried,
        "problem": problem,
        "wrong": wrong,
        "results": outcomes.of_trial(trial, pack, reader) if trial else [],
        "knobs": knobs.of_pack(pack, run.as_of, tried, wrong),
        "editors": knobs.editors(pack, tried, wrong, opened),
        "choices": knobs.choices(pack),
        "adopting": reader.may("what_if.adopt"),
        "kept": [(each.query, _told(each, pack, run)) for each in kept],
        "keep": _keeping(tried, kept, opened) if trial else "",
        "full": len(kept) >= MOST_KEPT,
        "compare": urlencode([(KEPT, each.query) for each in kept]),
        "whole_county": outcomes.sees_county(reader),
        "live": live,
    }
    status = 422 if wrong or problem else 200
    if not live:
        return show(request, "desk/what_if.html", context, status)
    answer = show_part(request, "desk/what_if_result.html", context, status)
    answer["HX-Replace-Url"] = f"{request.path}?{address}"
    return answer


def _opened(request: HttpRequest, pack: Pack) -> str:
    """The condition whose rule is open for editing; empty for none."""
    name = request.GET.get("edit", "")
    return name if name in scenarios.rules_in_force(pack) else ""


def _lists(tried: Scenario, kept: list[Scenario], opened: str) -> list[tuple[str, list[str]]]:
    """What an address says, by name."""
    found = [(name, [value]) for name, value in tried.numbers.items()]
    found += [(RULE + name, [text]) for name, text in tried.rules.items()]
    found += [(KEPT, [each.query for each in kept])] if kept else []
    return [*found, *([("edit", [opened])] if opened else [])]


def _sorted(lists: Any) -> list[tuple[str, list[str]]]:
    return sorted((name, [each.replace("\r\n", "\n") for each in values]) for name, values in lists)


def _address(tried: Scenario, kept: list[Scenario], opened: str) -> str:
    return urlencode([(name, value) for name, values in _lists(tried, kept, opened) for value in values])


def _keeping(tried: Scenario, kept: list[Scenario], opened: str) -> str:
    """The address with this scenario kept beside the others; empty when it is, or when there are enough."""
    return "" if tried in kept or len(kept) >= MOST_KEPT else _address(tried, [*kept, tried], opened)


def _try(tried: Scenario, run: Run) -> tuple[Trial | None, str]:
    try:
        return what_if.try_out([tried.numbers], rules=tried.rules, pack=run.pack_name)[0], ""
    except Refusal as refusal:
        return None, words_of(refusal)


def _told(tried: Scenario, pack: Pack, run: Run) -> list[Told]:
    """A scenario's changes in words."""
    now, written = scenarios.numbers_in_force(pack, run.as_of), scenarios.rules_in_force(pack)
    told = []
    for name, value in tried.numbers.items():
        parameter = pack.parameters[name]
        title = figures.in_words(parameter.zh, parameter.en)
        before = scenarios.in_words(pack, name, now[name]) if now[name] else _("县里未定")
        told.append(Told(title, before, scenarios.in_words(pack, name, value), rule=False))
    for name, text in tried.rules.items():
        measure, _dot, condition = name.partition(".")
        held = next(each for each in pack.measures[measure].conditions if each.name == condition)
        title = f"{standings.title_of(pack, measure)} · {figures.in_words(held.zh, held.en)}"
        told.append(Told(title, written[name], text, rule=True))
    return told


@permission("what_if.try")
def show_who(request: HttpRequest) -> HttpResponse:
    """Who gains, loses or is left out under a scenario, as far as the scope reaches; 404 for what cannot be asked."""
    reader, run, form = reader_of(request), standings.run_in_force(), WhoFilter(request.GET)
    if run is None or not form.is_valid():
        raise Http404
    pack, found = standings.pack_of(run), form.cleaned_data
    tried = scenarios.read(request.GET.dict(), pack, run.as_of)
    only = reader.scope.measures
    if found["measure"] not in pack.measures or (only and found["measure"] not in only):
        raise Http404
    if scenarios.problems(tried, pack):
        return HttpResponseRedirect(reverse("what-if") + "?" + tried.query)
    number = found["page"] or 1
    asked = Asked(found["measure"], found["way"], found["town"], number, SIZE)
    some, total = movers.of_trial(tried.numbers, tried.rules, asked, scope=reader.scope, pack=run.pack_name)
    context = {
        "run": run,
        "measure": found["measure"],
        "title": standings.title_of(pack, found["measure"]),
        "subject": figures.word(pack.vocabulary.kinds[pack.measures[found["measure"]].subject]),
        "way": _ways()[found["way"]],
        "rows": _people(some, reader),
        "total": total,
        "priced": pack.measures[found["measure"]].amount is not None,
        "roll": Pages(total, number),
        "town": Place.objects.filter(code=found["town"] + "000").first() if found["town"] else None,
        "told": _told(tried, pack, run),
        "back": reverse("what-if") + "?" + tried.query,
        "may_ask_why": reader.may("household.why"),
    }
    return show(request, "desk/what_if_who.html", context)


def _ways() -> dict[str, str]:
    return {
        "gains": pgettext("what if", "新增"),
        "loses": _("失去"),
        "opens": _("变为待核"),
        "settles": _("由待核变为有结论"),
        "changes": _("金额改变"),
    }


def _people(some: list[Mover], reader: Reader) -> list[tuple[rolls.Row, Mover]]:
    entries = [
        rolls.Entry(m.kind, m.subject_id, m.household_id, m.place_code, m.after, m.amount_after, None, contested=False)
        for m in some
    ]
    return list(zip(rolls.rows_of(entries, reader), some, strict=True))


@permission("what_if.try")
def show_comparison(request: HttpRequest) -> HttpResponse:
    """Up to four scenarios side by side, beside what is in force."""
    reader, run = reader_of(request), standings.run_in_force()
    if run is None:
        raise Http404
    pack = standings.pack_of(run)
    kept = scenarios.kept(request.GET, pack, run.as_of)
    columns = [_column(each, pack, run, reader) for each in kept]
    moved = dict.fromkeys(name for column in columns for name, result in column.results.items() if result.moves)
    context = {
        "run": run,
        "columns": columns,
        "rows": [(_any(columns, name), [column.results.get(name) for column in columns]) for name in moved],
        "whole_county": outcomes.sees_county(reader),
        "back": reverse("what-if") + "?" + urlencode([(KEPT, each.query) for each in kept]),
    }
    return show(request, "desk/what_if_compare.html", context)


def _any(columns: list[Column], name: str) -> Result:
    return next(column.results[name] for column in columns if name in column.results)


def _column(tried: Scenario, pack: Pack, run: Run, reader: Reader) -> Column:
    trial, _problem = _try(tried, run)
    found = outcomes.of_trial(trial, pack, reader) if trial else []
    return Column(_told(tried, pack, run), tried.query, {each.measure: each for each in found})
