"""Tables sent in on the desk: each waits in quarantine, under a random name, until somebody accepts or discards it.

The file, what was found in it and what accepting would write lie in a folder of the home; the row says where it stands.
"""

from __future__ import annotations

import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import models, transaction

from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.register.importing.tables import MOST_BYTES
from doudi.register.intakes import Intake
from doudi.trail import jobs
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

READING, READY, ACCEPTED, DISCARDED = "reading", "ready", "accepted", "discarded"
PREVIEW = "register.importing.previewing.preview"
KEPT_DAYS = 90  # the file itself goes after that; its hash and counts stay
LONGEST_NAME = 200
_ORDER = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Upload(models.Model):
    """One table sent in. `name` is what its sender called it, only ever shown; `stored` the folder it lies in.

    `places` are the prefixes its sender answers for: rows of elsewhere are held. `turn` counts its previews. `found`
    holds the counts and what else the preview tells, `revision` the state of the register the preview was made in.
    """

    STATES = [(READING, "reading"), (READY, "ready"), (ACCEPTED, "accepted"), (DISCARDED, "discarded")]

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=LONGEST_NAME)
    stored = models.CharField(max_length=32, unique=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    places = models.JSONField(default=list)
    profile = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=32, blank=True)
    about_day = models.DateField()
    state = models.CharField(max_length=10, choices=STATES, default=READING)
    turn = models.IntegerField(default=1)
    found = models.JSONField(default=dict)
    revision = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=150)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, null=True, blank=True, related_name="uploads")

    class Meta:
        db_table = "register_upload"
        ordering = ["-id"]
        constraints = [place_code_is_whole("upload_place_code_whole")]

    @property
    def folder(self) -> Path:
        """Where the file and its preview lie."""
        return quarantine() / self.stored

    @property
    def file(self) -> Path:
        """The file as it was sent."""
        return self.folder / "original"

    @property
    def key(self) -> str:
        """The key of the job that makes the present preview."""
        return f"upload-{self.pk}-{self.turn}"

    @property
    def open(self) -> bool:
        """Neither accepted nor discarded."""
        return self.state in (READING, READY)


def quarantine() -> Path:
    """The folder of everything sent in."""
    return Path(settings.HOME.path) / "imports"


def shown_name(name: str) -> str:
    """A file's name as text: no folders, no control or turning characters, no more than 200 characters."""
    last = re.split(r"[\\/]", _ORDER.sub("", unicodedata.normalize("NFC", name)))[-1]
    text = "".join(c for c in last if c.isprintable()).strip(" .")
    return text[-LONGEST_NAME:] or "table"


def receive(
    file: IO[bytes],
    name: str,
    *,
    place_code: str,
    places: Iterable[str],
    about: date,
    source: str = "",
    by: str,
    now: datetime,
) -> Upload:
    """Put a file into quarantine and ask for its preview. Raises Refusal for one that is empty or too large."""
    import hashlib

    stored = secrets.token_hex(16)
    folder = quarantine() / stored
    folder.mkdir(mode=0o700, parents=True)
    digest, size = hashlib.sha256(), 0
    try:
        with (folder / "original").open("xb") as out:
            while block := file.read(1 << 20):
                size += len(block)
                if size > MOST_BYTES:
                    raise Refusal("文件超过100MB,请分成几份", "the file is larger than 100 MB; split it", "file")
                digest.update(block)
                out.write(block)
        if not size:
            raise Refusal("文件是空的(0字节)", "the file is empty (0 bytes)", "file")
        payload = [digest.hexdigest(), about.isoformat(), source]
        with carry_out("register.uploads.receive", by=by, payload=payload):
            made = Upload.objects.create(
                name=shown_name(name),
                stored=stored,
                size=size,
                sha256=digest.hexdigest(),
                place_code=place_code,
                places=sorted(places),
                source=source,
                about_day=about,
                received_at=now,
                received_by=by,
            )
            jobs.defer(PREVIEW, by=by, key=made.key, upload=made.pk)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return made


