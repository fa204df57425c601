"""What a copy kept in another system must change, as the export in that system's own form takes it."""

from __future__ import annotations

from doudi.monitoring.disagreements import Disagreement
from doudi.policy.listing.corrections import SOURCES
from doudi.register.exporting.corrections import Difference
from doudi.register.resolution import Word
from doudi.values.refusals import Refusal


def of_copy(copy: str, *, prefix: str = "") -> list[Difference]:
    """Every fact a copy must change, within the scope: to what was found right, else to what is believed.

    Raises Refusal for a copy that is no system kept elsewhere.
    """
    if copy not in SOURCES:
        raise Refusal(
            f"“{copy[:40]}”不在别的系统里,没有更正表。可选:{'、'.join(SOURCES)}。",
            f"“{copy[:40]}” is in no other system. Choose one of {', '.join(SOURCES)}.",
            "copy",
        )
    found = Disagreement.objects.open().of_copy(copy).below(prefix).order_by("place_code", "household_id", "id")
    return [_difference(each, copy) for each in found if each.judge]


def _difference(each: Disagreement, copy: str) -> Difference:
    ours = each.judge or []
    theirs = each.words[copy]
    return Difference(
        each.subject_kind, each.subject_id, each.household_id, each.place_code, each.fact,
        Word(*theirs[:4]), Word(*ours[:4]),
    )  # fmt: skip
