"""Boundaries: loaded with their approval number or refused, and drawn where they belong. All outlines are made up."""

from __future__ import annotations

import datetime
import time
from typing import Any

import orjson
import pytest
from django.db import DatabaseError, transaction

from doudi.access.scope import as_engine
from doudi.places import boundaries, geojson
from doudi.places.boundaries import Boundary, Map
from doudi.trail.audit import Entry
from doudi.values.refusals import Refusal
from doudi.web.desk import maps

DAY = datetime.date(2020, 2, 27)
NOW = datetime.datetime(2020, 2, 27, 12, tzinfo=datetime.UTC)
NUMBER = "川S(2019)42号"


def square(west: float, south: float, side: float = 0.1) -> list[list[list[float]]]:
    corners = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
    return [[[west + x, south + y] for x, y in corners]]


def feature(coordinates: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def file_of(*features: Any, **more: Any) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", "features": list(features), **more})


def loaded(data: bytes, number: str = NUMBER) -> Map:
    return boundaries.load(data, approval_number=number, source="县自然资源局", on=DAY, by="tester", now=NOW)


def shown() -> list[str]:
    shapes = maps.shapes_of("510921")
    return [shape.prefix for shape in shapes.shapes] if shapes else []


TOWNS = (
    feature(square(105.6, 30.7), adcode="510921110"),
    feature(square(105.7, 30.7), name="文井镇"),
    feature(square(105.8, 30.7), name="别处镇"),
)


def test_a_file_outlines_the_places_it_names_by_code_or_name(places: Any) -> None:
    made = loaded(file_of(*TOWNS))
    assert made.unmatched == ["别处镇"]
    shapes = maps.shapes_of("510921")
    assert shapes is not None
    assert [(shape.prefix, shape.name) for shape in shapes.shapes] == [("510921102", "文井镇"), ("510921110", "鸣凤镇")]
    assert NUMBER in shapes.caption
    west, east = shapes.shapes[1], shapes.shapes[0]
    assert west.x < east.x
    assert (west.d.count("M"), west.d.count("L")) == (1, 3)


def test_without_boundaries_there_is_no_map(places: Any) -> None:
    assert maps.shapes_of("510921") is None
    loaded(file_of(*TOWNS))
    assert maps.shapes_of("510921110") is None  # the towns are outlined, its villages are not
    assert maps.shapes_of("510921110212") is None


def test_a_square_is_drawn_narrower_by_the_cosine_of_its_latitude(places: Any) -> None:
    loaded(file_of(feature(square(105.6, 30.0, 1.0), code=510921110000)))
    shapes = maps.shapes_of("510921")
    assert shapes is not None
    _x, _y, width, height = (float(word) for word in shapes.view_box.split())
    assert (width - 16) / (height - 16) == pytest.approx(0.8616, abs=0.001)  # cos 30.5 degrees


def test_a_label_stands_inside_a_crooked_outline(places: Any) -> None:
    hook = [[[105.0, 30.0], [106.0, 30.0], [106.0, 31.0], [105.9, 31.0], [105.9, 30.1], [105.0, 30.1], [105.0, 30.0]]]
    loaded(file_of(feature(hook, code="510921110")))
    shapes = maps.shapes_of("510921")
    assert shapes is not None
    assert shapes.shapes[0].x / float(shapes.view_box.split()[2]) > 0.85  # in the upright, not in the hollow


def test_the_newest_map_is_shown_until_it_is_withdrawn(places: Any) -> None:
    loaded(file_of(TOWNS[0]))
    newer = loaded(file_of(TOWNS[1]), "川S(2020)7号")
    assert shown() == ["510921102"]
    boundaries.withdraw(newer, by="tester", now=NOW)
    assert shown() == ["510921110"]
    with pytest.raises(Refusal, match="withdrawn already"):
        boundaries.withdraw(newer, by="tester", now=NOW)
    with as_engine():
        assert Entry.objects.filter(table="places_map", operation="U").count() == 1


def test_an_outline_once_loaded_stays_as_it_was(places: Any) -> None:
    loaded(file_of(TOWNS[0]))
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Boundary.objects.update(place_code="510921102000")


@pytest.mark.parametrize("number", [NUMBER, "GS(2020)1234号", "遂S〔2023〕7号", "川S(2019)42号", "GS川[2023]第1号"])
def test_an_approval_number_is_kept_as_written(number: str) -> None:
    assert boundaries.approved(f" {number} ") == number


@pytest.mark.parametrize(
    "number", ["", "42", "川S2019", "没有", "川S(1919)42号", "<b>川S(2019)42号</b>", "川S(2019)42号\n无"]
)
def test_without_its_approval_number_a_map_is_refused(number: str, places: Any) -> None:
    with pytest.raises(Refusal, match="approval number"):
        loaded(file_of(*TOWNS), number)
    assert not Map.objects.exists()


WRONG: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"{", "no JSON"),
    "deep": (b"[" * 100_000, "no JSON"),
    "not UTF-8": (b'{"type": "\xff"}', "no JSON"),
    "a list": (b"[]", "FeatureCollection"),
    "no features": (file_of(), "0 features"),
    "features no list": (b'{"features": {"a": 1}}', "FeatureCollection"),
    "a feature no object": (file_of(7), "no Polygon"),
    "a point": (file_of(feature([105.6, 30.7], "Point", code="510921110")), "no Polygon"),
    "no geometry": (file_of({"type": "Feature", "geometry": None, "properties": None}), "no Polygon"),
    "empty": (file_of(feature([], code="510921110")), "no points"),
    "empty part": (file_of(feature([[]], "MultiPolygon", code="510921110")), "no points"),
    "text for numbers": (file_of(feature([[["a", "b"]] * 4], code="510921110")), "two numbers"),
    "truth for numbers": (file_of(feature([[[True, True]] * 4], code="510921110")), "two numbers"),
    "turned round": (file_of(feature([[[y, x] for x, y in square(105.6, 30.7)[0]]], code="510921110")), "not in China"),
    "metres": (file_of(feature(square(35_500_000, 3_400_000), code="510921110")), "not in China"),
    "open": (file_of(feature([square(105.6, 30.7)[0][:-1]], code="510921110")), "not closed"),
    "flat": (file_of(feature([[[105.6, 30.7], [105.7, 30.7], [105.8, 30.7], [105.6, 30.7]]], code="1")), "encloses"),
    "of another county": (file_of(feature(square(105.6, 30.7), code="110101")), "No feature"),
    "twice": (file_of(TOWNS[0], feature(square(105.7, 30.7), name="鸣凤镇")), "twice"),
    "another system": (file_of(*TOWNS, crs={"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}), "Convert"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_cannot_be_drawn_is_refused_and_says_why(case: str, places: Any) -> None:
    data, why = WRONG[case]
    with pytest.raises(Refusal, match=why):
        loaded(data)
    assert not Map.objects.exists()


def test_too_much_is_refused() -> None:
    with pytest.raises(Refusal, match="5 MB"):
        geojson.read(b" " * (geojson.MOST_BYTES + 1))
    wave = [[105 + i / 10_000, 30 + (i % 2) / 10] for i in range(9_000)]
    ring = [[*wave, [105.9, 29.0], wave[0]]]
    with pytest.raises(Refusal, match="points"):
        geojson.read(file_of(*[feature(ring, code="510921110")] * 23))


def test_a_saw_is_simplified_at_once() -> None:
    teeth = [[105 + i / 100_000, 30 + (i % 2) / 10] for i in range(90_000)]
    started = time.perf_counter()
    geojson.read(file_of(feature([[*teeth, [105.9, 29.0], teeth[0]]], code="510921110")))
    assert time.perf_counter() - started < 20  # a second; minutes the other way


def test_neighbours_keep_the_border_they_share() -> None:
    border = [[105.5 + (i % 7) / 3_000, 30 + i / 500] for i in range(50)]
    left = [*border, [105.0, 30.5], [105.0, 30.0], border[0]]
    right = [*reversed(border), [106.0, 30.0], [106.0, 30.5], border[-1]]
    read = geojson.read(file_of(feature([left], code="1"), feature([right], code="2")))
    a, b = (set(each.polygons[0][0]) for each in read)
    assert len(a & b) > 20
    assert a - b == {(105.0, 30.5), (105.0, 30.0)}


def test_what_nobody_would_see_is_left_out() -> None:
    side = [[105 + i / 1_000, 30.0] for i in range(1_000)]
    ring = [[*side, [106.0, 30.0], [106.0, 31.0], [105.0, 31.0], side[0]]]
    kept = geojson.read(file_of(feature(ring, code="510921110")))[0].polygons[0][0]
    assert len(kept) == 5
    assert geojson.area(kept) == pytest.approx(1.0)
