"""Jobs: asked for with what needs them, done once however their worker ends, told of while under way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections, transaction

from doudi.places.divisions import Place
from doudi.trail import jobs
from doudi.trail.commands import Command
from doudi.trail.progress import Progress
from doudi.values.refusals import Refusal
from tests.trail import working


@pytest.fixture(autouse=True)
def offered() -> None:
    working.offer()


@pytest.mark.django_db
def test_a_job_is_done_once_and_its_answer_kept() -> None:
    key = jobs.defer(working.JOB, by="li", code="510921000000")
    waiting = jobs.progress(key)
    assert waiting is not None
    assert (waiting.state, waiting.by, waiting.open) == ("waiting", "li", True)
    assert jobs.drain() == 1
    done = jobs.progress(key)
    assert done is not None
    assert (done.state, done.percent, done.result, done.open) == ("done", 100, {"code": "510921000000"}, False)
    assert jobs.drain() == 0


@pytest.mark.django_db
def test_the_same_key_asks_for_nothing_new() -> None:
    for _ in range(3):
        jobs.defer(working.JOB, by="li", key="import-1", code="510921000000")
    assert jobs.drain() == 1
    jobs.defer(working.JOB, by="li", key="import-1", code="510921000000")
    assert jobs.drain() == 0
    assert Place.objects.count() == 1


@pytest.mark.django_db
def test_a_job_asked_for_in_a_transaction_undone_is_not_there() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.defer(working.JOB, by="li", key="import-1", code="510921000000")
        raise ZeroDivisionError
    assert jobs.progress("import-1") is None
    assert jobs.drain() == 0


@pytest.mark.django_db
def test_a_refusal_is_told_and_the_job_can_be_tried_again() -> None:
    answers: list[Any] = [Refusal("文件读不出来。", "The file cannot be read."), {"rows": 3}]

    @jobs.job("trail.tested.refuse")
    def refuse(key: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    key = jobs.defer("trail.tested.refuse", by="li")
    jobs.drain()
    failed = jobs.progress(key)
    assert failed is not None
    assert (failed.state, failed.zh, failed.en) == ("failed", "文件读不出来。", "The file cannot be read.")
    jobs.retry(key)
    assert jobs.drain() == 1
    again = jobs.progress(key)
    assert again is not None
    assert (again.state, again.zh, again.result) == ("done", "", {"rows": 3})
    with pytest.raises(Refusal, match="No failed job"):
        jobs.retry(key)


@pytest.mark.django_db
def test_a_job_that_breaks_writes_nothing_and_says_so() -> None:
    @jobs.job("trail.tested.shatter")
    def shatter(key: str) -> None:
        Place.objects.all()
        raise ZeroDivisionError

    key = jobs.defer("trail.tested.shatter", by="li")
    jobs.drain()
    failed = jobs.progress(key)
    assert failed is not None
    assert failed.state == "failed"
    assert "nothing of it was stored" in failed.en


def test_an_unknown_job_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(ModuleNotFoundError):
        jobs.defer("trail.nowhere.run", by="li")


def test_a_job_belongs_in_the_module_it_is_named_after() -> None:
    def stray(key: str) -> None: ...

    stray.__module__ = "doudi.register.bulk"
    with pytest.raises(ValueError, match="belongs in"):
        jobs.job("policy.running.run")(stray)


Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(fresh_database: str, cluster: Any) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.trail.working", fresh_database, cluster.host()]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    connections.close_all()


def until(true: Callable[[], Any], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.1)


def test_a_worker_killed_twice_leaves_every_effect_once(start_worker: Start) -> None:
    worker = start_worker()
    keys = [jobs.defer(working.JOB, by="li", code=f"5109{n:08}", rest=0.6) for n in range(4)]
    for seconds in (0.5, 0.9):  # in the middle of a command, and between its end and the job's
        until(lambda: Progress.objects.filter(state="under_way", part__gt=0).exists())
        time.sleep(seconds)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker = start_worker()
    until(lambda: Progress.objects.filter(state="done").count() == len(keys))
    assert Place.objects.count() == Command.objects.filter(verb="tested.count").count() == len(keys)


def test_news_is_seen_while_the_command_is_open(start_worker: Start) -> None:
    key = jobs.defer(working.JOB, by="li", code="510921000000", rest=3.0)
    start_worker()
    until(lambda: (jobs.progress(key) or Progress()).part > 0)
    assert not Place.objects.exists(), "its transaction is still open"
    until(lambda: (jobs.progress(key) or Progress()).state == "done")
