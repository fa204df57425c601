"""What a state is called: each part has its table of words, kept lazy to be told in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping


def called(words: Mapping[str, object], name: str) -> str:
    """The word a table has for a state; a state without one is called by its own name, so that nothing is hidden."""
    return str(words.get(name, name))
