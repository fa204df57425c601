"""What people do to a project: each form is one act, one domain call; a refusal comes back with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doudi.access.permissions import permission
from doudi.projects import contractors, disbursements, preparations, projects, readiness, reports, slips, starts
from doudi.projects.projects import Contract, Entry, Project
from doudi.projects.sheet_rows import bp_of, day_of, fen_of
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.desk import accounts, standings
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.works import days, one, words

LONGEST = 500
Typed = Mapping[str, str]
Act = Callable[[Project, Typed, str, date], object]


def typed_of(request: HttpRequest) -> dict[str, str]:
    """The form's fields as plain text of bounded length."""
    kept = {name: str(value).replace("\0", "").strip()[:LONGEST] for name, value in request.POST.items()}
    return {name: value for name, value in kept.items() if name != "csrfmiddlewaretoken"}


@permission("work.manage")
def register(request: HttpRequest) -> HttpResponse:
    """The form of a new project (GET), and taking it into the records (POST)."""
    typed, problem, where = typed_of(request), "", ""
    if request.method == "POST":
        try:
            entry = _entry(typed)
            by, now = reader_of(request).user.username, timezone.now()
            made = projects.register(entry, by=by, on=days.day_of(request), now=now)
            return HttpResponseRedirect(reverse("work", args=[made.code]))
        except Refusal as refusal:
            problem, where = errors.words_of(refusal), refusal.where
    context = {
        "typed": typed or _deadlines(),
        "problem": problem,
        "where": where,
        "kinds": words.kinds(),
        "towns": accounts.towns_of(reader_of(request)),
    }
    return show(request, "works/new.html", context, status=422 if problem else 200)


def _deadlines() -> dict[str, str]:
    """The two days of the policy in force, for a form to begin with; none where it has none."""
    run = standings.run_in_force()
    values = standings.pack_of(run).values_on(run.as_of) if run else {}
    found = {"works_due": values.get("works_deadline"), "money_due": values.get("money_deadline")}
    return {name: day.isoformat() for name, day in found.items() if isinstance(day, date)}


def _entry(typed: Typed) -> Entry:
    signed = any(typed.get(name) for name in ("contractor", "contract_fen", "contract_days"))
    return Entry(
        code=_short(typed, "code", 64), name=_short(typed, "name", 200), kind=typed.get("kind", ""),
        owner=_short(typed, "owner", 100), bureau=_short(typed, "bureau", 100), place=typed.get("place", ""),
        planned_fen=fen_of(typed.get("planned", ""), "planned"),
        works_due=day_of(typed.get("works_due", ""), "works_due"),
        money_due=day_of(typed.get("money_due", ""), "money_due"), contract=_contract(typed) if signed else None,
    )  # fmt: skip


def _contract(typed: Typed) -> Contract:
    days_text = typed.get("contract_days", "")
    if not (days_text.isascii() and days_text.isdigit() and len(days_text) <= 5):
        raise Refusal("工期要写整天数。", "The days are a whole number.", "contract_days")
    fen = fen_of(typed.get("contract_fen", ""), "contract_fen")
    return Contract(_short(typed, "contractor", 100), fen, int(days_text))


