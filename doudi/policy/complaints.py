"""What is wrong with a pack's text as far as reading it shows: fast enough to be asked while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from doudi.policy import packs, packs_reading
from doudi.policy.packs_context import PackErrors
from doudi.policy.packs_reading import Reading
from doudi.rules.errors import RuleError
from doudi.values.refusals import Refusal


def complaints(files: Mapping[str, str], *, edited: str = "") -> tuple[RuleError, ...]:
    """Every complaint of syntax, types, names and citations, in the order of the files; examples are read, not run.

    While one file is `edited`, only the examples of the same name are read beside it, so that the answer comes while
    somebody types (reading all takes twice as long); a complaint without a place is about that file.
    """
    return _complaints(packs.hash_of(files), tuple(sorted(files.items())), edited)


@lru_cache(maxsize=16)
def _complaints(_hash: str, files: tuple[tuple[str, str], ...], edited: str) -> tuple[RuleError, ...]:
    try:
        readable(dict(files), edited=edited)
    except PackErrors as errors:
        return tuple(errors.errors)
    return ()


def readable(files: Mapping[str, str], *, edited: str = "") -> Reading:
    """The pack and its examples. Raises PackErrors with every complaint, so that nobody reads the same text twice."""
    try:
        reading = packs_reading.read(files, beside=_beside(files, edited) if edited else None)
    except PackErrors:
        raise
    except Refusal as refusal:
        raise PackErrors([RuleError(refusal.zh, refusal.en, refusal.where or edited)]) from None
    except (RecursionError, AttributeError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        # A value of a kind nobody expects there (a list for a table): the reader stumbles instead of complaining.
        zh, en = f"有的值写成了别的类型,读不下去({error})", f"a value is of a kind nobody expects there ({error})"
        raise PackErrors([RuleError(zh, en, edited or "pack.toml", kind="type")]) from None
    if reading.errors:
        raise PackErrors(sorted(reading.errors, key=lambda each: (each.file, each.line, each.column)))
    return reading


def _beside(files: Mapping[str, str], edited: str) -> dict[str, str]:
    """The files without the examples of other measures than the edited one."""
    stem = edited.rpartition("/")[2]
    return {
        name: text for name, text in files.items() if not name.startswith("examples/") or name == f"examples/{stem}"
    }
