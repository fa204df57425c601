"""The load in short: some telephones at once through HTTP against `doudi serve`, decisions on; `make load` is all."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_commands import doudi

PHONES = 12


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_some_telephones_at_once(tmp_path: Path, free_port: int) -> None:
    """Every request has an answer, every command is taken once and none is lost; who is asked to come again does."""
    doudi(tmp_path, "demo", "--households", "60")
    _put_one_off(tmp_path)
    found = _load(tmp_path, free_port)
    assert found["put_off"]["households"] >= 1, "the worker beside the server decides whom a crash left undecided"
    assert found["put_off"]["waiting"] == 0
    assert set(found["statuses"]) <= {"pull 200", "sync 200", "sync 429"}, (found["statuses"], found["unanswered"])
    assert found["statuses"]["sync 200"] == PHONES, found["unanswered"]
    assert sum(found["processor"].values()) > 0


PUT_OFF = """
from bench.county import _opened
with _opened():
    from django.db import transaction
    from django.utils import timezone
    from doudi.access.scope import Scope, as_engine, enter
    from doudi.policy import questions
    from doudi.policy.sittings import Sitting, Word
    from doudi.register.households import Household
    with transaction.atomic():
        with as_engine():
            homes = list(Household.objects.order_by("id"))
        asked = ((home, q) for home in homes for q in questions.of_household(home.pk) if q.type == "bool")
        home, question = next(asked)
        with enter(Scope(frozenset([home.place_code]))):
            sitting = Sitting([home.pk], now=timezone.now())
            word = Word(question.kind, question.subject_id, question.fact, True, question.sources[-1])
            sitting.say(home.pk, [word], by="t", about=sitting.run.as_of)
            assert sitting.put_off() == {home.pk}
"""


def _put_one_off(place: Path) -> None:
    """What a server leaves that took something in under pressure and was killed before anybody was decided."""
    environment = {**os.environ, "DOUDI_HOME": str(place / "home"), "PYTHONPATH": "."}
    environment.pop("DOUDI_SOCKET", None)
    told = subprocess.run(
        [sys.executable, "-c", PUT_OFF],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def _load(place: Path, port: int) -> dict[str, Any]:
    """One run: nothing was refused, lost or done twice."""
    command = [sys.executable, "-m", "bench.load", "--here", "--phones", str(PHONES), "--minutes", "0.05", "--json"]
    environment = {**os.environ, "DOUDI_HOME": str(place / "home"), "PYTHONPATH": "."}
    environment.pop("DOUDI_SOCKET", None)
    done = subprocess.run(
        [*command, "--port", str(port)],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=140,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (found["lost"], found["twice"]) == (0, 0), (found["statuses"], done.stderr)
    assert found["commands"] == sum(found["states"].values()) > 0
    assert set(found["states"]) <= {"done", "repeated", "conflict"}, found["refused"]
    return found
