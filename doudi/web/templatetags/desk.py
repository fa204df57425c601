"""The desk's filters and marks: figures, verdict chips, bars drawn as SVG (no style attribute survives the policy)."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from doudi.policy.deeds import Deed
from doudi.policy.versions import PackVersion
from doudi.web import figures
from doudi.web.desk import deed_pages
from doudi.web.desk.packs import change_words
from doudi.web.reader import reader_of

register = template.Library()
register.filter("count", figures.count)
register.filter("yuan", figures.yuan)
register.filter("bare_yuan", figures.bare_yuan)
register.filter("bare_to", figures.bare_to)
register.filter("yuan_to", figures.yuan_to)
register.filter("wide_yuan", figures.wide_yuan)
register.filter("word", figures.word)
register.filter("unit", figures.unit)
register.filter("masked", figures.masked)

register.filter("signed_yuan", figures.signed_yuan)
register.filter("with_unit", figures.with_unit)
register.filter("clause_name", figures.clause_name)
register.filter("listed", figures.listed)

VERDICTS = {0: ("no", "✕"), 1: ("yes", "✓"), 2: ("unknown", "?"), 3: ("error", "!")}


def verdict_word(verdict: int | None) -> str:
    """The words of a verdict."""
    return {0: _("不符合"), 1: _("符合"), 2: _("待核"), 3: _("算不出")}.get(verdict if verdict is not None else -1, "")


@register.simple_tag
def verdict(code: int | None, text: str = "") -> SafeString | str:
    """A chip: a sign and a word, never colour alone."""
    if code not in VERDICTS:
        return ""
    name, sign = VERDICTS[code]
    return format_html(
        '<span class="chip v-{}"><span aria-hidden="true">{}</span> {}</span>', name, sign, text or verdict_word(code)
    )


@register.filter
def says(code: int | None) -> str:
    """The word of a verdict."""
    return verdict_word(code)


@register.filter
def value_word(thing: object) -> str:
    """What was found, of anything with `value_zh` and `value_en`."""
    return figures.in_words(str(getattr(thing, "value_zh", "")), str(getattr(thing, "value_en", "")))


@register.filter
def title_word(thing: object) -> str:
    """The title of anything with `title_zh` and `title_en`."""
    return figures.in_words(str(getattr(thing, "title_zh", "")), str(getattr(thing, "title_en", "")))


@register.filter
def document_word(thing: object) -> str:
    """The document of anything with `document_zh` and `document_en`."""
    return figures.in_words(str(getattr(thing, "document_zh", "")), str(getattr(thing, "document_en", "")))


@register.filter
def clause_word(thing: object) -> str:
    """The clause's text of anything with `clause_zh` and `clause_en`."""
    return figures.in_words(str(getattr(thing, "clause_zh", "")), str(getattr(thing, "clause_en", "")))


@register.filter
def cause_word(cause: str) -> str:
    """What made verdicts differ between two runs."""
    words = {
        "fact": _("事实变了"),
        "parameter": _("参数变了"),
        "rule": _("规则变了"),
        "day": _("日期变了"),
        "subject": _("对象新增或消失"),
        "line": _("名次变了"),
    }
    return words.get(cause.partition(":")[0], cause)


@register.simple_tag
def in_words(zh: str, en: str) -> str:
    """The one of two texts for the reader."""
    return figures.in_words(zh, en)


@register.simple_tag(takes_context=True)
def deed_address(context: template.Context, deed: Deed) -> str:
    """Where the deed behind a fact has its page; empty for a reader it does not open for."""
    return deed_pages.address(deed, reader_of(context["request"]))


@register.simple_tag
def version_change(version: PackVersion) -> str:
    """What a version of the policy changes, in words."""
    return change_words(version)


@register.simple_tag
def proposal_state(state: str) -> SafeString | str:
    """The state of a proposal: a word in a chip."""
    words = {
        "waiting": ("v-unknown", _("等待核对")),
        "adopted": ("v-yes", _("已采用")),
        "returned": ("v-error", _("已退回")),
        "withdrawn": ("v-no", _("已撤回")),
    }
    return format_html('<span class="chip {}">{}</span>', *words[state]) if state in words else ""


@register.simple_tag
def split_bar(yes: int, no: int, unknown: int) -> SafeString:
    """Yes, unknown and no as parts of one bar; its name says the numbers."""
    total = max(1, yes + no + unknown)
    label = _("符合%(yes)s、待核%(unknown)s、不符合%(no)s") % {
        "yes": figures.count(yes),
        "unknown": figures.count(unknown),
        "no": figures.count(no),
    }
    parts, at = [], 0.0
    for name, number in (("yes", yes), ("unknown", unknown), ("no", no)):
        width = 1000 * number / total
        parts.append(f'<rect class="f-{name}" x="{at:.1f}" width="{width:.1f}" height="14"></rect>')
        at += width
    return _svg(label, "".join(parts))


@register.simple_tag
def level_bar(part: int | None, whole: int | None, label: str = "") -> SafeString | str:
    """How much of a whole is used; beyond the whole it turns red."""
    if part is None or not whole:
        return ""
    name = "bad" if part > whole else "brand"
    width = min(1000.0, 1000 * max(0, part) / whole)
    return _svg(label or figures.share(part, whole), f'<rect class="f-{name}" width="{width:.1f}" height="14"></rect>')


@register.simple_tag
def pair_bar(before: int, after: int, most: int, text: str) -> SafeString:
    """What was above what would be, on one scale; its name says both."""
    drawn = "".join(
        f'<rect class="{name}" y="{y}" width="{min(1000.0, 1000 * max(0, part) / max(1, most)):.1f}" height="6"></rect>'
        for name, y, part in (("f-no", 0, before), ("f-brand", 8, after))
    )
    return _svg(text, drawn)


def _svg(label: str, inside: str) -> SafeString:
    """`inside` holds rectangles made of numbers only."""
    drawn = mark_safe(inside)  # noqa: S308
    frame = '<svg class="bar" viewBox="0 0 1000 14" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    return format_html(frame, label, drawn)


@register.simple_tag
def share(part: int | None, whole: int | None) -> str:
    """A share in percent."""
    return figures.share(part, whole)


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The page's query with some parameters changed (None takes one away)."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"
