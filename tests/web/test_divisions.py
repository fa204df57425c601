"""Places and their history: as of any day, with what the reader may count; changed by the county officer alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from doudi.access.scope import Scope, enter
from doudi.places.divisions import Place, Succession
from doudi.register import partitions
from doudi.register.households import Household
from doudi.trail.commands import carry_out
from doudi.web.desk import successions
from tests.web.conftest import RUN_DAY

Open = Callable[[str], Client]
VILLAGE, COUNTY = "510921110212", "510921"
EAST, WEST = "510921110911", "510921110912"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def residents() -> list[Household]:
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        return partitions.residents(VILLAGE, on=RUN_DAY)


def neighbour() -> Place:
    found = Place.objects.filter(level="village", code__startswith="510921110").exclude(code=VILLAGE).first()
    assert found is not None
    return found


@pytest.mark.parametrize("path", ["/divisions/", f"/divisions/{VILLAGE}/", f"/divisions/{VILLAGE}/divide/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_whole(county: Client, path: str, language: str) -> None:
    county.cookies["doudi_language"] = language
    page = county.get(path)
    assert page.status_code == 200
    assert text(page).count("<h1") == 1
    assert not re.search(r"\sstyle=|\son[a-z]+=", text(page))


def counted(page: Any) -> int:
    found = re.search(r'id="tree-head">[^<]*· ([\d,]+) 户', text(page))
    return int(found.group(1).replace(",", "")) if found else -1


def test_each_counts_what_is_theirs(reading_as: Open) -> None:
    numbers = {
        name: counted(reading_as(name).get("/divisions/?on=2020-02-27")) for name in ("county", "town", "village")
    }
    assert numbers["county"] == 300
    assert numbers["county"] > numbers["town"] > numbers["village"] == len(residents())
    assert counted(reading_as("bureau").get("/divisions/")) == -1  # reads no household
    assert counted(reading_as("admin").get("/divisions/")) == -1


@pytest.mark.parametrize("username", ["town", "village", "helper", "bureau", "auditor", "admin", "supervisor"])
def test_only_the_county_officer_changes_places(reading_as: Open, username: str) -> None:
    client = reading_as(username)
    assert client.get(f"/divisions/{VILLAGE}/").status_code == 200
    for act in ("rename", "merge", "divide"):
        assert client.post(f"/divisions/{VILLAGE}/{act}/", {"sure": "yes"}).status_code == 403


@pytest.mark.parametrize("query", ["on=x", "on=2020-02-30", "on=0000-00-00", "on=%00"])
def test_a_day_that_is_none_is_told(county: Client, query: str) -> None:
    assert county.get(f"/divisions/?{query}").status_code == 400


@pytest.mark.parametrize("code", ["0", "x", "510921110999", "510921", "%00", "510921110212'"])
def test_a_place_that_is_none_is_not_there(county: Client, code: str) -> None:
    assert county.get(f"/divisions/{code}/").status_code == 404


def test_a_renamed_village_keeps_its_name_in_the_past(county: Client) -> None:
    assert county.post(f"/divisions/{VILLAGE}/rename/", {"name": "青松村", "on": "2021-01-01"}).status_code == 302
    assert "青松村" in text(county.get("/divisions/?on=2021-01-01"))
    assert "青松村" not in text(county.get("/divisions/?on=2020-12-31"))
    page = text(county.get(f"/divisions/{VILLAGE}/"))
    assert "青杠村" in page
    assert "2021-01-01" in page


def test_a_name_that_cannot_be_is_told(county: Client) -> None:
    for typed in (
        {"name": "", "on": "2021-01-01"},
        {"name": "青松村", "on": "x"},
        {"name": "青\0", "on": "2021-01-01"},
    ):
        assert county.post(f"/divisions/{VILLAGE}/rename/", typed).status_code in (302, 422)
    answer = county.post(f"/divisions/{VILLAGE}/rename/", {"name": "留着的名", "on": "x"})
    assert 'value="留着的名"' in text(answer)


def test_a_merger_is_shown_before_it_is_done(county: Client) -> None:
    into = neighbour().code
    asked = {"into": into, "on": "2021-01-01", "reason": "川府函〔2020〕1号"}
    before = text(county.post(f"/divisions/{VILLAGE}/merge/", asked))
    assert f"<dd>{len(residents())} 户</dd>" in before
    assert not Succession.objects.exists()
    assert county.post(f"/divisions/{VILLAGE}/merge/", {**asked, "sure": "yes"}).status_code == 302
    assert not residents() or Place.objects.get(code=VILLAGE).until_day is not None
    assert "川府函〔2020〕1号" in text(county.get("/divisions/"))
    assert county.post(f"/divisions/{VILLAGE}/merge/", {**asked, "sure": "yes"}).status_code == 422  # a second click
    there = text(county.get(f"/divisions/{into}/"))
    assert f"/divisions/{VILLAGE}/" in there


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"into": ""}, {"into": "510921110000"}, {"on": "x"}, {"into": VILLAGE}, {"into": "\0"}]
)
def test_a_merger_that_cannot_be_is_told(county: Client, wrong: dict[str, str]) -> None:
    asked = {"into": neighbour().code, "on": "2021-01-01", "reason": "批文", "sure": "yes", **wrong}
    answer = county.post(f"/divisions/{VILLAGE}/merge/", asked)
    assert answer.status_code == 422
    assert not Succession.objects.exists()


def parts(**more: str) -> dict[str, str]:
    return {"code-1": EAST, "name-1": "青杠东村", "code-2": WEST, "name-2": "青杠西村", "rest": "1",
            "on": "2021-01-01", "reason": "县府批复9号", **more}  # fmt: skip


def by_group() -> dict[str, str]:
    groups = list(dict.fromkeys(home.group_name for home in residents()))
    return {f"group-{number}": str(1 + number % 2) for number in range(len(groups))}


def test_a_village_is_divided_by_groups_and_households(county: Client) -> None:
    homes = residents()
    asked = parts(**by_group(), **{f"home-{homes[0].code}": "2"})
    shown = text(county.post(f"/divisions/{VILLAGE}/divide/", asked))
    assert "确认拆分" in shown
    assert not Succession.objects.exists()
    assert county.post(f"/divisions/{VILLAGE}/divide/", {**asked, "sure": "yes"}).status_code == 302
    with transaction.atomic(), enter(Scope(frozenset({COUNTY}))):
        now = dict(Household.objects.filter(pk__in=[h.pk for h in homes]).values_list("pk", "place_code"))
    assert set(now.values()) <= {EAST, WEST}
    assert now[homes[0].pk] == WEST
    assert "青杠东村" in text(county.get("/divisions/?on=2021-01-01"))
    assert "青杠东村" not in text(county.get("/divisions/?on=2020-12-31")).split("changes-head")[0]
    assert county.get(f"/divisions/{VILLAGE}/divide/").status_code == 404


def test_households_without_a_part_are_named(county: Client) -> None:
    homes = residents()
    answer = county.post(
        f"/divisions/{VILLAGE}/divide/", parts(**{f"home-{home.code}": "1" for home in homes[1:]}, sure="yes")
    )
    assert answer.status_code == 422
    assert homes[0].code in text(answer).split("data-focus")[1].split("</div>")[0]
    assert 'value="青杠东村"' in text(answer)


@pytest.mark.parametrize(
    "wrong",
    [{"code-2": ""}, {"code-2": EAST}, {"code-2": "x"}, {"code-2": "\0"}, {"reason": ""}, {"rest": "9"}, {"rest": ""},
     {"on": "x"}, {"name-1": " "}, {"code-1": VILLAGE}],
)  # fmt: skip
def test_a_division_that_cannot_be_is_told(county: Client, wrong: dict[str, str]) -> None:
    answer = county.post(f"/divisions/{VILLAGE}/divide/", {**parts(**by_group()), **wrong, "sure": "yes"})
    assert answer.status_code == 422
    assert not Succession.objects.exists()


A, B, C, D, F = (f"51092111090{number}" for number in range(1, 6))


def drawn(code: str, *steps: tuple[str, str]) -> Any:
    told = []
    for number, (old, new) in enumerate(steps):
        one = Succession(old_code=old, new_code=new, on_day=date(2010 + number, 1, 1))
        told.append({"step": one, "old": Place(code=old, name=old[-1]), "new": Place(code=new, name=new[-1])})
    return successions.draw(Place(code=code, name=code[-1]), told)


def test_the_picture_has_every_place_once_and_every_step_from_left_to_right() -> None:
    picture = drawn(C, (A, C), (B, C), (C, D), (C, F))
    boxes = {box.place.code: box for box in picture.boxes}
    assert len(picture.boxes) == 5
    assert boxes[A].x == boxes[B].x < boxes[C].x < boxes[D].x == boxes[F].x
    assert [box.place.code for box in picture.boxes if box.here] == [C]
    assert len(picture.arrows) == 4
    assert len({(box.x, box.y) for box in picture.boxes}) == 5
    assert max(box.x for box in picture.boxes) < picture.width
    assert max(box.y for box in picture.boxes) < picture.height


def test_a_code_that_comes_back_is_drawn_all_the_same() -> None:
    assert len(drawn(A, (A, B), (B, A)).boxes) == 2
    assert drawn(A) is None


def test_the_page_shows_the_picture_beside_the_list(county: Client) -> None:
    other = neighbour()
    assert '<svg class="lineage' not in text(county.get(f"/divisions/{VILLAGE}/"))
    with carry_out("test", by="t"):
        Succession.objects.create(old_code=other.code, new_code=VILLAGE, on_day=RUN_DAY, reason="川府民政〔2020〕1号")
    page = text(county.get(f"/divisions/{VILLAGE}/"))
    assert page.count('<svg class="lineage') == 1
    assert f'<a href="/divisions/{other.code}/" aria-label="{other.name} {other.code}">' in page
    assert re.search(r'<text class="day"[^>]*>2020-02-27</text>', page)
