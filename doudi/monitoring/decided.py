"""The decisions in force about households, each with the conditions it rests on, as a telephone shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from doudi.access.masking import Reads
from doudi.policy import needs, versions
from doudi.policy.chronicles import OK_BITS
from doudi.policy.decisions import Decision, Standing
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.rules.measures import Measure
from doudi.trail.written import NUMBERS, TEXT, Written

VERDICTS = ("no", "yes", "unknown")
_standing = Written(
    lambda pack, ids: Standing.objects.filter(pack_name=pack, household_id__in=ids).select_related("decision"),
    pack=TEXT,
    ids=NUMBERS,
)
OK = {0: False, 1: True}  # a condition not known, or in error, is neither


def of(household_ids: Sequence[int], reader: Reads, run: Run | None) -> dict[int, list[dict[str, Any]]]:
    """The decisions of each household in scope, in the order of the pack's measures, yes before unknown before no.

    Of the run whose decisions are in force; none without one.
    """
    if run is None:
        return {}
    pack = versions.of_hash(run.pack_id)
    order = {name: place for place, name in enumerate(pack.measures)}
    found: dict[int, list[dict[str, Any]]] = {}
    for row in _standing(pack=run.pack_name, ids=household_ids):
        told = _told(row.decision, run.measures.get(row.subject_kind, []), pack, reader)
        found.setdefault(int(row.household_id or 0), []).extend(told)
    for each in found.values():
        each.sort(key=lambda one: (order[one["measure"]], one["verdict"] != "yes", one["kind"], one["id"]))
    return found


def _told(decision: Decision, names: Sequence[str], pack: Pack, reader: Reads) -> Iterator[dict[str, Any]]:
    for n, name in enumerate(names):
        if name not in pack.measures or n >= len(decision.verdicts):
            continue  # the decision is of an earlier version of the pack
        title = pack.terms[name].title
        yield {
            "measure": name,
            "number": pack.terms[name].number,
            "title_zh": title.zh,
            "title_en": title.en,
            "kind": decision.subject_kind,
            "id": decision.subject_id,
            "verdict": VERDICTS[decision.verdicts[n]],
            "amount_fen": decision.amounts[n],
            "why": [
                *_why(pack.measures[name], decision.reasons[n], pack, reader),
                *_cut(pack.measures[name], decision, n),
            ],
        }


def _why(measure: Measure, bits: int, pack: Pack, reader: Reads) -> list[dict[str, Any]]:
    """The conditions whose facts the reader may know, with whether each holds."""
    read = _classes(pack.hash).get(measure.name, ())
    return [
        {
            "zh": condition.zh or condition.name,
            "en": condition.en or condition.name,
            "ok": OK.get(bits >> 2 * i & OK_BITS),
        }
        for i, condition in enumerate(measure.conditions)
        if all(reader.reads(name) for name in read[i])
    ]


def _cut(measure: Measure, decision: Decision, n: int) -> list[dict[str, Any]]:
    """Of a measure with few places: that all conditions hold, and the places did not reach to this one in the line."""
    bits = decision.reasons[n]
    holds = all(OK.get(bits >> 2 * i & OK_BITS) for i in range(len(measure.conditions)))
    if measure.limit is None or VERDICTS[decision.verdicts[n]] != "no" or not holds:
        return []
    place = decision.places[n]
    zh, en = (f",排在第 {place} 位", f" (place {place} in the line)") if place else ("", "")
    return [{"zh": f"名额有限,没有排上{zh}", "en": f"places are few and did not reach this far{en}", "ok": False}]


@lru_cache(maxsize=8)
def _classes(pack_hash: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The sensitivities each condition of each measure reads, worked out once a pack."""
    pack = versions.of_hash(pack_hash)
    return {
        name: tuple(needs.sensitivities_of([condition.node], pack.vocabulary) for condition in measure.conditions)
        for name, measure in pack.measures.items()
    }
