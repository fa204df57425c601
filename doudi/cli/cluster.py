"""The embedded PostgreSQL server of a home: made, started, found again, stopped by doudi itself.

Two locks in the home keep order: `start.lock` is held while the server is started or stopped, `users.lock` is shared by
every process that uses it. The last one to leave stops it. After kill -9 the locks are free by themselves, the server
is found by the next process and stopped with it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from doudi.cli import os_account, programs
from doudi.cli.home import Home, locked
from doudi.cli.os_account import Account
from doudi.values.refusals import Refusal

if TYPE_CHECKING:
    import psycopg

LONGEST = 107  # bytes in the address of a Unix socket
SOCKET = ".s.PGSQL.5432"
DESCRIPTOR = 99  # where the server keeps its own folder open when it cannot be reached by its path
START_SECONDS = 120

SETTINGS = """\
# Written by doudi at every start; a change here is lost.
listen_addresses = ''
unix_socket_directories = '../run'
unix_socket_permissions = 0700
fsync = on
full_page_writes = on
synchronous_commit = on
wal_level = replica
max_wal_senders = 0
max_connections = 60
shared_buffers = 256MB
wal_buffers = 64MB
work_mem = 32MB
temp_buffers = 64MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
max_parallel_workers_per_gather = 0
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
cluster_name = 'doudi'
"""
# Everybody who can open the socket's folder is one of the two accounts below; each may take on every role.
RULES = "local all all peer map=doudi\n"


@dataclass(slots=True)
class Cluster:
    """The server of one home. `start` before use; `leave` at the end."""

    home: Home
    _users: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _folder: int = -1

    @property
    def data(self) -> Path:
        """The data folder of the server."""
        return self.home.postgres / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home.postgres / "server.log"

    def start(self) -> None:
        """Find the home's server or start it (making it the first time), and count ourselves among its users."""
        self.home.make()
        with locked(self.home.path / "start.lock"):
            account = os_account.present()
            self._make(account)
            if not self._answers():
                self._launch(account)
            self._users.enter_context(locked(self.home.path / "users.lock", shared=True))

    def leave(self) -> None:
        """Stop the server if no one else uses it."""
        with locked(self.home.path / "start.lock"):
            self._users.close()
            with contextlib.suppress(BlockingIOError), locked(self.home.path / "users.lock", wait=False):
                self._stop(os_account.present())

    @contextmanager
    def running(self) -> Iterator[Cluster]:
        """The server, for as long as the body lasts."""
        self.start()
        try:
            yield self
        finally:
            self.leave()

    def host(self) -> str:
        """Where clients of this process find the socket: its folder, or a short name of it when that is too long."""
        folder = self.home.postgres / "run"
        if len(os.fsencode(folder / SOCKET)) <= LONGEST:
            return str(folder)
        if self._folder < 0:
            self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            os.set_inheritable(self._folder, True)
        return f"/proc/self/fd/{self._folder}"

    def connect(self, role: str, database: str = "doudi", **more: object) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of our own, outside Django's."""
        import psycopg  # only here: `doudi --version` would load it

        return psycopg.connect(host=self.host(), user=role, dbname=database, autocommit=True, **more)  # type: ignore[arg-type]

    def _answers(self) -> bool:
        """Whether the server is up; one that is starting or stopping is waited for."""
        import psycopg

        until = time.monotonic() + START_SECONDS
        while self._process() is not None and time.monotonic() < until:
            try:
                self.connect("postgres", "postgres", connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return True
        return False

    def _process(self) -> int | None:
        """The postmaster of this data folder. A pid file left behind, or whose number is another's now, is none."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        with contextlib.suppress(OSError):
            if not Path(f"/proc/{pid}/cwd").samefile(self.data):
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                return None
        return pid

    def _make(self, account: Account) -> None:
        """Make the data folder: drafted beside, and put in place whole."""
        if self.data.exists():
            return
        account.own(self.home.postgres)
        account.own(self.home.postgres / "run")
        draft = f"draft-{secrets.token_hex(4)}"  # an initdb whose doudi was killed may still be writing its own
        with self._seen_by(account) as (folder, program, more):
            made = account.run(
                [program / "bin" / "initdb", "-D", f"{folder}/{draft}", "--username=postgres", "--encoding=UTF8",
                 "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums",
                 "--auth-local=peer", "--auth-host=reject", "--no-instructions"],
                **more,
            )  # fmt: skip
        if made.returncode != 0:
            raise _broken("初始化", "be made", made.stderr or made.stdout)
        (self.home.postgres / draft).rename(self.data)

    def _configure(self, account: Account) -> None:
        """Our own settings, in the files that initdb left for them."""
        names = dict.fromkeys([account.name, os_account.ourselves()])
        roles = ("postgres", "doudi_owner", "doudi_app")
        self._rewrite("doudi.conf", SETTINGS, account)
        self._rewrite("pg_hba.conf", RULES, account)
        self._rewrite("pg_ident.conf", "".join(f'doudi "{n}" {role}\n' for n in names for role in roles), account)
        main = self.data / "postgresql.conf"
        text = main.read_text(encoding="utf-8")
        if "include = 'doudi.conf'" not in text:
            self._rewrite("postgresql.conf", f"{text}\ninclude = 'doudi.conf'\n", account)

    def _rewrite(self, name: str, text: str, account: Account) -> None:
        draft = self.data / f"{name}.draft"
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o600)
        if account.lent:
            os.chown(draft, account.uid, account.gid)
        draft.replace(self.data / name)

    def _launch(self, account: Account) -> None:
        for left in self.home.postgres.glob("draft-*"):
            shutil.rmtree(left, ignore_errors=True)
        self._configure(account)
        with self._seen_by(account) as (folder, program, more):
            started = account.run(
                [program / "bin" / "pg_ctl", "start", "--wait", f"--timeout={START_SECONDS}", "--silent",
                 f"--pgdata={folder}/data", f"--log={folder}/server.log"],
                **more,
            )  # fmt: skip
        if not self._answers():
            raise _broken("启动", "start", started.stderr + self._last_words())

    def _stop(self, account: Account) -> None:
        if self._process() is None:
            return
        with self._seen_by(account) as (folder, program, more):
            account.run(
                [program / "bin" / "pg_ctl", "stop", "--mode=fast", "--wait", f"--pgdata={folder}/data"], **more
            )
        shutil.rmtree(self._spare(), ignore_errors=True)

    def _made_by(self) -> str:
        """The major version of PostgreSQL the data folder is of; nothing before it is made."""
        place = self.data / "PG_VERSION"
        return place.read_text(encoding="ascii").strip() if place.exists() else ""

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-8:])

    def _spare(self) -> Path:
        """Where the programs stand while a server runs whose account cannot reach the home."""
        return Path(tempfile.gettempdir()) / f"doudi-program-{self.home.path.stat().st_ino}"

    @contextmanager
    def _seen_by(self, account: Account) -> Iterator[tuple[str, Path, dict[str, object]]]:
        """The server's folder and programs as the account can name them, and what a process needs for it.

        A folder that cannot be reached by its path (a parent is closed, or the path is too long) is handed over open.
        """
        install = programs.wheel(self._made_by())
        program = programs.reachable(account, install, own=self.home.path / "program", spare=self._spare())
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        if account.can_enter(self.home.postgres):
            yield str(self.home.postgres), program, {"cwd": self.home.postgres, "env": environment}
            return
        with _open_at(self.home.postgres, DESCRIPTOR):
            yield f"/proc/self/fd/{DESCRIPTOR}", program, {"cwd": "/", "env": environment, "pass_fds": (DESCRIPTOR,)}


@contextmanager
def _open_at(folder: Path, number: int) -> Iterator[None]:
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.dup2(found, number, inheritable=True)
    os.close(found)
    try:
        yield
    finally:
        os.close(number)


class Broken(Refusal):
    """The machine refuses, not doudi: the command ends with 1."""


def _broken(zh: str, en: str, said: str) -> Broken:
    return Broken(
        f"内置数据库无法{zh}:{said.strip()} 请运行 doudi doctor。",
        f"The embedded database could not {en}: {said.strip()} Run doudi doctor.",
    )
