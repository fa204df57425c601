"""Every message is there in both languages."""

from __future__ import annotations

import re

import polib

from doudi.web import catalogue

PO = polib.pofile(str(catalogue.LOCALE / "en" / "LC_MESSAGES" / "django.po"))
ENGLISH = {catalogue.key_of(entry): entry for entry in PO if not entry.obsolete}
MESSAGES = sorted(catalogue.messages())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_messages_are_found() -> None:
    assert len(MESSAGES) > 50


def wrong(key: str) -> str:
    """What is wrong with a message, or nothing."""
    entry, text = ENGLISH.get(key), key.rpartition(catalogue.CONTEXT)[2]
    if not HAN.search(text) and re.search(r"[A-Za-z]{3}", text):
        return "the source language is Chinese"
    said = _said(entry) if entry else []
    if not said or not all(said) or (entry and "fuzzy" in entry.flags):
        return "run python -m doudi.web.catalogue and translate it"
    differs = [english for english in said if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(text))]
    return f"other placeholders: {differs[0]}" if differs else ""


def _said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_message_is_chinese_and_has_its_english() -> None:
    assert {text: wrong(text) for text in MESSAGES if wrong(text)} == {}


def test_no_translation_is_of_nothing() -> None:
    assert sorted(set(ENGLISH) - set(MESSAGES)) == []
