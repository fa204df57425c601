"""The seal's bars: sealing and verifying many entries, in a home of its own that is removed afterwards.

    python -m bench.trail [--entries 1000000] [--rounds 3] [--json]

The entries are made up by the database's administrator, 370 bytes each; everything else is as in the product.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

VERIFY_BAR = 30.0  # seconds for 1,000,000 entries
MADE = """
INSERT INTO trail_entry (transaction, at, actor, "table", operation, "row", place_code, household_id, before, after)
SELECT 5, now(), 'town_' || n %% 40, 'register_household', 'U', n::text, '510921110212', n,
    jsonb_build_object('id', n, 'code', '510921110212-' || n, 'head_name', '张' || md5(n::text), 'group_name', '一社'),
    jsonb_build_object('id', n, 'code', '510921110212-' || n, 'head_name', '李' || md5(n::text), 'group_name', '二社')
FROM generate_series(1, %s) AS n
"""


@contextmanager
def _opened() -> Iterator[Any]:
    """A new home's server and tables; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="doudi-bench-"))
    os.environ["DOUDI_HOME"] = str(folder / "home")
    try:
        subprocess.run([sys.executable, "-m", "doudi", "account", "list"], check=True, stdout=subprocess.DEVNULL)
        from doudi.cli.cluster import Cluster
        from doudi.cli.home import present

        with Cluster(present()).running() as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _timed(*words: str) -> tuple[float, dict[str, Any]]:
    """A command of doudi, as a person would give it: seconds, and what it answered."""
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "doudi", *words, "--json"], check=True, stdout=subprocess.PIPE)
    return time.perf_counter() - begun, json.loads(done.stdout)


def measure(entries: int, rounds: int) -> dict[str, Any]:
    """Seconds to seal that many entries in one batch, and medians to verify them, and from their head on."""
    with _opened() as cluster:
        print(f"making {entries:,} entries", file=sys.stderr)
        with cluster.connect("postgres") as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(MADE, [entries])
        sealing, _ = _timed("audit", "seal")
        told = [_timed("audit", "verify") for _ in range(rounds)]
        found = told[0][1]
        after = [_timed("audit", "verify", "--from", str(found["size"]))[0] for _ in range(rounds)]
        with cluster.connect("postgres") as connection:
            size = connection.execute("SELECT pg_total_relation_size('trail_leaf')").fetchone()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "entries": found["size"],
        "well": found["well"],
        "seal_seconds": round(sealing, 2),
        "rounds": rounds,
        "verify_seconds": round(statistics.median(seconds for seconds, _ in told), 2),
        "verify_spread": [round(pick(seconds for seconds, _ in told), 2) for pick in (min, max)],
        "verify_bar": VERIFY_BAR,
        "verify_from_head_seconds": round(statistics.median(after), 2),
        "leaf_bytes": round((size or (0,))[0] / max(1, found["size"])),
    }


@click.command()
@click.option("--entries", default=1_000_000, show_default=True)
@click.option("--rounds", default=3, show_default=True, help="How often it is verified; medians are told.")
@click.option("--json", "as_json", is_flag=True)
def main(entries: int, rounds: int, as_json: bool) -> None:
    """Print the bars."""
    told = measure(entries, rounds)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"seal {told['entries']:,} entries{told['seal_seconds']:>36,.1f} s")
    held = "ok" if told["verify_seconds"] <= VERIFY_BAR * entries / 1_000_000 else "MISSED"
    low, high = told["verify_spread"]
    spread = f"({low:,.1f}..{high:,.1f}, median of {rounds})"
    bar = f"(bar {VERIFY_BAR:.0f} s a million)"
    click.echo(f"verify them{told['verify_seconds']:>44,.1f} s  {spread}  {bar}  {held}")
    click.echo(f"verify from their head on{told['verify_from_head_seconds']:>30,.1f} s")
    click.echo(f"kept beside each row{told['leaf_bytes']:>35,} bytes")


if __name__ == "__main__":
    main()
