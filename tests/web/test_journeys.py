"""The pages of labour transfer: from an opening to arrival, who may, bad input, tables there and back."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.delivery.conftest import county_database, granted, run, standing_county, whole
from tests.delivery.test_journeys import station

__all__ = ["county_database", "granted", "run", "standing_county", "station", "whole"]
pytestmark = pytest.mark.django_db
DAY = "2020-02-27"
OFFER = {
    "employer": "东莞某电子厂", "work": "装配工", "destination": "广东东莞", "inside": "outside", "wage": "5200",
    "seats": "40", "health_rule": "declaration", "report_on": "2020-03-05", "until": "2020-03-05",
}  # fmt: skip


@pytest.fixture
def reader() -> Callable[[str], Client]:
    """`reader("county")` is signed in."""
    from doudi.access.users import User

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client

    return sign_in


def test_from_an_opening_to_arrival_by_the_pages(
    station: SimpleNamespace, whole: Any, reader: Callable[[str], Client]
) -> None:
    from doudi.delivery.models import Journey, Match, Opening, Passenger

    county = reader("county")
    answer = county.post("/deeds/openings/enter/", OFFER)
    with whole():
        opening = Opening.objects.get(destination="广东东莞")
    assert answer.headers["Location"] == f"/deeds/openings/{opening.pk}/"
    asked = county.post(f"/deeds/openings/{opening.pk}/ask/", {"persons": station.persons[:2]})
    assert asked.status_code == 302
    with whole():
        matches = list(Match.objects.values_list("pk", flat=True))
    for number in matches:
        assert county.post(f"/deeds/openings/matches/{number}/", {"says": "yes"}).status_code == 302
    made = county.post("/deeds/journeys/plan/", {"seats": "45"})
    assert "2 人,1 车" in county.get(made.headers["Location"]).content.decode()
    assert county.post(made.headers["Location"] + "adopt/", {"organiser": "县人社局"}).status_code == 302
    with whole():
        trip = Journey.objects.get(destination="广东东莞")
        ids = list(Passenger.objects.filter(journey=trip).values_list("pk", flat=True))
    page = f"/deeds/journeys/{trip.pk}/"
    chosen = {"passengers": ids, "on": DAY}
    assert county.post(page + "act/", {**chosen, "act": "depart"}).status_code == 422
    assert county.post(page + "declare/", {**chosen, "fit": "yes"}).status_code == 302
    assert county.get(page + "paper/").content[:5] == b"%PDF-"
    assert county.post(page + "act/", {**chosen, "act": "depart"}).status_code == 302
    assert county.post(page + "act/", {**chosen, "act": "arrive", "came": "yes"}).status_code == 302
    assert "已办结" in county.get(page).content.decode()
    assert "已到达(算外出)" in county.get("/deeds/journeys/").content.decode()


def test_arrivals_come_back_by_table_and_what_is_refused_goes_back(
    station: SimpleNamespace, whole: Any, reader: Callable[[str], Client]
) -> None:
    from doudi.delivery import journeys
    from doudi.delivery.models import Passenger
    from doudi.register.sheets import Sheet
    from tests.delivery.test_journeys import DAY as TODAY
    from tests.delivery.test_journeys import aboard

    with whole():
        journeys.depart(station.bus, aboard(station, 0, 1), on=TODAY, by="county")
        codes = list(Passenger.objects.values_list("person__code", flat=True))
    bureau, page = reader("bureau"), f"/deeds/journeys/{station.bus.pk}/"
    form = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(bureau.get(page + "table/").content))
    assert [row[0] for row in form.get_sheet_by_index(0).to_python()[-2:]] == codes
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        rows = [["人员编号", "到达情况"], [codes[0], "到达"], [codes[1], "也许"], ["P-NOBODY", "到达"]]
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    sent = bureau.post(page + "bring/", {"file": SimpleUploadedFile("到达.xlsx", made.getvalue())})
    preview = bureau.get(sent.headers["Location"]).content.decode()
    assert "不在这个车次上" in preview
    with whole():
        number = Sheet.objects.latest("pk").pk
    assert bureau.post(f"/deeds/journeys/sheets/{number}/accept/").status_code == 302
    with whole():
        assert dict(Passenger.objects.values_list("person__code", "state")) == {
            codes[0]: "arrived",
            codes[1]: "boarded",
        }


@pytest.mark.parametrize(
    ("name", "value"),
    [("wage", "很多"), ("seats", "0"), ("seats", "９"), ("report_on", "明天"), ("report_on", "2019-01-01"),
     ("destination", ""), ("health_rule", "x"), ("employer", "\0" * 9)],
)  # fmt: skip
def test_a_bad_opening_is_said_and_nothing_typed_is_lost(
    run: Any, reader: Callable[[str], Client], name: str, value: str
) -> None:
    answer = reader("county").post("/deeds/openings/enter/", {**OFFER, name: value})
    assert answer.status_code == 422
    assert 'value="装配工"' in answer.content.decode()


def test_a_bad_journey_a_bad_plan_and_no_file_are_said(
    station: SimpleNamespace, reader: Callable[[str], Client]
) -> None:
    county, page = reader("county"), f"/deeds/journeys/{station.bus.pk}/"
    trip = {"kind": "bus", "organiser": "县人社局", "destination": "浙江宁波", "day": DAY, "seats": "45"}
    for name, value in (("seats", "-1"), ("day", "?"), ("kind", "plane"), ("organiser", "")):
        answer = county.post("/deeds/journeys/arrange/", {**trip, name: value})
        assert answer.status_code == 422, name
        assert 'value="浙江宁波"' in answer.content.decode()
    assert county.post("/deeds/journeys/plan/", {"seats": "九"}).status_code == 422
    assert county.post(page + "bring/", {}).status_code == 422
    for form in ({}, {"act": "fly"}, {"act": "depart", "passengers": "x"}, {"act": "enlist", "matches": "9" * 30},
                 {"act": "cancel"}, {"act": "arrive", "came": "maybe"}):  # fmt: skip
        assert county.post(page + "act/", form).status_code == 422, form
    assert county.post(page + "declare/", {"fit": "yes", "on": "2031-01-01"}).status_code == 422
    assert county.get("/deeds/journeys/999999999999999999999/").status_code == 404


def test_a_village_declares_but_does_not_run_journeys(
    station: SimpleNamespace, reader: Callable[[str], Client]
) -> None:
    village, page = reader("village"), f"/deeds/journeys/{station.bus.pk}/"
    assert village.get("/deeds/journeys/").status_code == 200
    assert village.get(page).status_code == 200
    assert village.post(page + "act/", {"act": "cancel", "reason": "不"}).status_code == 403
    assert village.post("/deeds/openings/enter/", OFFER).status_code == 403
    assert reader("bank").get("/deeds/journeys/").status_code == 403
    assert reader("helper").get(page).status_code == 403
