"""The list of open questions that leaves: what is still to be asked in the households the conditions find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doudi.access import permissions
from doudi.policy import questions
from doudi.policy.listing import households
from doudi.policy.listing.lists import Asker, Found
from doudi.policy.questions import Question
from doudi.register import children
from doudi.register.exporting.columns import Column
from doudi.register.households import Household
from doudi.values.refusals import Refusal

MOST = 3_000  # households asked about at once: each is decided anew
ASKS = {"household": ("农户", "household"), "village": ("村里", "village"), "bureau": ("行业部门", "line bureau"),
        "bank": ("银行", "bank"), "county": ("县里", "county")}  # fmt: skip
COLUMNS = (
    Column("code", "户编号", "household code", width=18),
    households.of_name("head", "户主", "head"),
    *households.PLACES,
    Column("about", "问的是谁", "about whom", width=16),
    Column("question", "问题", "question", width=44),
    Column(
        "answer",
        "答案",
        "answer",
        width=16,
        note_zh="留空供填写;请在农户页面录入",
        note_en="left empty for the answer; enter it on the household's page",
    ),
    Column("choices", "可选", "choices", width=24),
    Column("asks", "问谁", "who can answer", width=16),
    Column("decides", "决定哪些措施", "decides", width=40),
    Column(
        "stake",
        "最多影响",
        "at stake",
        "money",
        "元",
        12,
        "由它决定的金额之和",
        "the most the verdicts it decides could give",
    ),
)


class Questions:
    """One row a question of a household."""

    name, zh, en, kind = "questions", "待答问题", "open questions", ""

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """(household, question) in the order of the list of households. Raises Refusal for too many households."""
        if asker.run is None:
            return Found([], 0, 0)
        ids = households.select(query, asker).ids.tolist()
        if len(ids) > MOST:
            raise Refusal(
                f"共 {len(ids)} 户,一次最多导出 {MOST} 户的问题。请选一个乡镇或村。",
                f"{len(ids)} households; the questions of at most {MOST} leave at once. Choose a town or a village.",
                "town",
            )
        keys = [(number, each) for number in ids for each in _of(number, asker)]
        asked = list({number for number, _ in keys})
        return Found(keys, households.concerned(asked), len(asked))

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words; they are the households'."""
        return households.tell(query, asker)

    def facts(self, asker: Asker) -> list[Column]:
        """None."""
        return []

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Whom to ask what."""
        return list(COLUMNS)

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row."""
        known = Household.objects.in_bulk({number for number, _ in found.keys})
        places = households.place_names({one.place_code for one in known.values()})
        young = children.among([each.subject_id for _, each in found.keys if each.kind == "person"], on=asker.day)
        heads = asker.heads(known.values())
        for number, question in found.keys:
            about = _about(question, heads[number], asker, child=question.subject_id in young)
            yield [number, 0, *_row(known[number], question, places, asker, head=heads[number], about=about)]


def _of(household: int, asker: Asker) -> list[Question]:
    """The questions of a household that the duty shows; of what the county must decide there is no household to ask."""
    found = questions.of_household(household, pack_name=asker.run.pack_name if asker.run else None)
    return [each for each in found if each.kind != "params" and permissions.reads(asker.roles, each.sensitivity)]


def _about(question: Question, head: str, asker: Asker, *, child: bool) -> str:
    """Whom or what a question is about: a member or the head as the duty shows them, a thing by its label."""
    if question.kind == "household":
        return head if question.label else ""
    return asker.name(question.label, child=child) if question.kind == "person" else question.label


def _row(
    home: Household, question: Question, places: dict[str, str], asker: Asker, *, head: str, about: str
) -> list[Any]:
    english = asker.language == "en"
    return [
        home.code,
        head,
        places.get(home.place_code[:9] + "000", ""),
        places.get(home.place_code, home.place_code),
        home.group_name,
        about,
        question.text_en if english else question.text_zh,
        None,
        " / ".join(choice[2 if english else 1] for choice in question.choices),
        "、".join(ASKS.get(who, (who, who))[english] for who in question.asks),
        "、".join(households.title_of(asker, name) for name in question.decides),
        question.stake_fen or None,
    ]


LIST = Questions()
