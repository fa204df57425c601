"""How each address is filled for the access matrix: which thing of the demo county stands in its place.

A new route with arguments needs a line in FILL: the noun of tests/web/rows/ whose rows fill it, in every relation to
the reader; `HOME` and `AREA` for a household or a place; a dictionary for what is there for everybody the permission
lets in; `NOWHERE` only for what needs more than its address to be there, so that it is 404 to all of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doudi.access import permissions
from tests.access.routes import Route
from tests.web.rows import NOUNS, Row, standing

RELATIONS = ("own", "ancestor", "descendant", "sibling", "other_county", "none")
HOME, AREA, VILLAGE, CHECK, NOWHERE = "household", "area", "village", "check", "nowhere"
MEASURE = "02_farm_purchases"
READERS = {  # account: role, place of its duty
    "": ("", None),
    "helper": ("helper", ""),
    "village": ("village_officer", "510921110212"),
    "town": ("town_clerk", "510921110"),
    "county": ("county_officer", "510921"),
    "bureau": ("bureau", "510921"),
    "bank": ("bank", "510921"),
    "treasurer": ("treasurer", "510921"),
    "supervisor": ("supervisor", "510921"),
    "auditor": ("auditor", "510921"),
    "admin": ("administrator", ""),
}
_OF_SHEET = ("", "-accept", "-discard", "-refused")
FILL: dict[str, str | Mapping[str, str]] = {
    "place": AREA,
    "patrol-door": HOME,
    "household-paper": HOME,
    "sheet-type": HOME,
    **dict.fromkeys(("suspicion", "suspicion-decide", "suspicion-answer"), "suspicion"),
    **dict.fromkeys(("need-propose", "need-decide"), "need"),
    "check-mark": "check to mark",
    "review-decide": "review",
    "desk-close": "desk",
    **dict.fromkeys((f"paper-sheet{what}" for what in _OF_SHEET), "table of a patrol"),
    **dict.fromkeys((f"check-book{what}" for what in _OF_SHEET), "table of check sheets"),
    "village-questions": VILLAGE,
    "household": HOME,
    "history": HOME,
    "answer": HOME,
    "reaching": HOME,
    "why": HOME,
    "reveal": HOME,
    "measure": {"name": MEASURE},
    "measure-sql": {"name": MEASURE},
    "measure-why": HOME,
    "run": {"number": "1"},
    "replay": {"number": "1"},
    "view-remove": "saved view",
    "account": {"username": "helper"},
    "account-act": {"username": "helper"},
    "duty-give": {"username": "helper"},
    "duty-end": "duty",
    "import-profile": {"name": "roster"},
    **dict.fromkeys(("import", "import-again", "import-accept", "import-columns", "import-problems"), "upload"),
    "import-discard": "spare upload",
    **dict.fromkeys((f"place-list{what}" for what in _OF_SHEET), "list of places"),
    "division": {"code": "510921110212"},
    "division-rename": {"code": "510921110212"},
    "division-merge": {"code": "510921110212"},
    "division-divide": {"code": "510921110212"},
    "check": CHECK,
    "exempt": "finding",
    "exemption-decide": "exemption",
    "pack": {"prefix": ""},
    "pack-difference": {"prefix": "", "other": ""},
    "draft-begin": {"prefix": ""},
    **dict.fromkeys(("work", "work-check", "work-act", "work-decide"), "project"),
    **dict.fromkeys(
        ("works-sheet", "works-sheet-accept", "works-sheet-discard", "works-sheet-refused"), "table of projects"
    ),
    "bank-accounts": HOME,
    **dict.fromkeys(("budget", "budget-appropriate", "payment", "return", "return-decide"), NOWHERE),
    **dict.fromkeys(("batch", "batch-check", "batch-send", "batch-give-up", "batch-file"), NOWHERE),
    **dict.fromkeys(("batch-paper", "batch-answer"), NOWHERE),
    **dict.fromkeys(("care-case", "care-act", "care-decide"), NOWHERE),
    **dict.fromkeys(("insurance-claim", "insurance-visit", "insurance-answer", "insurance-answer-accept"), NOWHERE),
    **dict.fromkeys(("insurance-answer-discard", "insurance-answer-refused"), NOWHERE),
    **dict.fromkeys(("care-result", "care-result-accept", "care-result-discard", "care-result-refused"), NOWHERE),
    **dict.fromkeys(("disagreement", "disagreement-decide"), "disagreement"),
    **dict.fromkeys(("alert", "alert-act"), "alert"),
    **dict.fromkeys((f"monitored-{what}" for what in ("file", "paper", "write", "leave")), "monitored file"),
    "outlook": HOME,
    **dict.fromkeys(("budget", "budget-appropriate"), "budget"),
    "payment": "payment",
    **dict.fromkeys(("return", "return-decide"), "bank's answer"),
    **dict.fromkeys(("batch", "batch-check", "batch-send", "batch-give-up", "batch-file"), "batch"),
    **dict.fromkeys(("batch-paper", "batch-answer"), "batch"),
    **dict.fromkeys(("care-case", "care-act", "care-decide"), "care case"),
    **dict.fromkeys((f"care-result{what}" for what in _OF_SHEET), "table of care results"),
    **dict.fromkeys(("insurance-claim", "insurance-visit"), "insurance claim"),
    **dict.fromkeys((f"insurance-answer{what}" for what in _OF_SHEET), "table of insurance answers"),
    "export": "export",
    "export-answer": "export",
    "export-file": "own export",
    **dict.fromkeys(("draft", "draft-file", "draft-check", "draft-number", "draft-trial", "draft-who"), "draft"),
    **dict.fromkeys(("draft-catch-up", "draft-propose", "draft-close"), "draft"),
    **dict.fromkeys(("proposal", "proposal-trial", "proposal-who", "proposal-decide", "proposal-withdraw"), "proposal"),
    **dict.fromkeys((f"opening-sheet{what}" for what in _OF_SHEET), "table of openings"),
    **dict.fromkeys(("transfer-opening", "opening-ask", "opening-close"), "opening"),
    "match-answer": "worker asked",
    **dict.fromkeys(("journey-plan", "journey-plan-adopt", "journey-plan-discard"), "journey plan"),
    **dict.fromkeys((f"journey-sheet{what}" for what in _OF_SHEET), "table of arrivals"),
    **dict.fromkeys(("journey", "journey-act", "journey-declare"), "journey"),
    **dict.fromkeys(("journey-paper", "journey-table", "journey-bring"), "journey"),
    **dict.fromkeys((f"stock-sheet{what}" for what in _OF_SHEET), "table of stock"),
    **dict.fromkeys(("stock-off", "stock-order"), "produce"),
    "buyer-wish": "buyer",
    **dict.fromkeys(("purchase", "purchase-answer", "purchase-deliver"), "purchase"),
    **dict.fromkeys(("purchase-receive", "purchase-cancel"), "purchase"),
    **dict.fromkeys(("purchase-plan", "purchase-plan-adopt", "purchase-plan-discard"), "purchase plan"),
    **dict.fromkeys(("order-list", "order-settle", "order-accept", "order-discard", "order-refused"), "list of orders"),
    **dict.fromkeys(("post", "post-act"), "post"),
    "post-appoint": "claim to a post",
    **dict.fromkeys(("hire", "hire-act"), "hire"),
    **dict.fromkeys((f"post-sheet{what}" for what in _OF_SHEET), "table of attendance"),
    **dict.fromkeys((f"hire-sheet{what}" for what in _OF_SHEET), "table of hires"),
    "plain-sheet": HOME,
    "phone-form": HOME,
    "phone-photo": NOWHERE,
    "phone-words": {"language": "en"},
    "device-revoke": "telephone",
    "account-device-revoke": "anybody's telephone",
    "kept-work-act": "kept work",
    "dispute-settle": "dispute",
    "contact-end": "number to call",
    **dict.fromkeys((f"contact-sheet{what}" for what in _OF_SHEET), "table of numbers to call"),
    "check-photo": "photograph",
    **dict.fromkeys(("telling-household", "told-record", "consent-record", "counselling-ask"), HOME),
    **dict.fromkeys(("campaign", "campaign-audio", "campaign-picture", "campaign-paper"), "campaign"),
    "campaign-households": "campaign",
    **dict.fromkeys((f"receipt-sheet{what}" for what in _OF_SHEET), "table of receipts"),
    **dict.fromkeys(("campaign-start", "campaign-send", "campaign-escalate"), "campaign of one's own"),
    "campaign-end": "spare campaign",
    "dispatch-confirm": "message",
    "dispatch-again": "message of a campaign",
    **dict.fromkeys(("counselling-name", "counselling-close"), "request for counselling"),
    **dict.fromkeys(("gateway-close", "gateway-key", "gateway-receive"), "gateway"),
    **dict.fromkeys(("told", "told-audio"), "public text"),
    "loan-form": {"name": "answers"},
    "loan-bring": {"name": "list"},
    **dict.fromkeys((f"loan-sheet{what}" for what in _OF_SHEET), "table of loans"),
    **dict.fromkeys(
        ("handing-sheet", "handing-take-in", "handing-discard", "handing-refused"), "table of goods handed out"
    ),
    **dict.fromkeys(("entitlement", "evidence-bring", "objection-record"), "entitlement"),
    **dict.fromkeys(("entitlement-take-back", "entitlement-confirm", "deed-settle"), "entitlement"),
    **dict.fromkeys(("evidence-look", "evidence-file"), "evidence"),
    "objection-answer": "objection",
    **dict.fromkeys(("notice", "notice-paper"), "notice"),
    "public-notice": "public notice",
}


# The household's own number, which its helper calls, stands on the telephone (docs/decisions/0056).
CALLED = ("/m/api/pull", "/m/form/")


def called(address: str) -> frozenset[str]:
    """What an address may say besides what its reader reads."""
    return frozenset({"identity"}) if address.startswith(CALLED) else frozenset()


QUERY = {"draft-file": "?file=pack.toml"}  # what an address must ask for besides
OF_DUTY = {"openings"}  # of the reader's own place: not there for a duty without one
IN_FORM = {
    "batch-make",
    "depots-keep",
    "handover-paper",
    "map-withdraw",
    "purchase-slips",
    "runs-compare-why",
    "what-if-who",
}  # names its thing in the form or the query, empty here: not there, so 404


@dataclass(frozen=True, slots=True)
class Home:
    """A household of the demo county; `id` 0 and a code of nothing for `none`."""

    id: int
    code: str
    place_code: str


@dataclass(frozen=True)
class World:
    """What the matrix knows of the county: every household, the helper's own, the pack in force."""

    homes: tuple[Home, ...]
    paired: frozenset[int]
    pack: str
    names: Mapping[int, frozenset[str]]  # of each household's head and members
    rows: Mapping[str, tuple[Row, ...]]  # of each noun
    _homes: dict[tuple[str, str], Home] = field(default_factory=dict)

    @property
    def canary(self) -> int:
        """The household of which each class of sensitivity says a word of its own."""
        return self.rows["sentinels"][0].household

    def place_of(self, reader: str) -> str | None:
        """The place of a reader's duty."""
        return READERS[reader][1]

    def helped(self, reader: str) -> frozenset[int]:
        """The households a reader is paired with."""
        return self.paired if reader == "helper" else frozenset()

    def holds(self, reader: str, permission: str) -> bool:
        """Whether the declaration gives a reader a permission."""
        return READERS[reader][0] in _DECLARED[permission]["roles"]

    def covers(self, reader: str, home: Home) -> bool:
        """The oracle: whether a household is within a reader's duty."""
        place = READERS[reader][1]
        return bool(home.id) and ((reader == "helper" and home.id in self.paired) or _within(home.place_code, place))

    def home(self, reader: str, relation: str) -> Home:
        """A household that stands so to the reader."""
        if (reader, relation) not in self._homes:
            self._homes[reader, relation] = self._home(reader, relation)
        return self._homes[reader, relation]

    def _home(self, reader: str, relation: str) -> Home:
        place = READERS[reader][1] or "510921110212"
        if relation == "none":
            return Home(0, "510921110212-9999", "")
        if relation == "other_county":
            return next(h for h in self.homes if not h.place_code.startswith("510921"))
        canary = next(h for h in self.homes if h.id == self.canary)
        if relation == "own" and self.covers(reader, canary):
            return canary
        county = [h for h in self.homes if h.place_code.startswith("510921")]
        mine = [h for h in county if (h.id in self.paired if reader == "helper" else h.place_code.startswith(place))]
        outer = [h for h in county if h not in mine]
        near = [h for h in outer if h.place_code.startswith(place[:-3] if len(place) > 6 else place)]
        far = [h for h in outer if h not in near]
        found = {"own": mine[:1], "descendant": mine[-1:], "sibling": near[:1], "ancestor": far[-1:]}[relation]
        return (found or outer or mine)[0]


