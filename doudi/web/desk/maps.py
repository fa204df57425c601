"""A map of an area's parts, drawn by the server as SVG, when the county has loaded boundaries with their number.

Equirectangular with the cosine of the middle latitude: at a county's size nothing else would look different.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from django.utils.translation import gettext as _

from doudi.places import boundaries
from doudi.places.divisions import Place
from doudi.places.geojson import Ring, area

WIDTH = 1_000  # of the drawing, in its own units
MARGIN = 8
TALLEST = 1_600


@dataclass(frozen=True, slots=True)
class Shape:
    """One place's outline: the path's `d`, and where its label stands."""

    prefix: str
    name: str
    d: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Shapes:
    """The outlines of an area's parts, the viewBox they fit in, and what must stand below them."""

    view_box: str
    caption: str
    shapes: list[Shape]


class Counted(Protocol):
    """What a place counts; the overview's tiles are such."""

    @property
    def prefix(self) -> str:
        """The place."""

    @property
    def shade(self) -> int | None:
        """The class of shade, None for nothing counted."""


@dataclass(frozen=True, slots=True)
class Region:
    """An outline with what is counted there."""

    shape: Shape
    tile: Any


@dataclass(frozen=True, slots=True)
class Drawing:
    """What `desk/map.html` draws. `missing` are the counted places the map has no outline of."""

    view_box: str
    caption: str
    regions: list[Region]
    missing: list[Any]


def drawing(area_prefix: str, tiles: Iterable[Counted]) -> Drawing | None:
    """The map of an area with its tiles' shades; None when no boundaries of its parts are loaded."""
    shapes = shapes_of(area_prefix)
    if shapes is None:
        return None
    outlined = {shape.prefix: shape for shape in shapes.shapes}
    regions, missing = [], []
    for tile in tiles:
        shape = outlined.get(tile.prefix)
        if shape is None:
            missing.append(tile)
        else:
            regions.append(Region(shape, tile))
    return Drawing(shapes.view_box, shapes.caption, regions, missing)


def shapes_of(area_prefix: str) -> Shapes | None:
    """The outlines of the parts of a county (towns) or a town (villages), from the newest map that has any."""
    length = {6: 9, 9: 12}.get(len(area_prefix))
    found = boundaries.latest(area_prefix, length=length) if length else None
    if length is None or found is None:
        return None
    shown, outlines = found
    frame = Frame.around(outlines.values())
    full = {prefix.ljust(12, "0"): prefix for prefix in outlines}
    names = dict(Place.objects.filter(code__in=full).values_list("code", "name"))
    shapes = [_shape(frame, prefix, names.get(code, prefix), outlines[prefix]) for code, prefix in full.items()]
    return Shapes(frame.view_box, caption(shown), shapes)


def caption(shown: boundaries.Map) -> str:
    """What the law wants to be read beside the boundaries: their number and where they come from."""
    return _("审图号:%(number)s · 边界来源:%(source)s · 边界不作划界依据") % {
        "number": shown.approval_number,
        "source": shown.source,
    }


@dataclass(frozen=True, slots=True)
class Frame:
    """Degrees to units of the drawing."""

    west: float
    north: float
    scale: float
    squeeze: float
    view_box: str

    @staticmethod
    def around(outlines: Iterable[list[list[Ring]]]) -> Frame:
        """The frame that holds every outer ring."""
        positions = [p for polygons in outlines for rings in polygons for p in rings[0]]
        west, east = min(p[0] for p in positions), max(p[0] for p in positions)
        south, north = min(p[1] for p in positions), max(p[1] for p in positions)
        squeeze = math.cos(math.radians((south + north) / 2))
        scale = min(WIDTH / ((east - west) * squeeze), TALLEST / (north - south))
        width, height = (east - west) * squeeze * scale, (north - south) * scale
        view = f"{-MARGIN} {-MARGIN} {width + 2 * MARGIN:.0f} {height + 2 * MARGIN:.0f}"
        return Frame(west, north, scale, squeeze, view)

    def place(self, ring: Ring) -> Ring:
        """A ring in the drawing's units; y goes down."""
        return [((x - self.west) * self.squeeze * self.scale, (self.north - y) * self.scale) for x, y in ring]


def _shape(frame: Frame, prefix: str, name: str, polygons: list[list[Ring]]) -> Shape:
    drawn = [[frame.place(ring) for ring in rings] for rings in polygons]
    d = "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in ring[:-1])}Z" for rings in drawn for ring in rings)
    x, y = _inside(max((rings[0] for rings in drawn), key=lambda ring: abs(area(ring))))
    return Shape(prefix, name, d, round(x, 1), round(y, 1))


def _inside(ring: Ring) -> tuple[float, float]:
    """A point within a ring for its label: the middle of a wide stretch at one of a few heights, half way if it can."""
    low, high = min(y for _x, y in ring), max(y for _x, y in ring)
    best = (0.0, ring[0][0], ring[0][1])
    for step, weight in ((5, 1.0), (4, 0.85), (6, 0.85), (3, 0.6), (7, 0.6)):
        y = low + (high - low) * step / 10 + 1e-7
        crossings = sorted(_crossings(ring, y))
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            best = max(best, ((right - left) * weight, (left + right) / 2, y), key=lambda found: found[0])
    return best[1], best[2]


def _crossings(ring: Ring, y: float) -> Iterator[float]:
    """Where a level line meets the ring."""
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y):
            yield x1 + (y - y1) * (x2 - x1) / (y2 - y1)
