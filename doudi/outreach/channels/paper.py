"""A sheet of paper a household, handed over by somebody of the village."""

from __future__ import annotations

from doudi.outreach.channels.shape import DELIVERED, HOUSEHOLD, MESSAGE, Channel

CHANNEL = Channel("paper", "明白纸", "paper", HOUSEHOLD, MESSAGE, DELIVERED, "plain")
