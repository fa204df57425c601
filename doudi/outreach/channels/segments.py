"""How many text messages a text takes: 160 letters of the telephones' alphabet in one, 70 with anything else in it."""

from __future__ import annotations

_PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€\f")
ALONE_PLAIN, EACH_PLAIN, ALONE_WIDE, EACH_WIDE = 160, 153, 70, 67


def count(text: str) -> int:
    """The parts a provider bills: GSM 03.38 where every letter is in it, else UTF-16."""
    if not text:
        return 0
    if set(text) <= _PLAIN | _DOUBLE:
        length = len(text) + sum(letter in _DOUBLE for letter in text)
        alone, each = ALONE_PLAIN, EACH_PLAIN
    else:
        length = len(text.encode("utf-16-le")) // 2  # what the provider counts: a rare character is two
        alone, each = ALONE_WIDE, EACH_WIDE
    return 1 if length <= alone else -(-length // each)
