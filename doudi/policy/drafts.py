"""Drafts: a pack's text while people change it. None decides anything: it becomes a proposal, then a version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from doudi.policy import packs, texts
from doudi.policy.versions import PackVersion
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MOST_OPEN = 50  # drafts of one author


class Clash(Refusal):
    """Somebody changed the same file meanwhile; `theirs` is its text now and `seen` its mark, `who` changed it last."""

    def __init__(self, file: str, theirs: str, who: str) -> None:
        self.theirs, self.who, self.seen = theirs, who, texts.mark(theirs)
        super().__init__(
            f"{who} 在您编辑期间改过这个文件。两份文字并排在下面,请合成一份再保存;您的文字没有丢。",
            f"{who} changed this file while you were editing. Both texts stand side by side below: make one of them and"
            " save again. Yours is not lost.",
            file,
        )


class Draft(models.Model):
    """A version's text, being changed. `revision` counts the changes; a closed draft is only read."""

    pack_name = models.CharField(max_length=64)
    base = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="drafts")
    title = models.CharField(max_length=120)
    files = models.JSONField()  # {path within the pack: text}
    author = models.CharField(max_length=150)
    begun_at = models.DateTimeField()
    revision = models.IntegerField(default=1)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()
    open = models.BooleanField(default=True)

    class Meta:
        db_table = "policy_draft"
        ordering = ["-changed_at", "-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(title=""), name="policy_draft_has_title")]

    def __str__(self) -> str:
        return f"draft {self.pk}: {self.title}"

    @property
    def hash(self) -> str:
        """The content hash of the text as it is now."""
        return packs.hash_of(self.files)

    @property
    def changed_files(self) -> list[str]:
        """The files that differ from the version it began from."""
        return texts.changed(self.base.files, self.files)


def begin(base: PackVersion, *, title: str, by: str, now: datetime) -> Draft:
    """Open a draft of a version's text."""
    if not title.strip():
        raise Refusal("请写明这份草稿要改什么。", "Say what the draft is to change.", "title")
    if Draft.objects.filter(author=by, open=True).count() >= MOST_OPEN:
        raise Refusal(
            f"您已有 {MOST_OPEN} 份未关闭的草稿。请先关闭不用的。",
            f"You have {MOST_OPEN} open drafts. Close those you no longer need.",
            "title",
        )
    with carry_out("policy.begin_draft", by=by, payload=[base.hash, title]) as act:
        made = Draft.objects.create(
            pack_name=base.name,
            base=base,
            title=title.strip(),
            files=base.files,
            author=by,
            begun_at=now,
            changed_by=by,
            changed_at=now,
        )
        act.result = {"draft": made.pk}
    return made


def write(draft: Draft, file: str, text: str, *, seen: str, by: str, now: datetime) -> Draft:
    """Put a file's text in the draft. `seen` is the mark of the text the writer began from ("" for a new file).

    Raises Clash where the file was changed since, Refusal for a wrong name or text.
    """
    texts.require_name(file)
    text = texts.require_text(text)
    with carry_out("policy.write_draft", by=by, payload=[draft.pk, file, text]):
        held = _open(draft)
        standing = held.files.get(file)
        if standing != text and seen != ("" if standing is None else texts.mark(standing)):
            raise Clash(file, standing or "", held.changed_by)
        if standing is None and len(held.files) >= texts.MOST_FILES:
            raise Refusal("文件太多。请先删去不用的。", "There are too many files. Remove some first.", "file")
        return held if standing == text else _save(held, {**held.files, file: text}, by=by, now=now)


def remove(draft: Draft, file: str, *, seen: str, by: str, now: datetime) -> Draft:
    """Take a file out of the draft. Raises Clash where it was changed since."""
    with carry_out("policy.remove_from_draft", by=by, payload=[draft.pk, file]):
        held = _open(draft)
        standing = held.files.get(file)
        if standing is None:
            return held
        if seen != texts.mark(standing):
            raise Clash(file, standing, held.changed_by)
        return _save(held, {name: text for name, text in held.files.items() if name != file}, by=by, now=now)


def catch_up(draft: Draft, newest: PackVersion, *, by: str, now: datetime) -> tuple[Draft, list[str]]:
    """Move the draft onto a newer version, file by file. Answers the draft and the files both sides changed.

    Where both changed a file the draft's text stays, and its name is answered, to be looked at.
    """
    with carry_out("policy.catch_up_draft", by=by, payload=[draft.pk, newest.hash]):
        held = _open(draft)
        mine, theirs = set(held.changed_files), set(texts.changed(held.base.files, newest.files))
        files = {name: text for name, text in newest.files.items() if name not in mine}
        files |= {name: held.files[name] for name in mine if name in held.files}
        both = sorted(name for name in mine & theirs if held.files.get(name) != newest.files.get(name))
        held.base = newest
        return _save(held, files, by=by, now=now), both


def close(draft: Draft, *, by: str, now: datetime) -> Draft:
    """End a draft; its text stays readable."""
    with carry_out("policy.close_draft", by=by, payload=[draft.pk]):
        held = _open(draft)
        held.open = False
        return _save(held, held.files, by=by, now=now)


def _open(draft: Draft) -> Draft:
    """The draft as it is now, held against others until the transaction ends."""
    held = Draft.objects.select_for_update().get(pk=draft.pk)
    if not held.open:
        raise Refusal(
            "这份草稿已经关闭,不能再改。请从它的版本另开一份。",
            "This draft is closed and can no longer be changed. Begin another from its version.",
        )
    return held


def _save(held: Draft, files: dict[str, Any], *, by: str, now: datetime) -> Draft:
    held.files, held.revision = files, held.revision + 1
    held.changed_by, held.changed_at = by, now
    held.save()
    return held
