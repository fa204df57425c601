"""Who said something is told by the duty of the day it is asked for, whatever day the server's clock shows."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

FIRST, END = datetime.date(2020, 3, 1), datetime.date(2020, 4, 1)
DAY = datetime.timedelta(days=1)
pytestmark = pytest.mark.django_db


def test_a_duty_counts_on_its_own_days_alone(run: Any) -> None:
    from doudi.access import duties, users
    from doudi.monitoring import speakers
    from doudi.monitoring.speakers import Speaker

    made = users.add("march", "周三月", "doudi-demo-2020-x", by="admin")
    duties.give(made, "town_clerk", "510921110", on=FIRST, until=END, by="admin")
    plain = Speaker("周三月", "周三月", "周三月")
    clerk = Speaker("周三月", "周三月(乡镇扶贫干部)", "周三月 (town clerk)")
    for on, told in ((FIRST - DAY, plain), (FIRST, clerk), (END - DAY, clerk), (END, plain)):
        assert speakers.of(["march", "nobody", ""], on=on) == {"march": told}
