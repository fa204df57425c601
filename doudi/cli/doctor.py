"""`doudi doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from doudi.cli import databases, frame, os_account, programs
from doudi.cli import home as homes
from doudi.cli.home import Home
from doudi.cli.options import now
from doudi.values.refusals import Refusal

LATE = 60  # seconds: what was written is sealed by then
ROOM = 2_000_000_000  # bytes: a county, its snapshots and one backup
SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` says what to do when it is not well."""

    name: str
    well: bool
    detail: str
    advice: str = ""


@click.command("doctor")
@frame.json_option
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say what is wrong with this installation. Exit 0 only when nothing is."""
    home = homes.present()
    findings = list(_examined(lambda: _machine(home)))
    if (home.note.exists() or databases.named()) and all(finding.well for finding in findings):
        findings += _examined(lambda: _database(ctx))
    well = all(finding.well for finding in findings)
    payload = {"home": str(home.path), "well": well, "findings": [asdict(finding) for finding in findings]}
    frame.answer(ctx, payload, "\n".join(_line(finding) for finding in findings))
    if not well:
        ctx.exit(1)


def _examined(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What was found; a refusal on the way is a finding too."""
    try:
        yield from look()
    except Refusal as refusal:
        yield Finding("open", False, refusal.en, refusal.where)


def _line(finding: Finding) -> str:
    line = f"{'ok ' if finding.well else 'BAD'}  {finding.name}: {finding.detail}"
    return line if finding.well else f"{line}\n     {finding.advice}".rstrip()


def _machine(home: Home) -> Iterator[Finding]:
    """What can be seen without starting anything."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")
    there = home.note.exists()
    yield Finding("home", True, f"{home.path}" if there else f"{home.path} is not made yet: doudi init, or doudi demo")
    free = shutil.disk_usage(_nearest(home.path)).free
    yield Finding("disk", free > ROOM, f"{free / 1e9:.1f} GB free", f"Make room: at least {ROOM / 1e9:.0f} GB.")
    if databases.named():
        yield Finding("server", True, "your own (DOUDI_DATABASE_URL)")
    else:
        yield Finding("programs", True, str(programs.wheel()))
    if there:
        home.check()
        yield from _closed(home)


def _nearest(path: Path) -> Path:
    """The folder itself, or the first above it that is there."""
    return next(place for place in (path, *path.parents) if place.exists())


def _closed(home: Home) -> Iterator[Finding]:
    """Whether what must be closed to others is."""
    for place in (home.postgres, home.path / "secret.key", home.seal, home.backups, home.runs):
        if place.exists():
            mode = stat.S_IMODE(place.stat().st_mode)
            yield Finding(f"closed {place.name}", mode & 0o077 == 0, f"mode {mode:04o}", f"chmod go-rwx {place}")
    if home.postgres.exists() and not databases.named():
        account = os_account.present()
        owner = home.postgres.stat().st_uid
        words = f"Run doudi as the account that made the home (uid {owner}), or chown it to {account.name}."
        yield Finding("owner", owner == account.uid, f"uid {owner}, server account {account.name}", words)


def _database(ctx: click.Context) -> Iterator[Finding]:
    """What only the running database can tell."""
    frame.open_home(ctx)
    yield Finding("database", True, "runs, and its tables are of this version")
    yield from _durable()
    yield from _roles()
    yield from _walls()
    yield _county()
    yield from _trail(homes.present())
    yield from _decided(homes.present())


def _durable() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        for name, wanted in SETTINGS.items():
            cursor.execute("SELECT current_setting(%s)", [name])
            found = cursor.fetchone()[0]
            yield Finding(name, found == wanted, found, f"Set {name} = {wanted}: a power cut would lose decisions.")


def _roles() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        name, above, owns = cursor.fetchone()
    advice = "Connect as doudi_app (doudi/cli/roles.sql); migrate as doudi_owner (DOUDI_OWNER_URL)."
    yield Finding("role", not above and not owns, f"{name}{' bypasses row security' if above else ''}", advice)


def _walls() -> Iterator[Finding]:
    """Every table that has a policy enforces it, and without a scope shows nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        )
        down = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT DISTINCT tablename FROM pg_policies WHERE schemaname = 'public' ORDER BY 1")
        walled = [name for (name,) in cursor.fetchall()]
        shown = [name for name in walled if _shows(cursor, name)]
    bad = down + shown
    detail = f"{len(walled)} tables walled" if not bad else f"open: {', '.join(bad)}"
    yield Finding("row security", not bad, detail, "Restore the tables from a backup, or migrate again.")


def _shows(cursor: object, table: str) -> bool:
    cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')  # type: ignore[attr-defined]
    return bool(cursor.fetchone()[0])  # type: ignore[attr-defined]


def _county() -> Finding:
    from doudi.places import counties

    county = counties.present()
    if county is None:
        return Finding("county", True, "none yet: doudi init, or doudi demo")
    return Finding("county", True, f"{county.name} ({county.code}){', a demonstration' if county.demo else ''}")


def _trail(home: Home) -> Iterator[Finding]:
    """Whether the audit log goes on, and how far the sealer is behind."""
    from django.db import transaction

    from doudi.access.scope import as_engine, may_be_engine
    from doudi.trail import forks, heads, sealing

    if not may_be_engine():
        yield Finding("audit log", False, "this role may not look at it", "Connect as doudi_app, as said above.")
        return
    with transaction.atomic(), as_engine():
        last = heads.latest()
        try:
            forks.check(last)
        except Refusal as refusal:
            yield Finding("audit log", False, refusal.en, "doudi audit verify, then doudi audit fork by two persons.")
            return
        waiting, since, more = sealing.waiting()
    behind = int((now() - since).total_seconds()) if since else 0
    detail = (
        f"{last.size if last else 0:,} entries sealed, {'over ' * more}{waiting:,} rows wait"
        + f" {behind} s" * bool(behind)
    )
    late = behind > LATE and _served(home)
    yield Finding("audit log", not late, detail, "The sealer is behind: a transaction open for long, or no worker.")


def _decided(home: Home) -> Iterator[Finding]:
    """Whether whoever was put off while many were sending is decided by now; without a server they wait for one."""
    from doudi.access.scope import may_be_engine
    from doudi.policy import deferrals

    if not may_be_engine():  # said already of the audit log
        return
    held = deferrals.waiting()
    behind = int((now() - held.since).total_seconds()) if held.since else 0
    detail = f"{held.households:,} households wait to be decided" + f", {behind} s" * bool(behind)
    advice = "No worker runs, or it cannot decide them: its log (doudi jobs work) says which household and why."
    yield Finding("decided", not (behind > LATE and _served(home)), detail, advice)


def _served(home: Home) -> bool:
    """Whether a server, and with it a sealer, is running; without one, rows wait until there is."""
    place = home.path / "serving.lock"
    try:
        with homes.locked(place, wait=False):
            return False
    except BlockingIOError:
        return True


commands = [doctor]
