"""Disagreements as a page and as a table shows them, many at once."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from doudi.monitoring.agreements import AGREE
from doudi.monitoring.disagreements import Disagreement
from doudi.policy.packs import Pack
from doudi.web import figures
from doudi.web.desk.sheets import source_word
from doudi.web.reader import Reader
from doudi.web.watch import words


def told(found: Collection[Disagreement], reader: Reader, pack: Pack) -> list[dict[str, Any]]:
    """A row of the page each: who, where, which fact, what each copy says and what is to be done about it."""
    all_ = _Told(found, reader, pack)
    return [
        {
            "it": each,
            "who": all_.subjects.named(each.subject_kind, each.subject_id, each.household_id),
            "head": all_.subjects.head(each.household_id),
            "code": all_.subjects.code(each.household_id),
            "place": all_.places.get(each.place_code, each.place_code),
            "fact": all_.fact(each.subject_kind, each.fact),
            "copies": all_.copies(each),
            "elsewhere": all_.elsewhere(each),
            "right": all_.right(each.right),
            "end": all_.end(each.how),
        }
        for each in found
    ]


def cells(found: Collection[Any], reader: Reader, pack: Pack) -> list[list[Any]]:
    """A line of the table each, of disagreements or of their rows read without more than is told.

    Number, village, household, head, name, fact, what each copy says, the copy found right, which copy to change and
    how, the days of opening and closing, how it ended.
    """
    all_ = _Told(found, reader, pack)
    return [
        [each.id, all_.places.get(each.place_code, each.place_code), all_.subjects.code(each.household_id),
         all_.subjects.head(each.household_id),
         all_.subjects.named(each.subject_kind, each.subject_id, each.household_id),
         all_.fact(each.subject_kind, each.fact), *all_.values(each), all_.right(each.right), all_.to_do(each),
         each.opened_on, each.closed_on, all_.end(each.how)]
        for each in found
    ]  # fmt: skip


class _Told:
    """What is said of disagreements and copies in the reader's language: put into words once, not once a row."""

    def __init__(self, found: Collection[Any], reader: Reader, pack: Pack) -> None:
        keys = [(each.subject_kind, each.subject_id, each.household_id) for each in found]
        self.subjects = words.Subjects(keys, reader)
        self.places = words.places({each.place_code for each in found})
        self.fact = cache(lambda kind, key: words.fact(pack, kind, key))
        self.end = cache(words.of_end)
        self.right = cache(lambda name: figures.word(pack.copies[name].words) if name in pack.copies else "")
        self.state = cache(words.of_state)
        self.shown = cache(lambda kind, key: words.shown(pack, kind, key, reader))
        self.source = cache(lambda name: source_word(pack.vocabulary, name))
        self.fixed = {
            name: {
                "name": name,
                "word": figures.word(copy.words),
                "to": words.roles(copy.to),
                "do": figures.word(copy.do),
                "theirs": bool(set(copy.to) & reader.roles),
            }
            for name, copy in pack.copies.items()
        }
        self.doings = {name: f"{each['word']}{_(':')}{each['do']}" for name, each in self.fixed.items()}

    def copies(self, each: Disagreement) -> list[dict[str, Any]]:
        """What each copy says, and what is to be done about it."""
        return [
            {**fixed, **self._word(each, each.words.get(name)), "wrong": name in each.differs}
            for name, fixed in self.fixed.items()
        ]

    def elsewhere(self, each: Disagreement) -> dict[str, str]:
        """What is believed and by whose word, where no copy says so: else nobody sees what they differ from."""
        said = each.believed
        if not said or each.right or any(_state_of(word) == AGREE for word in each.words.values()):
            return {}
        return {"value": self._value(each, said), "source": self.source(said[1])}

    def values(self, each: Any) -> list[str]:
        """What each copy says, and of one that says nothing how it stands."""
        return [self._value(each, word) or self.state(_state_of(word)) for word in map(each.words.get, self.fixed)]

    def to_do(self, each: Any) -> str:
        """Which copies are to be changed, and how."""
        return "、".join(self.doings[name] for name in self.fixed if name in each.differs)

    def _value(self, each: Any, word: list[Any] | None) -> str:
        return self.shown(each.subject_kind, each.fact)(word[0]) if word else ""

    def _word(self, each: Disagreement, word: list[Any] | None) -> dict[str, Any]:
        state = _state_of(word)
        return {
            "value": self._value(each, word),
            "source": self.source(word[1]) if word else "",
            "about": word[3] if word else "",
            "statement": word[2] if word else None,
            "state": state,
            "state_word": self.state(state),
            "chip": words.STATE_CHIPS[state],
        }


def _state_of(word: list[Any] | None) -> str:
    return str(word[4]) if word else "missing"
