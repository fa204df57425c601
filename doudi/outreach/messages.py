"""Messages: what is to be told, in versions by language, by how plain the words are, and by channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction
from django.db.models import Q

from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

FULL, PLAIN = WORDS = ("full", "plain")
LANGUAGES = ("zh", "en")
LONGEST = 2_000
_NUMBER_OF_A_PERSON = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Message(models.Model):
    """One thing to be told. `measures` are the pack's measures it tells of; nothing in it names a household."""

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=60)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    measures = models.JSONField(default=list)
    made_by = models.CharField(max_length=150)
    made_on = models.DateField()

    class Meta:
        db_table = "outreach_message"
        ordering = ["-id"]
        constraints = [
            place_code_is_whole("outreach_message_place_whole"),
            models.CheckConstraint(condition=~Q(title=""), name="outreach_message_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """One wording: `words` is full, or plain for whoever reads little; `channel` empty is for every channel."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="versions")
    language = models.CharField(max_length=2, choices=[(each, each) for each in LANGUAGES])
    words = models.CharField(max_length=5, choices=[(each, each) for each in WORDS])
    channel = models.CharField(max_length=16, blank=True)
    text = models.TextField()

    class Meta:
        db_table = "outreach_version"
        ordering = ["message_id", "language", "words", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["message", "language", "words", "channel"], name="outreach_version_once"),
            models.CheckConstraint(condition=~Q(text=""), name="outreach_version_says_something"),
            models.CheckConstraint(
                condition=Q(words__in=WORDS) & Q(language__in=LANGUAGES), name="outreach_version_known"
            ),
        ]


@dataclass(frozen=True, slots=True)
class Wording:
    """A version to be written."""

    text: str
    language: str = "zh"
    words: str = FULL
    channel: str = ""


def write(
    title: str, wordings: Sequence[Wording], *, measures: Sequence[str] = (), place_code: str, by: str, on: date
) -> Message:
    """Write a message with its versions. Raises Refusal for what cannot be told to everybody."""
    title = clean(title, "title", most=60)
    kept = [Wording(clean(each.text, "text"), each.language, each.words, each.channel) for each in wordings]
    if not any((each.language, each.words, each.channel) == ("zh", FULL, "") for each in kept):
        raise Refusal("请写中文正文。", "Write the text in Chinese.", "text")
    payload = [title, [(w.language, w.words, w.channel, w.text) for w in kept], list(measures), place_code]
    with transaction.atomic(), carry_out("outreach.messages.write", by=by, payload=payload) as act:
        made = Message.objects.create(
            title=title, place_code=place_code, measures=list(measures), made_by=by, made_on=on
        )
        Version.objects.bulk_create(
            Version(message=made, language=w.language, words=w.words, channel=w.channel, text=w.text) for w in kept
        )
        act.result = {"message": made.pk}
    return made


FIELDS = {  # as the forms call them
    "title": ("标题", "Title"), "title_zh": ("标题", "Title"), "title_en": ("英文标题", "Title in English"),
    "text": ("正文", "Text"), "zh": ("正文", "Text"), "en": ("英文正文", "Text in English"),
}  # fmt: skip


def clean(text: str, where: str, most: int = LONGEST) -> str:
    """A text for everybody: not empty, not too long, without signs nobody sees, without anybody's identity number."""
    kept = _UNSEEN.sub("", text).replace("\r\n", "\n").strip()
    if not kept:
        zh, en = FIELDS.get(where, ("这一项", "This"))
        raise Refusal(f"“{zh}”没有填。请填写。", f"“{en}” is empty. Fill it in.", where)
    if len(kept) > most:
        raise Refusal(
            f"有 {len(kept)} 字,超过 {most} 字。请精简。",
            f"{len(kept)} characters, {most} at most. Shorten it.",
            where,
        )
    if _NUMBER_OF_A_PERSON.search(kept):
        raise Refusal(
            "正文里有一个像身份证号的号码。发给众人的话不能带任何人的证件号,请删去。",
            "There is what looks like an identity number in the text. Nobody's belongs there: take it out.",
            where,
        )
    return kept


def texts_of(message: Message) -> dict[str, str]:
    """The message's versions under one key each, as a campaign keeps them: language/words/channel."""
    return {f"{v.language}/{v.words}/{v.channel}": v.text for v in message.versions.all()}


def text_for(texts: Mapping[str, str], channel: str, *, words: str = FULL, language: str = "zh") -> str:
    """The version for a channel: its own wording first, then the words wanted, then the other words."""
    other = PLAIN if words == FULL else FULL
    keys = [f"{language}/{each}/{name}" for name in (channel, "") for each in (words, other)]
    found = next((texts[key] for key in keys if key in texts), "")
    return found if found or language == "zh" else text_for(texts, channel, words=words)
