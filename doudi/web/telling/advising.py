"""Scripts: what every check tells, with where it was read; the county writes versions of its own."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.outreach import scripts
from doudi.outreach.scripts import ScriptVersion, Words
from doudi.values.refusals import Refusal
from doudi.web import errors
from doudi.web.reader import reader_of
from doudi.web.shell import show
from doudi.web.telling import days

LONGEST = 1_300
FIELDS = ("title_zh", "title_en", "zh", "en", "source_zh", "source_en")


@permission("script.read")
@require_safe
def show_scripts(request: HttpRequest) -> HttpResponse:
    """All scripts as they are told now, and the versions before."""
    return page(request)


def page(
    request: HttpRequest, *, problem: Refusal | None = None, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page; with a problem 422 and what was typed."""
    reader = reader_of(request)
    context = {
        "scripts": scripts.present(),
        "versions": list(ScriptVersion.objects.order_by("name", "-number")),
        "may_write": reader.may("script.write"),
        "most": scripts.LONGEST,
        "problem": errors.words_of(problem) if problem else "",
        "where": problem.where if problem else "",
        "typed": typed or {},
    }
    return show(request, "telling/scripts.html", context, status=422 if problem else 200)


@permission("script.write")
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Write a version of one."""
    typed = {name: str(value).replace("\0", "").strip()[:LONGEST] for name, value in request.POST.items()}
    try:
        words = Words(**{name: typed.get(name, "") for name in FIELDS})
        with transaction.atomic():
            scripts.write(
                typed.get("name", ""), words, withdrawn=bool(typed.get("withdrawn")),
                by=reader_of(request).user.username, on=days.today(),
            )  # fmt: skip
    except Refusal as refusal:
        return page(request, problem=refusal, typed=typed)
    return HttpResponseRedirect(reverse("scripts"))
