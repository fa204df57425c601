"""What a household can be found to need, in a fixed list of codes, and the measures of a pack that meet each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NeedCode:
    """One code with its words. `measures` are names of a pack's measures; one the pack does not have is left out."""

    code: str
    zh: str
    en: str
    measures: tuple[str, ...] = ()


_INPUTS = ("07a_farm_inputs", "07b_spring_ploughing")
NEEDS: dict[str, NeedCode] = {
    need.code: need
    for need in (
        NeedCode("masks", "口罩、消毒用品", "masks and disinfectant"),
        NeedCode("seed", "种子", "seed", _INPUTS),
        NeedCode("fertiliser", "化肥", "fertiliser", _INPUTS),
        NeedCode("pesticide", "农药", "pesticide", _INPUTS),
        NeedCode("machine", "农业机械", "farm machines", _INPUTS),
        NeedCode("work", "找活干", "work", ("03_labour_transfer", "04_village_posts", "05_local_hire_award")),
        NeedCode("transport", "外出务工的车", "transport to work", ("03_labour_transfer", "07c_prepare_to_leave")),
        NeedCode("sell", "农产品销售", "selling produce", ("02_farm_purchases", "09_platform_subsidy")),
        NeedCode(
            "loan_extension",
            "小额信贷延期",
            "more time for a small loan",
            ("08a_loan_extension", "08c_later_extension"),
        ),
        NeedCode("care", "民政救助、兜底保障", "civil relief", ("06_monitored_relief", "06c_enter_allowance")),
        NeedCode("school", "孩子上学、上网课", "school and lessons at home"),
        NeedCode("medicine", "看病、买药", "a doctor or medicine"),
        NeedCode("counselling", "政策和心理咨询", "counselling"),
        NeedCode("other", "其他", "something else"),
    )
}


def known(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes that are in the list, each once, in the list's order."""
    given = {code for code in codes if isinstance(code, str)}
    return tuple(code for code in NEEDS if code in given)


def unknown(codes: Iterable[object]) -> tuple[str, ...]:
    """What was given that is no code."""
    return tuple(str(code)[:40] for code in codes if not isinstance(code, str) or code not in NEEDS)


def measures_for(code: str, offered: Iterable[str]) -> tuple[str, ...]:
    """The measures of those `offered` (a pack's) that meet a need, in its order."""
    there = set(offered)
    return tuple(name for name in NEEDS[code].measures if name in there)
