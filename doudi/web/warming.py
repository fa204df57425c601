"""The server makes ready what the first reader would wait for, beside the readers and again when something moved."""

from __future__ import annotations

import logging
import threading

from django.db import connection
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation

from doudi.policy import warming

REST = 20.0  # seconds between two looks
PAGES = ("overview", "households", "household", "what_if", "measures", "differences", "comparison")
_log = logging.getLogger(__name__)


def begin() -> threading.Thread:
    """Start it; it ends with the process."""
    thread = threading.Thread(target=_keep, args=(threading.Event(),), name="warming", daemon=True)
    thread.start()
    return thread


def _keep(ending: threading.Event) -> None:
    _read_pages()
    while True:
        look()
        if ending.wait(REST):
            return


def look() -> None:
    """One look. What goes wrong is logged and tried again at the next: no page depends on it."""
    try:
        warming.warm()
    except Exception:
        _log.exception("making the first pages ready")
    finally:
        connection.close()


def _read_pages() -> None:
    """The addresses, the words and the templates most read."""
    get_resolver().url_patterns  # noqa: B018
    for language in ("zh-hans", "en"):
        translation.activate(language)  # reads its catalogue
    translation.deactivate()
    for name in PAGES:
        get_template(f"desk/{name}.html")
