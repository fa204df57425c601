"""A fact of a subject on which copies differ: opened when it is seen, closed when it is proved to be over.

A disagreement is never closed by saying so. Somebody may name the copy that is right; then the others are to be changed
where they are kept, and the next look closes it when they say the same. So what counts as resolved was resolved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import connection, models

from doudi.monitoring import agreements
from doudi.monitoring.agreement_counts import Differing
from doudi.monitoring.agreements import DIFFER, Cell, Right
from doudi.policy.packs import Pack
from doudi.register.households import PLACE_CODE_LENGTH, Household, place_code_is_whole
from doudi.register.resolution import Word
from doudi.trail import prepared
from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.trail.written import NUMBERS, Written
from doudi.values.refusals import Refusal

PROVED, MOVED, SILENT, GONE = "proved", "moved", "silent", "gone"
HOW = {
    PROVED: ("该改的那份已改,后一次数据证明一致", "the copy was changed; a later word of it proves it"),
    MOVED: ("采信的说法变了,各份已一致", "what is believed moved; the copies agree"),
    SILENT: ("有一份不再说这一项", "one copy no longer speaks of it"),
    GONE: ("对象已不在册", "the subject has left the register"),
}
LONGEST_REASON = 500
AT_ONCE = 500  # rows of a statement


class Disagreements(models.QuerySet["Disagreement"]):
    """The questions asked about disagreements."""

    def open(self) -> Disagreements:
        """Those under way."""
        return self.filter(closed_on__isnull=True)

    def of_copy(self, copy: str) -> Disagreements:
        """Those in which a copy is to be changed."""
        return self.filter(differs__contains=[copy])

    def below(self, prefix: str) -> Disagreements:
        """Those within a place."""
        return self.filter(place_code__startswith=prefix)


class Disagreement(models.Model):
    """One fact (`wage_income@2019`) of one subject.

    `words` holds what each copy says, {copy: [value, source, statement, day, state]}, `believed` the register's word.
    `differs` lists the copies to be changed, `right` the copy somebody found right and `value` what it said then;
    without one the others are held against what is believed. `proof` names the statements that closed it.
    """

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.BigIntegerField()
    fact = models.CharField(max_length=80)
    words = models.JSONField()
    believed = models.JSONField(null=True)
    differs = models.JSONField(default=list)
    opened_on = models.DateField()
    right = models.CharField(max_length=32, blank=True, default="")
    value = models.JSONField(null=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_on = models.DateField(null=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")
    closed_on = models.DateField(null=True)
    how = models.CharField(max_length=8, blank=True, default="")
    proof = models.JSONField(default=dict)

    objects = Disagreements.as_manager()

    class Meta:
        db_table = "monitoring_disagreement"
        ordering = ["place_code", "household_id", "id"]
        constraints = [
            place_code_is_whole("disagreement_place_whole"),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "fact"],
                condition=models.Q(closed_on__isnull=True),
                name="disagreement_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True, how="")
                | models.Q(closed_on__isnull=False, how__in=list(HOW)),
                name="disagreement_closed_somehow",
            ),
            models.CheckConstraint(
                condition=models.Q(right="")
                | (~models.Q(decided_by="") & ~models.Q(reason="") & models.Q(decided_on__isnull=False)),
                name="disagreement_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code"], name="disagreement_place"),
            models.Index(fields=["household"], name="disagreement_household"),
        ]

    @property
    def key(self) -> tuple[str, int, str]:
        """Which fact of which subject."""
        return self.subject_kind, self.subject_id, self.fact

    @property
    def judge(self) -> list[Any] | None:
        """The word the copies are held against: of the copy found right, else the one believed."""
        found: list[Any] | None = self.words.get(self.right) if self.right else self.believed
        return found


_open_at = Written(lambda ids: Disagreement.objects.open().filter(household_id__in=ids), ids=NUMBERS)
_chosen_at = Written(
    lambda ids: Disagreement.objects.open().filter(household_id__in=ids).exclude(right=""), ids=NUMBERS
)


def chosen(households: Collection[int] | None = None) -> Right:
    """The copy found right in each disagreement under way, as far as that copy still says what it said then."""
    rows = Disagreement.objects.open().exclude(right="") if households is None else _chosen_at(ids=households)
    return {each.key: each.right for each in rows if _stands(each)}


def _stands(each: Disagreement) -> bool:
    word = each.words.get(each.right)
    return bool(word) and agreements.same(word[0], each.value)


def settle(
    found: Iterable[Differing | Cell],
    pack: Pack,
    *,
    on: date,
    place: str = "",
    households: Collection[int] | None = None,
) -> dict[str, int]:
    """Open what is new, renew what was said, close what is over; inside a command, as the engine.

    `found` is everything that differs below a place's prefix, or in some households. Answers how many of each.
    """
    before = Disagreement.objects.open().below(place) if households is None else _open_at(ids=households)
    known = {each.key: each for each in before}
    seen = {(each.kind, each.subject_id, each.key): each for each in found}
    fresh = [_opened(each, on) for key, each in seen.items() if key not in known]
    renewed = [one for key, one in known.items() if key in seen and _renew(one, seen[key])]
    over = [one for key, one in known.items() if key not in seen]
    _close(over, pack, on)
    put_in(fresh)
    _keep([*renewed, *over])
    return {"opened": len(fresh), "renewed": len(renewed), "closed": len(over)}


_KEPT = {
    "id": "bigint", "household_id": "bigint", "place_code": "text", "words": "jsonb", "believed": "jsonb",
    "differs": "jsonb", '"right"': "text", "value": "jsonb", "closed_on": "date", "how": "text", "proof": "jsonb",
}  # fmt: skip
_KEEP = f"""
UPDATE monitoring_disagreement d SET {", ".join(f"{name} = n.{name}" for name in _KEPT if name != "id")}
FROM jsonb_to_recordset(%s::jsonb) AS n ({", ".join(f"{name} {kind}" for name, kind in _KEPT.items())})
WHERE d.id = n.id
"""


def _keep(moved: Sequence[Disagreement]) -> None:
    """Write what may have moved of each; to have the ORM write as many cases took longer than to find what moved."""
    rows = [{name: getattr(each, name) for name in map(_unquoted, _KEPT)} for each in moved]
    for start in range(0, len(rows), AT_ONCE):
        prepared.ask(_KEEP, [orjson.dumps(rows[start : start + AT_ONCE]).decode()])


def _unquoted(name: str) -> str:
    return name.strip('"')


def _opened(each: Differing | Cell, on: date) -> Disagreement:
    return Disagreement(
        household_id=each.household_id,
        place_code=each.place_code,
        subject_kind=each.kind,
        subject_id=each.subject_id,
        fact=each.key,
        words=_words(each),
        believed=_told(each.believed),
        differs=_differing(each),
        opened_on=on,
    )


def _words(each: Differing | Cell) -> dict[str, list[Any]]:
    return {copy: [*_told(word), each.states[copy]] for copy, word in sorted(each.words.items())}  # type: ignore[misc]


def _told(word: Word | None) -> list[Any] | None:
    return [word.value, word.source, word.statement, word.about] if word else None


def _differing(each: Differing | Cell) -> list[str]:
    return sorted(copy for copy, state in each.states.items() if state == DIFFER)


def _renew(one: Disagreement, each: Differing | Cell) -> bool:
    """Put in what is said now; whether anything moved. What was decided lapses where the right copy says otherwise."""
    now = (_words(each), _told(each.believed), _differing(each), each.place_code, each.household_id)
    if now == (one.words, one.believed, one.differs, one.place_code, one.household_id):
        return False
    one.words, one.believed, one.differs, one.place_code, one.household_id = now
    if one.right and not _stands(one):
        one.right, one.value = "", None
    return True


def _close(over: list[Disagreement], pack: Pack, on: date) -> None:
    """Say of each how it came to an end, by what its copies say now."""
    homes = {one.household_id for one in over}
    right = {one.key: one.right for one in over if one.right}
    cells = agreements.read(pack, on=on, households=homes, right=right) if homes else ()
    now = {(each.kind, each.subject_id, each.key): each for each in cells}
    for one in over:
        one.closed_on = on
        one.how, one.proof = _end(one, now.get(one.key))


def _end(one: Disagreement, now: Cell | None) -> tuple[str, dict[str, int]]:
    """How it ended, and the statements that prove it."""
    if now is None:
        return GONE, {}
    new = {
        copy: word.statement for copy, word in now.words.items() if one.words.get(copy, [None] * 3)[2] != word.statement
    }
    if any(copy not in now.words for copy in one.words):
        return SILENT, new
    return (PROVED if all(copy in new for copy in one.differs) else MOVED), new


def decide(disagreement: Disagreement, right: str, *, reason: str, by: str, on: date) -> Disagreement:
    """Say which copy is right; the others are then to be changed where they are kept.

    Raises Refusal for a copy that says nothing, without a reason, and for one that is over.
    """
    reason = reason.strip()[:LONGEST_REASON]
    with carry_out("monitoring.disagreements.decide", by=by, payload=[disagreement.pk, right, reason, on]) as act:
        one = Disagreement.objects.select_for_update().get(pk=disagreement.pk)
        _refuse(one, right, reason)
        one.right, one.value = right, one.words[right][0]
        one.decided_by, one.decided_on, one.reason = by, on, reason
        for word in one.words.values():
            word[4] = word[4] if word[4] == agreements.STALE else _against(word[0], one.value)
        one.differs = sorted(copy for copy, word in one.words.items() if word[4] == DIFFER)
        one.save()
        act.result = {"right": right, "differs": one.differs}
    return one


def _against(value: Any, right: Any) -> str:
    return agreements.AGREE if agreements.same(value, right) else DIFFER


def _refuse(one: Disagreement, right: str, reason: str) -> None:
    if one.closed_on is not None:
        raise Refusal(
            f"这一处不一致已在 {one.closed_on} 消除,不用再定。",
            f"The disagreement ended on {one.closed_on}; there is nothing to decide.",
            "right",
        )
    if right not in one.words:
        raise Refusal("请选一份说过这一项的作为正确。", "Choose a copy that says something of it.", "right")
    if not reason:
        raise Refusal(
            "请写明凭什么定它正确,如谁在哪天核对了什么。", "Say on what grounds: who checked what, when.", "reason"
        )


# -- how many were resolved


def resolved(prefix: str, *, since: date, on: date) -> dict[str, tuple[int, int]]:
    """Of each copy (and under "" of all): closed after `since`, of those open then or opened after it."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVED, {"place": f"{prefix}%", "since": since, "on": on})
        return {copy: (closed, every) for copy, closed, every in cursor.fetchall()}


