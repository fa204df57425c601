"""The tests' databases: a server in haste, copies of what is migrated, and which of them is read."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doudi.cli.cluster import Cluster

MIGRATED = "doudi"
# Nothing here is read again after the machine goes down. A server or a client killed is survived as in a deployment:
# what is committed stays committed, for that synchronous_commit is left as it is.
HASTE = "fsync = off\nfull_page_writes = off\n"


class Hasty(Cluster):
    """A home's server as a deployment has it, but for waiting on the disk. `tests/frame` and `tests/faults` wait."""

    def _rewrite(self, name: str, text: str, account: Any) -> None:
        Cluster._rewrite(self, name, text + HASTE if name == "doudi.conf" else text, account)


def point_at(name: str) -> None:
    """Read and write that database from now on."""
    from django.db import connections

    from doudi.web import shell

    connections.close_all()
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
    shell._begun.clear()


def clone(cluster: Any, name: str, template: str = MIGRATED) -> None:
    """A database like the template, which nobody may be reading."""
    from django.db import connections

    connections.close_all()
    with cluster.connect("postgres", "postgres") as connection:
        # Its files are copied as they are; by default every page would be written to the log as well.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY OWNER doudi_owner")


def drop(cluster: Any, name: str) -> None:
    """Let go of it, whoever still reads it."""
    with cluster.connect("postgres", "postgres") as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def files_of(name: str) -> Path:
    """Where the runs of that database keep their files."""
    from doudi.policy import stores

    point_at(name)
    try:
        return stores.root()
    finally:
        point_at(MIGRATED)


@contextmanager
def made(
    cluster: Any, blocker: Any, build: Callable[[], object] | None = None, template: str = MIGRATED
) -> Iterator[str]:
    """A copy of the template with what `build` adds, for as long as the body lasts; commits in it are real."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with blocker.unblock():
        clone(cluster, name, template)
        if template != MIGRATED:
            shutil.copytree(files_of(template), files_of(name), dirs_exist_ok=True)
        if build:
            point_at(name)
            build()
            point_at(MIGRATED)
    yield name
    with blocker.unblock():
        point_at(MIGRATED)
        drop(cluster, name)


@contextmanager
def reading(name: str, blocker: Any) -> Iterator[None]:
    """Read that database for as long as the body lasts."""
    with blocker.unblock():
        point_at(name)
    yield
    with blocker.unblock():
        point_at(MIGRATED)
