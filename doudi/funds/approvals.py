"""Money is approved only while the trail is sealed: nothing is decided that could not be proved later (promise P13)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from doudi.access import permissions
from doudi.access.duties import Duty
from doudi.access.users import User
from doudi.trail import sealing
from doudi.values.refusals import Refusal

LONGEST_UNSEALED = timedelta(hours=24)


def require_seal(*, now: datetime) -> None:
    """Raise Refusal where changes have waited for their seal for more than 24 hours; reading and recording go on."""
    oldest = sealing.waits_since(now - LONGEST_UNSEALED)
    if oldest is not None:
        hours = int((now - oldest).total_seconds() // 3600)
        raise Refusal(
            f"留痕已有 {hours} 小时没有封存,超过24小时,暂不能批准资金。请管理员检查封存进程(doudi doctor),封存后再办。",
            f"The trail has not been sealed for {hours} hours, more than 24: no money is approved until it is."
            " Ask the administrator to look at the sealer (doudi doctor).",
            "seal",
        )


def require_duty(username: str, permission: str, *, on: date) -> None:
    """Raise Refusal unless the user holds a duty, on that day, whose role gives the permission."""
    user = User.objects.active().filter(username=username).first()
    roles = {duty.role for duty in Duty.objects.of(user, on=on)} if user else set()
    if not permissions.may(roles, permission):
        may = permissions.DECLARED[permission]
        raise Refusal(
            f"“{username}”没有“{may.zh}”的职责。",
            f"“{username}” holds no duty that may {may.en}.",
            "by",
        )
