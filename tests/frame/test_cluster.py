"""The embedded server: durable, closed, alone, found again, and gone with its last user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from doudi.cli import os_account
from doudi.cli.cluster import LONGEST, SOCKET, Cluster
from doudi.cli.home import Home


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server in a home whose path is too long for a socket and whose parent is closed to others."""
    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o700)
    home = Home(closed / ("long-" * 24) / "home")
    before = modes(home.path)
    cluster = Cluster(home)
    cluster.start()
    assert before.items() <= modes(home.path).items(), "a permission was changed"
    yield cluster
    cluster.leave()
    assert pid_of(cluster) is None
    assert not cluster._spare().exists()


@pytest.fixture
def cluster(made: Cluster) -> Cluster:
    """The same, running, whatever the test before did to it."""
    made.start()
    return made


def modes(folder: Path) -> dict[Path, int]:
    return {place: place.stat().st_mode for place in folder.parents if place.exists()}


def pid_of(cluster: Cluster) -> int | None:
    try:
        pid = int((cluster.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def wait_for(gone: int) -> None:
    for _ in range(200):
        try:
            os.kill(gone, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError(f"{gone} still runs")


def ask(cluster: Cluster, query: str) -> object:
    with cluster.connect("postgres", "postgres") as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def test_the_path_is_too_long_for_a_socket(cluster: Cluster) -> None:
    assert len(str(cluster.home.postgres / "run" / SOCKET)) > LONGEST
    assert ask(cluster, "SELECT 1") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
    ],
)
def test_it_is_durable_and_listens_to_no_network(cluster: Cluster, name: str, value: str) -> None:
    assert ask(cluster, f"SHOW {name}") == value


def test_text_is_ordered_by_code_point(cluster: Cluster) -> None:
    assert (
        ask(cluster, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'postgres'")
        == "bC.UTF-8"
    )


def test_the_folders_are_closed_to_others(cluster: Cluster) -> None:
    for folder in (cluster.home.postgres, cluster.data, cluster.home.postgres / "run"):
        assert folder.stat().st_mode & 0o077 == 0, folder


def test_only_named_accounts_get_in(cluster: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"(?i)peer|no pg_hba"):
        cluster.connect("doudi_engine", "postgres")
    rules = (cluster.data / "pg_hba.conf").read_text(encoding="utf-8")
    assert [line.split()[0] for line in rules.splitlines() if line and not line.startswith("#")] == ["local"]
    assert "trust" not in rules


def test_after_kill_nine_it_is_started_again_with_its_data(cluster: Cluster) -> None:
    with cluster.connect("postgres", "postgres") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    pid = pid_of(cluster)
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_for(pid)
    cluster.start()
    assert ask(cluster, "SELECT n FROM kept") == 42
    assert pid_of(cluster) != pid


def test_a_server_left_behind_is_found_and_stopped(cluster: Cluster) -> None:
    """A process that starts the server and is killed leaves it running; the next user has it, and stops it."""
    pid = pid_of(cluster)
    cluster.leave()
    code = f"""
import os
from pathlib import Path
from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
Cluster(Home(Path({str(cluster.home.path)!r}))).start()
os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    left = pid_of(cluster)
    assert left
    assert left != pid
    cluster.start()
    assert pid_of(cluster) == left
    cluster.leave()
    wait_for(left)


def test_a_pid_file_of_another_process_is_no_server(cluster: Cluster) -> None:
    """After a restart of the machine the number may be anybody's."""
    cluster.leave()
    account = os_account.present()
    other = subprocess.Popen(["sleep", "60"], **({"user": account.uid} if account.lent else {}))
    try:
        place = cluster.data / "postmaster.pid"
        place.write_text(f"{other.pid}\n{cluster.data}\n1\n5432\n\n\n", encoding="ascii")
        os.chown(place, account.uid, account.gid)
        cluster.start()
        assert ask(cluster, "SELECT 1") == 1
    finally:
        other.kill()
        other.wait()


def test_it_stays_for_as_long_as_somebody_uses_it(cluster: Cluster) -> None:
    second = Cluster(cluster.home)
    second.start()
    second.leave()
    assert ask(cluster, "SELECT 1") == 1
    pid = pid_of(cluster)
    assert pid
    cluster.leave()
    wait_for(pid)


def test_a_home_half_made_is_made_again() -> None:
    """Killed while the data folder was drafted: nothing of it counts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.make()
        account = os_account.present()
        account.own(home.postgres)
        account.own(home.postgres / "draft-killed")
        (home.postgres / "draft-killed" / "PG_VERSION").write_text("18\n", encoding="ascii")
        with Cluster(home).running() as cluster:
            assert ask(cluster, "SELECT 1") == 1
        assert not list(home.postgres.glob("draft-*"))
