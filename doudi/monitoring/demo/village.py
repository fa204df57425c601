"""The village of the demo county: 青杠村 patrolled for the most part, needs, a ledger with a line at every state."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from doudi.access.scope import as_engine
from doudi.monitoring import need_decisions, patrols, suspicions
from doudi.monitoring.needs import Need
from doudi.monitoring.patrols import Asked
from doudi.policy.runs import Run
from doudi.register.demo.places import QINGGANG
from doudi.register.households import Household
from doudi.register.persons import Person

TODAY = date(2020, 2, 27)
VILLAGE, TOWN = "village", "town"
MOST = 40
BACK = ("nobody", "nobody", "county", "province", "nobody", "elsewhere", "nobody", "nobody", "hubei")
LINES = (
    ("务工收入填8000元,去年没有外出过", ("return",)),
    ("户主已过世,未更正户主", ("visit",)),
    ("登记有养殖收入,现场没有圈舍", ("settle",)),
    ("同村反映有小汽车", ("visit", "visited", "reject")),
    ("少登记了一个在外读书的女儿", ()),
)
REASONS = {
    "return": "请村里问清是哪一年的收入",
    "visit": "请驻村工作队三天内上门看",
    "visited": "车是外甥的,行驶证已看",
    "settle": "属实,已报县里更正来源",
    "reject": "车不是本户的",
}


def load(run: Run) -> dict[str, int]:
    """Patrol the village, decide some needs, write the ledger; answers how many of each."""
    with transaction.atomic(), as_engine():
        doors = list(Household.objects.filter(place_code=QINGGANG, residences__until_day=None).order_by("pk"))
        doors = doors[: min(MOST, len(doors) * 3 // 4)]
        for n, household in enumerate(doors):
            _patrol(household, n)
        for household, (what, steps) in zip(doors, LINES, strict=False):
            _ledger(household, what, steps)
        decided = _decide(run)
    return {"doors": len(doors), "lines": min(len(doors), len(LINES)), "needs": decided}


def _patrol(household: Household, n: int) -> None:
    people = list(Person.objects.filter(household=household).order_by("code").values_list("pk", flat=True))
    grown = frozenset(people[1:2]) if n % 4 == 1 else frozenset()
    asked = Asked(
        ill=frozenset(people[-1:]) if n % 11 == 3 else frozenset(),
        isolated=frozenset(people[:1]) if BACK[n % len(BACK)] == "hubei" else frozenset(),
        back_from=BACK[n % len(BACK)],
        willing=grown,
        unsold=n % 9 == 2,
        inputs=n % 5 == 0,
        persons=frozenset(people),
    )
    day = TODAY - timedelta(days=n % 3)
    patrols.write(household, asked, by=VILLAGE, on=day, now=datetime(2020, 2, 27, 8, tzinfo=UTC))


def _ledger(household: Household, what: str, steps: tuple[str, ...]) -> None:
    one = suspicions.raise_one(
        household, what, step=suspicions.VILLAGE, by=VILLAGE, on=TODAY - timedelta(days=len(steps))
    )
    for at, verdict in enumerate(steps):
        who = VILLAGE if verdict in ("answer", "visited") else TOWN
        one = suspicions.move(one, verdict, REASONS[verdict], by=who, on=TODAY - timedelta(days=len(steps) - at - 1))


def _decide(run: Run) -> int:
    """Every third need the patrol found is decided with the first measure that meets it; the next is proposed."""
    measures, decided = run.pack.pack.measures, 0
    for n, need in enumerate(Need.objects.live().filter(place_code=QINGGANG, noted_by=VILLAGE).order_by("pk")):
        offered = need_decisions.offers(need.code, measures)
        if offered and n % 3 == 0:
            need_decisions.decide(need, offered[0], reason="", measures=measures, by=TOWN, on=TODAY)
            decided += 1
        elif offered and n % 3 == 1:
            need_decisions.propose(need, offered[0], measures=measures, by=VILLAGE, on=TODAY)
    return decided
