"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern

PATTERNS: list[URLPattern] = []