@permission("work.check")
@require_POST
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Answer items of the checklist, as the bureau or the village the reader speaks for."""
    reader = reader_of(request)

    def say(project: Project, typed: Typed, by: str, on: date) -> object:
        chosen = {name: typed.get(name) for name in readiness.ITEMS}
        said = {name: word == "yes" for name, word in chosen.items() if word in ("yes", "no")}
        return readiness.say(project, said, source=_source(reader), by=by, on=on, now=timezone.now())

    return _carry(request, code, "checklist", say)


def _source(reader: Reader) -> str:
    return "bureau" if reader.passes_on("bureau") else "village"


@permission("work.manage")
@require_POST
def act(request: HttpRequest, code: str) -> HttpResponse:
    """One of the acts of whoever runs the works, named by the form."""
    return _carry(request, code, *_named(request, ACTS))


@permission("work.decide")
@require_POST
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """One of the acts of whoever answers for the county, named by the form."""
    return _carry(request, code, *_named(request, DECISIONS))


def _named(request: HttpRequest, known: Mapping[str, Act]) -> tuple[str, Act]:
    name = request.POST.get("act", "")
    return name, known.get(name, _unknown)


def _unknown(project: Project, typed: Typed, by: str, on: date) -> object:
    raise Refusal("没有选办理哪一项。请重新打开本页再办。", "Nothing was chosen. Open the page again.", "act")


def _carry(request: HttpRequest, code: str, name: str, verb: Act) -> HttpResponse:
    """Do it and come back to its part of the page; a refusal leaves nothing and is told at the form."""
    project, typed = one.project_of(code), typed_of(request)
    number = typed.get("number", "")
    at = f"{name}-{number}" if number else name
    try:
        on = _day(request, typed)
        with transaction.atomic():
            verb(project, typed, reader_of(request).user.username, on)
    except Refusal as refusal:
        problem, where = errors.words_of(refusal), refusal.where
        project.refresh_from_db()
        return one.page(request, project, problem=problem, at=at, where=where, typed=typed)
    except IntegrityError:
        project.refresh_from_db()
        return one.page(request, project, problem=_("刚才有人同时办理,请看最新情况后再办。"), at=at, typed=typed)
    return HttpResponseRedirect(reverse("work", args=[project.code]) + f"#{ANCHORS.get(name, 'start')}")


def _day(request: HttpRequest, typed: Typed) -> date:
    if not typed.get("on"):
        return days.day_of(request)
    day = day_of(typed["on"], "on")
    if day > timezone.localdate():
        raise Refusal("这一天还没有到。", "That day is still to come.", "on")
    return day


def _short(typed: Typed, name: str, most: int) -> str:
    text = typed.get(name, "")
    if len(text) > most:
        raise Refusal(f"不能超过{most}个字。", f"No more than {most} characters.", name)
    return text


def _sign(project: Project, typed: Typed, by: str, on: date) -> object:
    return projects.sign(project, _contract(typed), by=by)


def _prepare(project: Project, typed: Typed, by: str, on: date) -> object:
    quantity = typed.get("quantity", "")
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) <= 10):
        raise Refusal("数量应是大于0的整数。", "The quantity is a whole number above 0.", "quantity")
    due = day_of(typed.get("due", ""), "due")
    what, unit = _short(typed, "what", 100), _short(typed, "unit", 16)
    return preparations.plan(project, what, int(quantity), unit, due, by=by)


def _ready(project: Project, typed: Typed, by: str, on: date) -> object:
    return preparations.make_ready(_of(project.preparations, typed), by=by, on=on)


def _start(project: Project, typed: Typed, by: str, on: date) -> object:
    return starts.propose(project, by=by, on=on)


def _report(project: Project, typed: Typed, by: str, on: date) -> object:
    note, back = typed.get("note", ""), typed.get("back_reason", "")
    done = bp_of(typed.get("done", ""))
    return reports.report(project, done, basis=typed.get("basis", ""), note=note, back_reason=back, by=by, on=on)


def _ask(project: Project, typed: Typed, by: str, on: date) -> object:
    return disbursements.ask(project, fen_of(typed.get("sum", ""), "sum"), note=typed.get("note", ""), by=by, on=on)


def _slip(project: Project, typed: Typed, by: str, on: date) -> object:
    new = day_of(typed.get("new", ""), "new")
    return slips.propose(project, typed.get("which", ""), new, reason=typed.get("reason", ""), by=by, on=on)


def _decide_start(project: Project, typed: Typed, by: str, on: date) -> object:
    answer = typed.get("answer", "")
    return starts.decide(_of(project.starts, typed), agreed=_agreed(typed), answer=answer, by=by, on=on)


def _decide_report(project: Project, typed: Typed, by: str, on: date) -> object:
    answer = typed.get("answer", "")
    return reports.decide(_of(project.reports, typed), accepted=_agreed(typed), answer=answer, by=by, on=on)


def _decide_slip(project: Project, typed: Typed, by: str, on: date) -> object:
    answer = typed.get("answer", "")
    return slips.decide(_of(project.slips, typed), agreed=_agreed(typed), answer=answer, by=by, on=on)


def _refuse_sum(project: Project, typed: Typed, by: str, on: date) -> object:
    return disbursements.refuse(_of(project.disbursements, typed), answer=typed.get("answer", ""), by=by, on=on)


def _account(project: Project, typed: Typed, by: str, on: date) -> object:
    return contractors.record(project, typed.get("bank", ""), typed.get("account", ""), by=by, on=on)


def _of(found: Any, typed: Typed) -> Any:
    """The row of the project that a form names. Raises Refusal."""
    number = typed.get("number", "")
    whole = number.isascii() and number.isdigit() and len(number) <= 18
    row = found.filter(pk=int(number)).first() if whole else None
    if row is None:
        raise Refusal("这个项目没有这一项。请重新打开本页。", "This project has no such thing.", "number")
    return row


def _agreed(typed: Typed) -> bool:
    verdict = typed.get("verdict")
    if verdict not in ("yes", "no"):
        raise Refusal("请选同意或不同意。", "Choose to agree or not.", "verdict")
    return verdict == "yes"


ACTS: Mapping[str, Act] = {
    "contract": _sign, "prepare": _prepare, "ready": _ready, "start": _start, "report": _report, "ask": _ask,
    "slip": _slip,
}  # fmt: skip
DECISIONS: Mapping[str, Act] = {
    "decide-start": _decide_start, "decide-report": _decide_report, "decide-slip": _decide_slip,
    "refuse-sum": _refuse_sum, "account": _account,
}  # fmt: skip
ANCHORS = {
    "contract": "contract", "prepare": "prepare", "ready": "prepare", "start": "start", "report": "progress",
    "ask": "money", "slip": "days", "decide-start": "start", "decide-report": "progress", "refuse-sum": "money",
    "account": "money", "decide-slip": "days", "checklist": "checklist",
}  # fmt: skip
