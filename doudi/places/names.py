"""What a place was called when: its present name stands with the place, the earlier ones here."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable

from django.db import models

from doudi.places.divisions import Place
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class FormerName(models.Model):
    """A name a place bore until a day; the next one, or the present, follows it."""

    place_code = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    until_day = models.DateField()

    class Meta:
        db_table = "places_former_name"
        constraints = [models.UniqueConstraint(fields=["place_code", "until_day"], name="places_former_name_once")]


def rename(place: Place, name: str, *, on: datetime.date, by: str) -> None:
    """Let a place bear another name from a day on. Raises Refusal for no name, the same, or too early a day."""
    wanted = unicodedata.normalize("NFC", name).strip()
    if not wanted or len(wanted) > 80 or any(unicodedata.category(letter).startswith("C") for letter in wanted):
        raise Refusal("请写明新名称(80 字以内,无不可见字符)。", "Say the new name (80 characters at most).", "name")
    if wanted == place.name:
        raise Refusal(f"现在就叫{wanted},没有改变。", f"It is called {wanted} already.", "name")
    last = FormerName.objects.filter(place_code=place.code).order_by("-until_day").first()
    if (last and on <= last.until_day) or (place.from_day and on <= place.from_day):
        raise Refusal(f"{on} 早于上一次更名或设立。", f"{on} is not after the last name began.", "on")
    if place.until_day is not None:
        raise Refusal("这个区划已经撤销,不能更名。", "The place is no more; it cannot be renamed.", "name")
    with carry_out("places.rename", by=by, payload=[place.code, wanted, on]):
        FormerName.objects.create(place_code=place.code, name=place.name, until_day=on)
        place.name = wanted
        place.save(update_fields=["name"])


def names_on(codes: Iterable[str], *, on: datetime.date) -> dict[str, str]:
    """The names places bore on a day, of those that bore another than today's."""
    found: dict[str, str] = {}
    former = FormerName.objects.filter(place_code__in=codes, until_day__gt=on)
    for each in former.order_by("-until_day"):
        found[each.place_code] = each.name
    return found
