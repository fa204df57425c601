"""Whom to call: the numbers a village, a town and the county name for whoever stands at a household's door."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import models

from doudi.places.divisions import Place
from doudi.trail.commands import carry_out
from doudi.trail.written import TEXTS, Written
from doudi.values.refusals import Refusal

DUTIES = {  # word: zh, en; in the order they are called
    "secretary": ("村支书", "village secretary"),
    "first_secretary": ("第一书记", "first secretary"),
    "officer": ("干部", "officer"),
    "doctor": ("医生", "doctor"),
    "duty": ("值班电话", "duty number"),
}
MOST = 6  # of one place at a time
LONGEST_NAME, LONGEST_NUMBER = 40, 20
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


class Contacts(models.QuerySet["Contact"]):
    """The questions asked about contacts."""

    def standing(self) -> Contacts:
        """Those that hold now."""
        return self.filter(ended_at=None)


class Contact(models.Model):
    """One number of one place. `name` may be a person's or an office's; a number of an office names nobody."""

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=12)
    duty = models.CharField(max_length=16)
    name = models.CharField(max_length=LONGEST_NAME)
    number = models.CharField(max_length=LONGEST_NUMBER)
    put_by = models.CharField(max_length=150)
    put_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    objects = Contacts.as_manager()

    class Meta:
        db_table = "places_contact"
        ordering = ["place_code", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(place_code__regex=r"^[0-9]{12}$"), name="places_contact_place"),
            models.CheckConstraint(condition=models.Q(duty__in=list(DUTIES)), name="places_contact_duty_known"),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(number=""), name="places_contact_names_somebody"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_by="", ended_at=None)
                | (~models.Q(ended_by="") & models.Q(ended_at__isnull=False)),
                name="places_contact_ended_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["place_code"], name="places_contact_of", condition=models.Q(ended_at=None))]

    @property
    def words(self) -> tuple[str, str]:
        """What the person or office is, in both languages."""
        return DUTIES[self.duty]


def put(place_code: str, duty: str, name: str, number: str, *, by: str, now: datetime) -> Contact:
    """Name a number of a place. Raises Refusal for a place, duty, name or number that is none, and for too many."""
    place = Place.objects.filter(code=place_code).first()
    if place is None:
        raise Refusal("没有这个地方,请重新选。", "There is no such place; choose again.", "place")
    if duty not in DUTIES:
        raise Refusal("请选是谁的电话。", "Choose whose number it is.", "duty")
    who, digits = named(name), dialled(number)
    with carry_out("places.contacts.put", by=by, payload=[place.code, duty, who, digits]) as act:
        held = Contact.objects.standing().filter(place_code=place.code)
        if held.filter(number=digits).exists():
            raise Refusal("这个地方已有这个号码。", "The place has this number already.", "number")
        if held.count() >= MOST:
            raise Refusal(
                f"一个地方最多 {MOST} 个电话,请先停用一个。", f"A place has at most {MOST}; end one first.", "place"
            )
        made = Contact.objects.create(place_code=place.code, duty=duty, name=who, number=digits, put_by=by, put_at=now)
        act.result = {"contact": made.pk}
    return made


def load(rows: Iterable[tuple[str, str, str, str]], *, by: str, now: datetime) -> int:
    """Name many at once (place, duty, name, number), as a list is taken in; answers how many. All or none."""
    made = [
        Contact(place_code=place, duty=duty, name=named(name), number=dialled(number), put_by=by, put_at=now)
        for place, duty, name, number in rows
    ]
    payload = [[each.place_code, each.duty, each.name, each.number] for each in made]
    with carry_out("places.contacts.load", by=by, payload=payload) as act:
        Contact.objects.bulk_create(made, batch_size=2_000)
        act.result = {"contacts": len(made)}
    return len(made)


def end(contact: Contact, *, by: str, now: datetime) -> None:
    """Take a number back: telephones drop it at their next contact. Raises Refusal where it was."""
    with carry_out("places.contacts.end", by=by, payload=[contact.pk]):
        done = Contact.objects.standing().filter(pk=contact.pk).update(ended_by=by, ended_at=now)
        if not done:
            raise Refusal("这个号码已经停用。", "This number was taken back already.", "contact")


_standing = Written(lambda codes: Contact.objects.standing().filter(place_code__in=codes), codes=TEXTS)


def around(place_codes: Collection[str]) -> dict[str, list[Contact]]:
    """Of each village: its own numbers, then its town's, then the county's."""
    above = {code: (code, code[:9] + "000", code[:6] + "000000") for code in place_codes}
    wanted = {each for chain in above.values() for each in chain}
    found: dict[str, list[Contact]] = {}
    for each in _standing(codes=wanted):
        found.setdefault(each.place_code, []).append(each)
    rank = list(DUTIES)
    for held in found.values():
        held.sort(key=lambda each: (rank.index(each.duty), each.pk))
    return {
        code: [each for one in dict.fromkeys(chain) for each in found.get(one, [])] for code, chain in above.items()
    }


def named(name: str) -> str:
    """A name as it is kept. Raises Refusal for none, and one too long."""
    cleaned = "".join(letter for letter in name if letter.isprintable()).strip()
    if not cleaned or len(cleaned) > LONGEST_NAME:
        raise Refusal(
            f"请写明姓名或办公室,不超过 {LONGEST_NAME} 字。",
            f"Name the person or office, in at most {LONGEST_NAME} letters.",
            "name",
        )
    return cleaned


def dialled(number: str) -> str:
    """A number as it is dialled: digits, and a plus before them. Raises Refusal for what is none."""
    digits = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", number))
    if not _NUMBER.fullmatch(digits):
        raise Refusal(
            "电话号码只写数字,3 到 15 位,如 0825-5450000。", "A number has 3 to 15 digits, as 0825-5450000.", "number"
        )
    return digits
