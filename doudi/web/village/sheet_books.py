"""Check sheets of many households as one workbook: given out with what is on record, coming back filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from doudi.access.permissions import permission
from doudi.monitoring import check_books, check_items, check_sheets
from doudi.monitoring.cards import Card
from doudi.monitoring.check_items import AFTER, BEFORE, Item
from doudi.monitoring.check_papers import MOST_SHEETS
from doudi.register.households import Household
from doudi.register.sheets import CHANGED, NEW, REFUSED, SAME
from doudi.web import figures
from doudi.web.deeds.days import today
from doudi.web.desk.areas import Area
from doudi.web.reader import Reader, reader_of
from doudi.web.sheets import Door
from doudi.web.village import papers, sheet_lines
from doudi.web.village.patrolling import doors_of, village_asked
from doudi.web.village.sheet_lines import Line

NO_HELPER = "-"
STATES = {
    NEW: gettext_lazy("要记的"),
    CHANGED: gettext_lazy("有变化的"),
    SAME: gettext_lazy("不用记的"),
    REFUSED: gettext_lazy("不能收"),
}


def _door(request: HttpRequest) -> Door:
    """The way in, for this reader: what a sheet may say depends on what they read."""
    return Door(
        kind=check_books.kind(sheet_lines.clerk_of(reader_of(request))),
        back="/village/paper/",
        back_words=gettext_lazy("纸质表格"),
        look="check-book",
        accept="check-book-accept",
        discard="check-book-discard",
        refused="check-book-refused",
        states=STATES,
    )


# -- going out


@permission("check.type_in")
@require_safe
def give_book(request: HttpRequest) -> HttpResponse:
    """The sheets of a village, of one of its groups or of a helper's households, to be filled in a spreadsheet."""
    area, reader = village_asked(request), reader_of(request)
    if area is None:
        return papers.choose(request, "check-book-form")
    found = _chosen(request, area)
    if not found:
        return papers.page(request, area, book_problem=_("没有这样的农户,请另选社(组)或帮扶责任人。"))
    if len(found) > MOST_SHEETS:
        told = _("共 %(number)d 户,一份最多 %(most)d 户。请按社(组)或帮扶责任人分开下载。")
        return papers.page(request, area, book_problem=told % {"number": len(found), "most": MOST_SHEETS})
    rows = _rows(found, reader, others=request.GET.get("others") == "1")
    return _door(request).give_form(rows, told=_told(area), name=f"{_('核实表')}-{area.name}")


def _chosen(request: HttpRequest, area: Area) -> list[Household]:
    group, helper = request.GET.get("group", ""), request.GET.get("helper", "")
    found = [each for each in doors_of(area) if group in ("", each.group_name)]
    if not helper:
        return found
    helpers = check_sheets.helpers_of([each.pk for each in found])
    return [each for each in found if (helper in helpers[each.pk] if helper != NO_HELPER else not helpers[each.pk])]


def _told(area: Area) -> list[tuple[str, str]]:
    how = _("只填“填写”这一列:没变填“=”,说不清填“?”,没问留空,有变化填现在的数或词。一户有一行不对,这一户先不收。")
    more = _("别的有变化:照样添一行,写表号、谁、问题和现在的数。表比纸上的新时,把表号改成纸上的。")
    return [(_("村(社区)"), area.name), (_("下载日"), str(today())), (_("怎样填"), how), ("", more)]


def _rows(found: list[Household], reader: Reader, *, others: bool) -> list[list[Any]]:
    ids = [each.pk for each in found]
    cards, helpers = sheet_lines.cards_of(ids, reader), check_sheets.helpers_of(ids)
    rows: list[list[Any]] = []
    for each in found:
        card, names = cards[each.pk], list(helpers[each.pk].values())
        lines = [*sheet_lines.asked(card), *(sheet_lines.others(card) if others else ())]
        rows += _items(card, BEFORE, names)
        rows += [_row(card, line) for line in lines]
        rows += _items(card, AFTER, names)
    return rows


def _items(card: Card, items: Iterable[Item], helpers: list[str]) -> list[list[Any]]:
    members = " ".join(f"{n} {each['name']};" for n, each in enumerate(card["members"], start=1)).rstrip(";")
    shown = {"spoken_by": figures.listed(helpers), "reached_whom": members}
    number = check_sheets.number_of(card)
    return [
        [number, card["name"], "", figures.in_words(*item.words), shown.get(item.key, ""), "",
         figures.in_words(*item.may), "", item.key]
        for item in items
    ]  # fmt: skip


def _row(card: Card, line: Line) -> list[Any]:
    number = check_sheets.number_of(card)
    return [
        number, card["name"], line.who, line.asks, line.record or _("还没有记录"), line.source, _may(line), "",
        line.field,
    ]  # fmt: skip


def _may(line: Line) -> str:
    """What can be filled in: the marks, then what it is now."""
    kind, marks = line.fact["type"], _("没变填 =;说不清填 ?") if line.record else _("说不清填 ?")
    if line.choices:
        now = " / ".join(line.choices)
    elif line.unit:
        now = _("数,单位%(unit)s") % {"unit": line.unit}
    else:
        now = {"bool": _("是、否"), "date": figures.in_words(*check_items.ITEMS["on"].may)}.get(kind, "")
    return "; ".join(filter(None, [marks, now, _("要上门看") if line.fact["at_door_only"] else ""]))


# -- coming back


@permission("check.type_in")
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """A filled workbook: looked at first."""
    area = village_asked(request)
    answer = _door(request).bring(request)
    if isinstance(answer, str):
        return papers.page(request, area, book_problem=answer) if area else papers.choose(request, "paper", answer)
    return answer


@permission("check.type_in")
@require_safe
def show_book(request: HttpRequest, number: str) -> HttpResponse:
    """What each row would record, what clashes, what cannot be taken and why."""
    return _door(request).show(request, number, may_accept=True)


@permission("check.type_in")
@require_POST
def accept_book(request: HttpRequest, number: str) -> HttpResponse:
    """Record every sheet of which all rows are right."""
    return _door(request).take_in(request, number)


@permission("check.type_in")
@require_POST
def discard_book(request: HttpRequest, number: str) -> HttpResponse:
    """Throw it away."""
    return _door(request).throw_away(request, number)


@permission("check.type_in")
@require_safe
def give_refused(request: HttpRequest, number: str) -> HttpResponse:
    """The rows of the sheets that stay out, with their reasons, to be put right and sent again."""
    return _door(request).give_refused(request, number)
