"""A measure: its rule in words and as written, its numbers and their sources, who it reaches and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.policy import costs, engines, results, rolls, waits, why
from doudi.policy.costs import Extra
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.policy.waits import Wait
from doudi.register.households import Household
from doudi.rules.measures import Measure
from doudi.web import figures
from doudi.web.desk import areas, standings, terms
from doudi.web.desk import rolls as lists
from doudi.web.desk.areas import Area
from doudi.web.desk.reasons import LONGEST_ID
from doudi.web.desk.rolls import STATES, Filter
from doudi.web.desk.standings import Counts
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

DIALECTS = ("duckdb", "postgres")
MEANING = "doudi.rules.engines.memory.meaning"
FAST_MEANING = "doudi.rules.engines.closure.compiled"


@dataclass(frozen=True, slots=True)
class Part:
    """A measure in one town or village; `yes`, `no` and `unknown` add up to `whole`."""

    prefix: str
    name: str
    yes: int
    no: int
    unknown: int
    amount_fen: int
    opens: bool  # whether there is anything below it to open

    @property
    def whole(self) -> int:
        """Subjects asked about here."""
        return self.yes + self.no + self.unknown


@dataclass(frozen=True, slots=True)
class Stand:
    """A measure's counts where the reader looks, what it costs there, and the budget where that is theirs to see."""

    yes: int
    no: int
    unknown: int
    amount_fen: int
    extra: Extra
    budget_fen: int | None

    @property
    def whole(self) -> int:
        """Subjects asked about: the three states add up to it."""
        return self.yes + self.no + self.unknown

    @property
    def most_fen(self) -> int:
        """What it costs when every unknown turns out a yes."""
        return self.amount_fen + self.extra.fen

    @property
    def left_fen(self) -> int | None:
        """What of the budget is left by what is needed now; negative beyond it."""
        return None if self.budget_fen is None else self.budget_fen - self.amount_fen


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that open verdicts wait for."""

    title: str
    asked_of: str
    verdicts: int
    county: bool


@permission("measure.read")
def show_measures(request: HttpRequest) -> HttpResponse:
    """Every measure of the pack, or those the duty is limited to, with its counts where the reader looks."""
    reader, run = reader_of(request), standings.run_in_force()
    groups = standings.groups_of(run, "", only=reader.scope.measures) if run else []
    context = {
        "run": run,
        "pack": standings.pack_of(run) if run else None,
        "groups": groups,
        "area": areas.area_of(reader, None),
        "counted": bool(reader.scope.places),
        "own": bool(reader.scope.measures),
    }
    return show(request, "desk/measures.html", context)


@permission("measure.read")
def show_measure(request: HttpRequest, name: str) -> HttpResponse:
    """One measure; a filter that cannot be understood is 422 and lists nobody."""
    reader, run, measure = _asked(request, name)
    asked = Filter(request.GET)
    found = asked.cleaned_data if asked.is_valid() else {}
    area = areas.area_of(reader, found.get("place") or None)
    prefix = area.prefix if area else ""
    listed = reader.may("list.read")
    state = found.get("state") or "yes"
    context: dict[str, Any] = {
        "run": run,
        "area": area,
        "measure": name,
        "problem": "" if found else _("筛选条件有误:地区、状态或页码看不懂。请从下面重新选择。"),
        "listed": listed,
        "state": state,
        "states": _state_words(),
        "limited": measure.limit is not None,
        "priced": measure.amount is not None,
        "roll": lists.roll_of(run, measure, reader, state=state, prefix=prefix, page=found["page"] or 1)
        if listed and found
        else None,
        "may_ask_why": reader.may("household.why"),
        "may_tell": reader.may("told.read"),
    }
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/measure_roll.html", context, 200 if found else 422)
    context |= _whole(run, measure, reader, area)
    return show(request, "desk/measure.html", context, 200 if found else 422)


def _asked(request: HttpRequest, name: str) -> tuple[Reader, Run, Measure]:
    """The run in force and the measure; 404 where there is none, or where the duty is limited to others."""
    reader, run = reader_of(request), standings.run_in_force()
    measure = standings.pack_of(run).measures.get(name) if run else None
    if run is None or measure is None or (reader.scope.measures and name not in reader.scope.measures):
        raise Http404
    return reader, run, measure


def _whole(run: Run, measure: Measure, reader: Reader, area: Area | None) -> dict[str, Any]:
    """All but the list."""
    pack = standings.pack_of(run)
    parts = _parts(run, measure, reader, area)
    return {
        "sheet": terms.of_measure(pack, measure.name, run.as_of),
        "pack": pack,
        "above": areas.trail_of(area, reader) if area else [],
        "parts": parts if len(parts) > 1 else [],
        "most": max((part.amount_fen if measure.amount else part.yes for part in parts), default=0),
        "stand": _stand(run, measure, reader, area, parts),
        "waits": _waits(pack, waits.of_measure(run, measure, scope=reader.scope, prefix=area.prefix if area else "")),
        "may_see_sql": reader.may("measure.sql"),
    }


def _parts(run: Run, measure: Measure, reader: Reader, area: Area | None) -> list[Part]:
    """The places one step down, in the order of their codes, as far as the scope reaches."""
    prefix, length = (area.prefix, area.part_length) if area else ("", 12)
    counts: dict[str, Counts]
    if reader.scope.households:
        counts = rolls.counts(run, measure, prefix=prefix, length=length)
    else:
        counts = standings.by_part(run, measure.name, prefix, length)
    names = lists.place_words({code.ljust(12, "0") for code in counts})
    return [
        Part(code, names[code.ljust(12, "0")], *counts[code], opens=length < 12 and not code.endswith("000"))
        for code in sorted(counts)
    ]


def _stand(run: Run, measure: Measure, reader: Reader, area: Area | None, parts: list[Part]) -> Stand:
    county = area is not None and area.level == "county"
    return Stand(
        sum(part.yes for part in parts),
        sum(part.no for part in parts),
        sum(part.unknown for part in parts),
        sum(part.amount_fen for part in parts),
        costs.of_unknowns(run, measure, scope=reader.scope, prefix=area.prefix if area else ""),
        standings.pack_of(run).budget_of(measure.name, run.as_of) if county else None,
    )


def _waits(pack: Pack, found: list[Wait]) -> list[Missing]:
    return [_missing(pack, each) for each in found]


def _missing(pack: Pack, wait: Wait) -> Missing:
    if wait.kind == "params":
        parameter = pack.parameters[wait.name]
        return Missing(
            figures.in_words(parameter.zh, parameter.en), figures.answerers(("county",)), wait.verdicts, True
        )
    of = figures.word(pack.vocabulary.kinds[wait.kind])
    relation = pack.vocabulary.relation(wait.kind, wait.name) if wait.relation else None
    fact = pack.vocabulary.fact(wait.kind, f"{wait.name}_complete" if wait.relation else wait.name)
    word = _("%(what)s是否列全") % {"what": figures.word(relation)} if relation else figures.word(fact)
    year = f" {wait.year}" if wait.year else ""
    return Missing(
        figures.with_colon(of, f"{word}{year}"), figures.answerers(fact.asks) if fact else "", wait.verdicts, False
    )


def _state_words() -> list[tuple[str, str]]:
    return [("yes", _("符合")), ("unknown", _("待核")), ("no", _("不符合")), ("all", _("全部"))]


@permission("household.why")
def show_why(request: HttpRequest, name: str, subject: str) -> HttpResponse:
    """Why the measure says so of one subject: a piece of the list for htmx, else a page of its own."""
    reader, run, measure = _asked(request, name)
    number = int(subject) if subject.isascii() and subject.isdigit() and len(subject) <= LONGEST_ID else 0
    entry = rolls.holds(run, measure, number)
    if entry is None:
        raise Http404
    (row,) = lists.rows_of([entry], reader)
    told = why.explain(measure.subject, number, name, reader=reader, pack_name=run.pack_name)
    household = Household.objects.filter(pk=entry.household_id).first()
    context = {"told": told, "household": household, "label": row.label, "row": row, "measure": name}
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/why.html", context)
    return show(request, "desk/measure_why.html", context)


@permission("measure.sql")
def show_sql(request: HttpRequest, name: str) -> HttpResponse:
    """The measure as the engines run it; `?text=duckdb` or `?text=postgres` answers the statement alone."""
    _reader, run, measure = _asked(request, name)
    pack = standings.pack_of(run)
    texts = {dialect: sql_of(run, pack, measure, dialect) for dialect in DIALECTS}
    if (alone := request.GET.get("text", "")) in texts:
        answer = HttpResponse(texts[alone], content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.{alone}.sql"'
        return answer
    context = {
        "run": run,
        "pack": pack,
        "measure": name,
        "title": standings.title_of(pack, name),
        "texts": texts,
        "meaning": MEANING,
        "fast": FAST_MEANING,
        "states": STATES,
    }
    return show(request, "desk/measure_sql.html", context)


def sql_of(run: Run, pack: Pack, measure: Measure, dialect: str) -> str:
    """The statement of one measure, headed by what it was compiled from."""
    text = engines.text_for(
        dialect,
        [measure],
        vocabulary=pack.vocabulary,
        params=[pack.values_on(run.as_of)],
        as_of=run.as_of,
        seed=results.seed_of(pack),
    )
    head = (
        f"-- {measure.name} · pack {pack.name} {pack.hash} · as of {run.as_of.isoformat()}"
        f" · language {run.language_version} · {dialect}\n-- tables: snapshot {run.snapshot_hash} (run {run.pk})\n"
    )
    return head + text
