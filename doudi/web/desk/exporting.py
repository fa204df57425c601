"""A new export: exactly the list an address shows, with the facts chosen, the form, and the reason."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.policy.listing import lists, making
from doudi.policy.listing.lists import Asker
from doudi.policy.listing.making import Asked
from doudi.register.exporting import exports
from doudi.register.exporting.columns import Column
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk import standings
from doudi.web.errors import words_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

LONGEST = 600
PAGES = {
    "households": "households",
    "persons": "households",
    "questions": "households",
    "differences": "differences",
    "findings": "checks",
    "movements": "runs-compare",
    "untold": "untold",
    "calls": "telling-queue",
}


@permission("export.request")
def export_new(request: HttpRequest) -> HttpResponse:
    """The form with what would leave; posted, it is asked for. 422 says what is wrong and keeps what was typed."""
    reader = reader_of(request)
    asked, asker = _asked(request), asker_of(reader)
    if request.method != "POST":
        return show(request, "desk/export_new.html", _contents(asked, asker, reader))
    try:
        if asked.with_numbers and not reader.may("export.numbers"):
            raise Refusal(
                "您的职责不能导出完整证件号码。", "Your duty does not export whole identity numbers.", "with_numbers"
            )
        now, by = timezone.now(), reader.user.username
        export = making.ask(asked, asker, by=by, now=now)
        if export.state == exports.ALLOWED:
            making.start(export, by=by, now=now)
    except Refusal as refusal:
        return show(request, "desk/export_new.html", _contents(asked, asker, reader, refusal), status=422)
    return HttpResponseRedirect(reverse("export", args=[export.pk]))


def asker_of(reader: Reader) -> Asker:
    """Who asks, as the lists understand it; the day is the run's."""
    run = standings.run_in_force()
    language = "en" if figures.in_words("zh", "en") == "en" else "zh"
    return Asker(reader.roles, reader.scope, run.as_of if run else timezone.localdate(), run, language)


def _asked(request: HttpRequest) -> Asked:
    """What address and form ask for, cut to what a page can show."""
    query = {name: ",".join(request.GET.getlist(name)) if name == "col" else request.GET[name] for name in request.GET}
    name = query.pop("list", "households")
    query.pop("page", None)
    address = request.GET.copy()
    address.pop("list", None)
    posted = request.POST
    return Asked(
        list_name=name,
        query={key[:50]: value[:200].replace("\0", "") for key, value in query.items() if value},
        facts=tuple(word[:80].replace("\0", "") for word in posted.getlist("fact")[:200]),
        reason=posted.get("reason", "")[:LONGEST].replace("\0", ""),
        form=posted.get("form", "xlsx")[:8],
        comes_back=posted.get("comes_back") == "1",
        with_numbers=posted.get("with_numbers") == "1",
        url=f"{reverse(PAGES.get(name, 'households'))}?{address.urlencode()}",
    )


def _contents(asked: Asked, asker: Asker, reader: Reader, refusal: Refusal | None = None) -> dict[str, Any]:
    """The form. A list or condition nobody knows is itself a problem, told where the form would stand."""
    context: dict[str, Any] = {
        "asked": asked,
        "problem": words_of(refusal) if refusal else "",
        "where": refusal.where if refusal else "",
        "alone": exports.ALONE,
        "left": exports.ALONE - exports.taken_alone(reader.user.username, now=timezone.now()),
        "days": exports.LASTS.days,
        "may_numbers": reader.may("export.numbers") and asked.list_name == "differences",
        "names": asker.sees_names,
        "lists": [(name, figures.in_words(lists.named(name).zh, lists.named(name).en)) for name in lists.LISTS],
    }
    try:
        listed = lists.named(asked.list_name)
        found = listed.find(asked.query, asker)
    except Refusal as unknown:
        return {**context, "problem": words_of(unknown), "unknown": True}
    offered = listed.facts(asker)
    return {
        **context,
        "title": figures.in_words(listed.zh, listed.en),
        "found": found,
        "told": [(figures.in_words(zh, en), value) for zh, en, value in listed.tell(asked.query, asker)],
        "columns": [column.heading(asker.language) for column in listed.columns(asked.query, asker)],
        "groups": _groups(offered, asked, asker),
        "comes_back": bool(listed.kind) and reader.may("export.return"),
        "day": asker.day,
        "run": asker.run,
    }


def _groups(offered: list[Column], asked: Asked, asker: Asker) -> list[tuple[str, list[dict[str, Any]]]]:
    """The facts on offer: those one may change first."""
    rows = [
        {"name": c.name, "label": c.heading(asker.language), "chosen": c.name in asked.facts, "editable": c.editable}
        for c in offered
    ]
    parts = (
        (_("您可以填报的"), [row for row in rows if row["editable"]]),
        (_("其他"), [r for r in rows if not r["editable"]]),
    )
    return [(title, some) for title, some in parts if some]
