"""The engines the language is tested on, by name. An engine takes prepared cases and gives their results."""

from __future__ import annotations

from collections.abc import Callable

from doudi.rules.evaluation import Engine, in_memory

ENGINES: dict[str, Callable[[], Engine]] = {"memory": lambda: in_memory}
