"""Which buyer could buy what from whom, so that every household with stock reaches the floor at least effort.

Pure: no table is read. Money is whole fen. A helper and the helper's unit put in equal amounts, so everything is
reckoned in steps of two fen, one from each; a wish or a stock with an odd fen is used up to the fen before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from doudi.delivery.networks import Arc, Cut, Flow, Network, prove, solve

STEP = 2
# What a yuan bought costs in going there, by where the buyer is; a helper goes to the household anyway.
EFFORT = {"own": 1, "village": 2, "town": 4, "county": 10}


@dataclass(frozen=True, slots=True)
class Stock:
    """Produce of a household: its kind, what it is worth (fen), the price of a unit (fen), whether units stay whole."""

    id: int
    household: int
    village: str
    kind: str
    fen: int
    price: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A buyer's own wish: at most `fen`, of these kinds (none named: any), in these places (prefixes; none: any).

    A helper has the id of the `unit` that matches every fen; helpers and units buy in pairs alone.
    """

    id: int
    place: str
    fen: int
    kinds: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    unit: int | None = None

    def takes(self, stock: Stock) -> bool:
        """Whether the wish covers it."""
        kind = not self.kinds or stock.kind in self.kinds
        return kind and (not self.places or stock.village.startswith(self.places))

    def level(self, village: str) -> str:
        """How far the village is from the buyer."""
        if self.place == village:
            return "village"
        return "town" if self.place[:9] == village[:9] and self.place[6:9] != "000" else "county"


@dataclass(frozen=True, slots=True)
class Problem:
    """Needs by household (fen to the floor), the stock, helpers with the households they stand by, units, others."""

    needs: Mapping[int, int]
    stock: tuple[Stock, ...]
    helpers: tuple[Offer, ...] = ()
    paired: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    units: tuple[Offer, ...] = ()
    others: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """One purchase proposed: `fen` in all; with a unit, half of it from each."""

    stock: int
    buyer: int
    unit: int | None
    fen: int
    level: str

    @property
    def effort(self) -> int:
        """Fen times the effort of the way."""
        return self.fen * EFFORT[self.level]


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why some cannot reach the floor: households that together need more than can come to them (all in fen).

    `needed` - `stock` - `helpers` - `units` - `others` = `lacking`, whatever anybody does within wishes and stock.
    """

    lacking: int
    households: frozenset[int]
    needed: int
    stock: int
    helpers: int
    units: int
    others: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The purchases proposed, what lacks by household (fen), why, the effort and what it is at least."""

    lots: tuple[Lot, ...]
    lacking: Mapping[int, int]
    shortage: Shortage | None
    bound: int

    @property
    def effort(self) -> int:
        """Fen times effort, of all lots."""
        return sum(lot.effort for lot in self.lots)

    @property
    def gap(self) -> float:
        """How far the plan can be from the best one, as a share."""
        return max(0.0, (self.effort - self.bound) / self.bound) if self.bound else 0.0


def plan_purchases(problem: Problem) -> Plan:
    """The plan: first as little lacking as possible, then as little effort. The same problem gives the same plan."""
    network = _network(problem)
    flow = solve(network)
    lots = whole(problem, _lots(problem, network, flow))
    shortage = _shortage(prove(network, flow)) if flow.lacking else None
    return Plan(tuple(lots), lacks(problem, lots), shortage, _bound(flow))


