"""Backups: the whole home in one file, as of one moment, checked before it is trusted.

A backup is a tar file of `manifest.json` (the rows of every table and the hash of every file), `database.dump` and the
home's rooms of files: `runs/` and `evidence/`. Logs stay behind, and the home's secrets unless a passphrase closes
them: the one account numbers are encrypted under, and the one that opens what telephones sealed.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import connections

from doudi.cli import databases, dumps, keys, schema
from doudi.cli import home as homes
from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from doudi.monitoring import outbox_keys
from doudi.values.refusals import Refusal

MANIFEST, DUMP = "manifest.json", "database.dump"
FORMAT = 1
SCRATCH = "doudi_restoring"
ROOMS = ("runs", "evidence")  # folders of the home whose files belong to what the database says


def back_up(home: Home, file: Path | None = None, *, passphrase: str = "") -> Path:
    """Write a backup; without a file, into the home's own backups. It appears whole or not at all.

    With a passphrase it holds the home's secrets too, so that account numbers and sealed outboxes open in another home.
    """
    now = datetime.datetime.now(datetime.UTC)
    place = file or home.backups / f"{now:%Y-%m-%dT%H%M%S}.doudi"
    if place.exists():
        raise Refusal(f"{place} 已存在。请另选文件名。", f"{place} is there already. Choose another name.")
    draft = place.with_name(f".{place.name}.draft")
    try:
        with tempfile.TemporaryDirectory(dir=home.work) as work:
            if passphrase:
                (Path(work) / keys.NAME).write_bytes(keys.seal(home.secret(), passphrase))
                if (pem := home.path / outbox_keys.FILE).exists():
                    (Path(work) / keys.OUTBOX).write_bytes(keys.seal(pem.read_text("ascii"), passphrase))
            _write(home, Path(work), draft, now)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return place


def _write(home: Home, work: Path, draft: Path, now: datetime.datetime) -> None:
    rows = dumps.dump(connections["owner"].settings_dict, work / DUMP)
    sealed = {name: work / name for name in (keys.NAME, keys.OUTBOX) if (work / name).exists()}
    files = {DUMP: work / DUMP} | sealed
    for room in ROOMS:  # after the dump: whatever a row in it names lies there by now
        files |= {str(place.relative_to(home.path)): place for place in _files(home.path / room)}
    manifest = {
        "format": FORMAT,
        "home": homes.FORMAT,
        "secret": keys.mark(home.secret()),
        "outbox": _own_outbox(home),
        "at": now.isoformat(),
        "rows": rows,
        "files": {name: _sha256(place) for name, place in files.items()},
    }
    (work / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    draft.touch(mode=0o600)
    with tarfile.open(draft, "w") as tar:
        for name, place in {MANIFEST: work / MANIFEST, **files}.items():
            tar.add(place, arcname=name, recursive=False)


def _own_outbox(home: Home) -> str | None:
    """The `kid` of the key telephones seal to; None before any was paired."""
    place = home.path / outbox_keys.FILE
    return outbox_keys.kid_of(place.read_text("ascii")) if place.exists() else None


def verify(home: Home, file: Path) -> dict[str, Any]:
    """Prove a backup: every hash, and a full restore beside the county, counted table by table. Changes nothing."""
    with _restored(home, file) as (_, manifest):
        return {"file": str(file), "at": manifest["at"], "rows": sum(manifest["rows"].values()), "verified": True}


def restore(
    home: Home, file: Path, *, key: Path | None = None, ask: Callable[[], str] | None = None, without_key: bool = False
) -> dict[str, Any]:
    """Put a backup in the place of what is there, which is backed up first. Refused while the home is served.

    Of another home its secret comes too: from `key`, a copy of that home's secret.key, or from the backup by the
    passphrase `ask` answers. Raises Refusal where account numbers would not open, unless `without_key`. `outbox` of the
    answer says whether what telephones sealed opens here: `none` where nothing is, `here`, or `elsewhere`.
    """
    ask = functools.cache(ask) if ask else None  # one passphrase closes both
    with _unserved(home):
        before = back_up(home) if schema.has_data() else None
        with _restored(home, file) as (work, manifest):
            secret = None if without_key else _secret(home, work, manifest, key, ask)
            pem = None if without_key else _outbox(home, work, manifest, ask)
            connections.close_all()
            _exchange(home, work)
            if secret is not None:
                keys.take(home, secret)
            if pem is not None:
                outbox_keys.take(home.path, pem)
    return {
        "file": str(file),
        "at": manifest["at"],
        "rows": sum(manifest["rows"].values()),
        "before": str(before) if before else None,
        "outbox": _opens(home, manifest.get("outbox")),
    }


def _opens(home: Home, kid: str | None) -> str:
    return "none" if kid is None else "here" if kid in outbox_keys.kids(home.path) else "elsewhere"


def _outbox(home: Home, work: Path, manifest: dict[str, Any], ask: Callable[[], str] | None) -> str | None:
    """The key telephones of the restored county seal to; None where it is here, and where the backup holds none."""
    sealed = work / keys.OUTBOX
    if _opens(home, manifest.get("outbox")) != "elsewhere" or not sealed.exists() or ask is None:
        return None
    return keys.unseal(sealed.read_bytes(), ask())


def _secret(
    home: Home, work: Path, manifest: dict[str, Any], key: Path | None, ask: Callable[[], str] | None
) -> str | None:
    """The secret the restored account numbers are encrypted under; None where it is this home's or nothing needs it."""
    wanted = manifest.get("secret")
    if wanted in (None, keys.mark(home.secret())):
        return None
    sealed = work / keys.NAME
    found = keys.read(key) if key else keys.kept(home, wanted)
    if found is None and sealed.exists() and ask is not None:
        found = keys.unseal(sealed.read_bytes(), ask())
    if found is None and manifest["rows"].get("funds_bank_account", 0):
        raise _no_secret(holds=sealed.exists())
    if found is not None and keys.mark(found) != wanted:
        raise Refusal(
            "这把密钥不是备份原来那个 home 的。请用原 home 的 secret.key。",
            "This is not the key of the home the backup was made in. Use that home's secret.key.",
            "key",
        )
    return found


