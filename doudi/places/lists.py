"""Lists of divisions as the statistics bureau's editions come: one CSV of towns, one of villages and communities."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from doudi.places.divisions import Division
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

KINDS = {"village": "village", "community": "community", "村": "village", "社区": "community"}
MOST_BYTES = 50_000_000


def read(path: Path, *, county: str) -> list[Division]:
    """The divisions of a county in a CSV file: `code12,name` and, for villages, `kind,town_name`.

    The towns that a list of villages names are among them. Raises Refusal naming file and line.
    """
    rows = csv.DictReader(io.StringIO(_text(path)))
    lacking = [column for column in ("code12", "name") if column not in (rows.fieldnames or [])]
    if lacking:
        raise Refusal(
            f"区划表缺少列 {lacking[0]}。应有 code12,name,kind,town_code9,town_name。",
            f"The list lacks the column {lacking[0]}: code12,name,kind,town_code9,town_name are expected.",
            str(path),
        )
    found: dict[str, Division] = {}
    for row in rows:
        for division in _divisions(row, county, f"{path}:{rows.line_num}"):
            if row["code12"] == division.code and found.get(division.code, division) != division:
                raise Refusal(
                    f"代码 {division.code} 重复。", f"{division.code} comes twice.", f"{path}:{rows.line_num}"
                )
            found.setdefault(division.code, division)
    if not found:
        raise Refusal("区划表是空的。", "The list is empty.", str(path))
    return [found[code] for code in sorted(found)]


def _text(path: Path) -> str:
    """The file's text: UTF-8, or GB18030 as Chinese spreadsheets save it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal("文件太大,不像区划表。", "The file is too large to be a list of divisions.", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise Refusal(f"无法读取:{error.strerror}。", f"It cannot be read: {error.strerror}.", str(path)) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(
        "文件编码不是 UTF-8 或 GB18030。请另存为 CSV UTF-8。",
        "The text is neither UTF-8 nor GB18030. Save it as CSV UTF-8.",
        str(path),
    )


def _divisions(row: dict[str, str], county: str, where: str) -> Iterator[Division]:
    """What one row says: a division, and before it the town it belongs to."""
    code, name = (row["code12"] or "").strip(), (row["name"] or "").strip()
    if len(code) != 12 or not is_prefix(code) or not code.startswith(county):
        raise Refusal(
            f"“{code}”不是 {county} 的 12 位区划代码。请检查该行。",
            f"“{code}” is no 12-digit code of {county}. Look at that row.",
            where,
        )
    if not name:
        raise Refusal(f"{code} 没有名称。", f"{code} has no name.", where)
    if code.endswith("000"):
        yield Division(code, name, "town", "town")
        return
    town = code[:9] + "000"
    if row.get("town_name"):
        yield Division(town, row["town_name"].strip(), "town", "town")
    yield Division(code, name, "village", _kind(row.get("kind") or "", where), town)


def _kind(word: str, where: str) -> str:
    if word.strip() not in KINDS:
        raise Refusal(
            f"类别“{word}”不认识。可用:village(村)、community(社区)。",
            f"The kind “{word}” is not known. Write village or community.",
            where,
        )
    return KINDS[word.strip()]
