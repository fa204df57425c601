"""Nine thousand telephones send five commands each through HTTP against the embedded default: `make load`.

    python -m bench.load [--phones 9000] [--minutes 15] [--households N] [--at-once 32] [--here] [--json]

The full demo county is made in a home of its own, served by `doudi serve`, and removed afterwards. Every telephone
pulls its cards and, at a moment of its own within the minutes, sends five checks in one batch, as it does after a day
without signal; told to come again (429) it comes again when it was told. Afterwards every command sent is looked for in
the database: none may be lost, none may be there twice.

A decision is made in the batch's own transaction; of a batch that found no turn free, within seconds, each household
once (`policy.deferrals`). The lag told is the longest time between the sending of a command and its being decided and
counted: to the answer in the one case, from the taking in to the beginning of its deciding (of forty at most) in the
other.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import click

from bench.county import _opened, _say

BATCH, LONGEST, WORST = 5, 60, 3.0  # commands a telephone; seconds of one request; the bar of p99
SETTLED, GIVEN_UP = 10.0, 60.0  # seconds: who is put off is decided by then (the bar); how long it is waited for
HOST = "127.0.0.1"
THERE = ("done", "repeated", "conflict")
Told = dict[str, Any]


@dataclass(slots=True)
class Counts:
    """What was seen: seconds of every answered batch, statuses, states, the lag of the slowest command."""

    seconds: list[float] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    sent: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # told to be there
    refused: Counter[str] = field(default_factory=Counter)
    lag: float = 0.0
    unanswered: Counter[str] = field(default_factory=Counter)  # why, by what was asked
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, status: int, told: Told) -> None:
        """Count an answer, or why there was none."""
        self.statuses[f"{what} {status}"] += 1
        if not status:
            self.unanswered[f"{what}: {told.get('why', '')}"] += 1


@dataclass(frozen=True, slots=True)
class Line:
    """The result, as told."""

    phones: int
    commands: int
    minutes: float
    batches_a_second: float
    p50: float
    p99: float
    worst: float
    pull_p50: float
    pull_p99: float
    largest_lag: float
    put_off: dict[str, float]
    again: int
    errors: int
    lost: int
    twice: int
    states: dict[str, int]
    statuses: dict[str, int]
    refused: dict[str, int]
    unanswered: dict[str, int]
    processor: dict[str, float]

    @property
    def held(self) -> bool:
        """Whether every bar is met."""
        left = self.commands - sum(self.states.get(state, 0) for state in THERE)
        late = self.put_off["lag"] > SETTLED or self.put_off["waiting"]
        return self.p99 <= WORST and not (self.errors or self.lost or self.twice or left or late)

    def tell(self) -> str:
        """In words."""
        return "\n".join(
            (
                f"{self.phones:,} telephones, {self.commands:,} commands in {self.minutes:.1f} min"
                f" ({self.batches_a_second:.1f} batches a second)",
                f"a batch of {BATCH}:  p50 {self.p50:.2f} s  p99 {self.p99:.2f} s  worst {self.worst:.2f} s",
                f"a pull:        p50 {self.pull_p50:.2f} s  p99 {self.pull_p99:.2f} s",
                f"told to come again: {self.again:,}; errors: {self.errors}; lost: {self.lost}; twice: {self.twice}",
                f"largest lag from sending to decided and counted: {self.largest_lag:.2f} s",
                self._put_off(),
                f"states {self.states}  statuses {self.statuses}  refused {self.refused}  no answer {self.unanswered}",
                f"processor: {self._processor()}",
                "all bars met"
                if self.held
                else f"MISSED a bar (p99 <= {WORST} s, no error, none lost, none twice,"
                f" who is put off decided within {SETTLED:.0f} s)",
            )
        )

    def _put_off(self) -> str:
        times, households = int(self.put_off["times"]), int(self.put_off["households"])
        return (
            f"households put off {times:,} times, decided {households:,} times ({times - households:,} repeats merged),"
            f" begun {self.put_off['lag']:.2f} s after the first word at most; {int(self.put_off['waiting'])} wait yet"
        )

    def _processor(self) -> str:
        every, left = sum(self.processor.values()), max(1, self.commands)
        parts = ", ".join(f"{name} {seconds:,.1f} s" for name, seconds in self.processor.items())
        return f"{parts}; {every / left * 1000:.1f} ms a command, {every / (self.minutes * 60 or 1):.2f} cores"


def run(port: int, tokens: Sequence[str], *, minutes: float, at_once: int, seed: int = 1) -> tuple[Counts, float]:
    """Let every telephone send, spread over the minutes; answers what was seen and the minutes it took."""
    counts, dice = Counts(), random.Random(seed)  # noqa: S311
    moments = sorted(dice.uniform(0, minutes * 60) for _ in tokens)
    queue: SimpleQueue[tuple[float, str] | None] = SimpleQueue()
    for moment, token in zip(moments, dice.sample(list(tokens), len(tokens)), strict=True):
        queue.put((moment, token))
    begun = time.monotonic()
    threads = [
        threading.Thread(target=_work, args=(port, queue, counts, begun, random.Random(f"{seed}:{n}")))  # noqa: S311
        for n in range(at_once)
    ]
    for _ in threads:
        queue.put(None)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts, (time.monotonic() - begun) / 60


def _work(port: int, queue: Any, counts: Counts, begun: float, dice: random.Random) -> None:
    while (each := queue.get()) is not None:
        moment, token = each
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        _phone(port, token, counts, dice)


def _phone(port: int, token: str, counts: Counts, dice: random.Random) -> None:
    """One telephone: it takes its cards, fills in five checks and sends them until they are taken."""
    for _ in range(3):
        took, status, told = _ask(port, token, "GET", "/m/api/pull")
        with counts.lock:
            counts.pulls.append(took)
            counts.note("pull", status, told)
        if status:
            break
    if status != 200 or not told.get("households"):
        return
    commands = [_check(dice.choice(told["households"]), n, dice) for n in range(BATCH)]
    with counts.lock:
        counts.sent += [command["id"] for command in commands]
    _send(port, token, commands, counts)


def _send(port: int, token: str, commands: list[Told], counts: Counts) -> None:
    """Send until they are taken, as a telephone does: what went unanswered is sent again under the same ids."""
    first = time.monotonic()
    for _ in range(50):
        body = {"device_at": None, "commands": commands}
        took, status, told = _ask(port, token, "POST", "/m/api/sync", body)
        with counts.lock:
            counts.note("sync", status, told)
        if status == 200:
            with counts.lock:
                counts.seconds.append(took)
                counts.lag = max(counts.lag, time.monotonic() - first)
                counts.states.update(result["state"] for result in told["results"])
                counts.taken += [each["id"] for each in told["results"] if each["state"] in THERE]
                counts.refused.update(each["refusal"]["en"] for each in told["results"] if "refusal" in each)
            return
        if status not in (0, 429):
            return
        time.sleep(float(told.get("retry_after", 1)))


def _ask(port: int, token: str, method: str, path: str, body: Told | None = None) -> tuple[float, int, Told]:
    """(seconds, status, what was told); status 0 for no answer, told is then why."""
    connection, begun = http.client.HTTPConnection(HOST, port, timeout=LONGEST), time.monotonic()
    try:
        headers = {"Authorization": f"Device {token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        told = json.loads(content) if answer.status == 200 else {"retry_after": answer.headers.get("Retry-After", 5)}
        return time.monotonic() - begun, answer.status, told
    except (OSError, http.client.HTTPException, ValueError) as error:
        return time.monotonic() - begun, 0, {"why": f"{type(error).__name__}: {error}"}
    finally:
        connection.close()


def _check(card: Told, seq: int, dice: random.Random) -> Told:
    """A check as a helper fills it in: most things are the same, some have changed, what is open is answered."""
    facts = [card["facts"][n] for n in card["ask"]]
    facts += [fact for fact in card["facts"] if fact["can_say"] and fact["value"] is not None][:4]
    said = {(f["kind"], f["id"], f["fact"]): _said(f, dice) for f in facts}
    return {
        "id": str(uuid.uuid4()),
        "verb": "check",
        "seq": seq,
        "household": card["id"],
        "base_version": card["version"],
        "body": {
            "reached": "door",
            "facts": list(said.values()),
            "needs": ["seed"] if dice.random() < 0.2 else [],
            "read_back": True,
            "agrees": "yes",
        },
    }


def _said(fact: Told, dice: random.Random) -> Told:
    told = {"kind": fact["kind"], "id": fact["id"], "fact": fact["fact"], "base": fact["value"]}
    if fact["type"] == "bool" and (fact["value"] is None or dice.random() < 0.1):
        return told | {"said": "changed", "value": not fact["value"]}
    return told | {"said": "same" if fact["value"] is not None else "cannot_say"}


# -- the county and its server


def pair_all(most: int) -> list[str]:
    """Pair a telephone with each of the county's helpers; the tokens. In a county whose home is open."""
    from django.db import transaction
    from django.utils import timezone

    from doudi.access import devices
    from doudi.access.scope import as_engine
    from doudi.access.users import User
    from doudi.register.pairings import Pairing

    with transaction.atomic(), as_engine():
        ids = Pairing.objects.filter(until_day=None).values("helper")
        users = list(User.objects.filter(pk__in=ids).order_by("username")[:most])
    with transaction.atomic():
        return [devices.register(user, "load", by=user.username, now=timezone.now())[1] for user in users]


