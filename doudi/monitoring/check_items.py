"""What a check sheet asks beside its questions, as rows of a workbook: who went when, with whom, needs, agreement.

An answer is a number of the list beside it or the words; what is not understood is refused, naming its row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from doudi.monitoring import check_sheets
from doudi.monitoring.check_bodies import REACHED
from doudi.monitoring.check_sheets import SAME
from doudi.monitoring.need_codes import NEEDS
from doudi.policy.replies import NO_WORDS, YES_WORDS
from doudi.values.refusals import Refusal

Words = tuple[str, str]  # in Chinese, in English
WAYS: Mapping[str, Words] = dict(
    zip(
        REACHED,
        (
            ("电话", "phone"),
            ("微信", "WeChat"),
            ("上门", "at the door"),
            ("通过亲属", "through a relative"),
            ("没联系上", "not reached"),
        ),
        strict=True,
    )
)
AGREEMENTS: Mapping[str, Words] = {
    "yes": ("同意", "agrees"),
    "no": ("不同意", "disagrees"),
    "not_asked": ("没有问", "not asked"),
}
NEED_WORDS: Mapping[str, Words] = {code: (need.zh, need.en) for code, need in NEEDS.items()}


@dataclass(frozen=True, slots=True)
class Item:
    """One row beside the questions; `may` says what can be written there."""

    key: str
    zh: str
    en: str
    may: Words = ("", "")

    @property
    def words(self) -> Words:
        """What it is called."""
        return self.zh, self.en


def _numbered(options: Mapping[str, Words]) -> Words:
    found = list(enumerate(options.values(), start=1))
    return tuple(" ".join(f"{n} {words[language]};" for n, words in found).rstrip(";") for language in (0, 1))  # type: ignore[return-value]


BEFORE = (
    Item("on", "哪天去的", "Which day", ("日期,如 2020-02-27", "a day, as 2020-02-27")),
    Item("spoken_by", "谁去核实的", "Who went", ("姓名;是表上的帮扶责任人填 =", "a name; = for the helper it names")),
    Item("reached", "怎么联系的", "How they were reached", _numbered(WAYS)),
    Item("reached_whom", "和谁说的", "Who was spoken to", ("序号或姓名", "a number or a name")),
)
AFTER = (
    Item("needs", "需求", "Needs", _numbered(NEED_WORDS)),
    Item("wants_counselling", "想有人聊聊、要咨询", "Wants to talk to somebody", ("是;否", "yes; no")),
    Item("note", "备注", "Note"),
    Item("agrees", "读给农户听过", "Read back to them", _numbered(AGREEMENTS)),
    Item("disagreement", "不同意什么", "What they disagree with"),
)
ITEMS: Mapping[str, Item] = {item.key: item for item in (*BEFORE, *AFTER)}


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows beside the questions, read."""

    on: date
    spoken_by: str
    reached: str
    reached_whom: str
    needs: tuple[str, ...]
    wants_counselling: bool
    note: str
    agrees: str
    disagreement: str


@dataclass(frozen=True, slots=True)
class Around:
    """What the rows are read by: the county's day, who may have gone (by account), the members in their order."""

    today: date
    speakers: Mapping[str, str]
    helpers: Sequence[str]
    members: Sequence[str]


def plain(text: str) -> str:
    """A text without its width, capitals and spaces, to compare it by."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


def _choice(text: str, options: Mapping[str, Words], where: str) -> str:
    """The code of an option by its number, code or words; empty for an empty text."""
    word = plain(text)
    if not word:
        return ""
    for number, (code, words) in enumerate(options.items(), start=1):
        both = [plain(each) for each in words]
        if word in (str(number), code, *both, *(f"{number}{each}" for each in both)):
            return code
    raise _not_understood(text, options, where)


def _not_understood(text: str, options: Mapping[str, Words], where: str) -> Refusal:
    zh, en = _numbered(options)
    return Refusal(f"“{text[:20]}”读不懂,请写:{zh}。", f"“{text[:20]}” is not understood; write {en}.", where)


def read_needs(text: str) -> tuple[str, ...]:
    """The codes of the needs a cell lists by number or in words. Raises Refusal for what is none."""
    return tuple(dict.fromkeys(_need(word, text) for word in _NEED.findall(plain_list(text))))


def plain_list(text: str) -> str:
    """A list's text, its spaces kept: they part its words."""
    return unicodedata.normalize("NFKC", text).casefold()


