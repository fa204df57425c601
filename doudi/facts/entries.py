"""Entries of a TOML document, judged: a wrong one is refused with its place and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from doudi.rules.errors import RuleError, nearest
from doudi.values.toml import Document, KeyPath


def complain(
    document: Document, path: KeyPath, zh: str, en: str, word: str = "", among: Iterable[str] = ()
) -> RuleError:
    """An error at an entry (at its value where it has one), naming the wrong word and the nearest of the right ones."""
    return _error(document, document.place(path, value=path in document.values), zh, en, word, among)


def complain_of_key(document: Document, path: KeyPath, zh: str, en: str, among: Iterable[str] = ()) -> RuleError:
    """The same, pointing at the key."""
    return _error(document, document.place(path), zh, en, str(path[-1]), among)


def _error(document: Document, place: tuple[int, int], zh: str, en: str, word: str, among: Iterable[str]) -> RuleError:
    return RuleError(zh, en, document.file, *place, word, nearest(word, among) if word else "", "name")


def known_keys(document: Document, path: KeyPath, table: Any, allowed: Iterable[str]) -> None:
    """Refuse what is not a table, and a key nobody reads."""
    if not isinstance(table, dict):
        raise complain(document, path, "这里应当是一张表", "a table belongs here", str(path[-1]) if path else "")
    for key in table:
        if key not in allowed:
            zh, en = f"没有“{key}”这一项", f"there is no entry '{key}' here"
            raise complain_of_key(document, (*path, key), zh, en, allowed)


def words(document: Document, path: KeyPath, table: Any) -> tuple[str, str]:
    """The zh and en texts of a table. Refused when one is missing."""
    known = table if isinstance(table, dict) else {}
    for language in ("zh", "en"):
        word = known.get(language)
        if not isinstance(word, str) or not word.strip():
            name = str(path[-1]) if path else ""
            zh, en = f"“{name}”缺少 {language} 文字", f"'{name}' has no {language} text"
            raise complain(document, (*path, language), zh, en, name)
    return known["zh"], known["en"]


def one_of(
    document: Document, path: KeyPath, table: Mapping[str, Any], key: str, right: Iterable[str], default: str = ""
) -> str:
    """The value of a key, which must be one of the right ones."""
    value, listed = table.get(key, default), ", ".join(right)
    if value == "":
        raise complain(document, path, f"缺少“{key}”,可选:{listed}", f"'{key}' is missing; one of {listed}", key)
    if not isinstance(value, str) or value not in right:
        zh, en = f"“{key}”不能是“{value}”,可选:{listed}", f"'{key}' cannot be '{value}'; one of {listed}"
        raise complain(document, (*path, key), zh, en, str(value), right)
    return value


def all_of(
    document: Document, path: KeyPath, table: Mapping[str, Any], key: str, right: Iterable[str]
) -> tuple[str, ...]:
    """The list at a key, each of whose items must be one of the right ones. Absent is empty."""
    values = table.get(key, [])
    if not isinstance(values, list):
        raise complain(document, (*path, key), f"“{key}”应当是列表", f"'{key}' is a list", str(values))
    for index, value in enumerate(values):
        if value not in right:
            zh, en = f"“{key}”里没有“{value}”这一种", f"'{value}' is not one of the {key}"
            raise complain(document, (*path, key, index), zh, en, str(value), right)
    return tuple(values)


def text(document: Document, path: KeyPath, table: Mapping[str, Any], key: str) -> str:
    """The text at a key, which must be there."""
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise complain(document, (*path, key), f"缺少“{key}”", f"'{key}' is missing or is no text", key)
    return value
