"""How figures are written: thousands separators, a unit, fen only where they matter, `--` for none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doudi.access import masking
from doudi.facts.kinds import Fact
from doudi.rules.types import DECIMAL_UNIT

NONE = "--"
WAN = 1_000_000  # ten thousand yuan, in fen


def word(thing: object) -> str:
    """The label of anything that carries `zh` and `en`."""
    return str(getattr(thing, "en" if get_language() == "en" else "zh", ""))


def in_words(zh: str, en: str) -> str:
    """The one of two texts for the reader."""
    return en if get_language() == "en" else zh


def count(number: int | None) -> str:
    """22180 -> 22,180."""
    return NONE if number is None else f"{number:,}"


def bare_yuan(fen: int | None) -> str:
    """Fen as yuan without the unit: 500000 -> 5,000; 499999 -> 4,999.99."""
    if fen is None:
        return NONE
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    text = f"{sign}{whole // 100:,}"
    return text if whole % 100 == 0 else f"{text}.{whole % 100:02d}"


def bare_to(low: int | None, high: int | None) -> str:
    """A band of fen as yuan without the unit, 599.83–699.83; one number where both ends are the same."""
    return bare_yuan(low) if low == high else f"{bare_yuan(low)}–{bare_yuan(high)}"


def yuan_to(low: int | None, high: int | None) -> str:
    """The same with the unit."""
    return yuan(low) if low == high else f"{bare_yuan(low)}–{yuan(high)}"


def yuan(fen: int | None) -> str:
    """Fen with the unit: 5,000元, 4,999.99元."""
    return NONE if fen is None else _("%(amount)s元") % {"amount": bare_yuan(fen)}


def wide_yuan(fen: int | None) -> str:
    """A large sum for a headline: 447.26万元; in English the whole yuan. Small sums stay in yuan."""
    if fen is None or abs(fen) < 10 * WAN or get_language() == "en":
        return yuan(fen)
    return f"{fen / WAN:,.2f}万元"


def with_unit(title: str, unit: str) -> str:
    """A title with its unit behind it; the title alone where there is none or it says so itself."""
    return title + _("(%s)") % unit if unit and unit not in title else title


def listed(words: Iterable[object]) -> str:
    """Several words or numbers in one text: 一、二、三."""
    return _("、").join(map(str, words))


def with_colon(head: str, rest: str) -> str:
    """Two words, the second of the first: 本户:住址."""
    return head + _(":") + rest


def clause_name(citation: str) -> str:
    """The clause a citation names, as people call it (report:measure-1 -> 措施1); empty where it has no such name."""
    part, _dash, number = citation.partition(":")[2].partition("-")
    return _("措施%(number)s") % {"number": number} if part == "measure" and number else ""


def signed_yuan(fen: int | None) -> str:
    """A change in money, with its sign."""
    return NONE if fen is None else ("+" if fen > 0 else "") + yuan(fen)


def share(part: int | None, whole: int | None) -> str:
    """A part of a whole in percent with two decimals, rounded half up from whole numbers: 1291 of 4204 -> 30.71%."""
    if part is None or not whole:
        return NONE
    hundredths = (part * 20_000 + whole) // (2 * whole)
    return f"{hundredths // 100:,}.{hundredths % 100:02d}%"


def decimal(value: int) -> str:
    """Ten-thousandths as a number without needless zeros: 15000 -> 1.5."""
    whole, rest = divmod(abs(value), DECIMAL_UNIT)
    text = f"{whole:,}.{rest:04d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text


def typed(value: object, type_name: str) -> str:
    """A value of the rule language as a reader writes it; bool, money, decimal, date, months, days, int, text."""
    if value is None:
        return NONE
    if type_name == "bool":
        return _("是") if value else _("否")
    if type_name == "money" and isinstance(value, int):
        return yuan(value)
    if type_name == "decimal" and isinstance(value, int):
        return decimal(value)
    if type_name == "months":
        return _("%(number)s个月") % {"number": value}
    if type_name == "days":
        return _("%(number)s天") % {"number": value}
    if type_name == "list" and isinstance(value, (list, tuple)):
        return listed(str(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def of_fact(value: object, fact: Fact | None) -> str:
    """A fact's value: a code by its label, a number with its unit, what names a person partly."""
    if fact is None:
        return typed(value, "text")
    if fact.sensitivity == "identity" and value is not None:
        return masking.partly_by_form(str(value))
    if fact.type.name == "code":
        return next((word(choice) for choice in fact.choices if choice.value == value), str(value))
    return measured(value, fact.type.name, fact.unit)


def measured(value: object, type_name: str, of: str) -> str:
    """A value with its unit where its type does not bring one: 65岁, 65 years, 4,472,600元."""
    text = typed(value, type_name)
    if type_name in ("int", "decimal") and of and value is not None:
        return f"{text} {unit(of)}".strip() if get_language() == "en" else f"{text}{unit(of)}"
    return text


def unit(text: str) -> str:
    """A unit in the reader's language."""
    known = {
        "亩": _("亩"),
        "公里": _("公里"),
        "平方米": _("平方米"),
        "元": _("元"),
        "人": _("人"),
        "户": _("户"),
        **dict.fromkeys(("月", "个月"), _("个月")),
        "岁": _("岁"),
        "个": "" if get_language() == "en" else "个",  # a count of things has no word for its unit in English
        "天": _("天"),
        "笔": _("笔"),
        "村": _("村"),
    }
    return known.get(text, text)


def answerers(names: tuple[str, ...]) -> str:
    """Who can answer a question, in the reader's language."""
    words = {
        "household": _("农户"),
        "village": _("村里"),
        "bureau": _("行业部门"),
        "bank": _("银行"),
        "county": _("县里"),
    }
    return listed(words.get(name, name) for name in names)


def masked(name: str) -> str:
    """A name where the duty does not need it: the first character, the rest as stars."""
    return masking.partly(masking.NAME, name)
