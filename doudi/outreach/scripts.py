"""Scripts: the short advice every check tells. Shipped with their source; the county writes versions of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from django.db import models, transaction
from django.db.models import Q

from doudi.outreach.messages import clean
from doudi.trail.commands import carry_out
from doudi.trail.written import Written
from doudi.values import toml
from doudi.values.refusals import Refusal

LONGEST = 400  # characters: read out in about a minute


class ScriptVersion(models.Model):
    """One version the county wrote of a script; the latest of a name is told. Never changed.

    `source` names the document it follows; empty is the county's own draft.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    title_zh = models.CharField(max_length=40)
    title_en = models.CharField(max_length=80)
    zh = models.TextField()
    en = models.TextField()
    source_zh = models.CharField(max_length=200, blank=True)
    source_en = models.CharField(max_length=300, blank=True)
    withdrawn = models.BooleanField(default=False)
    written_by = models.CharField(max_length=150)
    written_on = models.DateField()

    class Meta:
        db_table = "outreach_script"
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="outreach_script_once"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[a-z][a-z0-9_]{0,39}$"), name="outreach_script_name_plain"
            ),
            models.CheckConstraint(condition=~Q(zh="") & ~Q(en=""), name="outreach_script_says_something"),
        ]


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is told now; version 0 is the one that came with doudi, `draft` the county's own words."""

    name: str
    number: int
    title_zh: str
    title_en: str
    zh: str
    en: str
    source_zh: str
    source_en: str
    draft: bool

    def told(self) -> dict[str, str | int | bool]:
        """The script as a phone holds it."""
        return {"name": self.name, "number": self.number, "title_zh": self.title_zh, "title_en": self.title_en,
                "zh": self.zh, "en": self.en, "source_zh": self.source_zh, "source_en": self.source_en,
                "draft": self.draft}  # fmt: skip


@lru_cache(maxsize=1)
def shipped() -> dict[str, Script]:
    """The scripts that came with doudi, by name."""
    data = toml.parse((resources.files("doudi.outreach") / "advice.toml").read_text("utf-8"), "advice.toml").data
    return {
        name: Script(
            name, 0, each["title_zh"], each["title_en"], each["zh"], each["en"], each.get("source_zh", ""),
            each.get("source_en", ""), bool(each.get("draft")),
        )
        for name, each in data.items()
    }  # fmt: skip


_versions = Written(lambda: ScriptVersion.objects.order_by("name", "number"))


def present() -> list[Script]:
    """What is told now: the county's latest version of each, else the one that came with doudi."""
    found = dict(shipped())
    gone = set()
    for version in _versions():
        found[version.name] = _script(version)
        if version.withdrawn:
            gone.add((version.name, version.number))
    return [each for each in found.values() if (each.name, each.number) not in gone]


def _script(version: ScriptVersion) -> Script:
    return Script(
        version.name, version.number, version.title_zh, version.title_en, version.zh, version.en, version.source_zh,
        version.source_en, not version.source_zh,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What a version says, in both languages."""

    title_zh: str
    title_en: str
    zh: str
    en: str
    source_zh: str = ""
    source_en: str = ""


def write(name: str, words: Words, *, withdrawn: bool = False, by: str, on: date) -> ScriptVersion:
    """Write a version, told from now on; `withdrawn` tells the script no more. Raises Refusal for what is none."""
    if not name.isascii() or not name.replace("_", "").isalnum() or not name[0].isalpha() or len(name) > 40:
        raise Refusal("名称用小写英文字母、数字和下划线。", "The name is lower-case letters, digits and _.", "name")
    kept = Words(
        clean(words.title_zh, "title_zh", 40), clean(words.title_en, "title_en", 80), clean(words.zh, "zh", LONGEST),
        clean(words.en, "en", LONGEST * 3), words.source_zh.strip()[:200], words.source_en.strip()[:300],
    )  # fmt: skip
    with transaction.atomic(), carry_out("outreach.scripts.write", by=by, payload=[name, repr(kept), withdrawn]) as act:
        last = ScriptVersion.objects.select_for_update().filter(name=name.lower()).order_by("-number").first()
        made = ScriptVersion.objects.create(
            name=name.lower(), number=(last.number if last else 0) + 1, title_zh=kept.title_zh,
            title_en=kept.title_en, zh=kept.zh, en=kept.en, source_zh=kept.source_zh, source_en=kept.source_en,
            withdrawn=withdrawn, written_by=by, written_on=on,
        )  # fmt: skip
        act.result = {"script": made.name, "number": made.number}
    return made
