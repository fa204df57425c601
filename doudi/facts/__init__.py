"""Every fact a rule may mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doudi.facts.kinds import Vocabulary


def load_vocabulary() -> Vocabulary:
    """The vocabulary doudi ships; packs extend it (`doudi.facts.vocabulary.extend`)."""
    from doudi.facts.vocabulary import load

    return load()
