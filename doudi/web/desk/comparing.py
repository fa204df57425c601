"""Two runs side by side: who gained, lost, became unknown, what made it, where; and one subject's reasons in both."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.policy import attribution, movements, past_reasons, rolls
from doudi.policy.listing.movements import CAUSE_WORDS, WAY_WORDS
from doudi.policy.movements import CAUSES, WAYS, Facet, Filter, Movement
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.web import figures
from doudi.web.desk import rolls as lists
from doudi.web.desk import standings
from doudi.web.desk.outcomes import sees_county
from doudi.web.desk.reasons import LONGEST_ID
from doudi.web.paging import SIZE, Pages
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show


class Asked(forms.Form):
    """Which runs, and which of their differences."""

    a = forms.IntegerField(min_value=1, max_value=10**LONGEST_ID)
    b = forms.IntegerField(min_value=1, max_value=10**LONGEST_ID)
    measure = forms.RegexField(r"^[a-z0-9_]{1,64}$", required=False)
    way = forms.ChoiceField(required=False, choices=[(name, name) for name in WAYS])
    cause = forms.ChoiceField(required=False, choices=[(name, name) for name in CAUSES])
    place = forms.RegexField(r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$", required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@dataclass(frozen=True, slots=True)
class Line:
    """One measure's movements, and the subjects it was decided for in the later run."""

    name: str
    title: str
    subject: str
    counts: list[tuple[str, int]]
    whole: int | None

    @property
    def total(self) -> int:
        """All its movements."""
        return sum(number for _way, number in self.counts)


@dataclass(frozen=True, slots=True)
class Row:
    """One movement in the list, with the very facts or numbers that made it."""

    shown: lists.Row
    title: str
    move: Movement
    because: str


def way_words() -> dict[str, str]:
    """The ways a verdict can move, in words."""
    return {name: figures.in_words(*WAY_WORDS[name]) for name in WAYS}


def cause_words() -> dict[str, str]:
    """What can make a verdict move, in words."""
    return {name: figures.in_words(*CAUSE_WORDS[name]) for name in CAUSES}


