"""Flows of whole units at least cost, by HiGHS; and, where they do not suffice, the cut that proves it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import highspy
import numpy as np

Node = Hashable
ENDLESS = 10**12
_NEAR = 1e-5


class Arc(NamedTuple):
    """A way from one node to another: at most `most` units, each at `cost`. `start` None is the source."""

    start: Node | None
    end: Node
    most: int
    cost: int


@dataclass(slots=True)
class Network:
    """Arcs, and at some nodes a demand in whole units."""

    arcs: list[Arc] = field(default_factory=list)
    demand: dict[Node, int] = field(default_factory=dict)

    def add(self, start: Node | None, end: Node, most: int = ENDLESS, cost: int = 0) -> None:
        """One more way."""
        if most > 0:
            self.arcs.append(Arc(start, end, most, cost))


@dataclass(frozen=True, slots=True)
class Flow:
    """What runs on each arc, what lacks at each demand, the cost, and a lower bound of it from the dual values."""

    on: list[int]
    lacking: dict[Node, int]
    cost: int
    bound: float


def solve(network: Network) -> Flow:
    """Serve as much of the demand as can be served at all, and that at least cost.

    Whole capacities make every corner of the problem whole, and the interior method crosses over to a corner: the
    answer is exact. The same network in the same order always gives the same flow.

    Raises RuntimeError where HiGHS fails.
    """
    nodes = _numbered(network)
    wanted = sorted(network.demand.items(), key=lambda each: nodes[each[0]])
    steep = _steep(network)
    values, dual = _minimise(network, nodes, [nodes[node] for node, _ in wanted], [most for _, most in wanted], steep)
    on = [round(value) for value in values[: len(network.arcs)]]
    short = [round(value) for value in values[len(network.arcs) :]]
    if np.abs(np.round(values) - values).max(initial=0) > _NEAR:
        raise RuntimeError("the flow is not whole")
    lacking = {node: much for (node, _), much in zip(wanted, short, strict=True) if much}
    cost = sum(arc.cost * much for arc, much in zip(network.arcs, on, strict=True))
    return Flow(on, lacking, cost, dual - steep * sum(short))


def _numbered(network: Network) -> dict[Node, int]:
    found: dict[Node, int] = {}
    for arc in network.arcs:
        for node in (arc.start, arc.end):
            if node is not None:
                found.setdefault(node, len(found))
    for node in network.demand:
        found.setdefault(node, len(found))
    return found


def _steep(network: Network) -> int:
    """What a unit lacking costs: more than any rerouting of the others that would serve it."""
    dearest = max((arc.cost for arc in network.arcs), default=0)
    sources = sum(arc.start is None for arc in network.arcs)
    return 1 + 2 * dearest * (1 + min(sources, len(network.demand)))


def _minimise(
    network: Network, nodes: dict[Node, int], at: list[int], most: list[int], steep: int
) -> tuple[np.ndarray, float]:
    """The corner HiGHS finds: the flow on every arc, then what lacks at every demand; and the objective."""
    arcs = network.arcs
    model = highspy.HighsLp()
    count = len(arcs) + len(at)
    model.num_col_, model.num_row_ = count, len(nodes)
    model.col_cost_ = np.array([arc.cost for arc in arcs] + [steep] * len(at), dtype=np.float64)
    model.col_lower_ = np.zeros(count)
    model.col_upper_ = np.array(
        [highspy.kHighsInf if arc.most >= ENDLESS else arc.most for arc in arcs] + most, dtype=np.float64
    )
    served = np.zeros(len(nodes))
    served[at] = most
    model.row_lower_ = model.row_upper_ = served
    starts, rows, signs = [0], [], []
    for arc in arcs:
        if arc.start is not None:
            rows.append(nodes[arc.start])
            signs.append(-1.0)
        rows.append(nodes[arc.end])
        signs.append(1.0)
        starts.append(len(rows))
    for node in at:
        rows.append(node)
        signs.append(1.0)
        starts.append(len(rows))
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    model.a_matrix_.index_ = np.array(rows, dtype=np.int32)
    model.a_matrix_.value_ = np.array(signs, dtype=np.float64)
    return _run(model)


class _Quiet(highspy.Highs):
    """Enabling the callbacks, of which none is used, is what prints the solver's name to stdout."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the library's name
        return


def _run(model: highspy.HighsLp) -> tuple[np.ndarray, float]:
    solver = _Quiet()
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("solver", "ipm")):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    if model.num_col_ and solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS: {solver.modelStatusToString(solver.getModelStatus())}")
    solution = solver.getSolution()
    return np.array(solution.col_value), _dual(model, np.array(solution.row_dual))


def _dual(model: highspy.HighsLp, prices: np.ndarray) -> float:
    """A lower bound of the cost by the prices alone: right for any prices, tight for the best (weak duality)."""
    starts, rows, signs = (
        np.array(model.a_matrix_.start_),
        np.array(model.a_matrix_.index_),
        np.array(model.a_matrix_.value_),
    )
    if not len(rows):
        return 0.0
    worth = np.add.reduceat(prices[rows] * signs, starts[:-1])
    reduced = np.array(model.col_cost_) - worth
    upper = np.array(model.col_upper_)
    gained = np.where(reduced < -_NEAR, reduced * np.where(np.isinf(upper), ENDLESS, upper), 0.0)
    return float(prices @ np.array(model.row_lower_) + gained.sum())


@dataclass(frozen=True, slots=True)
class Cut:
    """Proof that what lacks must lack: the demands inside need more than all the ways into them can carry."""

    inside: frozenset[Node]
    needed: int
    ways: list[Arc]

    @property
    def lacking(self) -> int:
        """What lacks whatever anybody does, in units."""
        return self.needed - sum(arc.most for arc in self.ways)


def prove(network: Network, flow: Flow) -> Cut:
    """The cut of a flow that lacks something. Raises RuntimeError where it proves another amount."""
    into, out = defaultdict(list), defaultdict(list)
    for number, arc in enumerate(network.arcs):
        into[arc.end].append(number)
        if arc.start is not None:
            out[arc.start].append(number)
    inside = _reaching(flow.lacking, network, flow, into, out)
    ways = [arc for arc in network.arcs if arc.end in inside and arc.start not in inside]
    cut = Cut(frozenset(inside), sum(much for node, much in network.demand.items() if node in inside), ways)
    if cut.lacking != sum(flow.lacking.values()):
        raise RuntimeError("the cut does not prove what lacks")
    return cut


def _reaching(
    short: Iterable[Node],
    network: Network,
    flow: Flow,
    into: dict[Node, list[int]],
    out: dict[Node, list[int]],
) -> set[Node]:
    """Every node from which one more unit could still reach a demand that lacks some."""
    inside = set(short)
    waiting = deque(inside)
    while waiting:
        node = waiting.popleft()
        near = [network.arcs[n].start for n in into[node] if flow.on[n] < network.arcs[n].most]
        near += [network.arcs[n].end for n in out[node] if flow.on[n] > 0]
        for other in near:
            if other is None:
                raise RuntimeError("the flow could serve more")
            if other not in inside:
                inside.add(other)
                waiting.append(other)
    return inside
