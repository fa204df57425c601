"""Plans of who could buy what from whom: made by a job over the whole county, looked at, adopted as questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN
from typing import Any, NamedTuple

from django.db import models

from doudi.access.scope import as_engine
from doudi.delivery import buyers, campaigns, floors, matching, price_bands
from doudi.delivery.buyers import Buyer
from doudi.delivery.matching import Lot, Offer, Plan, Problem, Stock
from doudi.delivery.purchases import PROPOSED, Purchase, paid_by
from doudi.delivery.stock import Produce, measured
from doudi.policy.snapshots import county_code
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.register.pairings import Pairing
from doudi.register.spans import holds_on
from doudi.trail import jobs
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

MADE, ADOPTED, DISCARDED = "made", "adopted", "discarded"
PLAN = "delivery.purchase_plans.work"


class PurchasePlan(models.Model):
    """One plan. `lots`: [produce, buyer, unit or null, fen, level, quantity as text]; `told`: its sums and shortage."""

    STATES = [(MADE, "made"), (ADOPTED, "adopted"), (DISCARDED, "discarded")]

    id = models.BigAutoField(primary_key=True)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    state = models.CharField(max_length=10, choices=STATES, default=MADE)
    on_day = models.DateField()
    floor_fen = models.BigIntegerField()
    told = models.JSONField(default=dict)
    lots = models.JSONField(default=list)
    made_by = models.CharField(max_length=150)
    closed_by = models.CharField(max_length=150, blank=True, default="")
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "delivery_purchase_plan"
        ordering = ["-id"]
        constraints = [place_code_is_whole("purchase_plan_place_code_whole")]


class Task(NamedTuple):
    """A problem, and what was left out of it: stock whose price lies outside the market's band."""

    problem: Problem
    floor_fen: int
    outside: int
    produce: dict[int, Produce]


def ask(*, on: date, by: str) -> str:
    """Ask for a plan; one that waits or is under way is the answer to everybody who asks meanwhile."""
    news = jobs.latest(PLAN)
    if news is not None and news.open:
        return news.key
    return jobs.defer(PLAN, by=by, on=on.isoformat(), actor=by)


@jobs.job(PLAN)
def work(key: str, *, on: str, actor: str) -> dict[str, Any]:
    """Make a plan; answers its number."""
    made = make(on=date.fromisoformat(on), by=actor, key=key)
    return {"plan": made.pk}


def make(*, on: date, by: str, key: str = "") -> PurchasePlan:
    """Plan over the whole county as it stands, and keep the plan. Raises Refusal where no floor is decided."""

    def tell(said: str, part: float) -> None:
        if key:
            jobs.tell(key, said, part)

    with carry_out(
        "delivery.purchase_plans.make", by=by, key=jobs.command(key) if key else None, payload=[on.isoformat()]
    ) as act:
        with as_engine():
            tell("reading", 0.1)
            task = read(on=on)
            tell("solving", 0.3)
            plan = matching.plan_purchases(task.problem)
            tell("storing", 0.9)
            made = PurchasePlan.objects.create(
                place_code=county_code(),
                on_day=on,
                floor_fen=task.floor_fen,
                told=tell_plan(task, plan),
                lots=[_kept(lot, task.produce[lot.stock]) for lot in plan.lots],
                made_by=by,
            )
        act.result = made.pk
    return made


def _kept(lot: Lot, produce: Produce) -> list[Any]:
    much = measured(lot.fen, produce.price_fen)
    quantity = min(produce.left, much.quantize(1, rounding=ROUND_DOWN) if produce.by_piece else much)
    return [lot.stock, lot.buyer, lot.unit, lot.fen, lot.level, f"{quantity:f}"]


