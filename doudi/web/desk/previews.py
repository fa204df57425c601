"""What a preview shows: how far it is, the counts, and the rows of one outcome, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from doudi.facts.kinds import Vocabulary
from doudi.register import children, uploads
from doudi.register.households import Household
from doudi.register.importing import county_profiles, previewing
from doudi.register.importing.comparing import CHANGED, HELD, NEW, REFUSED, SAME, STATES
from doudi.register.sayings import base_name
from doudi.register.uploads import Upload
from doudi.trail.progress import FAILED, Progress
from doudi.values.refusals import Refusal
from doudi.web import figures
from doudi.web.desk.filters import shows_names
from doudi.web.reader import Reader

PAGE = 50
MISSING = "missing"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST_PAGES = 20_000


def words_of(state: str) -> str:
    """What becomes of a row, in the reader's language."""
    return {
        NEW: _("新增"),
        CHANGED: _("有变化"),
        SAME: _("相同"),
        HELD: _("待核实"),
        REFUSED: _("不能收"),
        MISSING: _("表里没有的成员"),
    }[state]


def state_words(upload: Upload, news: Progress | None) -> str:
    """Where a table stands."""
    if upload.state == uploads.READING:
        return _("预览没有做成") if news is None or news.state == FAILED else _("正在做预览")
    known = {uploads.READY: _("等待收下"), uploads.ACCEPTED: _("已收下"), uploads.DISCARDED: _("已作废")}
    return known[upload.state]


def progress_context(upload: Upload, news: Progress | None) -> dict[str, Any]:
    """The bar of a preview being made."""
    said = {
        "reading": _("正在读取文件"),
        "understanding": _("正在对应表头和内容"),
        "comparing": _("正在和登记册比对"),
        "writing": _("正在整理结果"),
    }
    return {"upload": upload, "progress": news, "said": said.get(news.said if news else "", _("正在等候处理"))}


def contents(upload: Upload, reader: Reader, asked: Mapping[str, str]) -> dict[str, Any]:
    """The counts and the rows of the outcome asked for."""
    found = upload.found
    if not found:
        return {"found": None}
    counts = {**found["counts"], MISSING: found["missing"]}
    states = [state for state in (CHANGED, NEW, HELD, REFUSED, SAME, MISSING) if state != MISSING or counts[MISSING]]
    wanted = asked.get("state", "")
    state = wanted if wanted in states else next((each for each in states if counts[each]), NEW)
    number = _page_number(asked.get("page", ""), counts[state])
    rows = previewing.rows_of(upload, state, first=(number - 1) * PAGE, most=PAGE)
    return {
        "found": found,
        "counts": counts,
        "sums": [(words_of(each), counts[each]) for each in STATES],
        "tabs": [{"state": each, "words": words_of(each), "count": counts[each]} for each in states],
        "state": state,
        "profile": _profile_title(upload),
        "source": _source(upload),
        "rows": _shown(upload, rows, reader),
        "page": {"number": number, "pages": max(1, -(-counts[state] // PAGE))},
        "kept": bool(rows) or not counts[state],
        "stays": counts[HELD] + counts[REFUSED],
        "goes": counts[NEW] + counts[CHANGED] + counts[SAME],
    }


def _page_number(text: str, total: int) -> int:
    whole = text.isascii() and text.isdigit() and len(text) < 7
    return min(max(1, int(text)), max(1, -(-total // PAGE))) if whole else 1


def _profile_title(upload: Upload) -> str:
    try:
        profile = county_profiles.load(upload.profile)
    except Refusal:
        return upload.profile
    return figures.in_words(profile.title_zh, profile.title_en)


def _words(upload: Upload) -> Vocabulary:
    try:
        return county_profiles.load(upload.profile).vocabulary
    except Refusal:
        return Vocabulary({})


def _source(upload: Upload) -> str:
    source = _words(upload).sources.get(upload.source)
    return figures.word(source) if source else upload.source


def _shown(upload: Upload, rows: list[dict[str, Any]], reader: Reader) -> list[dict[str, Any]]:
    """The rows as the reader may see them: names by the duty, values by sensitivity, links to what is in scope."""
    links = _links({row["household"] for row in rows if row["household"]})
    words, names = _words(upload), shows_names(reader)
    return [
        {
            "row": row.get("row"),
            "code": row["household"],
            "link": links.get(row["household"], ""),
            "name": row["name"] if names and not _withheld(row, reader) else figures.masked(row["name"]),
            "why": [(column, figures.in_words(zh, en)) for column, zh, en in row.get("why", [])],
            "notes": [(column, figures.in_words(zh, en)) for column, zh, en in row.get("notes", [])],
            "changes": [_change(change, words, reader) for change in row.get("changes", [])],
        }
        for row in rows
    ]


def _withheld(row: Mapping[str, Any], reader: Reader) -> bool:
    """Whether a row speaks of a child whose name the reader's duty does not show."""
    if reader.reads("minor"):
        return False
    born = row.get("born") or ""
    day = date.fromisoformat(born) if _DAY.fullmatch(born) else None
    return bool(row.get("child")) or children.is_child(day, on=timezone.localdate())


def _links(codes: set[str]) -> dict[str, str]:
    """Of the codes a table gives, those of households the reader sees, with doudi's own code of each."""
    seen = Household.objects.filter(Q(code__in=codes) | Q(national_code__in=codes)).values_list("code", "national_code")
    return {code: own for own, national in seen for code in (own, national) if code}


def _change(change: list[Any], words: Vocabulary, reader: Reader) -> tuple[str, str, str]:
    """The column, what was said before and what is said now."""
    column, before, after, kind, key = change
    fact = words.fact(kind, base_name(key)) if kind in words.kinds else None
    if fact is None:
        return column, _("(没有)") if before is None else str(before), str(after)
    heading = figures.word(fact) if column == f"{kind}.{key}" else column
    if not reader.reads(fact.sensitivity):
        return heading, _("(不在您的职责内)"), _("(不在您的职责内)")
    first = _("(没有说过)") if before is None else figures.of_fact(before, fact)
    return heading, first, figures.of_fact(after, fact)
