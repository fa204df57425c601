"""A PostgreSQL server of one's own, named by DOUDI_DATABASE_URL, instead of the embedded one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doudi.cli import databases, schema
from doudi.values.refusals import Refusal
from tests.frame.terminal import Terminal

LIST = "code12,name,kind,town_name\n510921110212,青杠村,village,鸣凤镇\n"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://a:b%40c@db.example:6543/x%20y", ("x y", "a", "b@c", "db.example", "6543")),
        ("postgres://a@/x?host=/run/pg&sslmode=require", ("x", "a", "", "", "")),
    ],
)
def test_a_url_is_read(url: str, found: tuple[str, ...]) -> None:
    read = databases._server(url)
    assert tuple(read[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == found
    own = {"host": "/run/pg", "sslmode": "require"} if "?" in url else {}
    assert read["OPTIONS"] == databases.PREPARED | own


def test_a_pooler_that_changes_connections_gets_nothing_to_remember() -> None:
    read = databases._server("postgresql://a@db.example/x?prepared=no&sslmode=require")
    assert read["OPTIONS"] == {"prepare_threshold": None, "sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://a@b", "postgresql://a@b/", "x", "/etc/passwd"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Refusal, match="DOUDI_DATABASE_URL"):
        databases._server(url)


def test_a_county_lives_on_a_server_of_ones_own(cluster: Any, fresh_database: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home")
    urls = {
        name: f"postgresql://{role}@/{fresh_database}?host={cluster.host()}"
        for name, role in (("DOUDI_DATABASE_URL", "doudi_app"), ("DOUDI_OWNER_URL", "doudi_owner"))
    }
    (tmp_path / "d.csv").write_text(LIST, encoding="utf-8")
    terminal.run("init", "--county", "510921", "--divisions", str(tmp_path / "d.csv"), **urls)
    told = terminal.run("doctor", code=1, **urls).stdout  # it finds the haste in which the tests' own server runs
    assert "ok   role: doudi_app" in told
    assert [line for line in told.splitlines() if line.startswith("BAD")] == [
        "BAD  fsync: off",
        "BAD  full_page_writes: off",
    ]
    assert not (terminal.home / "postgres").exists()
    terminal.run("backup", str(tmp_path / "b.doudi"), **urls)
    assert "pg_restore" in terminal.run("restore", str(tmp_path / "b.doudi"), code=2, **urls).stderr


def test_a_role_above_the_wall_is_called_ill(cluster: Any, fresh_database: str, tmp_path: Path) -> None:
    url = f"postgresql://doudi_owner@/{fresh_database}?host={cluster.host()}"
    done = Terminal(tmp_path / "home").run("doctor", code=1, DOUDI_DATABASE_URL=url)
    assert "BAD  role: doudi_owner" in done.stdout


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    url = f"postgresql://doudi_app@/doudi?host={tmp_path}"
    done = Terminal(tmp_path / "home").run("account", "list", code=1, DOUDI_DATABASE_URL=url)
    assert "The database was lost" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_roles_can_be_made_again(cluster: Any) -> None:
    with cluster.connect("postgres", "postgres") as connection:
        for _ in range(2):
            connection.execute(schema.sql("roles.sql"))
