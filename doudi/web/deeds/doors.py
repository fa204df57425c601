"""The ways from what waits to every kind of deed: those whose address exists and whose permission is held."""

from __future__ import annotations

from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from doudi.web.reader import Reader


def doors(reader: Reader) -> list[tuple[str, str]]:
    """(address, words) of each."""
    named = [
        ("/deeds/purchases/", _("消费扶贫")),
        ("/deeds/plan/", _("配对方案")),
        ("/deeds/orders/", _("平台订单")),
        ("/deeds/inputs/", _("农资")),
        ("/deeds/journeys/", _("就业专项行动")),
        ("/deeds/openings/", _("用工岗位")),
        ("/deeds/posts/", _("临时性公益岗位")),
        ("/deeds/hires/", _("本地就业奖补")),
        ("/deeds/care/", _("特殊关爱")),
        ("/deeds/insurance/", _("防贫保")),
        ("/deeds/loans/", _("小额信贷")),
    ]
    return [(address, words) for address, words in named if _opens(address, reader)]


def _opens(address: str, reader: Reader) -> bool:
    try:
        view = resolve(address).func
    except Resolver404:
        return False
    return reader.may(getattr(view, "permission", ""))
