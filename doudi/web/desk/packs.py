"""The policy as anybody may read it: its versions, every file of one in words, what changed between two, search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.policy import proposals, texts, versions
from doudi.policy.drafts import Draft
from doudi.policy.proposals import WAITING, Proposal
from doudi.policy.versions import PackVersion
from doudi.web.desk import pack_parts, standings
from doudi.web.reader import reader_of
from doudi.web.shell import show

MOST = 100
SHORT = 12  # characters of a hash that name a version in an address
LONGEST = 100
HEX = set("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Hit:
    """A line in which what was sought stands."""

    file: str
    line: int
    text: str


@permission("pack.read")
def show_packs(request: HttpRequest) -> HttpResponse:
    """Every version, newest first; for those who change the policy also the drafts and what waits."""
    reader = reader_of(request)
    rows = list(PackVersion.objects.order_by("-order").defer("files")[:MOST])
    newest: dict[str, str] = {}
    for row in rows:
        newest.setdefault(row.name, row.hash)
    context = {
        "versions": rows,
        "in_force": set(newest.values()),
        "may_edit": reader.may("pack.edit"),
        "drafts": list(Draft.objects.filter(open=True).defer("files")[:MOST]) if reader.may("pack.edit") else [],
        "may_see_proposals": reader.may("proposal.read"),
        "waiting": Proposal.objects.filter(state=WAITING).count() if reader.may("proposal.read") else 0,
        "for_me": proposals.waiting(reader.user.username).count() if reader.may("pack.adopt") else 0,
    }
    return show(request, "desk/packs.html", context)


@permission("pack.read")
def show_pack(request: HttpRequest, prefix: str) -> HttpResponse:
    """One version: a part of it in words, a file as it is written, or the lines in which something stands."""
    reader, version = reader_of(request), version_of(prefix)
    part = request.GET.get("part", "measures")
    if part not in pack_parts.PARTS:
        raise Http404
    sought = _clean(request.GET.get("q", ""))
    file = request.GET.get("file", "")
    if file and file not in version.files:
        raise Http404
    context = {
        "version": version,
        "pack": standings.pack_named(version.hash),
        "part": part,
        "parts": [(name, str(words)) for name, words in pack_parts.PARTS.items()],
        "content": _content(version.hash, part, get_language()) if not (file or sought) else None,
        "file": file,
        "lines": version.files[file].splitlines() if file else [],
        "files": sorted(version.files),
        "sought": sought,
        "hits": _hits(version, sought),
        "others": list(_others(version)),
        "may_edit": reader.may("pack.edit"),
        "newest": versions.in_force(version.name).hash == version.hash,
    }
    return show(request, "desk/pack.html", context)


@lru_cache(maxsize=32)
def _content(version: str, part: str, _language: str | None) -> Any:
    """A part of a version in the reader's language; versions never change, so it is made once a process."""
    return pack_parts.of(standings.pack_named(version), part)


@permission("pack.read")
def show_difference(request: HttpRequest, prefix: str, other: str) -> HttpResponse:
    """What changed from one version to another, file by file."""
    after, before = version_of(prefix), version_of(other)
    context = {"before": before, "after": after, "changes": texts.compare(before.files, after.files)}
    return show(request, "desk/pack_difference.html", context)


def version_of(prefix: str) -> PackVersion:
    """The one version whose hash begins so. Raises Http404 for none, for several and for what is no hash."""
    if not 6 <= len(prefix) <= 64 or not set(prefix) <= HEX:
        raise Http404
    found = list(PackVersion.objects.filter(hash__startswith=prefix)[:2])
    if len(found) != 1:
        raise Http404
    return found[0]


def _others(version: PackVersion) -> list[PackVersion]:
    """The versions to compare with: the one it came from first."""
    rows = PackVersion.objects.filter(name=version.name).exclude(hash=version.hash).order_by("-order").defer("files")
    return sorted(rows[:MOST], key=lambda row: row.hash != version.based_on)


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST]


def _hits(version: PackVersion, sought: str) -> list[Hit]:
    if not sought:
        return []
    low = sought.casefold()
    found = [
        Hit(file, number, line.strip()[:300])
        for file in sorted(version.files)
        for number, line in enumerate(version.files[file].splitlines(), 1)
        if low in line.casefold()
    ]
    return found[:MOST]


def change_words(version: PackVersion) -> str:
    """What a version changes, in words."""
    change = version.change
    if change.get("parameter"):
        return _("参数 %(name)s = %(value)s") % {"name": change["parameter"], "value": change["value"]}
    if change.get("title"):
        return str(change["title"])
    if change.get("overlay"):
        return _("取值文件 %(name)s") % {"name": change["overlay"]}
    return _("从文件夹读入") if not version.based_on else _("文件夹有改动")