def _no_secret(*, holds: bool) -> Refusal:
    if holds:
        return Refusal(
            "备份来自另一个 home,一卡通账号用那里的密钥加密;密钥在备份里,要口令才能打开。"
            "请在终端运行,或把口令放在 DOUDI_PASSPHRASE。",
            "The backup is of another home, whose key encrypts the account numbers. The key is in it, closed by a"
            " passphrase: run this at a terminal, or put the passphrase into DOUDI_PASSPHRASE.",
            "passphrase",
        )
    return Refusal(
        "备份来自另一个 home,一卡通账号用那里的密钥加密,备份里没有密钥,恢复后账号打不开。"
        "请加 --key,给出原 home 的 secret.key;确实没有的,加 --without-key,以后重新登记账号。",
        "The backup is of another home, whose key encrypts the account numbers, and it does not hold that key: none"
        " would open. Give that home's secret.key with --key; where it is lost, --without-key, and record them anew.",
        "key",
    )


@contextmanager
def _unserved(home: Home) -> Iterator[None]:
    try:
        with homes.locked(home.path / "serving.lock", wait=False):
            yield
    except BlockingIOError as error:
        raise Refusal(
            "doudi 正在运行,不能恢复。请先停止服务。", "doudi is being served; a restore must wait. Stop it first."
        ) from error


