"""Rows of monitoring for the access matrix: disagreements, alerts, files of monitored households."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from tests.web.rows.base import OTHER_COUNTY, PLACES, Noun, Row, acting, of_household, run_in_force

DAY = datetime.date(2020, 2, 26)


def _homes() -> list[Any]:
    """Households of the village, its town, another town, another county, and the helper's own."""
    from doudi.access.users import User
    from doudi.register.households import Household
    from doudi.register.pairings import households_of

    found = []
    for place in (*PLACES, OTHER_COUNTY):
        near = Household.objects.filter(place_code__startswith=place).order_by("code")
        found += list(near[:1])
    paired = households_of(User.objects.get(username="helper"), timezone.localdate())
    found += list(Household.objects.filter(pk__in=paired).order_by("code"))
    return list({each.pk: each for each in found}.values())


def disagreements() -> list[Row]:
    """One of each of those households, on a fact that every reader reads."""
    from doudi.monitoring import disagreements as copies
    from doudi.monitoring.agreement_counts import Differing
    from doudi.monitoring.disagreements import Disagreement
    from doudi.register.resolution import Word

    with acting("county"):
        homes = _homes()
        national, paper = Word(True, "national", 1, "2019-12-31"), Word(False, "paper", 2, "2019-12-31")
        found = [
            Differing("household", home.pk, home.pk, home.place_code, "electricity", national,
                      {"national": national, "paper": paper}, {"national": "agree", "paper": "differ"})
            for home in homes
        ]  # fmt: skip
        copies.settle(found, run_in_force().pack.pack, on=DAY, households=[home.pk for home in homes])
        rows = Disagreement.objects.open().filter(fact="electricity", household__in=homes)
        return [Row({"number": str(each.pk)}, each.place_code, household=each.household_id) for each in rows]


def alerts() -> list[Row]:
    """One of each, that everybody may hear of."""
    from doudi.monitoring import alerts as raised
    from doudi.monitoring.alert_rules import Raised
    from doudi.monitoring.alerts import Alert

    with acting("county"):
        homes = _homes()
        found = [Raised("produce_unsold", "household", home.pk, home.pk, home.place_code) for home in homes]
        raised.settle(found, by="county", on=DAY, households=[home.pk for home in homes])
        rows = Alert.objects.filter(name="produce_unsold", household__in=homes)
        return [Row({"number": str(each.pk)}, each.place_code, household=each.household_id or 0) for each in rows]


def monitored_files() -> list[Row]:
    """A file of each."""
    from doudi.monitoring import monitored_files as files

    with acting("county"):
        made = [files.open_one(home, "村里发现", risks=["illness"], by="county", on=DAY) for home in _homes()]
    return [Row({"number": str(each.pk)}, each.place_code, household=each.household_id) for each in made]


NOUNS: dict[str, Noun] = {
    "disagreement": Noun(disagreements, of_household),
    "alert": Noun(alerts, of_household),
    "monitored file": Noun(monitored_files, of_household),
}
