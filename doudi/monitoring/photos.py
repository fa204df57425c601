"""Photographs that go with a check: optional, counted by nobody, kept once and without where they were taken."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from django.db import models

from doudi.delivery import files
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MOST_BYTES = 500 * 1024
JPEG = b"\xff\xd8\xff"


class WrongSum(Refusal):
    """A photograph that is not the one its address names."""


class Photo(models.Model):
    """One photograph as it was sent (`sha256`) and as it is kept (`kept_sha256`): written anew, without EXIF.

    What household it is of stands in the check that names it.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    kept_sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    sent_by = models.CharField(max_length=150)
    received_on = models.DateField()

    class Meta:
        db_table = "monitoring_photo"


def too_large(most: int) -> Refusal:
    """What is said of a photograph of more bytes than are taken."""
    told = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1024} KB"
    return Refusal(
        f"照片超过 {told},请缩小后再传。", f"The photograph is larger than {told}; make it smaller.", "photo"
    )


def keep(sha256: str, body: bytes, *, by: str, on: date, most: int = MOST_BYTES) -> Photo:
    """Keep a JPEG; one kept before is kept once. Raises WrongSum, or Refusal for what is no JPEG or too large.

    A telephone makes it smaller itself (`most`); a browser without scripts sends it as it was taken.
    """
    if len(body) > most:
        raise too_large(most)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise WrongSum("照片在路上损坏了,请重传。", "The photograph was damaged on its way; send it again.", "photo")
    held = Photo.objects.filter(pk=sha256).first()
    if held is not None:
        return held
    if not body.startswith(JPEG):
        raise Refusal("只收 JPEG 照片。", "Only JPEG photographs are taken.", "photo")
    kept = files.keep(body)
    with carry_out("monitoring.photos.keep", by=by, payload=[sha256, kept.sha256]):
        return Photo.objects.get_or_create(
            sha256=sha256,
            defaults={"kept_sha256": kept.sha256, "size": kept.size, "sent_by": by, "received_on": on},
        )[0]


def place_of(sha256: str) -> Path | None:
    """Where the photograph lies that was sent under a hash; None while it has not come."""
    held = Photo.objects.filter(pk=sha256).first() if sha256 else None
    return files.place_of(held.kept_sha256) if held else None
