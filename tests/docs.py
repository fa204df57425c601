"""Writes every generated reference page: `make docs`."""

from __future__ import annotations

from tests.policy import render as packs
from tests.spec import render as language


def main() -> None:
    """Write them all."""
    language.main()
    packs.main()


if __name__ == "__main__":
    main()
