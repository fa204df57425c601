"""Versions of policy packs: immutable, named by the hash of their text, so that a run can be repeated in five years."""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

import doudi
from doudi.facts.kinds import Vocabulary
from doudi.policy import packs, retyping
from doudi.policy.packs import Pack
from doudi.trail.commands import carry_out
from doudi.trail.written import DAY, TEXT, Written
from doudi.values.refusals import Refusal

SHIPPED = Path(doudi.__file__).parent / "packs"
OVERLAYS = "overlays/"


class PackVersion(models.Model):
    """The whole text of a pack, file by file. A change, a parameter adopted included, makes a new version."""

    hash = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=64, db_index=True)
    files = models.JSONField()  # {path within the pack: text}
    based_on = models.CharField(max_length=64, blank=True)  # hash of the version it changes
    change = models.JSONField(default=dict)  # {parameter, value, from, source, named_by} of an adopted what-if
    stored_by = models.CharField(max_length=150)
    stored_at = models.DateTimeField()
    order = models.BigIntegerField(unique=True)  # the newest of a name is in force
    from_day = models.DateField(null=True)  # runs as of an earlier day decide by the version before; none: any day
    own_text = models.BooleanField(default=False)  # two persons changed rules: the folder it came from is not asked

    class Meta:
        db_table = "policy_pack_version"
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.name}@{self.hash[:12]}"

    @cached_property
    def pack(self) -> Pack:
        """The pack itself, checked; held by the process once loaded, by its hash where the text was not read."""
        return of_hash(self.hash) if "files" in self.get_deferred_fields() else pack_of(self.files)


@functools.lru_cache(maxsize=16)
def _load(_hash: str, files: tuple[tuple[str, str], ...]) -> Pack:
    return packs.from_files(dict(files))


@functools.lru_cache(maxsize=16)
def of_hash(pack_hash: str) -> Pack:
    """The pack of a version; versions never change, so each is read once a process."""
    return PackVersion.objects.get(hash=pack_hash).pack


def pack_of(files: Mapping[str, str]) -> Pack:
    """The checked pack of a text, held by the process."""
    return _load(packs.hash_of(files), tuple(sorted(files.items())))


def folder_of(pack: str) -> Path:
    """The folder a pack is named by: a path, or the name of a pack that ships with doudi."""
    given = Path(pack)
    folder = given if os.sep in pack or given.is_dir() else SHIPPED / pack
    if not (folder / "pack.toml").is_file():
        known = ", ".join(sorted(p.parent.name for p in SHIPPED.glob("*/pack.toml")))
        raise Refusal(
            f"没有政策包“{pack}”。可用:{known},或给出政策包文件夹的路径。",
            f"There is no pack “{pack}”. Known: {known}; or give the path of a pack's folder.",
        )
    return folder


def _names() -> models.QuerySet[PackVersion, str]:
    return PackVersion.objects.values_list("name", flat=True)


_last_run = Written(lambda: _names().filter(runs__standing=True).order_by("-runs__id")[:1])
_last_made = Written(lambda: _names().order_by("-order")[:1])
_holding = Written(
    lambda name, on: (
        PackVersion.objects.filter(name=name)
        .filter(models.Q(from_day=None) | models.Q(from_day__lte=on))
        .order_by("-order")
        .values_list("hash", flat=True)[:1]
    ),
    name=TEXT,
    on=DAY,
)
_newest_named = Written(
    lambda name: PackVersion.objects.filter(name=name).order_by("-order").defer("files")[:1], name=TEXT
)


def default_name() -> str:
    """The pack a command means when it names none: the one last decided by, else the settings' own."""
    return _last_run.first() or _last_made.first() or str(getattr(settings, "DEFAULT_PACK", "pengxi_2020"))


def in_force(name: str | None = None) -> PackVersion:
    """The newest version of a pack. Refused when the home holds none yet."""
    name = name or default_name()
    version = _newest_named.first(name=name)
    if version is None:
        raise Refusal(
            f"政策包“{name}”还没有运行过。请先执行 doudi run。",
            f"The pack “{name}” has not been run here yet. Start with: doudi run --pack {name}",
        )
    return version


def vocabulary(name: str = "") -> Vocabulary | None:
    """The vocabulary of the newest version of a pack, by default of the one decided by; None where the home holds none.

    The register asks for it by the settings (`doudi.register.vocabularies`).
    """
    version = _newest_named.first(name=name or default_name())
    return version.pack.vocabulary if version else None


