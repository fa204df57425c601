"""What a place was and became, as a picture the server draws: oldest left, an arrow for each step, its day on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from doudi.places.divisions import Place, Succession

BOX, HIGH = 168, 40  # of a place, in the picture's units (pixels)
APART, BELOW = 112, 20  # from one column of places to the next, from one place to the one under it
EDGE = 4


@dataclass(frozen=True, slots=True)
class Box:
    """One place: where its box stands."""

    place: Place
    x: int
    y: int
    here: bool

    @property
    def middle(self) -> tuple[int, int]:
        """Where its name stands."""
        return self.x + BOX // 2, self.y + HIGH // 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """One step: the path's `d`, its day and where the day stands."""

    d: str
    day: date
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The boxes, the arrows, and the size they need."""

    boxes: list[Box]
    arrows: list[Arrow]
    width: int
    height: int


def draw(place: Place, told: Iterable[Mapping[str, Any]]) -> Picture | None:
    """The picture of steps (`step`, `old`, `new`) around a place; None where there are none."""
    rows = list(told)
    if not rows:
        return None
    steps = {(row["step"].old_code, row["step"].new_code, row["step"].on_day): row["step"] for row in rows}
    places = {each.code: each for row in rows for each in (row["old"], row["new"])}
    columns = _columns(places, list(steps.values()))
    boxes = _boxes(places, columns, place)
    tallest = max(box.y for box in boxes.values()) + HIGH
    arrows = [_arrow(boxes[step.old_code], boxes[step.new_code], step.on_day) for step in steps.values()]
    return Picture(
        sorted(boxes.values(), key=lambda box: (box.x, box.y)),
        arrows,
        max(box.x for box in boxes.values()) + BOX + EDGE,
        tallest + EDGE,
    )


def _columns(codes: Iterable[str], steps: list[Succession]) -> dict[str, int]:
    """How many steps lie before each place, the longest way. A place that came back to its own code ends the walk."""
    found = dict.fromkeys(codes, 0)
    for _ in range(len(found)):
        moved = False
        for step in steps:
            after = found[step.old_code] + 1
            if found[step.new_code] < after < len(found):
                found[step.new_code], moved = after, True
        if not moved:
            break
    return found


def _boxes(places: Mapping[str, Place], columns: Mapping[str, int], here: Place) -> dict[str, Box]:
    """Column by column, by code; a short column stands in the middle of the tallest."""
    by_column: dict[int, list[str]] = {}
    for code in sorted(places):
        by_column.setdefault(columns[code], []).append(code)
    most = max(len(codes) for codes in by_column.values())
    boxes = {}
    for at, column in enumerate(sorted(by_column)):
        codes = by_column[column]
        top = EDGE + (most - len(codes)) * (HIGH + BELOW) // 2
        for number, code in enumerate(codes):
            x, y = EDGE + at * (BOX + APART), top + number * (HIGH + BELOW)
            boxes[code] = Box(places[code], x, y, code == here.code)
    return boxes


def _arrow(old: Box, new: Box, day: date) -> Arrow:
    """A curve from the right of one to the left of the other, the day near its end, where arrows have parted."""
    begin, end = (old.x + BOX, old.y + HIGH // 2), (new.x - EDGE, new.y + HIGH // 2)
    bend = (begin[0] + end[0]) // 2
    d = f"M{begin[0]} {begin[1]}C{bend} {begin[1]} {bend} {end[1]} {end[0]} {end[1]}"
    return Arrow(d, day, begin[0] + APART // 2, (begin[1] + end[1]) // 2 - 6)
