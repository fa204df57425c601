"""The household's plain sheet (明白卡): what is recorded, what was decided and paid, whom to call, how to object."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from doudi.access.permissions import permission
from doudi.delivery.notices import Notice
from doudi.register.pairings import Pairing
from doudi.register.persons import Person
from doudi.register.spans import holds_on
from doudi.web import names, papers
from doudi.web.deeds import given
from doudi.web.deeds.days import today
from doudi.web.desk.household import household_of
from doudi.web.desk.households import place_names
from doudi.web.reader import reader_of
from doudi.web.shell import shell_of


@permission("deed.read")
def draw_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The plain sheet of one household as a paper."""
    reader, household = reader_of(request), household_of(code)
    places = place_names([household])
    phone = Notice.objects.filter(place_code=household.place_code).values_list("phone", flat=True).first()
    context = {
        "household": household,
        "name": names.head(household, reader),
        "village": places.get(household.place_code, household.place_code),
        "town": places.get(household.place_code[:9] + "000", ""),
        "people": Person.objects.filter(household=household).count(),
        "helpers": Pairing.objects.filter(holds_on(today()), household=household).select_related("helper"),
        "piles": given.piles(household, reader),
        "phone": phone or "",
        "day": today(),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/plain_sheet.html", context, name=f"{_('明白卡')}-{household.code}")
