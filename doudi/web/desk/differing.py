"""What another system has otherwise than the register: counts by fact and by town, and the table to correct it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy.listing import corrections
from doudi.policy.listing.lists import Asker
from doudi.register.exporting.corrections import Difference, by_fact, by_place
from doudi.register.importing import profiles
from doudi.register.importing.profiles import Layout
from doudi.register.sayings import base_name
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk.exporting import asker_of
from doudi.web.errors import words_of
from doudi.web.reader import reader_of
from doudi.web.shell import show

KNOWN = ("source", "layout", "town", "village")


@permission("export.request")
def show_differences(request: HttpRequest) -> HttpResponse:
    """Counts of differing cells within the scope; 422 for a source or form there is none of."""
    asker = asker_of(reader_of(request))
    query = {name: request.GET[name][:40].replace("\0", "") for name in KNOWN if request.GET.get(name)}
    context: dict[str, Any] = {"asked": query, "sources": _sources(asker), "layouts": _layouts(), "day": asker.day}
    try:
        found, layout = corrections.differing(query, asker), corrections.layout_of(query)
    except Refusal as refusal:
        return show(request, "desk/differences.html", {**context, "problem": words_of(refusal)}, status=422)
    facts = _facts(found, layout, asker)
    told = {
        "total": len(found),
        "people": len({(one.kind, one.subject_id) for one in found}),
        "households": len({one.household_id for one in found}),
        "in_form": sum(fact["number"] for fact in facts if fact["in_form"]),
        "facts": facts,
        "places": _places(found),
    }
    return show(request, "desk/differences.html", {**context, **told})


def _sources(asker: Asker) -> list[tuple[str, str]]:
    return [(name, figures.word(asker.words.sources[name])) for name in corrections.SOURCES]


def _layouts() -> list[tuple[str, str]]:
    return [(name, figures.word(layout)) for name, layout in profiles.load(corrections.PROFILE).layouts.items()]


def _facts(found: list[Difference], layout: Layout, asker: Asker) -> list[dict[str, Any]]:
    examples, words = {(one.kind, base_name(one.key)): one for one in found}, asker.words
    rows = []
    for (kind, name), number in by_fact(found).items():
        fact = words.fact(kind, name)
        column = corrections.column_for(layout, examples[kind, name])
        rows.append(
            {
                "label": figures.word(fact) if fact else name,
                "whose": figures.word(words.kinds[kind]),
                "number": number,
                "column": column.heading if column else _("本表无此列"),
                "in_form": column is not None,
            }
        )
    return rows


def _places(found: list[Difference]) -> list[tuple[str, str, int]]:
    """(prefix, name, cells) of each town; of each village where there is one town."""
    counts = by_place(found, 9)
    if len(counts) == 1:
        counts = by_place(found, 12)
    codes = {code: code.ljust(12, "0") for code in counts}
    names = dict(Place.objects.filter(code__in=codes.values()).values_list("code", "name"))
    return [(code, names.get(codes[code], code), number) for code, number in counts.items()]