def look_for(taken: Sequence[str]) -> tuple[int, int]:
    """How many of the commands told to be done are not there, and how many checks are there for one of them twice."""
    from django.db import connection, transaction

    from doudi.access.scope import as_engine

    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE c.id IS NULL) FROM unnest(%s::uuid[]) AS s (id)"
            " LEFT JOIN monitoring_check c ON c.id = s.id",
            [list(taken)],
        )
        lost = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT count(*) FROM (SELECT evidence ->> 'check', subject_kind, subject_id, source"
            " FROM register_statement WHERE evidence ? 'check' GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) t"
        )
        return lost, int(cursor.fetchone()[0])


@contextmanager
def served(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`doudi serve` of the present home, until the body ends."""
    command = [sys.executable, "-m", "doudi", "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            try:
                connection.request("GET", "/health/")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.2)
            finally:
                connection.close()
        yield process
    finally:
        process.terminate()
        process.wait(30)


def spent(serving: int, database: Path) -> dict[str, float]:
    """Seconds of the processor so far: of the server with what it began, of the database, of this process."""
    tick = os.sysconf("SC_CLK_TCK")
    parents, seconds = {}, {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parents[int(each.parent.name)] = int(fields[1])
        seconds[int(each.parent.name)] = sum(int(number) for number in fields[11:15]) / tick  # ended children too
    postmaster = int((database / "postmaster.pid").read_text().split()[0])
    theirs = {pid for pid in seconds if _below(pid, postmaster, parents)}
    ours = {pid for pid in seconds if _below(pid, serving, parents)} - theirs
    own = {"server": ours, "database": theirs}
    return {
        **{name: sum(seconds[pid] for pid in pids) for name, pids in own.items()},
        "telephones": sum(os.times()[:2]),
    }


def put_off() -> dict[str, float]:
    """Wait until nobody waits to be decided; how often households were put off and decided, after how long at most."""
    from django.db import connection, transaction

    from doudi.access.scope import as_engine
    from doudi.policy import deferrals

    until = time.monotonic() + GIVEN_UP
    while deferrals.waiting().households and time.monotonic() < until:
        time.sleep(0.2)
    with transaction.atomic(), as_engine(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum((o.result ->> 'times')::int), 0), coalesce(sum((o.result ->> 'households')::int), 0),"
            " coalesce(max((o.result ->> 'lag')::float), 0) FROM trail_outcome o JOIN trail_command c"
            " ON c.id = o.command_id WHERE c.verb = 'policy.deferrals.settle'"
        )
        times, households, lag = (float(each) for each in cursor.fetchone())
    return {"times": times, "households": households, "lag": lag, "waiting": float(deferrals.waiting().households)}


def _below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid not in (0, root):
        pid = parents.get(pid, 0)
    return pid == root


def line(
    counts: Counts,
    minutes: float,
    phones: int,
    *,
    lost: int,
    twice: int,
    late: dict[str, float],
    processor: dict[str, float],
) -> Line:
    """What was seen, in numbers."""
    seconds, pulls = sorted(counts.seconds) or [0.0], sorted(counts.pulls) or [0.0]
    good = {"pull 200", "sync 200", "sync 429"}
    return Line(
        phones=phones,
        commands=len(counts.sent),
        minutes=minutes,
        batches_a_second=len(counts.seconds) / (minutes * 60) if minutes else 0.0,
        p50=_at(seconds, 0.5),
        p99=_at(seconds, 0.99),
        worst=seconds[-1],
        pull_p50=_at(pulls, 0.5),
        pull_p99=_at(pulls, 0.99),
        largest_lag=max(counts.lag, late["lag"]),
        put_off=late,
        again=counts.statuses["sync 429"],
        errors=sum(number for status, number in counts.statuses.items() if status not in good),
        lost=lost,
        twice=twice,
        states=dict(counts.states),
        statuses=dict(counts.statuses),
        refused=dict(counts.refused),
        unanswered=dict(counts.unanswered),
        processor=processor,
    )


def _at(values: Sequence[float], part: float) -> float:
    return values[min(len(values) - 1, int(part * len(values)))]


@click.command()
@click.option("--phones", default=9_000, show_default=True)
@click.option("--minutes", default=15.0, show_default=True, help="Over which the telephones send.")
@click.option("--households", type=int, help="A smaller demo county.")
@click.option("--at-once", default=32, show_default=True, help="Telephones in the air at a time, at most.")
@click.option("--port", default=9780, show_default=True)
@click.option("--here", is_flag=True, help="Use the county of DOUDI_HOME, which keeps what is sent.")
@click.option("--json", "as_json", is_flag=True)
def main(
    phones: int, minutes: float, households: int | None, at_once: int, port: int, here: bool, as_json: bool
) -> None:
    """Measure, and exit 1 where a bar is missed."""
    with _home(households, here=here):
        with _opened():
            tokens = pair_all(phones)
        _say(f"{len(tokens):,} telephones send")
        database = Path(os.environ["DOUDI_HOME"]) / "postgres" / "data"
        with served(port) as process:
            before = spent(process.pid, database)
            counts, took = run(port, tokens, minutes=minutes, at_once=at_once)
            with _opened():
                late = put_off()
            after = spent(process.pid, database)
        with _opened():
            lost, twice = look_for(counts.taken)
    processor = {name: after[name] - seconds for name, seconds in before.items()}
    found = line(counts, took, len(tokens), lost=lost, twice=twice, late=late, processor=processor)
    click.echo(json.dumps(asdict(found)) if as_json else found.tell())
    sys.exit(0 if found.held else 1)


@contextmanager
def _home(households: int | None, *, here: bool) -> Iterator[None]:
    """A home of its own with the demo county, removed afterwards; `here` is the present one, left as it is found."""
    if here:
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="doudi-load-"))
    os.environ["DOUDI_HOME"] = str(folder / "home")
    try:
        few = ["--households", str(households)] if households else []
        _say("making the demo county")
        subprocess.run([sys.executable, "-m", "doudi", "demo", *few], check=True, stdout=subprocess.DEVNULL)
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