def by_place(prefix: str, digits: int, *, since: date, on: date) -> dict[str, tuple[int, int]]:
    """The same for each part of a place, all copies together."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVED_BY_PLACE, {"place": f"{prefix}%", "since": since, "on": on, "digits": digits})
        return {code: (closed, every) for code, closed, every in cursor.fetchall()}


_ENDED = "count(*) FILTER (WHERE closed_on > %(since)s AND closed_on <= %(on)s AND how IN ('proved', 'moved'))"
_CONCERNED = (
    "FROM monitoring_disagreement WHERE place_code LIKE %(place)s AND opened_on <= %(on)s"
    " AND (closed_on IS NULL OR closed_on > %(since)s)"
)
_RESOLVED = f"""
SELECT '', {_ENDED}, count(*) {_CONCERNED}
UNION ALL SELECT copy, {_ENDED}, count(*) FROM (
    SELECT jsonb_array_elements_text(differs) AS copy, closed_on, how {_CONCERNED}) d GROUP BY copy
"""
_RESOLVED_BY_PLACE = f"SELECT left(place_code, %(digits)s), {_ENDED}, count(*) {_CONCERNED} GROUP BY 1 ORDER BY 1"


def told(disagreements: Iterable[Disagreement]) -> list[Mapping[str, Any]]:
    """As `doudi agreements --json` lists them."""
    return [
        {"id": each.pk, "household": each.household_id, "place": each.place_code, "subject": each.subject_kind,
         "subject_id": each.subject_id, "fact": each.fact, "differs": each.differs, "right": each.right,
         "opened_on": each.opened_on.isoformat()}
        for each in disagreements
    ]  # fmt: skip
