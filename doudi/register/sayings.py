"""What a source may say of a subject: which facts, of which type, within which bounds."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from doudi.facts.kinds import Fact, Vocabulary
from doudi.rules.types import INT_MAX, INT_MIN
from doudi.values.refusals import Refusal

TEXT_LIMIT = 1000
FIRST_YEAR, LAST_YEAR = 1900, 2200
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
Complaint = tuple[str, str]
Check = Callable[[Any], Complaint | None]


def base_name(key: str) -> str:
    """The fact's name without its year: `wage_income@2019` is `wage_income`."""
    return key.partition("@")[0]


class Sayings:
    """The facts of one vocabulary, ready to judge many statements quickly."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._allowed: dict[tuple[str, str], dict[str, Check]] = {}

    def check(self, kind: str, source: str, facts: Mapping[str, Any]) -> None:
        """Raises Refusal, naming the fact, for the first that this source may not say in this form."""
        allowed = self._allowed.setdefault((kind, source), {})
        for key, value in facts.items():
            found = allowed.get(key) or self._admit(kind, source, key)
            if value is not None and (complaint := found(value)):
                raise Refusal(*complaint, where=f"{kind}.{key}")

    def _admit(self, kind: str, source: str, key: str) -> Check:
        name, at, year = key.partition("@")
        fact = self.vocabulary.fact(kind, name)
        if fact is None or fact.formula:
            raise self._unknown(kind, name, derived=fact is not None)
        if fact.yearly != bool(at) or (at and not _is_year(year)):
            raise _misdated(fact, key)
        if source not in fact.sources:
            listed = "、".join(fact.sources)
            raise Refusal(
                f"来源“{source}”不能陈述“{fact.zh}”,可以的来源:{listed}",
                f"the source “{source}” may not state “{fact.en}”; those that may: {', '.join(fact.sources)}",
                where=f"{kind}.{key}",
            )
        check = checker(fact)
        self._allowed.setdefault((kind, source), {})[key] = check
        return check

    def _unknown(self, kind: str, name: str, *, derived: bool) -> Refusal:
        if derived:
            zh, en = (
                f"“{name}”是推算得出的,不能直接填报",
                f"“{name}” is worked out from other facts and cannot be stated",
            )
            return Refusal(zh, en, where=f"{kind}.{name}")
        known = self.vocabulary.kinds[kind].facts if kind in self.vocabulary.kinds else self.vocabulary.kinds
        close = get_close_matches(name, list(known), n=1, cutoff=0.4)
        hint_zh, hint_en = (f",是否为“{close[0]}”?", f"; did you mean “{close[0]}”?") if close else ("", "")
        return Refusal(f"没有“{name}”这项事实{hint_zh}", f"there is no fact “{name}”{hint_en}", where=f"{kind}.{name}")


def of(vocabulary: Vocabulary) -> Sayings:
    """The sayings of a vocabulary; those of the last few are kept."""
    for known in _recent:
        if known.vocabulary is vocabulary:
            return known
    made = Sayings(vocabulary)
    _recent.appendleft(made)
    return made


_recent: deque[Sayings] = deque(maxlen=8)


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR


def _misdated(fact: Fact, key: str) -> Refusal:
    if fact.yearly:
        zh, en = f"“{fact.zh}”是年度事实,应写成 {fact.name}@2019", f"“{fact.en}” is of a year: write {fact.name}@2019"
    else:
        zh, en = f"“{fact.zh}”不分年度,应写成 {fact.name}", f"“{fact.en}” is not of a year: write {fact.name}"
    return Refusal(zh, en, where=f"{fact.kind}.{key}")


def checker(fact: Fact) -> Check:
    """The check of one fact's value: None, or what is wrong in both languages."""
    if fact.type.name == "bool":
        return _check_bool
    if fact.type.name == "date":
        return _check_date
    if fact.type.name in ("code", "text"):
        return _text_checker(frozenset(choice.value for choice in fact.choices))
    return _number_checker(INT_MIN if fact.low is None else fact.low, INT_MAX if fact.high is None else fact.high)


def _check_bool(value: Any) -> Complaint | None:
    return None if value is True or value is False else ("应填是或否", "it is yes or no (true, false)")


def _check_date(value: Any) -> Complaint | None:
    complaint = ("应填日期,如 2020-02-27", "it is a date, as in 2020-02-27")
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return complaint
    try:
        date.fromisoformat(value)
    except ValueError:
        return complaint
    return None


def _number_checker(low: int, high: int) -> Check:
    def check(value: Any) -> Complaint | None:
        if type(value) is not int:
            return ("应填整数", "it is a whole number")
        if low <= value <= high:
            return None
        return (f"应在 {low} 和 {high} 之间,不能是 {value}", f"it lies between {low} and {high}, not {value}")

    return check


def _text_checker(choices: frozenset[str]) -> Check:
    def check(value: Any) -> Complaint | None:
        if not isinstance(value, str):
            return ("应填文字", "it is text")
        if choices and value not in choices:
            listed = ", ".join(sorted(choices))
            return (f"没有“{value[:40]}”这个选项,可选:{listed}", f"“{value[:40]}” is not a choice; one of {listed}")
        if len(value) > TEXT_LIMIT:
            return (f"文字超过{TEXT_LIMIT}字", f"the text is longer than {TEXT_LIMIT} characters")
        if _UNSAFE.search(value):
            return ("文字含有不可见的控制字符,请删除", "the text holds invisible control characters; remove them")
        return None

    return check
