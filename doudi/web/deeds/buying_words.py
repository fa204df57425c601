"""The words for purchases: how they stand, who buys, in which way."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from doudi.values import money
from doudi.values.refusals import Refusal


def state(name: str) -> str:
    """How far a purchase has come."""
    words = {
        "proposed": _("待采购方答复"),
        "agreed": _("已约定,待交货"),
        "delivered": _("已交货,待收款"),
        "received": _("农户已收款"),
        "declined": _("采购方不买"),
        "cancelled": _("已取消"),
    }
    return words.get(name, name)


def kind(name: str) -> str:
    """What a buyer is."""
    words = {
        "helper": _("帮扶责任人"),
        "unit": _("帮扶单位"),
        "person": _("爱心人士"),
        "firm": _("企业"),
        "organisation": _("社会组织"),
    }
    return words.get(name, name)


def mode(name: str) -> str:
    """The way of buying."""
    words = {"help": _("以购助扶"), "resell": _("以购代销"), "instead_of_giving": _("以购代捐")}
    return words.get(name, name)


def says(name: str) -> str:
    """What somebody who would pay has said."""
    return {"asked": _("待答复"), "yes": _("愿意"), "no": _("不愿意")}.get(name, name)


def level(name: str) -> str:
    """How far the buyer is."""
    words = {"own": _("结对户"), "village": _("本村"), "town": _("本镇"), "county": _("全县")}
    return words.get(name, name)


def amount(quantity: Decimal) -> str:
    """A quantity without needless noughts."""
    return f"{quantity.normalize():f}"


def fen_of(text: str, where: str) -> int:
    """Fen of an amount in yuan. Raises Refusal for what is none."""
    try:
        return money.read(text)
    except ValueError as error:
        raise Refusal("金额要写成 12.50 这样,最多两位小数。", "Write the amount like 12.50.", where) from error


def quantity_of(text: str) -> Decimal:
    """A quantity. Raises Refusal for what is none."""
    try:
        found = Decimal(text.strip().replace("，", ","))
    except InvalidOperation as error:
        raise Refusal("数量要写成 12 或 12.5 这样。", "Write the quantity like 12 or 12.5.", "quantity") from error
    if not found.is_finite() or abs(found) > 10**9:
        raise Refusal("数量超出范围。", "The quantity is out of range.", "quantity")
    return found