@permission("run.read")
def show_comparison(request: HttpRequest) -> HttpResponse:
    """Any two runs compared; 422 says what of the question cannot be understood."""
    reader, form = reader_of(request), Asked(request.GET)
    runs = list(Run.objects.order_by("-id")[:50])
    if not form.is_valid():
        context = {"runs": runs, "asked": request.GET, "problem": _problem(request)}
        return show(request, "desk/comparison.html", context, 422 if request.GET else 200)
    found = form.cleaned_data
    a, b = _run(found["a"]), _run(found["b"])
    asked = Filter(found["measure"], found["way"], found["cause"], found["place"])
    facet = movements.between(a, b, reader.scope, asked)
    number = min(found["page"] or 1, max(1, -(-facet.total // SIZE)))
    some = movements.listed(a, b, reader.scope, asked, number=number, size=SIZE)
    context = {
        "runs": runs,
        "asked": request.GET,
        "a": a,
        "b": b,
        "facet": facet,
        "ways": way_words(),
        "causes": cause_words(),
        "lines": _lines(facet, a, b, reader),
        "measures": {name: _title(name, a, b) for name in facet.counts["measure"]},
        "by_cause": [(name, word, facet.counts["cause"].get(name, 0)) for name, word in cause_words().items()],
        "by_town": _towns(facet),
        "rows": _rows(a, b, some, reader),
        "roll": Pages(facet.total, number),
        "may_ask_why": reader.may("household.why"),
        "may_export": reader.may("export.request"),
        "leaving": _leaving(found),
        "narrowed": any((asked.measure, asked.way, asked.cause, asked.prefix)),
    }
    return show(request, "desk/comparison.html", context)


def _leaving(found: dict[str, object]) -> str:
    """The list as it stands, for the page that exports it."""
    return urlencode({"list": "movements", **{n: v for n, v in found.items() if v and n != "page"}})


def _problem(request: HttpRequest) -> str:
    return _("请从下面选两次运行;筛选条件看不懂的已不采用。") if request.GET else ""


def _run(number: int) -> Run:
    run = Run.objects.filter(pk=number).first()
    if run is None:
        raise Http404
    return run


def _pack_with(measure: str, a: Run, b: Run) -> Pack:
    """The later pack, or the earlier one where only it has the measure."""
    later = standings.pack_of(b)
    return later if measure in later.measures else standings.pack_of(a)


def _title(measure: str, a: Run, b: Run) -> str:
    return standings.title_of(_pack_with(measure, a, b), measure)


def _lines(facet: Facet, a: Run, b: Run, reader: Reader) -> list[Line]:
    """The measures in which something moved, in the pack's order; the denominator where it is theirs to see."""
    held = b.counts.get("subjects", {}) if sees_county(reader) else {}
    order = [*standings.pack_of(b).measures, *standings.pack_of(a).measures]
    found = []
    for name in sorted(facet.ways, key=order.index):
        pack = _pack_with(name, a, b)
        subject = pack.measures[name].subject
        counts = [(way, facet.ways[name].get(way, 0)) for way in WAYS]
        word = figures.word(pack.vocabulary.kinds[subject])
        found.append(Line(name, standings.title_of(pack, name), word, counts, held.get(subject)))
    return found


def _towns(facet: Facet) -> list[tuple[str, str, int]]:
    names = lists.place_words({code.ljust(12, "0") for code in facet.counts["town"]})
    return [(code, names[code.ljust(12, "0")], number) for code, number in facet.counts["town"].items()]


def _rows(a: Run, b: Run, some: list[Movement], reader: Reader) -> list[Row]:
    """The page's movements, each with what by itself made it, down to the fact."""
    causes = attribution.explain(a, b, [(m.kind, m.subject_id, m.measure) for m in some])
    entries = [
        rolls.Entry(m.kind, m.subject_id, m.household_id, m.place_code, m.after or 0, m.amount_after, None, False)
        for m in some
    ]
    shown = lists.rows_of(entries, reader)
    packs = {move.measure: _pack_with(move.measure, a, b) for move in some}
    return [
        Row(one, _title(move.measure, a, b), move, _because(because, packs[move.measure], move))
        for one, move, because in zip(shown, some, causes, strict=True)
    ]


def _because(causes: attribution.Causes, pack: Pack, move: Movement) -> str:
    told = dict.fromkeys(_cause(what, which, pack) for what, which in causes)
    return _("、").join(each for each in told if each) or cause_words()[move.cause]


def _cause(what: str, which: str, pack: Pack) -> str:
    """One cause in words: the fact's label, the parameter's, the condition's, the day."""
    if what == "fact":
        kind, _number, key = which.split(":", 2)
        name, _at, year = key.partition("@")
        fact = pack.vocabulary.fact(kind, name)
        return f"{figures.word(fact)} {year}".strip() if fact else cause_words()["fact"]
    if what == "parameter" and which in pack.parameters:
        return figures.in_words(pack.parameters[which].zh, pack.parameters[which].en)
    if what == "rule":
        return f"{cause_words()['rule']} {which.partition('.')[2]}".strip()
    return f"{cause_words()[what]} {which}" if what == "day" else cause_words().get(what, "")


@permission("household.why")
def show_reasons(request: HttpRequest) -> HttpResponse:
    """One subject's reasons in two runs, side by side; 404 where it is out of the scope."""
    reader, given = reader_of(request), request.GET
    numbers = [given.get(name, "") for name in ("a", "b", "subject")]
    if not all(each.isascii() and each.isdigit() and len(each) <= LONGEST_ID for each in numbers):
        raise Http404
    a, b, subject = _run(int(numbers[0])), _run(int(numbers[1])), int(numbers[2])
    measure = given.get("measure", "")
    move = _movement(a, b, subject, measure, reader)
    sides = [past_reasons.explain(run, move.kind, subject, measure, reader=reader, names={}) for run in (a, b)]
    (row,) = _rows(a, b, [move], reader)
    query = f"?a={a.pk}&b={b.pk}&measure={measure}"
    back = reverse("runs-compare") + query
    return show(request, "desk/comparison_why.html", {"row": row, "sides": sides, "back": back, "a": a, "b": b})


def _movement(a: Run, b: Run, subject: int, measure: str, reader: Reader) -> Movement:
    if a.pack_name != b.pack_name:
        raise Http404
    found = movements.of_subject(a, b, reader.scope, subject, measure)
    if found is None:
        raise Http404
    return found
