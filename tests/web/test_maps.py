"""The page where a county loads its boundaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doudi.places import geojson
from doudi.places.boundaries import Map
from doudi.web.desk import maps
from tests.places.test_boundaries import NUMBER, TOWNS, file_of

Open = Callable[[str], Client]


def send(client: Client, data: bytes, number: str = NUMBER, name: str = "towns.geojson") -> Any:
    upload = SimpleUploadedFile(name, data)
    return client.post("/divisions/maps/", {"file": upload, "approval_number": number, "source": "县自然资源局"})


def test_the_officer_loads_a_map_and_reads_what_did_not_fit(county: Client) -> None:
    assert send(county, file_of(*TOWNS)).status_code == 302
    page = county.get("/divisions/maps/").content.decode()
    assert NUMBER in page
    assert "别处镇" in page
    assert maps.shapes_of("510921") is not None


@pytest.mark.parametrize(
    ("data", "number", "says"),
    [(b"{", NUMBER, "不是 JSON"), (file_of(*TOWNS), "无", "审图号"), (b"", NUMBER, "空"),
     (b" " * (geojson.MOST_BYTES + 1), NUMBER, "5 MB")],
    ids=["broken", "no number", "empty", "large"],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_at_its_field(county: Client, data: bytes, number: str, says: str) -> None:
    answer = send(county, data, number, "../../<b>.geojson")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert 'value="县自然资源局"' in page
    assert not Map.objects.exists()


@pytest.mark.parametrize("username", ["town", "village", "helper", "bureau", "auditor", "admin"])
def test_only_the_county_officer_loads_maps(reading_as: Open, username: str) -> None:
    client = reading_as(username)
    assert client.get("/divisions/maps/").status_code == 403
    assert send(client, file_of(*TOWNS)).status_code == 403
    assert not Map.objects.exists()


def test_a_map_is_withdrawn_by_its_number(county: Client) -> None:
    send(county, file_of(*TOWNS))
    for number in ("0", "-1", "x", "9" * 30, "١"):
        assert county.post("/divisions/maps/withdraw/", {"map": number}).status_code == 404
    assert county.get("/divisions/maps/withdraw/").status_code == 405
    assert county.post("/divisions/maps/withdraw/", {"map": Map.objects.get().pk}).status_code == 302
    assert maps.shapes_of("510921") is None
