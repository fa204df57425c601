"""A supplier of facts as an area above would be: it knows what some households have sold."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

SOLD: dict[int, int] = {}


def supply(**_asked: Any) -> dict[str, pa.Table]:
    ids = pa.array(list(SOLD), pa.int64())
    return {"household": pa.table({"id": ids, "sold_in_window": pa.array(list(SOLD.values()), pa.int64())})}


def know(subjects: Any, **_asked: Any) -> dict[tuple[str, str], dict[int, int]]:
    few = subjects.get("household", ())
    return {("household", "sold_in_window"): {number: fen for number, fen in SOLD.items() if number in few}}
