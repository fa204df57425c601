"""The database's tables: made and upgraded by their owner, never by the application."""

from __future__ import annotations

from importlib import resources
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from doudi.cli.cluster import Cluster
from doudi.cli.databases import NAME, OWNER
from doudi.cli.migrating import lightly

BOOTSTRAP = "postgres"


def sql(name: str) -> str:
    """A file of SQL that stands beside this one."""
    return resources.files("doudi.cli").joinpath(name).read_text(encoding="utf-8")


def make_database(cluster: Cluster, name: str = NAME) -> None:
    """Make roles and database on the embedded server; nothing when they are there."""
    with cluster.connect(BOOTSTRAP, "postgres") as connection:
        connection.execute(sql("roles.sql"))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    psycopg.sql.Identifier(name), psycopg.sql.Identifier(OWNER)
                )
            )


def pending() -> list[str]:
    """The migrations this version has and the database has not."""
    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown() -> list[str]:
    """The migrations the database has and this version has not: a newer one was here."""
    executor = MigrationExecutor(connections["owner"])
    ours = {app for app, _ in executor.loader.disk_migrations}
    return sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours and (app, name) not in executor.loader.disk_migrations and not _replaced(executor, app, name)
    )


def _replaced(executor: Any, app: str, name: str) -> bool:
    return any((app, name) in migration.replaces for migration in executor.loader.disk_migrations.values())


def migrate() -> None:
    """Bring the tables to this version, as their owner."""
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(sql("grants.sql"))
    with lightly():
        call_command("migrate", database="owner", verbosity=0, interactive=False, skip_checks=True)
    owner.close()


def has_data() -> bool:
    """Whether anything was ever done here: an upgrade of an empty database needs no way back."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT to_regclass('trail_command') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT EXISTS (SELECT FROM trail_command)")
        return bool(cursor.fetchone()[0])
