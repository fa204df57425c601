"""The facts on a card: what is believed and by whom said, which are worth asking, and in what words."""

from __future__ import annotations

from datetime import date
from typing import Any

from doudi.access.masking import Reads
from doudi.facts.kinds import Fact
from doudi.monitoring import asked, changes
from doudi.monitoring.asked import Ask
from doudi.monitoring.looking import Looked
from doudi.policy import replies
from doudi.register import resolution, sayings
from doudi.register.resolution import Word
from doudi.rules import telling

SHOWN_KINDS = ("household", "person", "loan", "hire")
AMOUNTS = ("money", "int", "decimal", "days", "months")  # told by whoever shows them, with their unit
MONTHS = "个月"  # a length of time: "12 月" would be December
CATEGORY = ("registered_poor", "monitored", "minimum_allowance")


def of(looked: Looked, reader: Reads, on: date) -> tuple[list[dict[str, Any]], list[int]]:
    """The facts as dictionaries, and the places of those worth asking, best first."""
    asks = {ask.key: ask for ask in looked.asks}
    wanted = {**dict.fromkeys(asks), **dict.fromkeys(_believed(looked))}
    found: list[dict[str, Any]] = []
    places: dict[tuple[str, int, str], int] = {}
    for key in wanted:
        fact = _fact(looked, key)
        if fact is not None and reader.reads(fact.sensitivity):
            places[key] = len(found)
            found.append(_told(looked, key, fact, asks.get(key), on))
    return found, [places[key] for key in asks if key in places]


def _believed(looked: Looked) -> list[tuple[str, int, str]]:
    """What is believed of the household and its subjects, as far as a measure reads it or the household may say it."""
    read = asked.read_by(looked.decided.decider.pack)
    return [
        (kind, number, key)
        for (kind, number), document in sorted(looked.documents.items())
        if kind in SHOWN_KINDS
        for key in sorted(document)
        if (kind, sayings.base_name(key)) in read
    ]


def _fact(looked: Looked, key: tuple[str, int, str]) -> Fact | None:
    return looked.decided.decider.pack.vocabulary.fact(key[0], sayings.base_name(key[2]))


def _told(looked: Looked, key: tuple[str, int, str], fact: Fact, ask: Ask | None, on: date) -> dict[str, Any]:
    kind, number, name = key
    pack = looked.decided.decider.pack
    word = _word(looked, key, fact, on)
    asks_zh, asks_en = asked.words_of(fact, name) if asked.can_say(fact) else ("", "")
    shown, shown_en = _shown(fact, word, pack.currency.minor)
    source = pack.vocabulary.sources.get(word.source) if word else None
    return {
        "kind": kind,
        "id": number,
        "fact": name,
        **words_of(fact, name),
        "choices": _choices(fact, ask),
        "low": fact.low,
        "high": fact.high,
        "value": word.value if word else None,
        "shown": shown,
        "shown_en": shown_en,
        "source": word.source if word else "",
        "source_zh": source.zh if source else "",
        "source_en": source.en if source else "",
        "about_day": word.about if word else None,
        "statement": word.statement if word else 0,
        "protected": changes.is_protected(fact),
        "can_say": asked.can_say(fact),
        "at_door_only": asked.can_say(fact) and "household" not in fact.sources,
        "why": ask.why if ask else "",
        "asks_zh": asks_zh,
        "asks_en": asks_en,
        "sensitivity": fact.sensitivity,
    }


def words_of(fact: Fact, key: str) -> dict[str, Any]:
    """How a fact is named and its values are told, for a telephone that shows a word on it."""
    year = key.partition("@")[2]
    zh, en = (
        fact.zh.removeprefix("其中:"),
        fact.en.removeprefix("of which "),
    )  # of which: on a card nothing stands before
    return {
        "zh": f"{year}年{zh}" if year else zh,
        "en": f"{en} ({year})" if year else en,
        "type": fact.type.name,
        "unit": MONTHS if fact.unit == "月" else fact.unit,
        "unit_en": telling.unit_in(telling.EN, fact.unit),
        "choices": _choices(fact, None),
    }


def _choices(fact: Fact, ask: Ask | None) -> list[list[str]]:
    if ask is not None and ask.question is not None and ask.question.choices:
        return [list(each) for each in ask.question.choices]
    if fact.relation:  # it is asked as "any other?": its yes, all are listed, answers that with no
        return [list(each) for each in replies.LISTED]
    return [[choice.value, choice.zh, choice.en] for choice in fact.choices]


def _shown(fact: Fact, word: Word | None, minor: int) -> tuple[str, str]:
    """The value in both languages; empty for an amount, and for nothing."""
    if word is None or fact.type.name in AMOUNTS:
        return "", ""
    return in_words(fact, word.value, minor)


def in_words(fact: Fact, value: Any, minor: int) -> tuple[str, str]:
    """A value in both languages, an amount without its unit."""
    if fact.relation and value is not None:
        said = "true" if value else "false"
        return next((zh, en) for each, zh, en in replies.LISTED if each == said)
    zh, en = (
        replies.tell(value, fact.type, choices=fact.choices, language=language, minor=minor)
        for language in ("zh", "en")
    )
    return zh, en


def _word(looked: Looked, key: tuple[str, int, str], fact: Fact, on: date) -> Word | None:
    cell = looked.documents.get(key[:2], {}).get(key[2])
    return resolution.believed(cell, fact, max(on, looked.decided.decider.as_of)) if cell else None


def about(household_id: int, looked: Looked, on: date) -> dict[str, Any]:
    """The household's own number, which its helper calls, and its standing in the register."""
    own = ("household", household_id)
    facts = looked.decided.graph.rows[own].facts
    return {
        "phone": phone(own, looked),
        "category": {name: facts.get(name) for name in CATEGORY},
    }


def phone(subject: tuple[str, int], looked: Looked) -> str:
    """The number believed of a household or a member; empty where there is none."""
    cell = looked.documents.get(subject, {}).get("phone")
    return str(cell[0]) if cell and cell[0] is not None else ""
