"""The pages of the work built upon the decisions, and the files that leave: who reads each.

Pages of deeds, money and projects, of the village, of monitoring, of telling, of the phone; papers and workbooks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

VILLAGE = "510921110212"
# Every deed, money and the projects, read by the county.
DEEDS = (
    *(f"/deeds/{at}" for at in (
        "", "entitlements/", "hires/", "posts/", "posts/pay/", "journeys/", "openings/", "purchases/",
        "purchases/below/", "purchases/stock/", "plan/", "orders/", "care/", "insurance/", "inputs/", "loans/",
        "loans/extend/", "loans/lend/",
    )),
    *(f"/money/{at}" for at in ("", "payments/", "batches/", "reconciliation/")),
    "/works/", "/works/charts/",
)  # fmt: skip
PAGES = {
    "county": (
        *DEEDS,
        *(f"/watch/{at}" for at in (
            "", "?place=510921110", "copies/", "disagreements/", "disagreements/?copy=national", "alerts/",
            "monitored/", "monitored/?state=gone", "outlook/", "outlook/?risk=below",
        )),
        *(f"/telling/{at}" for at in (
            "", "untold/", "counselling/", "scripts/", "gateways/", "queue/", "new/",
        )),
        *(f"/village/{at}" for at in ("", "patrol/", "disputes/", "ledger/", "needs/", "reviews/")),
        "/contacts/", "/kept-work/", "/telephones/rule/", "/divisions/lists/",
    ),
    "town": ("/village/", "/village/needs/", "/telling/", "/watch/", "/watch/alerts/"),
    "village": (
        *(f"/village/{at}" for at in (
            "", "patrol/", f"patrol/{VILLAGE}-0001/", "ledger/", "disputes/", "needs/", "checks/", "reviews/", "desks/",
            "paper/", "paper/type/",
        )),
        "/contacts/", "/watch/",
    ),
    "helper": ("/m/", "/m/form/", "/account/devices/", "/telling/", "/telling/queue/"),
    "telephone": ("/m/api/pull",),
}  # fmt: skip
# What a person asks for once and waits for: drawn or written for them alone.
FILES = {
    "county": (
        *(f"/watch/{at}export/" for at in ("disagreements/", "alerts/", "monitored/")),
        *(f"/watch/disagreements/corrections/?copy={copy}" for copy in ("national", "provincial")),
        "/works/export/", "/works/export/?kind=progress", "/works/paper/",
        *(f"/deeds/{at}/paper/" for at in ("care", "hires", "posts/pay", "insurance")),
        f"/deeds/inputs/handing/paper/?place={VILLAGE}", "/telling/receipts/form/",
    ),
    "village": (*(f"/village/paper/{at}/" for at in ("patrol", "sheet", "form")),
                f"/village/paper/households/{VILLAGE}-0001/"),
    "helper": ("/telling/queue/paper/",),
}  # fmt: skip
# Pages that are reached from another: (reader, list, the address of one of what it lists).
FIRST_OF = (
    ("county", "/watch/disagreements/", r"/watch/disagreements/\d+/"),
    ("county", "/watch/alerts/", r"/watch/alerts/\d+/"),
    ("county", "/watch/monitored/", r"/watch/monitored/\d+/"),
    ("county", "/watch/outlook/", r"/watch/outlook/\d{12}-\d+/"),
    ("county", "/telling/", r"/telling/campaigns/\d+/"),
    ("county", "/works/", r"/works/projects/[^/\"]+/"),
    ("village", "/village/ledger/", r"/village/ledger/\d+/"),
    ("helper", "/m/form/", r"/m/form/\d{12}-\d+/"),
)
Read = Callable[[str, str], str]  # (reader, address) → the page


def pages(read: Read) -> Iterator[tuple[str, str]]:
    """(reader, address) of every page; `read` finds those that others lead to. Raises SystemExit where one is gone."""
    yield from ((reader, address) for reader, addresses in PAGES.items() for address in addresses)
    for reader, listed, pattern in FIRST_OF:
        found = re.search(f'href="({pattern})', read(reader, listed))
        if found is None:
            raise SystemExit(f"{listed}: nothing like {pattern} is listed")
        yield reader, found[1]
        if pattern.startswith("/telling/campaigns/"):
            yield reader, f"{found[1]}households/"


def files() -> Iterator[tuple[str, str]]:
    """(reader, address) of every file."""
    yield from ((reader, address) for reader, addresses in FILES.items() for address in addresses)