def _bound(flow: Flow) -> int:
    """The least effort any plan takes, in fen; a whole number of steps, so a fraction below is rounded up."""
    return min(flow.cost, -int(-(flow.bound - 1e-3) // 1)) * STEP


def _network(problem: Problem) -> Network:
    network = Network(demand={("home", home): -(-need // STEP) for home, need in sorted(problem.needs.items()) if need})
    stock = [each for each in problem.stock if ("home", each.household) in network.demand]
    for each in stock:
        network.add(("stock", each.id), ("home", each.household), each.fen // STEP)
    _add_pairs(network, problem, stock)
    _add_others(network, problem, stock)
    return network


def _add_pairs(network: Network, problem: Problem, stock: Iterable[Stock]) -> None:
    """Unit to helper to the stock of the helper's own households: one step is a fen from each of the two."""
    by_home = defaultdict(list)
    for each in stock:
        by_home[each.household].append(each)
    units = {unit.id: unit for unit in problem.units}
    for unit in problem.units:
        network.add(None, ("unit", unit.id), unit.fen)
    for helper in problem.helpers:
        matching = units.get(helper.unit) if helper.unit is not None else None
        if matching is None:
            continue
        network.add(("unit", matching.id), ("helper", helper.id), helper.fen)
        for home in problem.paired.get(helper.id, ()):
            for each in by_home.get(home, ()):
                if helper.takes(each) and matching.takes(each):
                    network.add(("helper", helper.id), ("stock", each.id), cost=EFFORT["own"])


def _add_others(network: Network, problem: Problem, stock: Iterable[Stock]) -> None:
    """Every other buyer, by pools of a kind: who buys anywhere goes to their village, their town, then the county.

    The way costs by buyer and village alone, so that stock of a kind in a village is one pool, and the plan is as good
    as one with a way from every buyer to every stock.
    """
    pools: dict[tuple[str, str], list[Stock]] = defaultdict(list)
    for each in stock:
        pools[each.village, each.kind].append(each)
    for (village, kind), there in sorted(pools.items()):
        for each in there:
            network.add(("pool", village, kind), ("stock", each.id))
    wide = {(size, village[:size], kind) for village, kind in pools for size in (6, 9)}
    for village, kind in sorted(pools):
        for size in (6, 9):
            network.add(("wide", size, village[:size], kind), ("pool", village, kind))
    kinds = sorted({kind for _, kind in pools})
    for offer in problem.others:
        network.add(None, ("other", offer.id), offer.fen // STEP)
        for kind in kinds:
            if not offer.kinds or kind in offer.kinds:
                _reach(network, offer, kind, pools, wide)


def _reach(
    network: Network,
    offer: Offer,
    kind: str,
    pools: Mapping[tuple[str, str], list[Stock]],
    wide: set[tuple[int, str, str]],
) -> None:
    here = ("other", offer.id)
    if offer.places:
        for village, of_kind in sorted(pools):
            if of_kind == kind and village.startswith(offer.places):
                network.add(here, ("pool", village, kind), cost=EFFORT[offer.level(village)])
        return
    if (offer.place, kind) in pools:
        network.add(here, ("pool", offer.place, kind), cost=EFFORT["village"])
    if offer.place[6:9] != "000" and (9, offer.place[:9], kind) in wide:
        network.add(here, ("wide", 9, offer.place[:9], kind), cost=EFFORT["town"])
    for size, prefix, of_kind in sorted(wide):
        if size == 6 and of_kind == kind:
            network.add(here, ("wide", size, prefix, kind), cost=EFFORT["county"])


Parts = list[tuple[int, int]]  # buyer, steps


def _lots(problem: Problem, network: Network, flow: Flow) -> list[Lot]:
    """Who buys which stock, read off the flow: at every pool the buyers in order are given the stock in order."""
    running = [(arc, much) for arc, much in zip(network.arcs, flow.on, strict=True) if much]
    units = {helper.id: helper.unit for helper in problem.helpers}
    paired = [(arc, much) for arc, much in running if arc.start is not None and _is(arc.start, "helper")]
    lots = [Lot(_id(arc.end), _id(arc.start), units[_id(arc.start)], much * STEP, "own") for arc, much in paired]
    offers = {offer.id: offer for offer in problem.others}
    villages = {each.id: each.village for each in problem.stock}
    for stock, parts in _bought(running).items():
        for buyer, steps in sorted(_summed(parts).items()):
            lots.append(Lot(stock, buyer, None, steps * STEP, offers[buyer].level(villages[stock])))
    return sorted(lots, key=lambda lot: (villages[lot.stock], lot.stock, lot.unit is None, lot.buyer))


def _bought(running: list[tuple[Arc, int]]) -> dict[int, Parts]:
    held: dict[object, Parts] = defaultdict(list)
    for arc, much in running:
        if arc.start is not None and _is(arc.start, "other"):
            held[arc.end].append((_id(arc.start), much))
    for kind in ("wide", "pool"):
        for arc, much in running:
            if arc.start is not None and _is(arc.start, kind):
                held[arc.end] += _take(held[arc.start], much)
    return {_id(node): parts for node, parts in held.items() if _is(node, "stock")}


def _take(parts: Parts, much: int) -> Parts:
    """Take so many steps out of the front of a pool."""
    taken: Parts = []
    while much:
        buyer, steps = parts[0]
        part = min(steps, much)
        taken.append((buyer, part))
        much -= part
        if part == steps:
            parts.pop(0)
        else:
            parts[0] = (buyer, steps - part)
    return taken


def _summed(parts: Parts) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for buyer, steps in parts:
        found[buyer] += steps
    return found


def _is(node: object, kind: str) -> bool:
    return isinstance(node, tuple) and node[0] == kind


def _id(node: object) -> int:
    assert isinstance(node, tuple)
    return int(node[1])


def whole(problem: Problem, lots: Iterable[Lot]) -> list[Lot]:
    """What is sold by the piece in whole pieces: rounded up where wishes and stock allow, else down, or left out.

    What a rounding down has freed then goes, piece by piece, to those of the same household that still lacks.
    """
    purse = _Purse(problem, list(lots))
    made = [purse.rounded(lot) for lot in purse.lots]
    lacking = lacks(problem, made)
    for at, lot in enumerate(made):
        home = purse.stock[lot.stock].household
        while lacking.get(home, 0) and (more := purse.one_more(lot)).fen > lot.fen:
            lacking[home] = max(0, lacking[home] - (more.fen - lot.fen))
            made[at] = lot = more
    return [lot for lot in made if lot.fen]


def lacks(problem: Problem, lots: Iterable[Lot]) -> dict[int, int]:
    """What each household still lacks of its need (fen, in whole steps) with these purchases."""
    homes = {each.id: each.household for each in problem.stock}
    lacking = {home: -(-need // STEP) * STEP for home, need in problem.needs.items() if need}
    for lot in lots:
        lacking[homes[lot.stock]] = max(0, lacking.get(homes[lot.stock], 0) - lot.fen)
    return {home: fen for home, fen in lacking.items() if fen}


class _Purse:
    """What is left of stock and wishes while lots are rounded."""

    def __init__(self, problem: Problem, lots: list[Lot]) -> None:
        self.lots = lots
        self.stock = {each.id: each for each in problem.stock}
        self._left = {each.id: each.fen for each in problem.stock}
        self._money = {offer.id: offer.fen for offer in (*problem.helpers, *problem.units, *problem.others)}
        for lot in lots:
            self._take(lot, 1)

    def rounded(self, lot: Lot) -> Lot:
        """A lot in whole pieces; of no worth where not one piece can be paid."""
        each = self.stock[lot.stock]
        if not each.whole or lot.fen == _price(lot, each, lot.fen // each.price):
            return lot
        up, down = (_price(lot, each, pieces) for pieces in (-(-lot.fen // each.price), lot.fen // each.price))
        return self._changed(lot, up) or self._changed(lot, down) or lot

    def one_more(self, lot: Lot) -> Lot:
        """A lot with one piece more where wishes and stock allow, else as it is."""
        each = self.stock[lot.stock]
        if not each.whole:
            return lot
        return self._changed(lot, _price(lot, each, lot.fen // each.price + 1)) or lot

    def _changed(self, lot: Lot, fen: int) -> Lot | None:
        """The lot at another sum, taken out of what is left; None where that is not enough."""
        more = Lot(lot.stock, lot.buyer, lot.unit, fen, lot.level)
        self._take(lot, -1)
        pieces = min(fen, fen // (price := self.stock[lot.stock].price) * price)
        if pieces <= self._left[lot.stock] and all(much <= self._money[buyer] for buyer, much in _paid(more)):
            self._take(more, 1)
            return more
        self._take(lot, 1)
        return None

    def _take(self, lot: Lot, sign: int) -> None:
        each = self.stock[lot.stock]
        self._left[lot.stock] -= sign * (lot.fen // each.price * each.price if each.whole and lot.fen else lot.fen)
        for buyer, fen in _paid(lot):
            self._money[buyer] -= sign * fen


def _price(lot: Lot, stock: Stock, pieces: int) -> int:
    """What so many pieces cost: a fen more where a pair cannot halve the sum."""
    fen = pieces * stock.price
    return fen + fen % STEP if lot.unit is not None else fen


def _paid(lot: Lot) -> list[tuple[int, int]]:
    """Who pays how much of a lot."""
    return [(lot.buyer, lot.fen)] if lot.unit is None else [(lot.buyer, lot.fen // 2), (lot.unit, lot.fen // 2)]


def _shortage(cut: Cut) -> Shortage:
    """The cut in the words of a county: whose stock, whose money ends before the need does."""
    sums: dict[str, int] = defaultdict(int)
    for arc in cut.ways:
        sums[_origin(arc)] += arc.most * STEP
    homes = frozenset(_id(node) for node in cut.inside if _is(node, "home"))
    return Shortage(
        lacking=cut.lacking * STEP,
        households=homes,
        needed=cut.needed * STEP,
        stock=sums["stock"],
        helpers=sums["helper"],
        units=sums["unit"],
        others=sums["other"],
    )


def _origin(arc: Arc) -> str:
    assert isinstance(arc.end, tuple)
    return "stock" if arc.end[0] == "home" else str(arc.end[0])
