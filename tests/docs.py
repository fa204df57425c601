"""Writes every generated reference page: `make docs`."""

from __future__ import annotations

import os

import django

from tests import bad_input
from tests.policy import render as packs
from tests.spec import render as language


def main() -> None:
    """Write them all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doudi.settings")
    django.setup()
    from tests.access import render as permissions  # reads the resolver, which needs Django set up

    bad_input.main()
    language.main()
    packs.main()
    permissions.main()


if __name__ == "__main__":
    main()
