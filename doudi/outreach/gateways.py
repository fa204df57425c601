"""Gateways: where a machine sends messages to. The address holds passwords: it is kept locked and never shown again."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from django.db import models
from django.db.models import Q

from doudi.funds import ciphers
from doudi.outreach.channels import every
from doudi.outreach.channels.gateway import TO, kind_of
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

PURPOSE, SIGNING = "outreach.gateway", "outreach.receipts"
LONGEST = 1_000


class Gateway(models.Model):
    """One way out of one channel. `way` is the address, locked; `kind` is what sort of service it is."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    channel = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    way = models.BinaryField()
    from_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=150)

    class Meta:
        db_table = "outreach_gateway"
        ordering = ["channel", "-id"]
        constraints = [
            place_code_is_whole("outreach_gateway_place_whole"),
            models.CheckConstraint(condition=~Q(name=""), name="outreach_gateway_named"),
            models.UniqueConstraint(
                fields=["channel", "place_code"], condition=Q(closed_at=None), name="outreach_gateway_one_open"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def open_way(name: str, channel: str, way: str, *, place_code: str, by: str, now: datetime) -> Gateway:
    """Keep an address for a channel; the one before it is closed. Raises Refusal for one no message may go to."""
    wanted = every.named(channel)
    kind = _understood(name, way, channel)
    with carry_out("outreach.gateways.open", by=by, payload=[name, channel, kind, place_code]) as act:
        Gateway.objects.filter(channel=channel, place_code=place_code, closed_at=None).update(closed_at=now)
        made = Gateway.objects.create(
            name=name.strip(), place_code=place_code, channel=wanted.name, kind=kind, way=b"", from_at=now, by=by
        )
        made.way = ciphers.lock(way.strip(), payee=f"gateway:{made.pk}", purpose=PURPOSE)
        made.save(update_fields=["way"])
        act.result = {"gateway": made.pk}
    return made


def _understood(name: str, way: str, channel: str) -> str:
    wanted = every.named(channel)
    if wanted.by_hand:
        raise Refusal(f"“{wanted.zh}”由人来做,不需要地址。", f"“{wanted.en}” is done by people.", "channel")
    if not name.strip() or len(name) > 60:
        raise Refusal("请给这个通道起个名(60字以内)。", "Name it, in at most 60 characters.", "name")
    if len(way) > LONGEST or "\0" in way:
        raise Refusal("地址太长。", "The address is too long.", "way")
    kind = kind_of(way)
    if (TO in way) != wanted.number and kind != "bridge":
        zh = "要在写号码的地方写 {to}" if wanted.number else "发到群里,不要写 {to}"
        raise Refusal(
            f"“{wanted.zh}”的地址{zh}。",
            f"The address of “{wanted.en}” {'names the number as {to}' if wanted.number else 'has no {to}'}.",
            "way",
        )
    return kind


def key_of(gateway: Gateway) -> str:
    """The key with which whatever stands behind a gateway signs what it sends us; made of the home's secret."""
    return ciphers.index(f"gateway:{gateway.pk}", purpose=SIGNING)


def is_signed(gateway: Gateway, body: bytes, signature: str) -> bool:
    """Whether a body was signed with a gateway's key: HMAC-SHA256 in hex, with or without `sha256=` before it."""
    given = signature.strip().lower().removeprefix("sha256=")
    right = hmac.new(key_of(gateway).encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def close(gateway: Gateway, *, by: str, now: datetime) -> None:
    """Send nothing there any more."""
    with carry_out("outreach.gateways.close", by=by, payload=[gateway.pk]):
        Gateway.objects.filter(pk=gateway.pk, closed_at=None).update(closed_at=now)


def of(channel: str, place_code: str) -> Gateway | None:
    """The gateway in force for a channel at a place: its own, else its town's, else the county's."""
    widths = [place_code, place_code[:9].ljust(12, "0"), place_code[:6].ljust(12, "0")]
    found = {each.place_code: each for each in Gateway.objects.filter(
        channel=channel, place_code__in=widths, closed_at=None)}  # fmt: skip
    return next((found[code] for code in widths if code in found), None)


def way_of(gateway: Gateway) -> str:
    """The address, for sending alone."""
    return ciphers.unlock(gateway.way, payee=f"gateway:{gateway.pk}", purpose=PURPOSE)
