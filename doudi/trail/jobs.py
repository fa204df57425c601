"""Jobs: work that outlasts a request, kept in the database until it is done, taken up again after a crash.

A job is asked for in the same transaction as whatever makes it needed (`defer`), and is worked off by a worker of its
own (`doudi.trail.worker`). It may be begun twice, after a crash: its effect belongs into one command whose key is
`command(key)`, which the database carries out once. What it answers, or why it failed, is kept in its `Progress`.

A job is named by its module and a verb, `policy.starting.run`; the module is imported when the job is worked off.
"""

from __future__ import annotations

import importlib
import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from asgiref.sync import async_to_sync
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, Status

from doudi.trail import progress as news
from doudi.trail.commands import AlreadyDone, Outcome
from doudi.trail.progress import DONE, FAILED, UNDER_WAY, WAITING, Apart, Progress
from doudi.values.refusals import Refusal

Handler = Callable[..., Any]
Row = dict[str, Any]

TRIES = 3  # a job that ended its worker so often is not begun again by itself
LONGEST_KEY = 100
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
_NAMESPACE = uuid.UUID("6f0c3f0e-3a2b-5d5e-9d55-646f75646900")
_handlers: dict[str, Handler] = {}
_apart: ContextVar[Apart | None] = ContextVar("apart", default=None)
log = logging.getLogger(__name__)


def job(name: str) -> Callable[[Handler], Handler]:
    """Mark a function `work(key, **args)` as what is done for jobs of that name; what it returns (JSON) is kept.

    A Refusal it raises is told to whoever asked; any other exception is logged and told as a failure.
    """

    def mark(handler: Handler) -> Handler:
        module = f"doudi.{name.rpartition('.')[0]}"
        if handler.__module__ not in (module, "__main__") and not handler.__module__.startswith("tests."):
            raise ValueError(f"the job {name!r} belongs in {module}, not in {handler.__module__}")
        _handlers[name] = handler
        return handler

    return mark


def command(key: str) -> uuid.UUID:
    """The key of the one command that is the effect of the job `key`."""
    return uuid.uuid5(_NAMESPACE, key)


def defer(name: str, *, by: str, key: str | None = None, not_before: datetime | None = None, **args: Any) -> str:
    """Ask for a job within the transaction under way, to be begun at once or `not_before` a moment; answers its key.

    `args` are JSON.

    The same key again asks for nothing new, unless the job failed: then it is begun anew.
    """
    _find(name)
    chosen = key or uuid.uuid4().hex
    if len(chosen) > LONGEST_KEY:
        raise ValueError(f"the key of a job has at most {LONGEST_KEY} characters")
    if not _begin_news(chosen, name, by):
        return chosen
    try:
        with transaction.atomic():
            task = _task().configure(lock=chosen, queueing_lock=chosen, schedule_at=not_before)
            task.defer(name=name, key=chosen, args=args)
    except AlreadyEnqueued:
        log.info("the job %s waits already", chosen)
    return chosen


def _begin_news(key: str, name: str, by: str) -> bool:
    """Note that the job waits; false where it waits, is under way or is done."""
    try:
        with transaction.atomic():
            Progress.objects.create(key=key, job=name, by=by)
            return True
    except IntegrityError:
        again = Progress.objects.filter(key=key, job=name, state=FAILED)
        return bool(again.update(state=WAITING, by=by, said="", part=0, zh="", en="", result=None))


def progress(key: str) -> Progress | None:
    """The last news of a job; None where no job has that key."""
    return Progress.objects.filter(pk=key[:LONGEST_KEY]).first()


def latest(name: str) -> Progress | None:
    """The last news of the job of that name asked for last."""
    return Progress.objects.filter(job=name).order_by("-since", "-key").first()


def tell(key: str, said: str = "", part: float = 0.0) -> None:
    """Say how far a job has come (0 to 1), seen at once even while the job's own transaction is open."""
    apart = _apart.get()
    within = apart.connection() if apart else connection
    news.tell(key, within, state=UNDER_WAY, said=said[:200], part=min(1.0, max(0.0, part)))  # type: ignore[arg-type]


