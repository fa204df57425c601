"""The operating-system account of the embedded server: PostgreSQL refuses to run as root, so root lends it one."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doudi.values.refusals import Refusal

NAME = "doudi-postgres"


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as. `lent` is true when that is not who we are."""

    name: str
    uid: int
    gid: int
    lent: bool

    def run(self, command: Sequence[str | Path], **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, without the groups and surroundings of ours."""
        if self.lent:
            more |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run([str(word) for word in command], text=True, check=False, capture_output=True, **more)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can reach what is inside a folder, as it stands."""
        return not self.lent or self.run(["test", "-x", folder], cwd="/").returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether this account can start a program where it stands."""
        return not self.lent or self.run(["test", "-x", program, "-a", "-r", program], cwd="/").returncode == 0

    def own(self, folder: Path) -> None:
        """Make a folder of this account's alone. The folder is new or already its own."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.lent:
            os.chown(folder, self.uid, self.gid)


def present() -> Account:
    """The account to run the server as; as root `doudi-postgres`, made when it is missing."""
    if os.geteuid() != 0:
        return _us()
    try:
        return _lent(pwd.getpwnam(NAME))
    except KeyError:
        _make()
    return _lent(pwd.getpwnam(NAME))


def _us() -> Account:
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise Refusal(
            f"操作系统不认识当前用户(uid {os.geteuid()}),内置数据库无法启动。"
            "请用有名字的账户运行,或设置 DOUDI_DATABASE_URL。",
            f"The system does not know the user {os.geteuid()}, so the embedded database cannot start."
            " Run as a named account, or set DOUDI_DATABASE_URL.",
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, lent=False)


def _lent(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, lent=True)


def _make() -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin") or shutil.which("useradd")
    if program is None:
        raise Refusal(
            f"系统没有 useradd,无法建立账户 {NAME}。请自行建立该账户,或以普通用户运行。",
            f"There is no useradd to make the account {NAME} with. Make it yourself, or run as an ordinary user.",
        )
    made = subprocess.run(
        [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell",
         "/usr/sbin/nologin", NAME],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode not in (0, 9):  # 9: it exists, made by another process meanwhile
        raise Refusal(
            f"无法建立账户 {NAME}:{made.stderr.strip()}",
            f"The account {NAME} could not be made: {made.stderr.strip()}",
        )


def ourselves() -> str:
    """The name the system knows this process by; peer authentication goes by it."""
    return pwd.getpwuid(os.geteuid()).pw_name
