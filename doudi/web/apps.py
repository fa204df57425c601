"""The web as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Makes the English catalogue ready before the first page is asked for."""

    name = "doudi.web"
    label = "web"

    def ready(self) -> None:
        """Compile catalogues that are missing or older than their text."""
        from doudi.web import catalogue

        catalogue.compile_stale()
