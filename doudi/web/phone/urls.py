"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.phone import pairing, pulling, shell, syncing

PATTERNS: list[URLPattern] = [
    path("m/", shell.show, name="phone"),
    path("m/sw.js", shell.show_worker, name="phone-worker"),
    path("m/manifest.webmanifest", shell.show_manifest, name="phone-manifest"),
    path("m/words.<str:language>.json", shell.show_words, name="phone-words"),
    path("m/api/pair", pairing.pair, name="phone-pair"),
    path("m/api/pull", pulling.pull, name="phone-pull"),
    path("m/api/sync", syncing.sync, name="phone-sync"),
]
