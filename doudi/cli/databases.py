"""Where the database is: the home's own server, or the one that DOUDI_DATABASE_URL names."""

from __future__ import annotations

import os
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from doudi.values.refusals import Refusal

NAME = "doudi"
APP, OWNER = "doudi_app", "doudi_owner"
# Without a threshold psycopg prepares nothing, whatever a statement asks for (trail.prepared). Django's own cursors put
# values into the text and are not prepared.
PREPARED = {"prepare_threshold": 5}


def secret(home: Home) -> str:
    """The key that signs sessions. A home not made yet has none to keep: this process makes one up for itself."""
    return home.secret() if home.note.exists() else secrets.token_urlsafe(48)


def named() -> str:
    """The server of one's own that the environment names, or nothing."""
    return os.environ.get("DOUDI_DATABASE_URL", "")


def both(home: Home) -> dict[str, dict[str, Any]]:
    """Django's two connections: `default` as the application, `owner` for migrations and backups."""
    if named():
        return {"default": _server(named()), "owner": _server(os.environ.get("DOUDI_OWNER_URL", named()))}
    host = Cluster(home).host() if home.postgres.exists() else str(home.postgres)
    return {"default": _described(host=host, user=APP), "owner": _described(host=host, user=OWNER)}


def _described(**found: Any) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.get("name", NAME),
        "USER": found.get("user", ""),
        "PASSWORD": found.get("password", ""),
        "HOST": found.get("host", ""),
        "PORT": found.get("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": PREPARED | found.get("options", {}),
        "TEST": {"NAME": found.get("name", NAME)},
    }


def _server(url: str) -> dict[str, Any]:
    """Django's words for a `postgresql://user:password@host:port/name?option=value`.

    The option `prepared=no` is ours: for a pooler that hands each transaction to another connection.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise Refusal(
            "DOUDI_DATABASE_URL 写法不对。应为 postgresql://用户:密码@主机:端口/库名。",
            "DOUDI_DATABASE_URL is not of the form postgresql://user:password@host:port/name.",
        )
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    if options.pop("prepared", "") == "no":
        options["prepare_threshold"] = None
    return _described(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=parts.hostname or "",
        port=str(parts.port or ""),
        options=options,
    )