def work(name: str, key: str, args: Row, *, beside: bool = True) -> Any:
    """Do one job now and keep what came of it. Raises what the job raised.

    `beside`: news is told on a connection of its own; in a transaction that holds the news itself it cannot be.
    """
    mark = _apart.set(Apart() if beside else None)
    try:
        news.tell(key, connection, state=UNDER_WAY)  # type: ignore[arg-type]
        result = _carry_out(name, key, args)
        news.tell(key, connection, state=DONE, said="", part=1.0, result=result)  # type: ignore[arg-type]
        return result
    except Refusal as refusal:
        news.tell(key, connection, state=FAILED, zh=refusal.zh, en=refusal.en)  # type: ignore[arg-type]
        raise
    except Exception:
        log.exception("the job %s (%s) failed", name, key)
        news.tell(key, connection, state=FAILED, **BROKEN)  # type: ignore[arg-type]
        raise
    finally:
        apart = _apart.get()
        if apart:
            apart.close()
        _apart.reset(mark)


BROKEN = {
    "zh": "处理中断,没有保存任何结果。请稍后再试,或告诉系统管理员。",
    "en": "The work broke off; nothing of it was stored. Try again later, or tell the system administrator.",
}


def _carry_out(name: str, key: str, args: Row) -> Any:
    """The job's answer; the kept one where its command was carried out before a crash."""
    kept = Outcome.objects.filter(pk=command(key)).first()
    if kept is not None:
        return kept.result
    try:
        return _find(name)(key, **args)
    except AlreadyDone as done:
        return done.result


def _find(name: str) -> Handler:
    """What is done for jobs of that name."""
    if name not in _handlers:
        importlib.import_module(f"doudi.{name.rpartition('.')[0]}")
    return _handlers[name]


@app.task(name="doudi.job")
def _work(name: str, key: str, args: Row) -> None:
    """What the worker does, in a thread of its own, for every job."""
    work(name, key, args)


def _task() -> Any:
    return app.tasks["doudi.job"]


def drain() -> int:
    """Work off, here and now, every job that waits; answers how many. For tests and the keyboard: no worker is needed.

    Inside a transaction each job is a savepoint of it; a job that fails leaves its news.
    """
    number = 0
    while (waiting := _fetch()) is not None:
        number += 1
        status = Status.SUCCEEDED
        try:
            with transaction.atomic():
                _work_off(waiting)
        except Exception as error:
            status = Status.FAILED
            _note(waiting, error)
        _finish(waiting, status)
    return number


def _work_off(waiting: Job) -> None:
    given = asked(waiting)
    work(given["name"], given["key"], given["args"], beside=False)


def _note(waiting: Job, error: Exception) -> None:
    """Tell again why a job failed: what it told was undone with its savepoint."""
    words = {"zh": error.zh, "en": error.en} if isinstance(error, Refusal) else BROKEN
    news.tell(asked(waiting)["key"], connection, state=FAILED, **words)  # type: ignore[arg-type]


def _fetch() -> Job | None:
    return async_to_sync(app.job_manager.fetch_job)(queues=None, worker_id=None)  # type: ignore[arg-type]


def _finish(done: Job, status: Status) -> None:
    async_to_sync(app.job_manager.finish_job)(done, status=status, delete_job=status == Status.SUCCEEDED)


def retry(key: str) -> None:
    """Begin a failed job anew. Raises Refusal where there is no failed job of that key."""
    failed = next((found for found in app.job_manager.list_jobs(task="doudi.job", lock=key, status="failed")), None)
    if failed is None:
        raise Refusal(
            f"没有编号为“{key}”的失败任务。doudi jobs list 可查看。",
            f"No failed job has the key “{key}”; doudi jobs list shows them.",
            key,
        )
    with transaction.atomic():
        Progress.objects.filter(pk=key).update(state=WAITING, said="", part=0, zh="", en="")
        app.job_manager.retry_job_by_id(failed.id or 0, retry_at=AT_ONCE)


def give_up(key: str) -> None:
    """Say that a job is not begun again by itself: it ended its worker too often."""
    words = {
        "zh": f"这项任务已中断 {TRIES} 次,不再自动重试。请告诉系统管理员(doudi jobs retry)。",
        "en": f"The work broke off {TRIES} times and is not tried again by itself."
        " Tell the system administrator (doudi jobs retry).",
    }
    news.tell(key, connection, state=FAILED, **words)  # type: ignore[arg-type]


def stalled() -> list[Row]:
    """Jobs that are said to be under way and whose worker gives no sign of life."""
    found = async_to_sync(app.job_manager.get_stalled_jobs)(task_name="doudi.job")
    return [{"key": asked(each)["key"], "job": asked(each)["name"], "attempts": each.attempts} for each in found]


def asked(queued: Job) -> Row:
    """Name, key and arguments of a queued job. Django's connection leaves JSON alone: there they are text."""
    found: Any = queued.task_kwargs
    return dict(orjson.loads(found) if isinstance(found, str) else found)