def world(made: Mapping[str, tuple[Row, ...]]) -> World:
    """What is known of the county we are connected to, and the rows made in it."""
    from django.db import transaction
    from django.utils import timezone

    from doudi.access.scope import as_engine
    from doudi.access.users import User
    from doudi.policy.versions import in_force
    from doudi.register.households import Household
    from doudi.register.pairings import households_of
    from doudi.register.persons import Person

    with transaction.atomic(), as_engine():
        names: dict[int, set[str]] = {}
        for number, name in Person.objects.filter(household__isnull=False).values_list("household_id", "name"):
            names.setdefault(int(number or 0), set()).add(name)
        homes = tuple(Home(*row) for row in Household.objects.order_by("code").values_list("id", "code", "place_code"))
    with transaction.atomic():
        paired = households_of(User.objects.get(username="helper"), timezone.localdate())
    return World(homes, paired, in_force("pengxi_2020").hash, {n: frozenset(some) for n, some in names.items()}, made)


def _within(code: str, place: str | None) -> bool:
    return bool(place) and code.startswith(str(place))


def _area(reader: str, relation: str, world: World, *, village: bool) -> str:
    place = READERS[reader][1] or "510921110212"
    if relation == "none":
        return "999999999999" if village else "999999"
    code = world.home(reader, relation).place_code
    if village:
        return code
    return {"own": place, "ancestor": place[:-3] if len(place) > 6 else "110101", "other_county": "110101"}.get(
        relation, code
    )