def read(*, on: date) -> Task:
    """The problem of a day: the stock on offer, what each household lacks, what each buyer would still spend."""
    campaign = campaigns.present(on=on)
    if campaign.floor_fen is None:
        raise Refusal(
            "每户销售保底额还没有定。请先在政策参数里定下来。",
            "The floor of sales is not decided. Decide it among the parameters of the policy first.",
        )
    produce = {each.pk: each for each in Produce.objects.on_offer().filter(seen_on__lte=on).order_by("pk")}
    bands = price_bands.newest((each.kind for each in produce.values()), on=on)
    fair = {pk: each for pk, each in produce.items() if _fair(each, bands)}
    needs = {
        row.household_id: max(0, campaign.floor_fen - row.sold - row.promised)
        for row in floors.standings(campaign, on=on)
        if row.left
    }
    offers = _offers(on)
    helpers = tuple(each for each in offers[buyers.HELPER] if each.unit is not None)
    problem = Problem(
        needs=needs,
        stock=tuple(
            Stock(pk, each.household_id, each.place_code, each.kind, each.left_fen, each.price_fen, each.by_piece)
            for pk, each in fair.items()
        ),
        helpers=helpers,
        paired=_paired(on),
        units=tuple(offers[buyers.UNIT]),
        others=tuple(each for kind in (buyers.PERSON, buyers.FIRM, buyers.ORGANISATION) for each in offers[kind]),
    )
    return Task(problem, campaign.floor_fen, len(produce) - len(fair), produce)


def _fair(each: Produce, bands: Mapping[tuple[str, str], price_bands.PriceBand]) -> bool:
    band = bands.get((each.kind, each.unit))
    return band is None or band.low_fen <= each.price_fen <= band.high_fen


def _offers(on: date) -> dict[str, list[Offer]]:
    """Every stated wish, less what the buyer has bought or is asked about since it was stated."""
    spent: Counter[int] = Counter()
    said = dict(Buyer.objects.exclude(said_on=None).values_list("pk", "said_on"))
    rows = Purchase.objects.live().values_list("buyer_id", "buyer_fen", "unit_id", "unit_fen", "made_on")
    for buyer, buyer_fen, unit, unit_fen, day in rows:
        for who, fen in ((buyer, buyer_fen), (unit, unit_fen)):
            if who in said and day >= said[who]:
                spent[who] += fen
    found: dict[str, list[Offer]] = defaultdict(list)
    for each in Buyer.objects.exclude(most_fen=None).filter(said_on__lte=on).order_by("pk"):
        left = max(0, (each.most_fen or 0) - spent[each.pk])
        found[each.kind].append(
            Offer(each.pk, each.place_code, left, frozenset(each.kinds), tuple(each.places), each.unit_id)
        )
    return found


def _paired(on: date) -> dict[int, tuple[int, ...]]:
    """The households each helper among the buyers stands by."""
    accounts = dict(Buyer.objects.filter(kind=buyers.HELPER).exclude(username="").values_list("username", "pk"))
    found: dict[int, list[int]] = defaultdict(list)
    rows = Pairing.objects.filter(holds_on(on), helper__username__in=accounts)
    for username, household in rows.order_by("household_id").values_list("helper__username", "household_id"):
        found[accounts[username]].append(household)
    return {helper: tuple(homes) for helper, homes in found.items()}


