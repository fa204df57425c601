"""The list of projects: what waits for the reader, the county's figures, who is late, every project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.projects import outlooks
from doudi.projects.outlooks import Outlook
from doudi.projects.projects import Project
from doudi.web.desk import accounts
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.works import queues, rows, words
from doudi.web.works.days import day_of

SIZE = 30


class Asked(forms.Form):
    """What may be asked: a class, a town, a bureau, only the late ones, a page."""

    standing = forms.ChoiceField(required=False, choices=[(name, name) for name in outlooks.CLASSES])
    town = forms.RegexField(r"^[0-9]{9}$", required=False)
    bureau = forms.CharField(required=False, max_length=100)
    late = forms.BooleanField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)


@permission("work.read")
def show_projects(request: HttpRequest) -> HttpResponse:
    """The page; 400 for a filter that cannot be understood."""
    reader, day, asked = reader_of(request), day_of(request), Asked(request.GET)
    found = asked.cleaned_data if asked.is_valid() else {}
    every = outlooks.of(list(Project.objects.all()), on=day)
    fits = _fits(found)
    chosen = sorted(filter(fits, every), key=_latest_first)
    page = Paginator(chosen, SIZE).get_page(found.get("page") or 1)
    context: dict[str, Any] = {
        "asked": request.GET,
        "problem": "" if asked.is_valid() else _("筛选条件有误,请重新选择。"),
        "day": day,
        "queue": queues.of(reader, every),
        "figures": figures_of(every),
        "classes": [(name, word, sum(each.standing == name for each in every)) for name, word in words.classes()],
        "towns": accounts.towns_of(reader),
        "bureaus": sorted({each.project.bureau for each in every}),
        "page": page,
        "rows": rows.of(page),
        "count": len(chosen),
        "may": {name: reader.may(f"work.{name}") for name in ("manage", "import", "export")},
    }
    return show(request, "works/projects.html", context, status=200 if asked.is_valid() else 400)


def _fits(found: dict[str, Any]) -> Callable[[Outlook], bool]:
    def fits(each: Outlook) -> bool:
        return (
            (not found.get("standing") or each.standing == found["standing"])
            and each.project.place_code.startswith(found.get("town") or "")
            and (not found.get("bureau") or each.project.bureau == found["bureau"])
            and (each.late or not found.get("late"))
        )

    return fits


def _latest_first(each: Outlook) -> tuple[int, str]:
    return -max(each.works_late, each.money_late), each.project.code


def figures_of(every: list[Outlook]) -> dict[str, int]:
    """The county's sums: how many are started, built, late; accepted value and money out of the contracts' sum."""
    signed = [each for each in every if each.project.contract_fen]
    return {
        "all": len(every),
        "started": sum(each.project.started_on is not None for each in every),
        "built": sum(each.standing in (outlooks.BUILT, outlooks.CLOSED) for each in every),
        "late": sum(each.late for each in every),
        "known": sum(each.works.end is not None for each in every),
        "contract_fen": sum(each.project.contract_fen or 0 for each in signed),
        "accepted_fen": sum(each.project.allowed_fen for each in signed),
        "paid_fen": sum(each.paid_fen for each in every),
    }
