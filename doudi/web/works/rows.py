"""One project as the pages show it in a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from doudi.places.divisions import Place
from doudi.projects.outlooks import Outlook
from doudi.web.works import words


def of(found: Iterable[Outlook]) -> list[dict[str, Any]]:
    """Rows of projects, in the order given."""
    outlooks = list(found)
    codes = {each.project.place_code for each in outlooks}
    towns = {code[:9] + "000" for code in codes}
    called = dict(Place.objects.filter(code__in=codes | towns).values_list("code", "name"))
    return [_row(each, called) for each in outlooks]


def _row(each: Outlook, called: dict[str, str]) -> dict[str, Any]:
    project = each.project
    return {
        "project": project,
        "outlook": each,
        "place": called.get(project.place_code, project.place_code),
        "town": called.get(project.place_code[:9] + "000", ""),
        "class": words.of_class(each.standing),
        "chip": words.CHIPS[each.standing],
        "done": words.percent(project.accepted_bp),
        "works": words.expected(each.works),
        "works_band": words.band(each.works),
        "works_from": words.rests_on(each.works),
        "works_late": words.late_by(each.works_late) if each.works_late else "",
        "money": words.expected(each.money),
        "money_band": words.band(each.money),
        "money_from": words.rests_on(each.money),
        "money_late": words.late_by(each.money_late) if each.money_late else "",
        "paid_fen": each.paid_fen,
    }
