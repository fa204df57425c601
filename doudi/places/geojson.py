"""GeoJSON as counties get it: read with distrust, answered as outlines in degrees, or refused saying where it is wrong.

RFC 7946: a FeatureCollection of Polygon and MultiPolygon, positions as longitude and latitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import orjson

from doudi.values.refusals import Refusal

MOST_BYTES = 5 * 1024 * 1024
MOST_FEATURES = 5_000
MOST_POSITIONS = 200_000
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0  # China with its seas, in degrees
GRID = 0.0002  # degrees, 20 m: finer than a pixel of a county
LEAST_AREA = 1e-10  # square degrees, 1 m²
KEYS = ("adcode", "code", "code12", "CODE", "区划代码", "代码")
NAMES = ("name", "NAME", "名称")
SHAPES = {"Polygon", "MultiPolygon"}
KNOWN_CRS = ("CRS84", "4326", "4490")  # WGS 84 and CGCS2000 differ by centimetres

Position = tuple[float, float]
Ring = list[Position]


@dataclass(frozen=True, slots=True)
class Feature:
    """One outline: the code and the name it says it has, and its polygons, each an outer ring and its holes."""

    code: str
    name: str
    polygons: list[list[Ring]]


def read(data: bytes, *, where: str = "") -> list[Feature]:
    """The features of a file. Raises Refusal naming the feature and what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise Refusal(
            "文件超过 5 MB。请先简化边界再上传。", "The file is over 5 MB. Simplify the boundaries first.", where
        )
    collection = _collection(data, where)
    rows = collection["features"]
    if not 0 < len(rows) <= MOST_FEATURES:
        raise Refusal(
            f"文件里有 {len(rows)} 个图形,应为 1 至 {MOST_FEATURES} 个。",
            f"The file has {len(rows)} features; 1 to {MOST_FEATURES} are expected.",
            where,
        )
    found = [_feature(row, number) for number, row in enumerate(rows, 1)]
    if sum(len(ring) for feature in found for polygon in feature.polygons for ring in polygon) > MOST_POSITIONS:
        raise Refusal(
            f"边界点超过 {MOST_POSITIONS} 个。请先简化边界再上传。",
            f"More than {MOST_POSITIONS} points. Simplify the boundaries first.",
            where,
        )
    return [replace(each, polygons=[[simplified(r) for r in rings] for rings in each.polygons]) for each in found]


def _collection(data: bytes, where: str) -> dict[str, Any]:
    try:
        read_in = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Refusal(
            f"文件不是 JSON:第 {error.lineno} 行第 {error.colno} 列读不懂。",
            f"The file is no JSON: line {error.lineno}, column {error.colno} cannot be read.",
            where,
        ) from error
    if not isinstance(read_in, dict) or not isinstance(read_in.get("features"), list):
        raise Refusal(
            "文件不是 GeoJSON 的 FeatureCollection。请导出为 GeoJSON。",
            "The file is no GeoJSON FeatureCollection. Export it as GeoJSON.",
            where,
        )
    _refuse_other_system(read_in.get("crs"), where)
    return read_in


def _refuse_other_system(crs: Any, where: str) -> None:
    """A projected file would draw a county at sea."""
    if crs is not None and not any(word in str(crs)[:500] for word in KNOWN_CRS):
        raise Refusal(
            "坐标系不是经纬度(CGCS2000 或 WGS84)。请转换后再上传。",
            "The coordinates are not longitude and latitude (CGCS2000 or WGS 84). Convert them first.",
            where,
        )


def _feature(row: Any, number: int) -> Feature:
    row = row if isinstance(row, dict) else {}
    properties = row.get("properties") if isinstance(row.get("properties"), dict) else {}
    geometry = row.get("geometry") if isinstance(row.get("geometry"), dict) else {}
    name = _said(properties, NAMES)
    where = f"{number} {name}".strip()
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in SHAPES:
        raise Refusal(
            "图形不是面(Polygon 或 MultiPolygon)。请删去点和线。",
            "The feature is no Polygon or MultiPolygon. Take points and lines out.",
            where,
        )
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise _empty(where)
    return Feature(_said(properties, KEYS), name, [_polygon(part, where) for part in parts])


def _said(properties: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The first of the properties that is there, as text; a number is written without its fraction."""
    for key in keys:
        value = properties.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()[:80].replace("\0", "")
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 10**12:
            return str(int(value))
    return ""


def _empty(where: str) -> Refusal:
    return Refusal("图形没有边界点。请补上或删去。", "The feature has no points. Complete it or take it out.", where)


def _polygon(part: Any, where: str) -> list[Ring]:
    if not isinstance(part, list) or not part:
        raise _empty(where)
    return [_ring(ring, where) for ring in part]


def _ring(ring: Any, where: str) -> Ring:
    """A closed ring of four positions at least that encloses something."""
    positions = [_position(position, where) for position in ring] if isinstance(ring, list) else []
    if len(positions) < 4 or positions[0] != positions[-1]:
        raise Refusal(
            "边界不闭合:首尾两点应相同,且至少 4 个点。",
            "The outline is not closed: first and last point must be the same, four points at least.",
            where,
        )
    if abs(area(positions)) < LEAST_AREA:
        raise Refusal("边界没有围成面积。请检查图形。", "The outline encloses nothing. Look at the feature.", where)
    return positions


def _position(position: Any, where: str) -> Position:
    ok = isinstance(position, list) and len(position) in (2, 3)
    if not ok or not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in position):
        raise Refusal("坐标应写成 [经度, 纬度] 两个数。", "A position is two numbers: [longitude, latitude].", where)
    x, y = float(position[0]), float(position[1])
    if not (math.isfinite(x) and math.isfinite(y) and WEST <= x <= EAST and SOUTH <= y <= NORTH):
        raise Refusal(
            f"坐标 {x:g}, {y:g} 不在中国境内。请核对经纬度的先后和坐标系。",
            f"The position {x:g}, {y:g} is not in China. Check the order of longitude and latitude, and the system.",
            where,
        )
    return round(x, 6), round(y, 6)


def area(ring: Ring) -> float:
    """The signed area of a closed ring, in square degrees."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def simplified(ring: Ring) -> Ring:
    """The ring on a grid of 20 m, without the points that stand in line; neighbours keep the border they share.

    One pass, whatever the file: a method that looks for the farthest point takes minutes over a saw's teeth.
    """
    kept: Ring = []
    for x, y in ring:
        point = (round(round(x / GRID) * GRID, 6), round(round(y / GRID) * GRID, 6))
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept if len(kept) >= 4 and abs(area(kept)) >= LEAST_AREA else ring


def _in_line(a: Position, b: Position, c: Position) -> bool:
    return abs((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])) < LEAST_AREA
