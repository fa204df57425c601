"""The page of one project: the checklist, what is prepared, the start, progress, money, the two days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.access.users import User
from doudi.projects import contractors, disbursements, outlooks, starts
from doudi.projects.disbursements import ASKED
from doudi.projects.outlooks import Outlook
from doudi.projects.projects import Project
from doudi.projects.reports import BASES
from doudi.web import figures
from doudi.web.money import asking
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.works import curves, rows, words
from doudi.web.works.days import day_of

STOPPABLE = ("made", "checked", "failed", "stopped")
MEASURES = ("10a_start_works", "10b_stock_materials", "10c_chase_late_works")


@permission("work.read")
def show_project(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a project."""
    return page(request, project_of(code))


def project_of(code: str) -> Project:
    """The project of a code within the reader's scope. Raises Http404."""
    found = Project.objects.filter(code=code[:64].replace("\0", "")).first()
    if found is None:
        raise Http404
    return found


def page(
    request: HttpRequest, project: Project, *, problem: str = "", at: str = "", where: str = "",
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with a problem 422, told `at` the form it is of, with what was typed."""
    reader, day = reader_of(request), day_of(request)
    outlook = outlooks.of([project], on=day)[0]
    context: dict[str, Any] = {
        "project": project,
        "row": rows.of([outlook])[0],
        "day": day,
        "left_fen": project.allowed_fen - project.out_fen,
        "kind": words.of_kind(project.kind),
        "verdicts": _verdicts(project),
        "answers": _answers(outlook),
        "preparations": list(project.preparations.all()),
        "starts": _decided(project.starts.all()),
        "reports": _decided(project.reports.all()),
        **_money(project, reader),
        "slips": _decided(project.slips.all()),
        "bases": [(name, words.of_basis(name)) for name in BASES],
        "curve": curves.of_project(outlook, day),
        "names": _names(project, outlook),
        "me": reader.user.username,
        "may": {name: reader.may(f"work.{name}") for name in ("check", "manage", "decide")},
        "problem": problem,
        "at": at,
        "forms": _forms(project, reader.user.username),
        "where": where,
        "typed": typed or {},
    }
    return show(request, "works/project.html", context, status=422 if problem else 200)


def _money(project: Project, reader: Reader) -> dict[str, Any]:
    """The sums of a project with their payments, and the account they go to."""
    sums = list(project.disbursements.order_by("id"))
    held, words = disbursements.payments_of(sums), asking.payment_words()
    rows = [{"it": each, "payment": held.get(each.pk)} for each in sums]
    for row in rows:
        payment = row["payment"]
        refused = row["it"].state != ASKED
        row["state"] = _("不同意") if refused or payment is None else words[payment.state]
        row["chip"] = "v-no" if refused or payment is None else asking.CHIPS[payment.state]
        row["open"] = not refused and payment is not None and payment.state in STOPPABLE
    return {"sums": rows, "account": contractors.account_of(project), "may_money": reader.may("money.read")}


def _forms(project: Project, me: str) -> set[str]:
    """The forms that stand on the page and tell their own problem; any other is told at the top."""
    names = {"checklist", "slip", "ask", "account"}
    names |= {f"refuse-sum-{pk}" for pk in project.disbursements.filter(state=ASKED).values_list("pk", flat=True)}
    names |= set() if project.started_on else {"start", "prepare"}
    names |= set() if project.out_fen else {"contract"}
    names |= {"report"} if project.started_on and not project.finished else set()
    for act, found in (
        ("start", project.starts.filter(state="waiting").exclude(proposed_by=me)),
        ("report", project.reports.filter(state="waiting").exclude(reported_by=me)),
        ("slip", project.slips.filter(state="waiting").exclude(proposed_by=me)),
    ):
        names |= {f"decide-{act}-{pk}" for pk in found.values_list("pk", flat=True)}
    return names


def _verdicts(project: Project) -> dict[str, Any]:
    """What the run in force decides of the project by the measures of works, and which run that is."""
    decision = starts.decision_of(project)
    if decision is None:
        return {}
    titles = decision.run.pack.pack.measures
    found = [(figures.word(titles[name]), starts.verdict_of(decision, name)) for name in MEASURES if name in titles]
    return {"run": decision.run, "rows": found, "as_of": decision.as_of}


def _answers(outlook: Outlook) -> list[dict[str, Any]]:
    return [
        {
            "item": answer.item,
            "word": words.of_item(answer.item),
            "verdict": 2 if answer.value is None else int(answer.value),
            "source": words.of_source(answer.source),
            "about": answer.about,
            "by": answer.by,
            "stale": answer.stale,
        }
        for answer in outlook.checklist.answers
    ]


def _decided(found: Any) -> list[dict[str, Any]]:
    return [{"it": each, "state": words.of_state(each.state), "basis": words.of_basis(getattr(each, "basis", "")),
             "done": words.percent(getattr(each, "done_bp", 0))} for each in found]  # fmt: skip


def _names(project: Project, outlook: Outlook) -> dict[str, str]:
    """The names behind every account on the page."""
    accounts = {answer.by for answer in outlook.checklist.answers}
    for found, fields in (
        (project.starts, ("proposed_by", "decided_by")),
        (project.reports, ("reported_by", "decided_by")),
        (project.disbursements, ("asked_by", "refused_by")),
        (disbursements.payments_for(project), ("checked_by", "paid_by")),
        (project.slips, ("proposed_by", "decided_by")),
        (project.preparations, ("planned_by", "ready_by")),
    ):
        accounts |= {name for row in found.values_list(*fields) for name in row}
    return dict(User.objects.filter(username__in=accounts).values_list("username", "name"))


def day_typed(typed: Mapping[str, str], fallback: date) -> date:
    """The day typed in a form's field `on`, or the page's."""
    try:
        return date.fromisoformat(typed.get("on", ""))
    except ValueError:
        return fallback
