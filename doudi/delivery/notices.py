"""Public notice (公示): who is to get what, masked by construction, for as many days as the pack says."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection, models, transaction

from doudi.access.scope import as_engine
from doudi.delivery import moves, stages
from doudi.delivery.entitlements import Entitlement
from doudi.delivery.stages import NOTICE
from doudi.places.divisions import Place
from doudi.policy.packs_parts import Terms
from doudi.policy.versions import PackVersion
from doudi.register.households import PLACE_CODE_LENGTH, Household
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

LONGEST_PHONE = 40


class Notices(models.QuerySet["Notice"]):
    """The questions asked about notices."""

    def open(self, *, on: date) -> Notices:
        """Those hanging on a day; half-open: down on `until_day`."""
        return self.filter(from_day__lte=on, until_day__gt=on)


class Notice(models.Model):
    """A list put up in one village (or, for what belongs to none, the county) for one measure.

    `token` is its public address; `published` is False where the title would tell of health or status: then the days
    run and objections are taken, and nothing is shown to the public.
    """

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=32, unique=True)
    measure = models.CharField(max_length=64)
    pack_hash = models.CharField(max_length=64)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    published = models.BooleanField()
    from_day = models.DateField()
    until_day = models.DateField()
    phone = models.CharField(max_length=LONGEST_PHONE)
    posted_by = models.CharField(max_length=150)
    command_id = models.UUIDField()

    objects = Notices.as_manager()

    class Meta:
        db_table = "delivery_notice"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(until_day__gt=models.F("from_day")), name="notice_days"),
            models.CheckConstraint(condition=~models.Q(phone=""), name="notice_names_a_number"),
        ]

    @property
    def last_day(self) -> date:
        """The last day it hangs."""
        return self.until_day - timedelta(days=1)

    @property
    def zh(self) -> str:
        """The public title in Chinese."""
        return str(self.title_zh)

    @property
    def en(self) -> str:
        """The public title in English."""
        return str(self.title_en)


class NoticeLine(models.Model):
    """One line as it hangs: nothing here tells more than household code, masked name, item and amount.

    `round` is the entitlement's: one returned and corrected is put up again.
    """

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="lines")
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="notice_lines")
    round = models.SmallIntegerField()
    household_code = models.CharField(max_length=32, blank=True)
    masked_name = models.CharField(max_length=100)
    amount_fen = models.BigIntegerField(null=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)

    class Meta:
        db_table = "delivery_notice_line"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["entitlement", "round"], name="notice_line_once_a_round")]


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as the public sees it: the notice, its village and town by name, its lines."""

    notice: Notice
    village: str
    town: str
    lines: tuple[NoticeLine, ...]


def masked(name: str) -> str:
    """A name as a notice shows it: 张三 is 张*, 张小三 is 张*三; of a longer one only the first and last remain."""
    text = name.strip()
    return f"{text[:1]}*" if len(text) < 3 else f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}"


def post(ids: Sequence[int], *, phone: str, by: str, on: date, key: UUID | None = None) -> list[Notice]:
    """Put up every one of the entitlements, which wait for their notice: one notice a measure and village.

    It hangs from `on` for the measure's days. Raises Refusal for one that waits elsewhere or hangs already, for
    somebody without a duty there, and without a number to call.
    """
    phone = phone.strip()
    if not phone or len(phone) > LONGEST_PHONE or not any(letter.isdigit() for letter in phone):
        raise Refusal("请写明异议电话。", "Give a number to call with objections.", "phone")
    wanted = sorted(set(ids))
    with carry_out("delivery.notices.post", by=by, key=key, payload=[wanted, phone, on]) as act:
        moves.hold(wanted, "state = 'in_review' AND stage = %(stage)s", {"stage": NOTICE}, _not_waiting())
        stages.refuse_stranger(wanted, NOTICE, by=by, on=on)
        _refuse_hanging(wanted)
        made = [
            _put_up(rows, phone=phone, by=by, on=on, command=act.id)
            for rows in _by_list(Entitlement.objects.filter(pk__in=wanted).order_by("measure", "place_code", "id"))
        ]
        act.result = {"notices": [notice.pk for notice in made], "lines": len(wanted)}
    return made


def _not_waiting() -> Refusal:
    return Refusal(
        "其中有的不在公示环节。请刷新后再办。",
        "Some of these do not wait for their notice. Load the page again.",
        "ids",
    )


def _refuse_hanging(ids: Sequence[int]) -> None:
    hanging = NoticeLine.objects.filter(entitlement__in=ids, round=models.F("entitlement__round")).count()
    if hanging:
        raise Refusal(f"其中 {hanging} 条已经公示。", f"{hanging} of these are up already.", "ids")


def _by_list(rows: Iterable[Entitlement]) -> list[list[Entitlement]]:
    lists: dict[tuple[str, str, str], list[Entitlement]] = {}
    for row in rows:
        lists.setdefault((row.measure, row.pack_hash, row.place_code), []).append(row)
    return list(lists.values())


