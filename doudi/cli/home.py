"""The home: one folder that holds everything a deployment owns. Two homes never touch each other."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from doudi.values.refusals import Refusal

FORMAT = 1  # raised when a home written by this version cannot be read by the one before


@dataclass(frozen=True, slots=True)
class Home:
    """A data folder. Nothing is written until `make` is called."""

    path: Path

    @property
    def postgres(self) -> Path:
        """The embedded server's folder."""
        return self.path / "postgres"

    @property
    def backups(self) -> Path:
        """Where backups go that name no file."""
        return self.path / "backups"

    @property
    def runs(self) -> Path:
        """Snapshots and answers, as Parquet files."""
        return self.path / "runs"

    @property
    def work(self) -> Path:
        """Where what is being made stands until it is whole."""
        return self.path / "work"

    @property
    def seal(self) -> Path:
        """The key that signs the audit log's heads, and the last of them."""
        return self.path / "seal"

    @property
    def note(self) -> Path:
        """The home's own note: its format and what made it."""
        return self.path / "home.json"

    def make(self) -> None:
        """Make the folder when it is missing; refuse one that a newer version wrote or that is someone else's."""
        _make_private(self.path)
        if self.note.exists():
            self.check()
            return
        foreign = sorted(p.name for p in self.path.iterdir() if not p.name.endswith(".lock"))
        if foreign:
            raise Refusal(
                f"文件夹 {self.path} 里已有别的东西({foreign[0]})。请另选一个空文件夹(DOUDI_HOME)。",
                f"The folder {self.path} holds something else ({foreign[0]}). Choose an empty one (DOUDI_HOME).",
            )
        write_whole(self.note, json.dumps({"format": FORMAT}) + "\n")
        for room in (self.runs, self.backups, self.work):
            room.mkdir(mode=0o700, exist_ok=True)

    def check(self) -> None:
        """Raise Refusal when this version must not touch the home."""
        found = self.read().get("format")
        if not isinstance(found, int) or found > FORMAT:
            raise Refusal(
                f"数据目录 {self.path} 由更新版本的 doudi 写成(格式 {found},本版本只懂 {FORMAT})。请升级 doudi。",
                f"The home {self.path} was written by a newer doudi (format {found}; this one reads {FORMAT})."
                " Upgrade doudi.",
            )

    def read(self) -> dict[str, Any]:
        """The home's note; Refusal when it cannot be read."""
        try:
            return dict(json.loads(self.note.read_text(encoding="utf-8")))
        except (ValueError, OSError) as error:
            raise Refusal(
                f"{self.note} 无法读取:{error}。请从备份恢复。",
                f"{self.note} cannot be read: {error}. Restore it from a backup.",
            ) from error

    def secret(self) -> str:
        """The key that signs sessions, made when it is first asked for."""
        place = self.path / "secret.key"
        if not place.exists():
            write_whole(place, secrets.token_urlsafe(48) + "\n")
        return place.read_text(encoding="ascii").strip()


def present() -> Home:
    """The home that DOUDI_HOME names, or the platform's own place; as root /var/lib/doudi."""
    named = os.environ.get("DOUDI_HOME", "")
    if named:
        return Home(Path(named).expanduser().absolute())
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Home(Path("/var/lib/doudi"))
    return Home(Path(platformdirs.user_data_dir("doudi", appauthor=False)))


def write_whole(place: Path, text: str) -> None:
    """Write a file of this user's alone, so that a crash leaves the old one or the new one."""
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)


@contextmanager
def locked(place: Path, *, shared: bool = False, wait: bool = True) -> Iterator[int]:
    """Hold a lock that goes with the process. Raises BlockingIOError when `wait` is false and it is held."""
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        yield descriptor
    finally:
        os.close(descriptor)


def _make_private(folder: Path) -> None:
    """Make a folder closed to others; as root others may pass through it, for the server's account is one of them.

    A folder that is there already keeps its permissions.
    """
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise Refusal(
            f"无法建立数据目录 {folder}:{error.strerror}。请用 DOUDI_HOME 指定可写的文件夹。",
            f"The home {folder} cannot be made: {error.strerror}. Name a folder you can write to with DOUDI_HOME.",
        ) from error
