"""The check as a plain form, for a browser without scripts: it asks, takes and refuses what the telephone does."""

from __future__ import annotations

import html
import io
import os
import re
import uuid
from typing import Any

import pytest

from doudi.access.scope import as_engine
from doudi.monitoring import photos
from doudi.monitoring.checks import Check
from tests.monitoring.conftest import Phone, check, says
from tests.monitoring.test_sync import sayable

KEY = ("kind", "id", "fact")


def taken() -> bytes:
    """A photograph as a telephone takes it, too large for what a telephone would send."""
    from PIL import Image

    made = io.BytesIO()
    Image.frombytes("RGB", (1600, 1200), os.urandom(1600 * 1200 * 3)).save(made, "JPEG", quality=80)
    return made.getvalue()


class Form:
    """The form of one household: what it shows, and a check typed into it."""

    def __init__(self, phone: Phone, card: dict[str, Any]) -> None:
        from django.test import Client

        self.client, self.card, self.address = Client(), card, f"/m/form/{card['code']}/"
        self.client.force_login(phone.user)
        self.page = self.client.get(self.address).content.decode()
        self.fields = {about: name for name, about in re.findall(r'name="(f\d+)-about" value="([^"]+)"', self.page)}
        self.bases = {
            name: html.unescape(value) for name, value in re.findall(r'name="(f\d+)-base" value="([^"]*)"', self.page)
        }
        (self.version,) = re.findall(r'name="version" value="(\d+)"', self.page)

    def field(self, fact: dict[str, Any]) -> str:
        return self.fields[f"{fact['kind']}:{fact['id']}:{fact['fact']}"]

    def typed(self, **more: Any) -> dict[str, Any]:
        """An unchanged household at the door, told so and agreed."""
        said: dict[str, Any] = {"key": str(uuid.uuid4()), "version": self.version, "reached": "door",
                                "reached_whom": "本人", "read_back": "1", "agrees": "yes"}  # fmt: skip
        for about, name in self.fields.items():
            said |= {f"{name}-about": about, f"{name}-base": self.bases[name]}
        for number in self.card["ask"]:
            fact = self.card["facts"][number]
            said[f"{self.field(fact)}-said"] = "same" if fact["value"] is not None else "cannot_say"
        return {**said, **more}

    def send(self, **more: Any) -> Any:
        return self.client.post(self.address, self.typed(**more))


def asked_of(phone: Phone) -> dict[str, Any]:
    """A card with something to ask."""
    return next(card for card in phone.cards.values() if card["ask"])


def test_a_form_filled_in_wrong_keeps_what_was_typed(phone: Phone) -> None:
    form = Form(phone, asked_of(phone))
    typed = {"agrees": "no", "note": "留着我", "key": str(uuid.uuid4())}
    answer = form.send(**typed)
    assert answer.status_code == 422
    assert "留着我" in answer.content.decode()
    for _time in range(2):  # pressed twice
        assert form.send(**typed, disagreement="人数不对").status_code == 302
    with as_engine():
        assert Check.objects.filter(household_id=form.card["id"], note="留着我").count() == 1


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ({"reached": ""}, "请先选怎么联系的"),
        ({"reached_whom": ""}, "请写明和谁说的"),
        ({"agrees": ""}, "请选对方同意不同意"),
        ({"read_back": ""}, "请先念给对方听"),
    ],
)
def test_the_form_lets_pass_what_the_telephone_does_and_nothing_else(
    phone: Phone, left_out: dict[str, str], told: str
) -> None:
    form = Form(phone, asked_of(phone))
    answer = form.send(**left_out, note="没做完")
    assert answer.status_code == 422
    assert told in answer.content.decode()
    with as_engine():
        assert not Check.objects.filter(note="没做完").exists()


def test_a_question_without_an_answer_is_named(phone: Phone) -> None:
    form = Form(phone, asked_of(phone))
    fact = form.card["facts"][form.card["ask"][0]]
    answer = form.send(**{f"{form.field(fact)}-said": ""})
    assert answer.status_code == 422
    assert f"“{fact['zh']}”还没有答" in answer.content.decode()


def test_the_form_takes_whatever_else_has_changed(phone: Phone) -> None:
    card, fact = sayable(phone)
    form = Form(phone, card)
    said = {f"{form.field(fact)}-said": "changed", f"{form.field(fact)}-value": str(not fact["value"]).lower()}
    assert form.send(**said, note="还有这个").status_code == 302
    with as_engine():
        facts = Check.objects.get(note="还有这个").facts
    assert [each["outcome"] for each in facts if each["fact"] == fact["fact"] and each["id"] == fact["id"]] == [
        "applied"
    ]


def test_the_same_is_what_the_form_showed_and_not_what_stands_there_by_now(phone: Phone) -> None:
    """Else somebody would have said what they never saw."""
    card, fact = sayable(phone)
    form, before = Form(phone, card), fact["value"]
    (moved,) = phone.sync(check(card, says(fact, not before)))
    assert moved["state"] == "done"
    assert form.send(**{f"{form.field(fact)}-said": "same"}, note="照原来的").status_code == 302
    with as_engine():
        facts = Check.objects.get(note="照原来的").facts
    (said,) = [each for each in facts if (each["kind"], each["id"], each["fact"]) == tuple(fact[k] for k in KEY)]
    assert said["base"] == before


def test_a_form_that_does_not_say_what_it_showed_is_refused(phone: Phone) -> None:
    card, fact = sayable(phone)
    form = Form(phone, card)
    for base in ("", "{", "[" * 5000, "1" * 5000):
        answer = form.send(**{f"{form.field(fact)}-said": "same", f"{form.field(fact)}-base": base})
        assert answer.status_code == 422, base[:10]


def test_a_photograph_goes_with_the_form_as_it_was_taken(phone: Phone) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    body = taken()
    assert len(body) > photos.MOST_BYTES
    form = Form(phone, asked_of(phone))
    sent = SimpleUploadedFile("拍的.jpg", body, "image/jpeg")
    assert form.send(photo=sent, note="有照片").status_code == 302
    with as_engine():
        held = Check.objects.get(note="有照片")
    place = photos.place_of(held.photo)
    assert place
    assert place.is_file()
    bad = form.send(photo=SimpleUploadedFile("x.jpg", b"GIF89a", "image/jpeg"), note="不是照片")
    assert bad.status_code == 422
    assert "只收 JPEG" in bad.content.decode()
    with as_engine():
        assert not Check.objects.filter(note="不是照片").exists(), "nothing is half written"
