"""What a phone takes with it before it has no signal: the files of the shell, each with the sum of its content.

The sums are the release. A service worker whose list has other sums is a new one, and takes nothing from the old one's
pages until they are closed or the reader says so (static/m/sw_core.js).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.templatetags.static import static
from django.utils import translation

from doudi.web import catalogue

STATIC = Path(__file__).resolve().parent.parent / "static"
WORKER = ("vendor/workbox-7.4.1.js", "m/sw_core.js")  # the worker's own, fetched by it and never by a page
BORROWED = ("desk/tokens.css", "vendor/lit-html-3.3.3.js", "vendor/idb-8.0.3.js")
LANGUAGES = ("zh-hans", "en")


@functools.cache
def files() -> dict[str, str]:
    """Each file of the shell, by its path under the static folder, with the start of its sum."""
    ours = sorted(path for path in (STATIC / "m").iterdir() if f"m/{path.name}" not in WORKER)
    names = [f"m/{path.name}" for path in ours] + list(BORROWED)
    return {name: _sum((STATIC / name).read_bytes()) for name in names}


@functools.cache
def modules() -> list[str]:
    """The scripts, so that a page can ask for all of them at once and not one after the other."""
    return [static(name) for name in files() if name.endswith(".js")]


@functools.cache
def words(language: str) -> dict[str, str]:
    """Every message of the phone in that language; Chinese is the source and needs none."""
    if language == "zh-hans":
        return {}
    with translation.override(language):
        return {text: translation.gettext(text) for text in messages()}


@functools.cache
def messages() -> tuple[str, ...]:
    """What the scripts say, in the source language."""
    found = {text for path in STATIC.glob("m/*.js") for text in catalogue.of_script(path.read_text("utf-8"))}
    return tuple(sorted(found))


def precached(shell: bytes) -> Iterator[dict[str, str]]:
    """What the service worker puts away, in Workbox's form."""
    yield {"url": "/m/", "revision": _sum(shell)}
    for language in LANGUAGES:
        yield {"url": f"/m/words.{language}.json", "revision": _sum(repr(words(language)).encode())}
    for name, revision in files().items():
        yield {"url": static(name), "revision": revision}


def worker_files() -> list[str]:
    """The worker's own scripts, with their sums so that no cache between gives an older one."""
    return [f"{static(name)}?{_sum((STATIC / name).read_bytes())}" for name in WORKER]


def name() -> str:
    """The release in twelve letters."""
    everything = [*files().items(), *words("en").items(), *worker_files()]
    return _sum(repr(everything).encode())[:12]


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]