def tell_plan(task: Task, plan: Plan) -> dict[str, Any]:
    """A plan in sums: how many reach the floor, what lacks in which village and why, effort, bound and gap."""
    stock = {each.id: each for each in task.problem.stock}
    homes = {household for household, need in task.problem.needs.items() if need}
    villages = {each.household_id: each.place_code for each in task.produce.values()}
    return {
        "households": len(homes),
        "reached": len(homes) - len(plan.lacking),
        "lots": len(plan.lots),
        "fen": sum(lot.fen for lot in plan.lots),
        "helper_fen": sum(lot.fen // 2 for lot in plan.lots if lot.unit is not None),
        "trips": len({(lot.buyer, stock[lot.stock].village) for lot in plan.lots if lot.level != "own"}),
        "levels": dict(Counter(lot.level for lot in plan.lots)),
        "effort": plan.effort,
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "lacking_fen": sum(plan.lacking.values()),
        "outside_band": task.outside,
        "villages": _short_villages(task, plan, villages),
        "proof": _proof(plan),
    }


def _short_villages(task: Task, plan: Plan, villages: Mapping[int, str]) -> list[dict[str, Any]]:
    """Where something lacks: how much of it because the stock is worth less than the need, the rest for money."""
    worth: Counter[int] = Counter()
    for each in task.problem.stock:
        worth[each.household] += each.fen // each.price * each.price if each.whole else each.fen
    found: dict[str, dict[str, Any]] = {}
    for household, lacking in sorted(plan.lacking.items()):
        code = villages[household]
        row = found.setdefault(code, {"village": code, "households": 0, "stock_fen": 0, "money_fen": 0})
        stock = min(lacking, max(0, task.problem.needs[household] - worth[household]))
        row["households"] += 1
        row["stock_fen"] += stock
        row["money_fen"] += lacking - stock
    return [found[code] for code in sorted(found)]


def _proof(plan: Plan) -> dict[str, int] | None:
    short = plan.shortage
    if short is None:
        return None
    names = ("needed", "stock", "helpers", "units", "others", "lacking")
    return {"households": len(short.households), **{name: getattr(short, name) for name in names}}


def adopt(plan: PurchasePlan, *, on: date, by: str) -> dict[str, int]:
    """Ask each buyer about each lot that still fits stock and wishes. Answers how many `asked` and `left_out`.

    Nothing is imposed: a proposal binds nobody until those who would pay have said yes.
    """
    held = PurchasePlan.objects.select_for_update().get(pk=plan.pk)
    _refuse_closed(held)
    with carry_out("delivery.purchase_plans.adopt", by=by, payload=[held.pk, on.isoformat()]) as act, as_engine():
        rows = _fitting(held, on)
        Purchase.objects.bulk_create([_proposal(row, held, on, by) for row in rows], batch_size=2_000)
        held.state, held.closed_by, held.closed_on = ADOPTED, by, on
        held.save(update_fields=["state", "closed_by", "closed_on"])
        act.result = {"asked": len(rows), "left_out": len(held.lots) - len(rows)}
    return dict(act.result)


class Row(NamedTuple):
    """One lot of a plan with what it names."""

    produce: Produce
    buyer: Buyer
    unit: Buyer | None
    fen: int
    quantity: Any


def _fitting(held: PurchasePlan, on: date) -> list[Row]:
    """The lots of a plan that stock and wishes still hold, the stock locked."""
    from decimal import Decimal

    numbers = sorted({lot[0] for lot in held.lots})
    produce = {e.pk: e for e in Produce.objects.on_offer().select_for_update().filter(pk__in=numbers).order_by("pk")}
    who = {each.pk: each for each in Buyer.objects.all()}
    money = {each.id: each.fen for offers in _offers(on).values() for each in offers}
    left = {pk: each.left for pk, each in produce.items()}
    rows = []
    for number, buyer, unit, fen, _level, quantity in held.lots:
        paid = {buyer: fen} if unit is None else {buyer: fen // 2, unit: fen // 2}
        much = Decimal(quantity)
        if left.get(number, 0) < much or not much or any(money.get(each, 0) < part for each, part in paid.items()):
            continue
        left[number] -= much
        for each, part in paid.items():
            money[each] -= part
        rows.append(Row(produce[number], who[buyer], who.get(unit) if unit else None, fen, much))
    return rows


def _proposal(row: Row, held: PurchasePlan, on: date, by: str) -> Purchase:
    return Purchase(
        household_id=row.produce.household_id,
        place_code=row.produce.place_code,
        produce=row.produce,
        quantity=row.quantity,
        fen=row.fen,
        **paid_by(row.buyer, row.unit, row.fen),
        mode=row.buyer.mode,
        state=PROPOSED,
        plan=held.pk,
        made_on=on,
        made_by=by,
    )


def discard(plan: PurchasePlan, *, on: date, by: str) -> None:
    """Put a plan aside; nobody is asked anything."""
    held = PurchasePlan.objects.select_for_update().get(pk=plan.pk)
    _refuse_closed(held)
    with carry_out("delivery.purchase_plans.discard", by=by, payload=[held.pk]):
        held.state, held.closed_by, held.closed_on = DISCARDED, by, on
        held.save(update_fields=["state", "closed_by", "closed_on"])


def _refuse_closed(held: PurchasePlan) -> None:
    if held.state != MADE:
        raise Refusal("这份方案已经采用或作废。", "This plan was adopted or put aside already.")