def look_again(
    upload: Upload, *, by: str, profile: str | None = None, source: str | None = None, about: date | None = None
) -> None:
    """Make the preview anew: as another sort of table, from another source or day, or over the present register.

    Raises Refusal for an upload that was accepted or discarded, also meanwhile.
    """
    _hold(upload)
    _refuse_closed(upload)
    upload.profile = upload.profile if profile is None else profile
    upload.source = upload.source if source is None else source
    upload.about_day = about or upload.about_day
    upload.state, upload.turn, upload.found, upload.revision = READING, upload.turn + 1, {}, ""
    with carry_out("register.uploads.look_again", by=by, payload=[upload.pk, upload.turn]):
        upload.save(update_fields=["profile", "source", "about_day", "state", "turn", "found", "revision"])
        jobs.defer(PREVIEW, by=by, key=upload.key, upload=upload.pk)


def discard(upload: Upload, *, by: str, now: datetime) -> None:
    """Throw a table away; the row stays, its files go."""
    _hold(upload)
    _refuse_closed(upload)
    _close(upload, DISCARDED, by=by, now=now)
    shutil.rmtree(upload.folder, ignore_errors=True)


def accept(upload: Upload, *, by: str, now: datetime) -> bool:
    """Take in what the preview shows, in one command; answers whether it was.

    Where the register has changed since, nothing is taken in: the preview is made anew, to be looked at again.
    Raises Refusal for an upload that is not ready, and when its very table was taken in before.
    """
    from doudi.access.scope import as_engine
    from doudi.register.importing import planning, taking

    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    _refuse_closed(upload)
    if upload.state != READY:
        raise Refusal("预览还没有做好,请稍候", "the preview is not ready yet; wait for it")
    plan = planning.loaded((upload.folder / "plan.json").read_bytes())
    if not plan.counts["new"] + plan.counts["changed"] + plan.counts["same"]:
        raise Refusal("没有一行可以收下", "no row can be taken in")
    with as_engine():
        taking.stand_alone()
        same = planning.revision(plan.source) == plan.revision
    if not same:
        look_again(upload, by=by)
        return False
    upload.intake = taking.take_in(plan, by=by, now=now)
    _close(upload, ACCEPTED, by=by, now=now)
    return True


def is_stale(upload: Upload) -> bool:
    """Whether the register has changed since the preview was made."""
    from doudi.access.scope import as_engine
    from doudi.register.importing import planning

    with as_engine():  # what a town sees of the statements is fewer than were counted
        return upload.state == READY and upload.revision != planning.revision(upload.source)


def _close(upload: Upload, state: str, *, by: str, now: datetime) -> None:
    upload.state, upload.closed_at, upload.closed_by = state, now, by
    with carry_out(f"register.uploads.{state}", by=by, payload=[upload.pk]):
        upload.save(update_fields=["state", "closed_at", "closed_by", "intake"])


def _hold(upload: Upload) -> None:
    """Bring the row up to date and keep it until the transaction ends: another tab may have closed it since."""
    with transaction.atomic():
        upload.refresh_from_db(from_queryset=Upload.objects.select_for_update())


def _refuse_closed(upload: Upload) -> None:
    if not upload.open:
        raise Refusal(
            "这份表已经处理过了(收下或作废),没有再次写入",
            "this table was accepted or discarded already; nothing was written again",
        )


def awaits(upload: Upload, key: str) -> bool:
    """Whether the preview of that key is still wanted; the row is held until the transaction ends."""
    _hold(upload)
    return upload.state == READING and upload.key == key


def ready(upload: Upload, found: dict[str, Any], *, profile: str, source: str, revision: str) -> None:
    """Note that the preview is there; called by the job that made it, inside its command."""
    upload.state, upload.found, upload.revision = READY, found, revision
    upload.profile, upload.source = profile, source
    upload.save(update_fields=["state", "found", "revision", "profile", "source"])


def sweep(*, now: datetime) -> int:
    """Remove the files of uploads closed, or left lying, for ninety days; answers how many."""
    old = Upload.objects.filter(received_at__lt=now - timedelta(days=KEPT_DAYS))
    folders = [upload.folder for upload in old if upload.folder.is_dir()]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)
