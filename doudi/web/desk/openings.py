"""What is still open, village by village: how many households, how many verdicts, and who could answer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.outreach.counselling import CounsellingRequest
from doudi.places.divisions import Place
from doudi.policy import household_rolls, proposals, selections
from doudi.policy.runs import Run
from doudi.policy.selections import Selection, Wanted
from doudi.register.exporting.exports import Export
from doudi.web import figures
from doudi.web.desk import areas, filters, standings
from doudi.web.desk.areas import Area
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show
from doudi.web.telling import queue

SIZE = 30  # villages a page


@dataclass(frozen=True, slots=True)
class Opening:
    """One village: `households` of `whole` have something open, `verdicts` in all.

    `asks` are (who, households, url).
    """

    prefix: str
    name: str
    town: str
    households: int
    whole: int
    verdicts: int
    asks: list[tuple[str, int, str]]
    url: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that waits for the reader: how many of how many, and the list of them."""

    title: str
    meaning: str
    count: int
    whole: int
    url: str


@permission("question.read")
def show_openings(request: HttpRequest) -> HttpResponse:
    """Every village within the duty that has something open, the most first; 404 before the first run."""
    reader, run = reader_of(request), standings.run_in_force()
    area = areas.area_of(reader, None)
    if run is None or area is None:
        raise Http404
    rows = selected(area, reader, run).chosen
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    found, many = of_area(rows, SIZE, skip=SIZE * (max(1, number) - 1))
    context = {
        "area": area,
        "run": run,
        "openings": found,
        "villages": many,
        "total": int(np.count_nonzero(rows["unknown"])),
        "number": max(1, number),
        "pages": -(-many // SIZE),
    }
    return show(request, "desk/openings.html", context)


def selected(area: Area, reader: Reader, run: Run) -> Selection:
    """The households of an area within the reader's scope."""
    town, village = (
        (area.prefix[:9] if area.level != "county" else ""),
        (area.prefix if area.level == "village" else ""),
    )
    reads = [word for word in household_rolls.SENSITIVITIES if reader.reads(word)]
    lines = [fen for fen, _names in filters.lines_of(run)]
    return selections.select(
        household_rolls.present(run),
        Wanted(town=town, village=village),
        names=False,
        reads=reads,
        only=reader.scope.measures,
        lines=lines,
    )


def of_area(rows: np.ndarray, most: int, *, skip: int = 0) -> tuple[list[Opening], int]:
    """The villages of some households with something open, the most first, then by code; and how many there are."""
    codes, starts = np.unique(rows["place"], return_index=True)  # the rows lie village by village
    if not len(codes):
        return [], 0
    many = np.add.reduceat((rows["unknown"] != 0).astype(np.int64), starts)
    order = [int(at) for at in np.lexsort((codes, -many)) if many[at]]
    parts = np.split(rows, starts[1:])
    shown = order[skip : skip + most]
    names, words = _names(codes[shown]), {who: figures.answerers((who,)) for who in household_rolls.ASKS}
    return [_opening(f"{int(codes[at]):012d}", parts[at], names, words) for at in shown], len(order)


def _names(codes: np.ndarray) -> dict[str, str]:
    wanted = {f"{int(code):012d}" for code in codes}
    wanted |= {code[:9] + "000" for code in wanted}
    return dict(Place.objects.filter(code__in=wanted).values_list("code", "name"))


def _opening(code: str, rows: np.ndarray, names: dict[str, str], words: dict[str, str]) -> Opening:
    place = f"town={code[:9]}&village={code}"
    counts = selections.asked_of(rows)
    return Opening(
        prefix=code,
        name=names.get(code, code),
        town=names.get(code[:9] + "000", ""),
        households=int(np.count_nonzero(rows["unknown"])),
        whole=len(rows),
        verdicts=int(rows["unknowns"].sum()),
        asks=[(words[who], number, f"{place}&ask={who}") for who, number in counts.items() if number],
        url=f"{place}&open=yes",
    )


def waits_of(found: Selection, reader: Reader) -> list[Wait]:
    """What waits for whoever answers for an area: counts of its households, each with its list."""
    rows, whole = found.chosen, len(found.chosen)
    place = {name: value for name in ("town", "village") if (value := getattr(found.wanted, name))}
    said = [
        ("open", "yes", _("有待核的事"), _("还缺事实,结论定不下来")),
        ("contested", "yes", _("说法不一会改变结论"), _("换一个来源的说法,结论就不同")),
        ("registered", "unknown", _("是否建档立卡不清楚"), _("没有一个来源说过,或说法已过有效期")),
        ("monitored", "yes", _("动态监测户"), _("列入监测,需要盯住")),
    ]
    waits = [
        Wait(title, meaning, found.counts(name).get(value, 0), whole, urlencode({**place, name: value}))
        for name, value, title, meaning in said
    ]
    if reader.reads("money") and found.lines:
        low = int(np.count_nonzero((rows["income"] < found.lines[0]) & (rows["income"] != household_rolls.NOTHING)))
        line = figures.yuan(found.lines[0])
        title = _("预计今年人均不到 %(line)s") % {"line": line}
        waits.append(Wait(title, _("低于最低的一条收入线"), low, whole, urlencode({**place, "band": "0"})))
    return waits


def others_of(reader: Reader) -> list[tuple[str, int, str]]:
    """What waits for the reader's word beside households: (what, how many, address); nothing where nothing waits."""
    name, found = reader.user.username, []
    if reader.may("pack.adopt"):
        found.append((_("等您决定的政策修改"), proposals.waiting(name).count(), reverse("proposals")))
    if reader.may("export.approve"):
        waiting = Export.objects.waiting_for(name, now=timezone.now()).count()
        found.append((_("等您同意的导出"), waiting, reverse("exports")))
    return [*(one for one in found if one[1]), *tellings_of(reader)]


def tellings_of(reader: Reader) -> list[tuple[str, int, str]]:
    """What of telling people waits here: tellings for a person to do, requests given to the reader."""
    found = []
    if reader.may("dispatch.confirm"):
        found.append((_("要您去告知的"), queue.own(reader), reverse("telling-queue")))
    if reader.may("counselling.read"):
        mine = CounsellingRequest.objects.going().filter(to=reader.user.username).count()
        found.append((_("归您联系的求助"), mine, reverse("counselling") + "?state=mine"))
    return [one for one in found if one[1]]
