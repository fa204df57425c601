"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.phone import pairing, pulling, syncing

PATTERNS: list[URLPattern] = [
    path("m/api/pair", pairing.pair, name="phone-pair"),
    path("m/api/pull", pulling.pull, name="phone-pull"),
    path("m/api/sync", syncing.sync, name="phone-sync"),
]
