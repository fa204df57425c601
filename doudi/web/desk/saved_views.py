"""The views of the list of households that a reader or their office has saved."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.access.saved_views import SavedView
from doudi.web.reader import Reader

LIST = "households"


@dataclass(frozen=True, slots=True)
class Shown:
    """A saved view as offered to a reader."""

    number: int
    name: str
    url: str
    owner: str  # empty for the reader's own
    shared: bool


def of_reader(reader: Reader) -> list[Shown]:
    """The views a reader may open: their own and their office's."""
    found = SavedView.objects.of(reader.user, offices_of(reader)).filter(list=LIST)
    return [_shown(view, reader) for view in found]


def _shown(view: SavedView, reader: Reader) -> Shown:
    owner = "" if view.owner_id == reader.user.pk else view.owner.name
    return Shown(view.pk, view.name, f"?{view.query}", owner, view.shared)


def offices_of(reader: Reader) -> list[str]:
    """The places of the reader's duties, twelve digits."""
    return [duty.place_code.ljust(12, "0") for duty in reader.duties if duty.place_code]
