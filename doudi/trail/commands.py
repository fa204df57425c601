"""Commands: every change is one, named, carried out whole or not at all, and never twice."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import IntegrityError, connection, models, transaction

from doudi.values.refusals import Refusal


class Command(models.Model):
    """One act: its verb, who did it, and the hash of what was asked. Inserted before its effect, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    verb = models.CharField(max_length=80)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    payload_sha256 = models.CharField(max_length=64)

    class Meta:
        db_table = "trail_command"
        constraints = [models.CheckConstraint(condition=~models.Q(actor=""), name="trail_command_has_actor")]


class Outcome(models.Model):
    """What a command answered, so that the same command sent again gets the same answer."""

    command = models.OneToOneField(Command, on_delete=models.PROTECT, primary_key=True, related_name="outcome")
    result = models.JSONField(null=True)

    class Meta:
        db_table = "trail_outcome"


class AlreadyDone(Exception):
    """The same command was carried out before; `result` is what it answered then."""

    def __init__(self, result: Any) -> None:
        super().__init__(result)
        self.result = result


class Act:
    """A command under way. The verb sets `result` (JSON) before it ends."""

    def __init__(self, command: Command) -> None:
        self.id = command.id
        self.result: Any = None


@contextmanager
def carry_out(verb: str, *, by: str, key: uuid.UUID | None = None, payload: Any = None) -> Iterator[Act]:
    """Run the body as one command by `by`, in one transaction, with its audit lines naming both.

    Raises AlreadyDone when `key` was carried out before with the same payload, Refusal when with another.
    """
    if not by:
        raise Refusal("没有写明是谁在操作。请先登录。", "No one is named as doing this. Sign in first.")
    with transaction.atomic():
        command = _insert(Command(id=key or uuid.uuid4(), verb=verb, actor=by, payload_sha256=_sha256(payload)))
        act = Act(command)
        before = _name(actor=by, command=str(command.id))
        yield act
        Outcome.objects.create(command=command, result=act.result)
        _name(**before)


def _sha256(payload: Any) -> str:
    """The hash of what was asked, the same for the same content."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return hashlib.sha256(orjson.dumps(payload, default=str, option=options)).hexdigest()


def _insert(command: Command) -> Command:
    try:
        with transaction.atomic():
            command.save(force_insert=True)
    except IntegrityError as error:
        raise _repeated(command) from error
    return command


def _repeated(command: Command) -> Exception:
    """What to say to a command whose key is taken."""
    first = Command.objects.filter(pk=command.pk).first()
    if first is None:
        return Refusal("命令未能记录,请重试。", "The command could not be recorded; try again.")
    same = (first.verb, first.actor, first.payload_sha256) == (command.verb, command.actor, command.payload_sha256)
    if same:
        return AlreadyDone(Outcome.objects.get(command=first).result)
    return Refusal(
        f"编号 {command.pk} 已用于另一项操作。请重新提交。",
        f"The key {command.pk} was used for something else. Send it again with a new key.",
    )


def _name(*, actor: str, command: str) -> dict[str, str]:
    """Name actor and command to the database until the transaction ends; answer what stood there before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('doudi.actor', true), ''),"
            " coalesce(current_setting('doudi.command', true), '')"
        )
        before = dict(zip(("actor", "command"), cursor.fetchone(), strict=True))
        cursor.execute(
            "SELECT set_config('doudi.actor', %s, true), set_config('doudi.command', %s, true)", [actor, command]
        )
    return before
