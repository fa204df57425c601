"""A file a telephone exported, brought to the desk: taken in once, in the name of who brings it, or refused."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doudi.access.scope import as_engine
from doudi.access.users import User
from doudi.monitoring import outbox_keys
from doudi.monitoring.checks import Check
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable

ADDRESS = "/kept-work/file/"


def exported(*contents: dict[str, Any]) -> SimpleUploadedFile:
    """A file as a telephone exports it."""
    key = outbox_keys.public_key()
    file = {"doudi": "outbox", "v": 1, "entries": [outbox_keys.seal(each, key) for each in contents]}
    return SimpleUploadedFile("doudi-2020-02-27.json", orjson.dumps(file), content_type="application/json")


def at_the_desk(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def test_a_file_is_taken_in_once_and_each_entry_told(phone: Phone) -> None:
    card, fact = sayable(phone)
    county = at_the_desk("county")
    assert ADDRESS in county.get("/kept-work/").content.decode()
    fresh = check(card, says(fact, not fact["value"]), note="导出的", needs=["seed"])
    strange = check({**card, "id": 99_999_999})
    answer = county.post(ADDRESS, {"file": exported(fresh, strange)})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "记下 1 条;0 条以前已收到,没有重复记;1 条不能收。" in page
    assert card["code"] in page
    assert "先不要清除" in page
    with as_engine():
        assert (Check.objects.get(pk=fresh["id"]).by, Check.objects.get(pk=fresh["id"]).note) == ("county", "导出的")
    again = county.post(ADDRESS, {"file": exported(fresh)}).content.decode()
    assert "记下 0 条;1 条以前已收到,没有重复记;0 条不能收。" in again
    assert "可以清除了" in again


def test_a_town_takes_in_no_household_of_another(phone: Phone) -> None:
    card, _fact = sayable(phone)
    sent = check(card)
    page = at_the_desk("town").post(ADDRESS, {"file": exported(sent)}).content.decode()
    assert "1 条不能收" in page
    assert "请交给这一户所在的乡镇" in page
    assert card["code"] not in page
    with as_engine():
        assert not Check.objects.filter(pk=sent["id"]).exists()


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff", b"[]", b'{"doudi": "outbox"}', b'{"doudi": "outbox", "entries": 7}']
)
def test_a_file_that_is_none_is_refused_with_what_to_do(phone: Phone, body: bytes) -> None:
    answer = at_the_desk("town").post(ADDRESS, {"file": SimpleUploadedFile("a.json", body)})
    assert answer.status_code == 422
    assert "重新导出" in answer.content.decode() or "请先选" in answer.content.decode()


def test_no_file_and_too_large_a_file_are_refused(
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from doudi.web.phone import rescuing

    town, (card, _fact) = at_the_desk("town"), sayable(phone)
    assert "请先选手机导出的文件" in town.post(ADDRESS).content.decode()
    monkeypatch.setattr(rescuing, "MOST", 1)
    answer = town.post(ADDRESS, {"file": exported(check(card), check(card))})
    assert answer.status_code == 422
    assert "文件太大" in answer.content.decode()


def test_a_bank_has_no_such_page(phone: Phone) -> None:
    assert at_the_desk("bank").get(ADDRESS).status_code == 403
