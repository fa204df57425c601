"""Where a deed that a reason names has its page, and who may open it."""

from __future__ import annotations

from django.urls import resolve, reverse

from doudi.policy.deeds import Deed
from doudi.web.reader import Reader

# By the deed's kind. A lot of stock stands in its household's list.
PAGES = {
    "purchase": "purchase",
    "order_list": "order-list",
    "stock": "stock",
    "journey": "journey",
    "post": "post",
    "claim": "hire",
    "work": "work",
    "entitlement": "entitlement",
}


def address(deed: Deed, reader: Reader) -> str:
    """The address of a deed's page; empty for whom it does not open."""
    route = PAGES[deed.kind]
    path = reverse(route) if deed.kind == "stock" else reverse(route, args=[deed.key])
    if not reader.may(resolve(path).func.permission):  # type: ignore[attr-defined]
        return ""
    return f"{path}?code={deed.key}" if deed.kind == "stock" else path
