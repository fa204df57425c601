"""A county begins: its name and its divisions in one command, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from doudi.places import counties, divisions, lists
from doudi.places.divisions import Division
from doudi.trail.commands import carry_out


def found(county: str, name: str, files: Iterable[Path], *, by: str) -> dict[str, int]:
    """Begin a real county from lists of its divisions; answers how many of each level."""
    rows = {row.code: row for path in files for row in lists.read(path, county=county)}
    rows[county + "000000"] = Division(county + "000000", name, "county", "county")
    with carry_out("places.found", by=by, payload=[county, name, sorted(rows)]) as act:
        counties.begin(county, name, demo=False, by=by)
        divisions.load(rows.values(), by=by)
        act.result = dict(Counter(row.level for row in rows.values()))
    return {level: act.result.get(level, 0) for level in ("county", "town", "village")}