def filled(route: Route, reader: str, relation: str, world: World) -> tuple[dict[str, str], bool]:
    """The arguments of an address for a relation, and whether what they name is within the reader's duty."""
    fill = FILL.get(route.name) if route.arguments else {}
    if route.name in IN_FORM:
        return {}, False
    if route.name in OF_DUTY:
        return {}, bool(READERS[reader][1])
    if fill is None:
        raise AssertionError(
            f"/{route.path} has no row: say in tests/web/relations.py FILL[{route.name!r}] which noun of"
            f" tests/web/rows/ fills it ({', '.join(NOUNS)}, or a new one)"
        )
    if fill == CHECK:
        return {"name": world.rows["finding"][0].arguments["name"]}, True
    if isinstance(fill, str) and fill in NOUNS:
        return _row(route, fill, reader, relation, world)
    if fill == NOWHERE:
        return dict.fromkeys(route.arguments, "999999"), False
    if isinstance(fill, Mapping):
        return {name: fill[name] or world.pack for name in route.arguments}, True
    if fill in (AREA, VILLAGE):
        code = _area(reader, relation, world, village=fill == VILLAGE)
        return {route.arguments[0]: code}, _within(code, READERS[reader][1])
    home = world.home(reader, relation)
    whole = {"code": home.code, "kind": "household", "subject": str(home.id), "measure": MEASURE, "name": MEASURE}
    return {name: whole[name] for name in route.arguments}, world.covers(reader, home)


