"""The form of a campaign as it was typed: bounded, and kept when something of it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy

LONGEST = 2_400
CUSTOM = "custom"
PRESETS = {  # name: words, rule
    "all": (gettext_lazy("全部农户"), "true"),
    "poor": (gettext_lazy("建档立卡贫困户"), "household.registered_poor"),
    "monitored": (gettext_lazy("动态监测户"), "household.monitored"),
    "wages": (gettext_lazy("工资收入受影响的"), "household.wage_income_hit"),
    "unsold": (gettext_lazy("农产品滞销的"), "household.unsold_produce"),
    "willing": (gettext_lazy("有人愿意外出务工的"), "household.members.exists(m, m.willing_to_go_out)"),
    "loans": (gettext_lazy("有小额信贷的"), "household.loans.exists(l, true)"),
    "ill": (gettext_lazy("有人患病或隔离的"), "household.members.exists(m, m.patient || m.isolated)"),
}
TEXTS = (("text", "full", ""), ("plain", "plain", ""), ("sms", "full", "sms"), ("aloud", "plain", "loudspeaker"))


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, cut to what a page can show."""

    one: Mapping[str, str]
    measures: tuple[str, ...]
    channels: tuple[str, ...]

    def get(self, name: str) -> str:
        """One field."""
        return self.one.get(name, "")

    @property
    def rule(self) -> str:
        """The rule of whom it is for."""
        preset = PRESETS.get(self.get("preset"))
        return preset[1] if preset else self.get("rule")

    @property
    def prefix(self) -> str:
        """What the codes of its places begin with."""
        return self.get("place")


def typed_of(data: QueryDict) -> Typed:
    """The form as it came."""
    one = {name: str(value).replace("\0", "")[:LONGEST] for name, value in data.items()}
    listed = {name: tuple(v[:64].replace("\0", "") for v in data.getlist(name)[:40]) for name in ("measure", "channel")}
    return Typed(one, listed["measure"], listed["channel"])