def _need(word: str, text: str) -> str:
    code = _NEED_OF.get(word)
    if code is None:
        raise _not_understood(word or text, NEED_WORDS, "needs")
    return code


_NEED_OF = {
    plain_list(word): code
    for number, (code, words) in enumerate(NEED_WORDS.items(), start=1)
    for word in (str(number), code, *words)
}
# A need's own words may hold what parts a list (“看病、买药”): the longest that stands there is taken whole.
_NEED = re.compile(
    "|".join(re.escape(word) for word in sorted(_NEED_OF, key=len, reverse=True) if not word.isdecimal())
    + r"|[^,、;\s]+"
)


def read_speaker(text: str, around: Around) -> str:
    """The account of who went: “=” is the helper the sheet names. Raises Refusal for nobody who may have gone."""
    word = plain(text)
    if word in SAME and len(around.helpers) == 1:
        return around.helpers[0]
    found = [who for who, name in around.speakers.items() if word and word in (plain(who), plain(name))]
    if len(found) == 1:
        return found[0]
    names = [f"{name} {who}" if len(found) > 1 else name for who, name in around.speakers.items()]
    raise Refusal(
        f"请填谁去核实的:{'、'.join(names)};“=”是表上的帮扶责任人(只有一人时)。",
        f"Say who went: {', '.join(names)}; “=” is the helper the sheet names, where there is one.",
        "spoken_by",
    )


def read_whom(text: str, members: Sequence[str]) -> str:
    """Who was spoken to: a member by the number on the sheet, else as it is written."""
    word = plain(text)
    if word.isascii() and word.isdigit() and len(word) <= 2 and 1 <= int(word) <= len(members):
        return members[int(word) - 1]
    return text


def read_wish(text: str) -> bool:
    """Whether somebody wants to talk; an empty cell is no. Raises Refusal for what is neither."""
    word = plain(text)
    if not word or word in NO_WORDS:
        return False
    if word in YES_WORDS or word in ("√", "✓"):
        return True
    raise Refusal(
        f"“{text[:20]}”读不懂,请填“是”或“否”。",
        f"“{text[:20]}” is not understood; write yes or no.",
        "wants_counselling",
    )


def read(texts: Mapping[str, str], around: Around) -> tuple[dict[str, object], list[Refusal]]:
    """The rows beside the questions by their keys, and all that is wrong with them, each naming its row."""
    readers: dict[str, Callable[[str], object]] = {
        "on": lambda text: check_sheets.day(text, today=around.today),
        "spoken_by": lambda text: read_speaker(text, around),
        "reached": lambda text: _choice(text, WAYS, "reached"),
        "reached_whom": lambda text: read_whom(text, around.members),
        "needs": read_needs,
        "wants_counselling": read_wish,
        "note": str,
        "agrees": lambda text: _choice(text, AGREEMENTS, "agrees"),
        "disagreement": str,
    }
    found: dict[str, object] = {}
    wrong: list[Refusal] = []
    for key, reader in readers.items():
        try:
            found[key] = reader(texts.get(key, ""))
        except Refusal as refusal:
            wrong.append(refusal)
    return found, wrong


def told(item: str, answers: Answers, around: Around) -> Words:
    """How a row was understood, in both languages."""
    if item in ("reached", "agrees"):
        return (WAYS | AGREEMENTS)[getattr(answers, item)]  # type: ignore[operator]
    if item == "spoken_by":
        name = around.speakers[answers.spoken_by]
        return name, name
    if item == "needs":
        return _listed(NEED_WORDS[code] for code in answers.needs)
    if item == "wants_counselling":
        return ("是", "yes") if answers.wants_counselling else ("否", "no")
    text = str(getattr(answers, item))
    return text, text


def _listed(words: Iterable[Words]) -> Words:
    both = list(words)
    return "、".join(zh for zh, _ in both), ", ".join(en for _, en in both)
