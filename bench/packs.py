"""The pack that is measured: the ten measures, with the demo county's choices where the report left numbers open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from doudi.policy import packs
from doudi.policy.packs import Pack

PACK = Path(__file__).parent.parent / "doudi" / "packs" / "pengxi_2020"
CHOICES = "demo_choices.toml"
DAY = date(2020, 2, 27)


def measured_pack() -> Pack:
    """The pack with every parameter decided."""
    return packs.overlay(packs.load(PACK), CHOICES)