def _put_up(rows: Sequence[Entitlement], *, phone: str, by: str, on: date, command: UUID) -> Notice:
    first = rows[0]
    terms = _terms(first)
    notice = Notice.objects.create(
        token=secrets.token_urlsafe(18),
        measure=first.measure,
        pack_hash=first.pack_hash,
        title_zh=terms.public_title.zh or terms.title.zh,
        title_en=terms.public_title.en or terms.title.en,
        place_code=first.place_code,
        published=terms.publish,
        from_day=on,
        until_day=on + timedelta(days=stages.days_of(first.stages[first.position])),
        phone=phone,
        posted_by=by,
        command_id=command,
    )
    called = _names(rows)
    NoticeLine.objects.bulk_create([_line(notice, row, *called[row.pk]) for row in rows], batch_size=2_000)
    return notice


def _terms(entitlement: Entitlement) -> Terms:
    version = PackVersion.objects.get(pk=entitlement.pack_hash)
    return version.pack.terms[entitlement.measure]


def _line(notice: Notice, row: Entitlement, code: str, name: str, of_person: bool) -> NoticeLine:
    return NoticeLine(
        notice=notice,
        entitlement=row,
        round=row.round,
        household_code=code,
        masked_name=masked(name) if of_person else name[:100],
        amount_fen=row.amount_fen,
        household_id=row.household_id,
        place_code=row.place_code,
    )


def _names(rows: Sequence[Entitlement]) -> dict[int, tuple[str, str, bool]]:
    """By entitlement: the household's code, the name, and whether it is somebody's own (and so is masked)."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [[row.pk for row in rows]])
        return {number: (code, name, of_person) for number, code, name, of_person in cursor.fetchall()}


_NAMES = """
SELECT e.id, coalesce(h.code, ''), coalesce(p.name, nullif(h.head_name, ''), nullif(i.label, ''), i.code, '—'),
    p.name IS NOT NULL OR h.head_name IS NOT NULL
FROM delivery_entitlement e
LEFT JOIN register_household h ON h.id = e.household_id
LEFT JOIN register_person p ON p.id = e.person_id
LEFT JOIN register_item i ON i.kind = e.subject_kind AND i.id = e.subject_id
WHERE e.id = ANY (%s::bigint[])
"""


def shown(token: str, *, on: date) -> Shown | None:
    """The notice of a public address while it hangs, for anybody; None before, afterwards, and if not published.

    Reads past the wall: nobody is signed in, and a line holds nothing that is not meant for the public.
    """
    with transaction.atomic(), as_engine():
        notice = Notice.objects.open(on=on).filter(token=token, published=True).first()
        if notice is None:
            return None
        lines = tuple(notice.lines.defer("entitlement", "household").order_by("household_code", "id"))
        names = dict(Place.objects.filter(code__in=_places(notice)).values_list("code", "name"))
    village, town = (names.get(code, "") for code in _places(notice))
    return Shown(notice, village, "" if town == village else town, lines)


def _places(notice: Notice) -> tuple[str, str]:
    return notice.place_code, notice.place_code[:9] + "000"


def hanging(*, on: date) -> list[tuple[Notice, str, int]]:
    """What the public may read on a day: notice, name of the village, number of lines; past the wall as `shown`."""
    with transaction.atomic(), as_engine():
        rows = list(
            Notice.objects.open(on=on)
            .filter(published=True)
            .annotate(number=models.Count("lines"))
            .order_by("place_code", "measure", "id")
        )
        names = dict(Place.objects.filter(code__in={row.place_code for row in rows}).values_list("code", "name"))
    return [(row, names.get(row.place_code, row.place_code), row.number) for row in rows]


def refuse_unfinished(ids: Sequence[int], *, on: date) -> None:
    """Raise Refusal unless each entitlement has hung its days in this round and no objection stands against it."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFINISHED, {"ids": list(ids), "on": on})
        not_up, still_up, objected = cursor.fetchone()
    if not_up or still_up or objected:
        raise Refusal(
            f"公示还不能结束:未公示 {not_up} 条,公示期未满 {still_up} 条,有异议未了结 {objected} 条。",
            f"The notice cannot end yet: {not_up} not put up, {still_up} whose days have not run,"
            f" {objected} with an objection that stands.",
            "ids",
        )


_UNFINISHED = """
SELECT count(*) FILTER (WHERE n.id IS NULL), count(*) FILTER (WHERE n.until_day > %(on)s),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM delivery_objection b WHERE b.entitlement_id = e.id AND b.round = e.round
            AND b.state IN ('open', 'upheld')))
FROM delivery_entitlement e
LEFT JOIN delivery_notice_line l ON l.entitlement_id = e.id AND l.round = e.round
LEFT JOIN delivery_notice n ON n.id = l.notice_id
WHERE e.id = ANY (%(ids)s::bigint[])
"""
