"""Mapping profiles of the county's own, beside those doudi ships: kept as the text they were written in."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from django.db import models

from doudi.register import vocabularies
from doudi.register.importing import profiles
from doudi.register.importing.profiles import Profile
from doudi.register.vocabularies import Words
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MOST_TEXT = 100_000
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


class ImportProfile(models.Model):
    """One profile: how a sort of table is read. Saving it again replaces its text; the trail keeps the one before."""

    name = models.CharField(max_length=40, primary_key=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=150)

    class Meta:
        db_table = "register_import_profile"
        ordering = ["name"]


def save(name: str, text: str, *, by: str, now: datetime) -> ImportProfile:
    """Keep a profile. Raises Refusal for a name that is taken by a shipped one or is no name, and for a wrong text."""
    if not is_name(name):
        raise Refusal(
            "方案名用小写字母、数字和下划线,字母开头,2到40个字符",
            "a profile's name has 2 to 40 small letters, digits and low lines, and begins with a letter",
            "name",
        )
    if name in profiles.names():
        raise Refusal(
            f"“{name}”是系统自带的方案,请另取一个名字", f"“{name}” is a shipped profile; choose another name", "name"
        )
    if len(text) > MOST_TEXT:
        raise Refusal("方案太长", "the profile is too long", "text")
    read = _parse(name, text, vocabularies.adopted)
    with carry_out("register.importing.profiles.save", by=by, payload=[name, read.sha256]):
        found = ImportProfile.objects.filter(pk=name).first() or ImportProfile(name=name)
        found.text, found.sha256, found.saved_at, found.saved_by = text, read.sha256, now, by
        found.save()
    return found


def is_name(text: str) -> bool:
    """Whether a profile of the county's could be called that."""
    return bool(_NAME.fullmatch(text))


def load(name: str) -> Profile:
    """A profile by its name, the county's or a shipped one, in the words in force. Raises Refusal where none is."""
    own = ImportProfile.objects.filter(pk=name).first() if is_name(name) else None
    return _parse(own.name, own.text, vocabularies.adopted) if own else profiles.load(name, vocabularies.adopted)


def _parse(name: str, text: str, words_of: Words) -> Profile:
    return profiles.parse(text, name=name, file=f"{name}.toml", words_of=words_of)


def every() -> list[Profile]:
    """Every profile, the shipped ones first. One of the county's that no longer reads is left out."""
    words_of = cache(vocabularies.adopted)
    found = [profiles.load(name, words_of) for name in profiles.names()]
    for own in ImportProfile.objects.all():
        try:
            found.append(_parse(own.name, own.text, words_of))
        except Refusal:
            continue
    return found