def _row(route: Route, noun: str, reader: str, relation: str, world: World) -> tuple[dict[str, str], bool]:
    """A row of a noun in that relation, or a number none has."""
    row = standing(world.rows[noun], relation, reader, READERS[reader][1])
    nobody = dict.fromkeys(("number", "subject", "code", "token"), "999999")
    known = {**world.rows[noun][0].arguments, **nobody}
    nothing = dict.fromkeys(("number", "subject", "code", "token"), "999999")
    known = {**world.rows[noun][0].arguments, **nothing}
    return (
        {name: (row.arguments if row else known)[name] for name in route.arguments},
        row is not None and NOUNS[noun].sees(reader, row, world),
    )


def household_of(route: Route, reader: str, relation: str, world: World) -> int:
    """Which household the row of an address is of; 0 for none."""
    fill = FILL.get(route.name)
    if fill == HOME:
        return world.home(reader, relation).id
    row = (
        standing(world.rows[fill], relation, reader, READERS[reader][1])
        if isinstance(fill, str) and fill in NOUNS
        else None
    )
    return row.household if row else 0


def varies(route: Route) -> bool:
    """Whether the address names something of the register, so that every relation is tried."""
    fill = FILL.get(route.name)
    return fill in (HOME, AREA, VILLAGE) or (isinstance(fill, str) and fill in NOUNS)


_DECLARED: Mapping[str, Any] = tomllib.loads(
    Path(permissions.__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


SIGNED = {"gateway-receive"}  # open to whoever signs what they send, and nothing here is signed


def expected(route: Route, reader: str, method: str, *, inside: bool) -> str:
    """The oracle: door (302 to sign in), function (403), method (405), row (404) or in."""
    if route.permission != permissions.PUBLIC:
        if not reader:
            return "door"
        if READERS[reader][0] not in _DECLARED[route.permission]["roles"]:
            return "function"
    if method not in route.methods:
        return "method"
    found = "in" if inside else "row"
    return "door" if found == "in" and route.name in SIGNED else found


def told(answer: Any) -> str:
    """The same words for what came."""
    status, where = answer.status_code, answer.headers.get("Location", "")
    if status == 401 or (status == 302 and where.startswith("/sign-in/?")):
        return "door"
    known = {403: "function", 404: "row", 405: "method"}
    return known.get(status) or ("in" if status in (200, 301, 302, 303, 400, 409, 422, 429) else f"{status}")


CODE = re.compile(r"(?<!\d)\d{12}-\d{4}(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
