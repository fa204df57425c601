"""Boundaries of places: a map loaded by the county with its approval number (审图号), or no map at all.

The project ships none: publishing boundaries needs an approved map (interface notes, pitfall 17).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

from django.db import models

from doudi.places import geojson
from doudi.places.divisions import LEVELS, Place
from doudi.places.geojson import Feature
from doudi.trail.commands import carry_out
from doudi.values.divisions import is_prefix, prefix_of
from doudi.values.refusals import Refusal

# 川S(2019)42号, GS(2020)1234号, 遂S[2023]7号, GS川(2023)1号: who approved, the year, the number of the year
APPROVAL = re.compile(
    r"[A-Z\u4e00-\u9fff]{1,8} ?[(\uff08\[\u3014]20[0-9]{2}[)\uff09\]\u3015] ?\u7b2c?[0-9]{1,6} ?\u53f7"
)


class Map(models.Model):
    """One file of boundaries as it was loaded; `withdrawn_at` ends its showing.

    `unmatched` are the names of the features no place was found for.
    """

    approval_number = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    unmatched = models.JSONField(default=list)
    loaded_by = models.CharField(max_length=150)
    loaded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "places_map"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(approval_number="") & ~models.Q(source=""), name="places_map_says_whose"
            )
        ]


class Boundary(models.Model):
    """The outline of one place: GeoJSON's MultiPolygon coordinates, simplified, in degrees."""

    map = models.ForeignKey(Map, on_delete=models.PROTECT, related_name="boundaries")
    place_code = models.CharField(max_length=12)
    polygons = models.JSONField()

    class Meta:
        db_table = "places_boundary"
        constraints = [models.UniqueConstraint(fields=["map", "place_code"], name="places_boundary_once")]


def load(data: bytes, *, approval_number: str, source: str, on: date, by: str, now: datetime) -> Map:
    """Take in a GeoJSON file whose features name places in force on a day, by code or by name.

    Raises Refusal without an approval number, for a file that cannot be drawn, and when no feature is a place's.
    """
    number, source = approved(approval_number), source.strip()
    if not source:
        raise Refusal("请写明边界数据的来源。", "Say where the boundaries come from.", "source")
    found, unmatched = match(geojson.read(data), on=on)
    if not found:
        raise Refusal(
            f"没有一个图形对得上本县的乡镇或村。图形名称:{'、'.join(unmatched[:5])}。",
            f"No feature is a town or village of this county. They are called {', '.join(unmatched[:5])}.",
            "file",
        )
    with carry_out("places.boundaries.load", by=by, payload=[number, source, sorted(found)]) as act:
        made = Map.objects.create(
            approval_number=number, source=source[:200], unmatched=unmatched, loaded_by=by, loaded_at=now
        )
        Boundary.objects.bulk_create(
            Boundary(map=made, place_code=code, polygons=feature.polygons) for code, feature in found.items()
        )
        act.result = {"map": made.pk, "places": len(found)}
    return made


def approved(text: str) -> str:
    """The approval number as written. Raises Refusal for anything that is none."""
    number = unicodedata.normalize("NFC", text).strip()
    if not APPROVAL.fullmatch(number):
        raise Refusal(
            "公开显示边界须有审图号,写成 川S(2019)42号 这样。没有审图号的地图不能载入。",
            "Boundaries may be shown only with their approval number, written like 川S(2019)42号. Without one no map"
            " is loaded.",
            "approval_number",
        )
    return number


def match(features: Iterable[Feature], *, on: date) -> tuple[dict[str, Feature], list[str]]:
    """Each feature's place in force on a day, and the names of those without one. A place comes once."""
    places = list(Place.objects.in_force(on=on))
    by_code = {place.code: place for place in places}
    by_name: dict[str, list[Place]] = {}
    for place in places:
        by_name.setdefault(place.name, []).append(place)
    found: dict[str, Feature] = {}
    unmatched = []
    for number, feature in enumerate(features, 1):
        code = _code_of(feature, by_code, by_name)
        if code is None:
            unmatched.append(feature.name or feature.code or str(number))
        elif code in found:
            raise Refusal(f"{code} 在文件里出现两次。", f"{code} comes twice in the file.", feature.name)
        else:
            found[code] = feature
    return found, unmatched


def _code_of(feature: Feature, by_code: dict[str, Place], by_name: dict[str, list[Place]]) -> str | None:
    """By code; without one by a name that one place alone has."""
    code = prefix_of(feature.code)
    if is_prefix(code):
        full = code.ljust(12, "0")
        return full if full in by_code else None
    named = by_name.get(feature.name, [])
    return named[0].code if len(named) == 1 else None


def withdraw(shown: Map, *, by: str, now: datetime) -> None:
    """Stop showing a map; the pages go back to tiles, or to the map before."""
    if shown.withdrawn_at is not None:
        raise Refusal("这份地图已经撤下。", "This map was withdrawn already.")
    with carry_out("places.boundaries.withdraw", by=by, payload=[shown.pk]):
        shown.withdrawn_at = now
        shown.save(update_fields=["withdrawn_at"])


def latest(prefix: str, *, length: int) -> tuple[Map, dict[str, list[list[geojson.Ring]]]] | None:
    """The newest map that outlines parts of an area, with the outlines by prefix of `length` digits; None without one.

    An outline belongs to one level: a town's code ends in three zeros.
    """
    inside = models.Q(place_code__startswith=prefix) & _of_length(length)
    newest = Boundary.objects.filter(inside, map__withdrawn_at=None).order_by("-map_id").first()
    if newest is None or length not in LEVELS:
        return None
    rows = Boundary.objects.filter(inside, map_id=newest.map_id).order_by("place_code")
    return newest.map, {row.place_code[:length]: row.polygons for row in rows}


def _of_length(length: int) -> models.Q:
    towns = models.Q(place_code__endswith="000")
    return ~towns if length == 12 else towns & ~models.Q(place_code__endswith="000000") if length == 9 else towns
