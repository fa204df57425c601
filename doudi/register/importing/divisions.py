"""Lists of divisions taken in as tables: towns, or villages and communities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doudi.places import divisions
from doudi.places.divisions import Division, Place
from doudi.register.importing.comparing import HELD, NEW, REFUSED, SAME, STATES, Line
from doudi.register.importing.profiles import normal
from doudi.register.importing.reading import Complaint, Reading, RowRead
from doudi.register.intakes import Intake
from doudi.trail.commands import carry_out
from doudi.values.divisions import is_prefix


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking in a list of divisions would do."""

    reading: Reading
    lines: list[Line]
    new: dict[str, Division]

    @property
    def counts(self) -> dict[str, int]:
        """Rows, and how many are new, changed, same, held and refused."""
        found = dict.fromkeys(STATES, 0)
        for line in self.lines:
            found[line.state] += 1
        return {"rows": len(self.lines), **found}


def preview(table: Reading) -> Preview:
    """Set a list of divisions beside those that are known. A known code with another name is held: codes keep names."""
    known = dict(Place.objects.values_list("code", "name"))
    new: dict[str, Division] = {}
    lines = [_line(row, table, known, new) for row in table.rows]
    return Preview(table, lines, {code: row for code, row in new.items() if code not in known})


def _line(row: RowRead, table: Reading, known: dict[str, str], new: dict[str, Division]) -> Line:
    if row.complaints:
        return Line(row.number, REFUSED, row.complaints)
    code, name = row.parts["place_code"], row.parts["name"]
    if len(code) != 12 or not is_prefix(code):
        return _refused(
            row, table, "place_code", f"“{code[:20]}”不是12位区划代码", f"“{code[:20]}” is no 12-digit code"
        )
    if not name:
        return _refused(row, table, "name", "没有名称", "there is no name")
    if code in known:
        if known[code] == name:
            return Line(row.number, SAME)
        zh, en = f"该代码已登记为{known[code]}", f"the code is known as {known[code]}"
        return Line(row.number, HELD, [Complaint(table.headings["name"], zh, en)])
    if code in new and new[code].name != name:
        return _refused(row, table, "place_code", "代码重复", "the code comes twice")
    kind = table.profile.division_kinds.get(normal(row.parts.get("kind", "")), "")
    return _divide(row, table, code, kind, new)


def _divide(row: RowRead, table: Reading, code: str, kind: str, new: dict[str, Division]) -> Line:
    """Note the division, its county, and the town the row names."""
    town, name = code[:9] + "000", row.parts["name"]
    new.setdefault(code[:6] + "000000", Division(code[:6] + "000000", code[:6], "county", "county"))
    if code.endswith("000"):
        new[code] = Division(code, name, "town", "town")
        return Line(row.number, NEW)
    if not kind:
        return _refused(row, table, "kind", "类别应为村或社区", "the kind is village or community")
    if row.parts.get("town"):
        new.setdefault(town, Division(town, row.parts["town"], "town", "town"))
    new[code] = Division(code, name, "village", kind, town)
    return Line(row.number, NEW)


def _refused(row: RowRead, table: Reading, part: str, zh: str, en: str) -> Line:
    return Line(row.number, REFUSED, [Complaint(table.headings.get(part, part), zh, en)])


def accept(table: Reading, *, by: str, now: datetime) -> Preview:
    """Take the new divisions in, in one command. Raises Refusal for a village without its town."""
    payload = [table.table.sha256, table.profile.sha256]
    with carry_out("register.importing.divisions", by=by, payload=payload) as act:
        found = preview(table)
        divisions.load(found.new.values(), by=by)
        act.result = found.counts
        _note(found, by=by, now=now, command=str(act.id))
    return found


def _note(found: Preview, *, by: str, now: datetime, command: str) -> None:
    table = found.reading
    same = {
        "sha256": table.table.sha256,
        "profile_sha256": table.profile.sha256,
        "source": "",
        "about_day": table.about,
    }
    if not Intake.objects.filter(**same).exists():
        more = {"file_name": table.table.name[:255], "profile": table.profile.name, "counts": found.counts}
        Intake.objects.create(**same, **more, accepted_at=now, accepted_by=by, command_id=command)


def told(found: Preview, *, most: int = 20) -> dict[str, Any]:
    """A preview as one object."""
    return {
        "file": found.reading.table.name,
        "sha256": found.reading.table.sha256,
        "profile": found.reading.profile.name,
        "as_of": found.reading.about.isoformat(),
        **found.counts,
        "new_places": len(found.new),
        "problems": [
            {"row": line.number, "state": line.state, "column": c.column, "zh": c.zh, "en": c.en}
            for line in found.lines
            for c in line.why
        ][:most],
    }


def day_of(name: str) -> date | None:
    """The cut-off day a file name of the bureau's editions carries, as in `villages_2020-06-30.csv`."""
    for part in name.replace(".", "_").split("_"):
        try:
            return date.fromisoformat(part)
        except ValueError:
            continue
    return None
