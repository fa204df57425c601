"""Reaches: that a household was told something, how, when, who vouches for it and how sure that is. Only added to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import Q

from doudi.outreach.channels.shape import HEARD, REACHED, SENT, SURE
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal

CAMPAIGN, MEASURE, SCRIPT = KINDS = ("campaign", "measure", "script")
MOST_THINGS = 60
LONGEST_THING = 80
LONGEST_NOTE = 300


class Reaches(models.QuerySet["Reach"]):
    """The questions asked about reaches."""

    def reached(self) -> Reaches:
        """Those that arrived at somebody; what was only sent is not among them."""
        return self.filter(sure__in=REACHED)

    def of(self, thing: str) -> Reaches:
        """Those that told one thing."""
        return self.filter(things__contains=[thing])


class Reach(models.Model):
    """One telling. `things` are what was told: `campaign:12`, `measure:01_livelihood_award`, `script:prevention`.

    `sure`: sent (nobody knows more), delivered (handed over), heard (somebody of the household said so), read_back
    (they could say it again). `dispatch` is the key of the message it came from, if any.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="reaches")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    things = ArrayField(models.CharField(max_length=LONGEST_THING), size=MOST_THINGS)
    channel = models.CharField(max_length=16)
    on = models.DateField()
    sure = models.CharField(max_length=9, choices=[(each, each) for each in SURE])
    confirmed_by = models.CharField(max_length=150)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)
    dispatch = models.UUIDField(null=True, blank=True)

    objects = Reaches.as_manager()

    class Meta:
        db_table = "outreach_reach"
        ordering = ["-on", "-id"]
        indexes = [GinIndex(fields=["things"], name="outreach_reach_things")]
        constraints = [
            place_code_is_whole("outreach_reach_place_whole"),
            models.CheckConstraint(condition=Q(sure__in=SURE), name="outreach_reach_sure_known"),
            models.CheckConstraint(
                condition=~Q(confirmed_by="") & ~Q(channel="") & Q(things__len__gt=0), name="outreach_reach_whole"
            ),
        ]


def thing(kind: str, name: object) -> str:
    """What is told, in one word."""
    return f"{kind}:{name}"


def told(
    household_id: int, things: Iterable[str], *, channel: str, on: date, by: str, sure: str = HEARD, note: str = ""
) -> Reach:
    """Record that a household was told some things. A bare name is a script's. Raises Refusal for what is none."""
    kept = understood(things)
    if sure not in SURE:
        raise Refusal("请选农户是否听到、能否复述。", "Choose how sure it is that they heard.", "sure")
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refusal("没有这一户,或不在您的职责范围内。", "There is no such household within your duty.", "household")
    if not channel:
        raise Refusal("请选是怎么告知的。", "Choose how they were told.", "channel")
    with carry_out("outreach.reaches.told", by=by, payload=[household_id, kept, channel, on, sure, note]) as act:
        made = Reach.objects.create(
            household=household, place_code=household.place_code, things=kept, channel=channel[:16], on=on, sure=sure,
            confirmed_by=by, note=note[:LONGEST_NOTE],
        )  # fmt: skip
        act.result = {"reach": made.pk}
    return made


def understood(things: Iterable[str]) -> list[str]:
    """What was told, each once, with its kind. Raises Refusal for nothing, too much, or a kind that is none."""
    kept = list(dict.fromkeys(each if ":" in each else thing(SCRIPT, each) for each in things if each.strip()))
    if not kept:
        raise Refusal("请选告知了什么。", "Choose what was told.", "things")
    for each in kept:
        if each.partition(":")[0] not in KINDS or len(each) > LONGEST_THING or "\0" in each:
            raise Refusal(f"没有“{each[:40]}”这样的内容。", f"There is nothing called “{each[:40]}”.", "things")
    if len(kept) > MOST_THINGS:
        raise Refusal(f"一次最多记 {MOST_THINGS} 项。", f"At most {MOST_THINGS} things at once.", "things")
    return kept


def write(
    household_ids: Sequence[int], things: Sequence[str], *, channel: str, sure: str, by: str, on: date,
    dispatches: Mapping[int, object] | None = None,
) -> int:  # fmt: skip
    """Record one telling of many households within a command under way; answers how many."""
    ids = list(household_ids)
    keys = [str(dispatches[number]) if dispatches and number in dispatches else None for number in ids]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(things), channel, on, sure, by, ids, keys])
        return int(cursor.rowcount)


_WRITE = """
INSERT INTO outreach_reach (household_id, place_code, things, channel, "on", sure, confirmed_by, note, dispatch)
SELECT h.id, h.place_code, %s::varchar[], %s, %s, %s, %s, '', w.dispatch
FROM unnest(%s::bigint[], %s::uuid[]) AS w (id, dispatch) JOIN register_household h ON h.id = w.id
ORDER BY h.id
"""


def told_of(kind: str, *, sure: Collection[str] = REACHED) -> dict[str, set[int]]:
    """For everything of a kind: the households that were told of it, as far as the reader sees them."""
    found: dict[str, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [list(sure), f"{kind}:%"])
        for name, ids in cursor.fetchall():
            found[name.partition(":")[2]] = set(ids)
    return found


def measures_told(household_ids: Collection[int]) -> dict[int, set[str]]:
    """The measures each of some households was told of, as far as the reader sees them."""
    found: dict[int, set[str]] = {}
    for household, things in _told_at(ids=list(household_ids)):
        names = {each.partition(":")[2] for each in things if each.startswith(f"{MEASURE}:")}
        found.setdefault(household, set()).update(names)
    return found


_told_at = Written(
    lambda ids: (
        Reach.objects.reached()
        .filter(household_id__in=ids)
        .order_by("household_id")
        .values_list("household_id", "things")
    ),
    ids=NUMBERS,
)
_TOLD = """
SELECT t.thing, array_agg(DISTINCT r.household_id)
FROM outreach_reach r CROSS JOIN LATERAL unnest(r.things) AS t (thing)
WHERE r.sure = ANY (%s::varchar[]) AND t.thing LIKE %s GROUP BY t.thing
"""
SENT_ONLY = frozenset({SENT})
