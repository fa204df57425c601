"""The paper twin of a check: one sheet a household with its number, the questions that still decide, room to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.monitoring import check_sheets, need_codes
from doudi.monitoring.cards import Card
from doudi.register.households import Household
from doudi.register.pairings import Pairing
from doudi.web import figures, papers
from doudi.web.deeds.days import today
from doudi.web.reader import reader_of
from doudi.web.shell import shell_of, show
from doudi.web.village import sheet_lines
from doudi.web.village.patrolling import doors_of, household_of, village_asked, villages

MOST_SHEETS = 30  # a sheet takes a quarter of a second to draw


@permission("check.type_in")
@require_safe
def print_household(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet of one household as a PDF."""
    return _answer(request, [household_of(code)], f"{_('核实表')}-{code}")


@permission("check.type_in")
@require_safe
def print_group(request: HttpRequest) -> HttpResponse:
    """The sheets of a village or of one of its groups."""
    area = village_asked(request)
    if area is None:
        to = reverse("group-paper")
        return show(request, "village/choose.html", {"villages": villages(reader_of(request)), "to": to})
    asked, part = request.GET.get("group", ""), request.GET.get("part", "")[:6]
    first = (int(part) - 1) * MOST_SHEETS if part.isascii() and part.isdigit() and int(part[:6]) > 0 else 0
    found = [each for each in doors_of(area) if asked in ("", each.group_name)][first : first + MOST_SHEETS]
    if not found:
        raise Http404
    return _answer(request, found, f"{_('核实表')}-{area.name}{asked}{part}")


def parts_of(doors: Iterable[Household]) -> list[tuple[str, str]]:
    """The files in which the sheets of a village come, in words and as a query: its groups, each in parts."""
    groups = Counter(each.group_name for each in doors)
    found = []
    for group, number in groups.items():
        for part in range(-(-number // MOST_SHEETS)):
            first, last = part * MOST_SHEETS + 1, min(number, (part + 1) * MOST_SHEETS)
            words = _("%(group)s 第 %(first)d–%(last)d 户") % {"group": group or _("没有写明社(组)"), "first": first,
                                                               "last": last}  # fmt: skip
            found.append((words, urlencode({"group": group, "part": part + 1} if group else {"part": part + 1})))
    return found


def helpers_of(doors: Iterable[Household]) -> list[tuple[str, str]]:
    """The helpers who stand by some households, by account, in the order of their names."""
    found = check_sheets.helpers_of([each.pk for each in doors])
    by_account = {who: name for helpers in found.values() for who, name in helpers.items()}
    return sorted(by_account.items(), key=lambda each: (each[1], each[0]))


@permission("check.type_in")
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """From the number on a filled sheet to where it is typed in; back with what was typed where there is none."""
    typed = request.GET.get("code", "")[:60]
    code, version = check_sheets.read_number(typed)
    known = Household.objects.filter(code=code).first() if code else None
    if known is None:
        return HttpResponseRedirect(f"{reverse('paper')}?{urlencode({'missing': typed})}")
    return HttpResponseRedirect(reverse("sheet-type", args=[known.code]) + (f"?version={version}" if version else ""))


def _answer(request: HttpRequest, found: list[Household], name: str) -> HttpResponse:
    reader = reader_of(request)
    paired = Pairing.objects.filter(until_day=None).select_related("helper")
    prefetch_related_objects(found, Prefetch("pairings", queryset=paired, to_attr="helped_by"))
    cards = sheet_lines.cards_of([each.pk for each in found], reader)
    context = {
        "sheets": [_sheet(each, cards[each.pk]) for each in found],
        "needs": [figures.in_words(need.zh, need.en) for need in need_codes.NEEDS.values()],
        "day": today(),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/check_sheet.html", context, name=name)


def _sheet(household: Household, card: Card) -> dict[str, Any]:
    return {
        "it": household,
        "number": check_sheets.number_of(card),
        "name": card["name"],
        "village": card["village"],
        "people": [each["name"] for each in card["members"]],
        "lines": sheet_lines.asked(card),
        "helpers": household.helped_by,  # type: ignore[attr-defined]
    }