@contextmanager
def _restored(home: Home, file: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The backup unpacked in a folder and restored into a database of its own, both gone afterwards unless taken."""
    if databases.named():
        raise Refusal(
            "使用外部数据库时,请由数据库管理员用 pg_restore 恢复。",
            "On a server of your own (DOUDI_DATABASE_URL), restore database.dump from the backup with pg_restore.",
        )
    with tempfile.TemporaryDirectory(dir=home.work) as folder:
        work = Path(folder)
        manifest = _unpack(file, work)
        _drop(home, SCRATCH)
        schema.make_database(Cluster(home), SCRATCH)
        try:
            rows = dumps.restore(connections["owner"].settings_dict, work / DUMP, SCRATCH)
            _compare(file, manifest["rows"], rows)
            yield work, manifest
        finally:
            _drop(home, SCRATCH)


def _unpack(file: Path, work: Path) -> dict[str, Any]:
    """Unpack a backup and check it against its manifest."""
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                _take_out(tar, member, work)
        manifest: dict[str, Any] = json.loads((work / MANIFEST).read_text(encoding="utf-8"))
        hashes = {name: _sha256(work / name) for name in manifest["files"]}
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise Refusal(
            f"备份文件损坏或不是备份:{error}。", f"It is damaged, or no backup: {error}.", str(file)
        ) from error
    if manifest.get("format", FORMAT + 1) > FORMAT or manifest.get("home", homes.FORMAT + 1) > homes.FORMAT:
        raise Refusal("备份由更新版本写成。请升级 doudi。", "It was written by a newer doudi. Upgrade.", str(file))
    wrong = sorted(name for name, found in hashes.items() if found != manifest["files"][name])
    if wrong:
        raise Refusal(f"备份中 {wrong[0]} 已损坏。", f"{wrong[0]} in it is damaged.", str(file))
    return manifest


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, work: Path) -> None:
    """Take out one plain file that a backup can hold; ValueError for anything else, a way out of the folder too."""
    place = PurePosixPath(member.name)
    in_room = place.parts[0] in ROOMS and ".." not in place.parts
    expected = member.name in (MANIFEST, DUMP, keys.NAME, keys.OUTBOX) or in_room
    content = tar.extractfile(member) if member.isreg() and expected else None
    if content is None:
        raise ValueError(f"{member.name} does not belong in a backup")
    (work / place).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (work / place).open("wb") as file:
        shutil.copyfileobj(content, file)


def _compare(file: Path, said: dict[str, int], found: dict[str, int]) -> None:
    wrong = sorted(table for table in said.keys() | found.keys() if said.get(table) != found.get(table))
    if wrong:
        table = wrong[0]
        raise Refusal(
            f"恢复后 {table} 有 {found.get(table)} 行,备份时有 {said.get(table)} 行。",
            f"{table} has {found.get(table)} rows restored and had {said.get(table)} when it was backed up.",
            str(file),
        )


def _exchange(home: Home, work: Path) -> None:
    """The restored database and rooms take the place of the old ones."""
    with Cluster(home).connect("postgres", "postgres") as connection, connection.transaction():
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [databases.NAME]
        )
        connection.execute(f"ALTER DATABASE {databases.NAME} RENAME TO {SCRATCH}_old")
        connection.execute(f"ALTER DATABASE {SCRATCH} RENAME TO {databases.NAME}")
        connection.execute(f"ALTER DATABASE {SCRATCH}_old RENAME TO {SCRATCH}")
    for room in ROOMS:
        _exchange_room(home.path / room, work / room)


def _exchange_room(there: Path, restored: Path) -> None:
    restored.mkdir(mode=0o700, exist_ok=True)
    restored.chmod(0o700)
    if there.exists():
        there.rename(restored.with_name(f"{restored.name}.old"))
    restored.rename(there)


def _drop(home: Home, name: str) -> None:
    with Cluster(home).connect("postgres", "postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _files(folder: Path) -> list[Path]:
    return (
        sorted(place for place in folder.rglob("*") if place.is_file() and not _unfinished(place))
        if folder.exists()
        else []
    )


def _unfinished(place: Path) -> bool:
    """What a run under way is still writing belongs to no run yet."""
    return any(part.endswith(".part") for part in place.parts)


def _sha256(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
