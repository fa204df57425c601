"""The helper's list of calls, and the visit at the door for whom no call reached."""

from __future__ import annotations

from doudi.outreach.channels.shape import CALL, DOOR, HEARD, HOUSEHOLD, Channel

CALLS = Channel("call_list", "帮扶干部电话", "call by the helper", HOUSEHOLD, CALL, HEARD, "plain")
VISIT = Channel("door", "上门告知", "told at the door", HOUSEHOLD, DOOR, HEARD, "plain")
