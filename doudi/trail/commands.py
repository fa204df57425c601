"""Commands: every change is one, named, carried out whole or not at all, and never twice."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import models, transaction

from doudi.trail import prepared
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
def carry_out(
    verb: str, *, by: str, key: uuid.UUID | None = None, payload: Any = None, part: bool = False
) -> Iterator[Act]:
    """Run the body as one command by `by`, in one transaction, with its audit lines naming both.

    Raises AlreadyDone when `key` was carried out before with the same payload, Refusal when with another. A `part` of
    another command has no savepoint of its own: whoever carries out the whole lets what it raises pass.
    """
    if not by:
        raise Refusal("没有写明是谁在操作。请先登录。", "No one is named as doing this. Sign in first.")
    with transaction.atomic(savepoint=not part):
        command = Command(id=key or uuid.uuid4(), verb=verb, actor=by, payload_sha256=_sha256(payload))
        before = _begin(command)
        act = Act(command)
        yield act
        _end(command, act.result, before)


def _sha256(payload: Any) -> str:
    """The hash of what was asked, the same for the same content."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return hashlib.sha256(orjson.dumps(payload, default=str, option=options)).hexdigest()


def _begin(command: Command) -> Sequence[str]:
    """Insert the command and name it and its actor to the database, in one go; answers who was named before."""
    asked = [command.id, command.verb, command.actor, command.payload_sha256]
    new, *before = prepared.ask(_BEGIN, asked).rows[0][:3]
    if not new:
        raise _repeated(command)
    return before


def _end(command: Command, result: Any, before: Sequence[str]) -> None:
    """Keep what it answers, and name again who was named before."""
    told = orjson.dumps(result, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    prepared.ask(_END, [command.id, None if result is None else told, *before])


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


# One statement each: commands are written by the dozen for one batch of a telephone. Whoever inserts the same key at
# the same moment is waited for; what was named stays named until the transaction or its savepoint ends.
_BEGIN = """
WITH before AS MATERIALIZED (
    SELECT coalesce(current_setting('doudi.actor', true), '') AS actor,
        coalesce(current_setting('doudi.command', true), '') AS command
), given (id, verb, actor, at, payload_sha256) AS (
    SELECT %s::uuid, %s::text, %s::text, clock_timestamp(), %s::text
), made AS (
    INSERT INTO trail_command (id, verb, actor, at, payload_sha256) SELECT * FROM given
    ON CONFLICT (id) DO NOTHING RETURNING id
)
SELECT EXISTS (SELECT FROM made), before.actor, before.command, set_config('doudi.actor', given.actor, true),
    set_config('doudi.command', given.id::text, true)
FROM before, given
"""
_END = """
WITH made AS (INSERT INTO trail_outcome (command_id, result) VALUES (%s::uuid, %s::jsonb))
SELECT set_config('doudi.actor', %s::text, true), set_config('doudi.command', %s::text, true)
"""
