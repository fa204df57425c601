"""The overview: the figures of the emergency, the measures, and the places, for the county, a town or a village."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.policy.runs import Run
from doudi.web.desk import areas, impact, maps, openings, standings
from doudi.web.desk.areas import Area
from doudi.web.desk.standings import Group, Line
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

STATES = ("yes", "unknown", "no")
CLASSES = 5
SHOWN = 8  # villages with open questions; the rest have a page


@dataclass(frozen=True, slots=True)
class Tile:
    """One place on the tile map: what it counts, out of how many, and its class of shade (None: nothing counted)."""

    prefix: str
    name: str
    part: int
    whole: int
    amount_fen: int
    shade: int | None


@dataclass(frozen=True, slots=True)
class Shade:
    """One class of the legend, in hundredths of a per cent."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Map:
    """The tile map: which measure and state it shows, and its tiles, by code."""

    line: Line
    state: str
    tiles: list[Tile]
    shades: list[Shade]

    @property
    def state_word(self) -> str:
        """The state shown, in words."""
        return dict(_state_words())[self.state]


@permission("county.read")
def show_own(request: HttpRequest) -> HttpResponse:
    """The widest area of the reader; a helper goes to their households, a bureau or a bank to its measures."""
    reader = reader_of(request)
    if reader.scope.measures and not request.GET:
        return HttpResponseRedirect("/measures/")
    area = areas.area_of(reader, None)
    if area is None and reader.may("household.read"):
        return HttpResponseRedirect("/households/")
    return _page(request, reader, area)


@permission("county.read")
def show_place(request: HttpRequest, prefix: str) -> HttpResponse:
    """One area; 404 outside the duty."""
    reader = reader_of(request)
    return _page(request, reader, areas.area_of(reader, prefix))


def _page(request: HttpRequest, reader: Reader, area: Area | None) -> HttpResponse:
    run = standings.run_in_force()
    if run is None or area is None:
        return show(request, "desk/overview_empty.html", {"area": area, "may_run": reader.may("run.start")})
    groups = standings.groups_of(run, area.prefix, only=reader.scope.measures)
    shown = _map(request, run, area, groups)
    context: dict[str, Any] = {
        "area": area,
        "above": areas.trail_of(area, reader),
        "run": run,
        "pack": standings.pack_of(run),
        "figures": _figures(run) if area.level == "county" else [],
        "groups": groups,
        "map": shown,
        "drawing": maps.drawing(area.prefix, shown.tiles) if shown else None,
        "states": _state_words(),
        "list_query": _list_query(area),
        "may_list": reader.may("household.read"),
        "may_roll": reader.may("list.read"),
        "may_see_run": reader.may("run.read"),
        "may_tell": reader.may("told.read"),
        "may_ask": area.level == "village" and reader.may("question.read"),
        **_waiting(area, reader, run),
    }
    return show(request, "desk/overview.html", context)


def _waiting(area: Area, reader: Reader, run: Run) -> dict[str, Any]:
    """What waits for the reader in the area, and what is open there village by village."""
    if not reader.may("household.read"):
        return {"others": openings.others_of(reader)}
    found = openings.selected(area, reader, run)
    asked = reader.may("question.read") and area.level != "village"
    open_here, many = openings.of_area(found.chosen, SHOWN) if asked else ([], 0)
    return {
        "waits": openings.waits_of(found, reader),
        "others": openings.others_of(reader),
        "openings": open_here,
        "all_openings": many,
    }


def _list_query(area: Area) -> str:
    """The part of a list's address that keeps to the area."""
    if area.level == "county":
        return ""
    town = f"town={area.prefix[:9]}&"
    return town + (f"village={area.prefix}&" if area.level == "village" else "")


def _state_words() -> list[tuple[str, str]]:
    return [("yes", _("符合")), ("unknown", _("待核")), ("no", _("不符合"))]


def _figures(run: Run) -> list[impact.Figure]:
    """The indicators kept with the run."""
    return impact.of_run(run)


def _map(request: HttpRequest, run: Run, area: Area, groups: list[Group]) -> Map | None:
    """The chosen measure and state over the parts of the area; an unknown choice shows the first."""
    parts = areas.parts_of(area)
    lines = {line.name: line for group in groups for line in group.lines}
    if not parts or not lines:
        return None
    line = lines.get(request.GET.get("measure", "")) or next(iter(lines.values()))
    state = request.GET.get("state", "yes")
    state = state if state in STATES else "yes"
    counts = standings.by_part(run, line.name, area.prefix, area.part_length)
    named = {place.code[: area.part_length]: place.name for place in parts}
    for prefix in counts.keys() - named.keys():
        named[prefix] = _("不分村") if area.level == "town" else _("不分乡镇")
    raw = [(prefix, name, *counts.get(prefix, (0, 0, 0, 0))) for prefix, name in sorted(named.items())]
    edges = _edges([_share(state, row[2:5]) for row in raw if sum(row[2:5])])
    return Map(line, state, [_tile(row, state, edges) for row in raw], _shades(edges))


def _share(state: str, counts: tuple[int, ...]) -> int:
    """A state's share in hundredths of a per cent."""
    total = sum(counts)
    return 10_000 * _part(state, counts) // total if total else 0


def _part(state: str, counts: tuple[int, ...]) -> int:
    return counts[{"yes": 0, "no": 1, "unknown": 2}[state]]


def _edges(shares: list[int]) -> list[int]:
    """Equal steps from the lowest share to the highest, of a whole percentage point at least: like stays alike."""
    if not shares:
        return []
    low = min(shares) // 100 * 100
    step = max(100, -(-(max(shares) - low) // (CLASSES * 100)) * 100)
    return [low + step * number for number in range(CLASSES + 1)]


def _tile(row: tuple[Any, ...], state: str, edges: list[int]) -> Tile:
    prefix, name, yes, no, unknown, fen = row
    counts = (yes, no, unknown)
    whole = sum(counts)
    shade = min(CLASSES - 1, bisect_right(edges, _share(state, counts)) - 1) if whole else None
    return Tile(prefix, name, _part(state, counts), whole, fen, shade)


def _shades(edges: list[int]) -> list[Shade]:
    """The legend: every class that a place may have."""
    spans = enumerate(itertools.pairwise(edges))
    return [Shade(number, f"{low / 100:g}%–{high / 100:g}%") for number, (low, high) in spans if low <= 10_000]
