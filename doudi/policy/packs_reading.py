"""A pack's text read once, examples and all, for everybody who asks after it in one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from doudi.policy.packs import Pack, from_files
from doudi.policy.packs_examples import Examples, Reader
from doudi.policy.packs_watchers import Watched, watched
from doudi.rules.errors import RuleError


@dataclass(frozen=True, slots=True)
class Reading:
    """A pack that can be read, its examples and those of its checks and alerts."""

    pack: Pack
    reader: Reader
    examples: Examples
    watching: tuple[Watched, ...]

    @property
    def errors(self) -> list[RuleError]:
        """What is wrong with the examples, in the order it was found."""
        return self.reader.context.errors


def read(files: Mapping[str, str], *, prefix: str = "", beside: Mapping[str, str] | None = None) -> Reading:
    """Read a pack and its examples, or only those among the files `beside`. Raises PackErrors for the pack's own."""
    pack = from_files(files, prefix=prefix)
    reader = Reader(pack if beside is None else replace(pack, files=beside))
    examples = reader.read()
    return Reading(pack, reader, examples, tuple(watched(pack, reader.context)))
