"""The rows of telling people for the access matrix: campaigns, messages to carry, requests, gateways."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from tests.web.rows.base import COUNTY, PLACES, Noun, Row, acting, everybody, here, of_household, run_in_force


def campaigns() -> list[Row]:
    """A campaign of each place, prepared and not started."""
    return [Row({"number": str(_campaign(place).pk)}, place) for place in PLACES]


def spare_campaigns() -> list[Row]:
    """The same, to be stopped."""
    return [Row({"number": str(_campaign(place).pk)}, place) for place in PLACES]


def _campaign(place: str) -> Any:
    from doudi.outreach import campaigns as telling
    from doudi.outreach import messages

    day = run_in_force().as_of
    with acting("county2"):
        code = place.ljust(12, "0")
        text = [messages.Wording("演示:请勤洗手。")]
        message = messages.write("演示宣传", text, place_code=code, by="county2", on=day)
        plan = telling.Plan(code, "true", ["loudspeaker", "paper"], day, day + datetime.timedelta(days=9))
        return telling.prepare(message, plan, by="county2", on=day)


def _running() -> Any:
    from doudi.outreach import starting
    from doudi.outreach.audiences import Audience
    from doudi.register.households import Household

    run = run_in_force()
    made = _campaign(COUNTY)
    with acting("county"):
        ids = tuple(Household.objects.values_list("pk", flat=True))
        return starting.start(made, Audience(ids, (), len(ids), run.as_of), run, by="county", now=timezone.now()
                              .replace(year=run.as_of.year, month=run.as_of.month, day=run.as_of.day))  # fmt: skip


def dispatches() -> list[Row]:
    """A message to be carried at each place: a village's loudspeaker, a household's paper; one of another county."""
    from doudi.outreach.dispatches import Dispatch

    running = _running()
    with acting("tester"):
        return [
            Row({"number": str(each.pk)}, each.place_code, household=each.household_id or 0)
            for each in Dispatch.objects.filter(campaign=running, state="waiting")
        ]


def requests_for_counselling() -> list[Row]:
    """A request of a household in each corner, and of the helper's own."""
    from doudi.outreach import counselling
    from doudi.register.households import Household

    rows = []
    with acting("tester"):
        corners = [Household.objects.filter(place_code__startswith=place).order_by("-code").first() for place in PLACES]
        for home in corners:
            if home is not None:
                made = counselling.ask(home.pk, topic="policy", by="tester", on=run_in_force().as_of)
                rows.append(Row({"number": str(made.pk)}, home.place_code, household=home.pk))
    return rows


def gateways() -> list[Row]:
    """Where the county's text messages go."""
    from doudi.outreach import gateways as ways

    with acting("county"):
        code = COUNTY.ljust(12, "0")
        made = ways.open_way("测试", "sms", "json://127.0.0.1/{to}", place_code=code, by="county", now=timezone.now())
    return [Row({"number": str(made.pk)}, COUNTY)]


def public_texts() -> list[Row]:
    """A running campaign's token, which anybody may open."""
    return [Row({"token": _running().token}, COUNTY)]


def _of_the_county(reader: str, row: Row, world: Any) -> bool:
    """A row within the duty, of a campaign of the county's."""
    return here(reader, row, world) and here(reader, Row({}, COUNTY), world)


NOUNS: dict[str, Noun] = {
    "campaign": Noun(campaigns, everybody),
    "campaign of one's own": Noun(campaigns, here),
    "spare campaign": Noun(spare_campaigns, here),
    "message": Noun(dispatches, of_household),
    "message of a campaign": Noun(dispatches, _of_the_county),
    "request for counselling": Noun(requests_for_counselling, of_household),
    "gateway": Noun(gateways, everybody),
    "public text": Noun(public_texts, everybody),
}
