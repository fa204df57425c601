"""kill -9 of a command, and of the whole server with it: afterwards before or after, never between."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
import uuid
from pathlib import Path

import pytest

from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from doudi.register.demo.places import TOWNS
from tests import homes
from tests.frame.terminal import Terminal

HOUSEHOLDS = 300
DEMO = ("demo", "--households", str(HOUSEHOLDS))
ROUNDS = [pytest.param(2, id="2"), pytest.param(20, id="20", marks=pytest.mark.heavy)]
SEED = 20200227


def counts(terminal: Terminal) -> dict[str, int]:
    """The rows of every table of ours, as the owner sees them."""
    with Cluster(Home(terminal.home)).running() as cluster, cluster.connect("doudi_owner") as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE 'django_%' AND tablename NOT LIKE 'auth_%'"
            " AND tablename <> 'trail_sealed' ORDER BY 1"
        ).fetchall()
        return {
            str(t): int(str((connection.execute(f'SELECT count(*) FROM "{t}"').fetchone() or [0])[0]))
            for (t,) in tables
        }


def kill_during(terminal: Terminal, words: tuple[str, ...], after: float, *, server: bool) -> int:
    """Start a command, kill it after some seconds (and the database with it); answers how it ended."""
    process = terminal.start(*words)
    try:
        process.communicate(timeout=after)
    except Exception:
        os.kill(process.pid, signal.SIGKILL)
        pid = terminal.server()
        if server and pid:
            os.kill(pid, signal.SIGKILL)
        process.communicate()
    return process.returncode


def seconds_of(terminal: Terminal, words: tuple[str, ...]) -> float:
    begun = time.monotonic()
    terminal.run(*words)
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminal, dict[str, int], float]:
    """A small demo county, whole: its rows, and how long it took."""
    terminal = homes.put(tmp_path_factory, tmp_path_factory.mktemp("decided") / "home", *homes.EMPTY)
    seconds = seconds_of(terminal, DEMO)
    return terminal, counts(terminal), seconds


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_demo_killed_is_made_whole_or_not_at_all(
    decided: tuple[Terminal, dict[str, int], float], tmp_path: Path, rounds: int
) -> None:
    whole, seconds = decided[1], decided[2]
    moments = random.Random(SEED)
    for round_ in range(rounds):
        terminal = Terminal(tmp_path / f"home{round_}")
        kill_during(terminal, DEMO, moments.uniform(0.3, seconds), server=round_ % 2 == 1)
        terminal.run("account", "list")  # whatever was under way when it was killed, the home opens
        found = counts(terminal)
        if any(found.values()):
            assert found == whole
        else:
            terminal.run(*DEMO)
            assert counts(terminal) == whole
        shutil.rmtree(terminal.home)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_run_killed_is_stored_whole_or_not_at_all(
    decided: tuple[Terminal, dict[str, int], float], rounds: int
) -> None:
    terminal = decided[0]
    seconds = seconds_of(terminal, ("run",))
    moments = random.Random(SEED)
    for round_ in range(rounds):
        before = counts(terminal)
        kill_during(terminal, ("run",), moments.uniform(0.3, seconds), server=round_ % 2 == 1)
        after = counts(terminal)
        changed = {table for table in after if after[table] != before[table]}
        assert after["policy_run"] - before["policy_run"] in (0, 1)
        assert not changed or after["policy_run"] == before["policy_run"] + 1, changed
    last = terminal.ask("run")["run"]
    assert terminal.run("replay", str(last)).returncode == 0
    parts = [path for path in (terminal.home / "runs").rglob("*") if path.name.endswith(".part")]
    assert parts == []


GRANTS = [pytest.param(3, id="3"), pytest.param(30, id="30", marks=pytest.mark.heavy)]
GRANTED = ("02_farm_purchases", "07b_spring_ploughing", "03_labour_transfer", "06b_keep_allowance_without")


@pytest.mark.parametrize("rounds", GRANTS)
def test_a_grant_killed_is_whole_or_not_at_all_and_sent_again_is_there_once(
    decided: tuple[Terminal, dict[str, int], float], rounds: int
) -> None:
    terminal = decided[0]
    run = str(terminal.ask("run")["run"])
    moments = random.Random(rounds)
    seconds = 2.0
    lists = [(measure, town) for town in sorted({code for code, *_ in TOWNS}) for measure in GRANTED]
    killed = 0
    for measure, town in lists:
        if killed == rounds:
            break
        key = str(uuid.UUID(int=moments.getrandbits(128), version=4))
        words = ("grant", "--run", run, "--measure", measure, "--place", town, "--key", key)
        before = counts(terminal)
        kill_during(terminal, words, moments.uniform(0.3, seconds), server=killed % 2 == 1)
        after = counts(terminal)
        if after["delivery_grant"] == before["delivery_grant"]:
            assert {t for t in after if after[t] != before[t]} <= {"trail_sealed"}
        done = terminal.run(*words, "--json", code=None)
        if done.returncode == 2:
            continue  # nobody in that town has a yes
        told = json.loads(done.stdout)
        whole = counts(terminal)
        assert whole["delivery_grant"] == before["delivery_grant"] + 1
        assert whole["delivery_entitlement"] == before["delivery_entitlement"] + told["granted"]
        assert told["repeated"] == (after["delivery_grant"] > before["delivery_grant"])
        killed += 1
    assert killed == rounds


def test_two_runs_at_once_do_not_mix(decided: tuple[Terminal, dict[str, int], float]) -> None:
    terminal = decided[0]
    before = counts(terminal)["policy_run"]
    first, second = terminal.start("run"), terminal.start("run")
    said = [process.communicate(timeout=120)[0] for process in (first, second)]
    done = [first.returncode, second.returncode].count(0)
    assert done >= 1, said
    assert {first.returncode, second.returncode} <= {0, 2}, said
    assert counts(terminal)["policy_run"] == before + done


def test_a_database_stopped_during_a_run_is_told(decided: tuple[Terminal, dict[str, int], float]) -> None:
    terminal = decided[0]
    before = counts(terminal)
    seconds = seconds_of(terminal, ("run",))
    told = False
    for part in (0.5, 0.7, 0.9, 0.4, 0.6, 0.8):  # how fast it runs differs by the load: some kills come too late
        process = terminal.start("run")
        time.sleep(seconds * part)
        pid = terminal.server()
        if pid:
            os.kill(pid, signal.SIGKILL)
        said = process.communicate(timeout=120)[0]
        assert process.returncode in (0, 1), said
        assert "Traceback" not in said
        told = "The database was lost" in said or "could not start" in said
        if told:
            break
    assert told
    terminal.run("run")
    assert counts(terminal)["register_statement"] == before["register_statement"]


def survey(place: Path, rows: int) -> Path:
    """A table in the form of the survey of 1998, made up."""
    dice = random.Random(SEED)
    lines = ["rownames,sex,age,educyr,farm,urban,hhsize,lntotal,lnmed,lnrlfood,lnexp12m,commune"]
    for n in range(1, rows + 1):
        size, total = dice.randint(1, 9), dice.uniform(8, 11)
        lines.append(
            f"{n},{dice.choice(['female', 'male'])},{dice.randint(18, 90)},{dice.randint(0, 15)},"
            f"{dice.choice(['yes', 'no'])},{dice.choice(['yes', 'no'])},{size},{total:.5f},5.1,"
            f"{total - 1:.5f},5.1,{n % 194 + 1}"
        )
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


@pytest.mark.parametrize("rounds", ROUNDS)
def test_an_import_killed_is_taken_in_whole_or_not_at_all(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, rounds: int
) -> None:
    words = ("import", str(survey(tmp_path / "survey.csv", 2000)), "--profile", "vlss_1998", "--as-of", "1998-06-30")
    whole = homes.put(tmp_path_factory, tmp_path / "whole", *homes.EMPTY)
    seconds = seconds_of(whole, words)
    wanted = counts(whole)
    assert wanted["register_household"] == 2000
    moments = random.Random(SEED)
    terminal = Terminal(tmp_path / "home")
    for round_ in range(rounds):
        kill_during(terminal, words, moments.uniform(0.3, seconds), server=round_ % 2 == 1)
        terminal.run("account", "list")
        found = counts(terminal)
        assert found["register_household"] in (0, 2000)
        assert found == wanted or not any(count for table, count in found.items() if table.startswith("register_"))
        if found["register_household"]:
            shutil.rmtree(terminal.home)
    terminal.run(*words)
    assert counts(terminal) == wanted