def holding(name: str, *, on: date) -> Pack | None:
    """The newest version of a pack that holds on a day: once adopted, it may be ahead of the one last decided by.

    None where the home holds none yet.
    """
    found = _holding.first(name=name, on=on)
    return of_hash(found) if found else None


def bring_in(pack: str | None, *, by: str, now: datetime, as_of: date | None = None) -> PackVersion:
    """The version to decide by: the folder's text as it is now, with every overlay the county has adopted.

    So an edit of the files takes force at the next run, and a parameter adopted in the county stays in force. Where the
    county has adopted rules of its own, a pack asked for by name is the county's text; a folder asked for by its path
    is that folder. A version that holds from a day on is not used for a day before (`as_of`).
    """
    named = pack or default_name()
    own = _own_text(named, as_of)
    if own is not None:
        return own
    folder = folder_of(named)
    files = packs.read_files(folder)
    standing = _newest(_name_in(files), as_of)
    if standing is not None:
        adopted = {name: text for name, text in standing.files.items() if name.startswith(OVERLAYS)}
        files = {**adopted, **files}
        if packs.hash_of(files) == standing.hash:
            return standing
    loaded = packs.from_files(files, prefix=str(folder))
    return store(loaded, by=by, now=now, based_on=standing.hash if standing else "")


def _newest(name: str, as_of: date | None) -> PackVersion | None:
    """The newest version of a name that holds on a day; of any day where none is given."""
    known = PackVersion.objects.filter(name=name)
    if as_of is not None:
        known = known.filter(models.Q(from_day=None) | models.Q(from_day__lte=as_of))
    return known.order_by("-order").first()


def _own_text(named: str, as_of: date | None) -> PackVersion | None:
    """The version in force where it is the county's own text and the pack was asked for by its name."""
    if os.sep in named or Path(named).is_dir():
        return None
    standing = _newest(named, as_of)
    return standing if standing is not None and standing.own_text else None


def _name_in(files: Mapping[str, str]) -> str:
    """The name a pack's text gives itself; empty where it cannot be read, which loading it then tells."""
    try:
        return str(tomllib.loads(files["pack.toml"]).get("name", ""))
    except (KeyError, tomllib.TOMLDecodeError):
        return ""


def adopt_overlay(file: str | Path, *, pack: str | None = None, by: str, now: datetime) -> PackVersion:
    """Put a whole overlay (`demo_choices.toml`) in force: one the pack offers, or a path."""
    base = bring_in(pack, by=by, now=now)
    changed = packs.overlay(base.pack, file)
    if changed.hash == base.hash:
        return base
    return store(changed, by=by, now=now, based_on=base.hash, change={"overlay": Path(file).name})


def store(
    pack: Pack,
    *,
    by: str,
    now: datetime,
    based_on: str = "",
    change: dict[str, Any] | None = None,
    from_day: date | None = None,
    own_text: bool = False,
) -> PackVersion:
    """Keep a checked pack as a version, from now on in force for its name; one known before takes force again.

    A version made from one that holds from a day on, or is the county's own text, is so as well. Raises Refusal where
    it gives another type to a fact of which something is stated.
    """
    standing = _newest_named.first(name=pack.name)
    if standing is not None and standing.hash != pack.hash:
        retyping.refuse(pack.vocabulary, standing.pack.vocabulary)
    with carry_out("policy.store_pack", by=by, payload=[pack.name, pack.hash]):
        newest = PackVersion.objects.order_by("-order").select_for_update().first()
        order = newest.order + 1 if newest else 1
        base = PackVersion.objects.filter(hash=based_on).first()
        if base is not None:
            from_day, own_text = from_day or base.from_day, own_text or base.own_text
        known = PackVersion.objects.filter(hash=pack.hash).first()
        if known is not None:
            known.order, known.from_day, known.own_text = order, from_day, own_text
            known.save(update_fields=["order", "from_day", "own_text"])
            return known
        return PackVersion.objects.create(
            hash=pack.hash,
            name=pack.name,
            files=dict(pack.files),
            based_on=based_on,
            change=change or {},
            stored_by=by,
            stored_at=now,
            order=order,
            from_day=from_day,
            own_text=own_text,
        )
