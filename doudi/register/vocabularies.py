"""The vocabulary in force: the facts and sources of the pack the county decides by, for whoever writes down its words.

The register lies below the packs and asks the function that the settings name (`VOCABULARY`). Where the home holds no
version of a pack yet, it is the pack as it ships, and without a pack what ships with doudi.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from doudi.facts import vocabulary as vocabularies
from doudi.facts.kinds import Vocabulary
from doudi.values import toml

PACKS = Path(str(resources.files("doudi") / "packs"))

Words = Callable[[str], Vocabulary | None]  # the vocabulary of a pack by its name; None where there is no such pack


def in_force() -> Vocabulary:
    """The vocabulary of the pack in force. Asks the database."""
    return adopted("") or vocabularies.load()


def adopted(pack: str) -> Vocabulary | None:
    """The vocabulary of a pack as it is in force here, of the one decided by where none is named, else as it ships.

    None where there is no pack of that name. Asks the database.
    """
    supplier: Words = import_string(settings.VOCABULARY)
    return supplier(pack) or shipped(pack)


def shipped(pack: str) -> Vocabulary | None:
    """The vocabulary as it ships, with what a pack on disk adds where one is named; None where there is none."""
    if not pack:
        return vocabularies.load()
    facts = PACKS / pack / "facts.toml"
    return vocabularies.extend(vocabularies.load(), toml.read(facts)) if facts.is_file() else None
