"""`doudi import` as an operator types it, in a home of its own: the survey of 1998 by two commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SURVEY = ("--profile", "vlss_1998", "--as-of", "1998-06-30")


def doudi(home: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the object answered, what was said on stderr."""
    done = subprocess.run(
        _command(*words), cwd=ROOT, env=_surroundings(home), capture_output=True, timeout=240, check=False
    )
    lines = done.stdout.decode().strip().splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else {}, done.stderr.decode()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "doudi", *words, "--json"]


def _surroundings(home: Path) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("DOUDI_", "DJANGO_"))}
    return {**kept, "DOUDI_HOME": str(home)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_the_survey_is_taken_in_and_decided_by_two_commands(home: Path, reference_data: Path) -> None:
    path = str(reference_data / "households" / "VietNamH.csv")
    code, shown, _ = doudi(home, "import", path, *SURVEY, "--dry-run")
    assert (code, shown["rows"], shown["new"], shown["accepted"]) == (0, 5999, 5999, False)
    code, done, _ = doudi(home, "import", path, *SURVEY)
    assert (code, done["new"], done["new_places"], done["statements"]) == (0, 5999, 194, 5999)
    assert done["rows"] == sum(done[state] for state in ("new", "changed", "same", "held", "refused"))
    code, again, _ = doudi(home, "import", path, *SURVEY)
    assert (code, again["same"], again["accepted"]) == (0, 5999, False)
    assert again["taken_before"]
    code, run, said = doudi(home, "run", "--pack", "vlss_1998", "--as-of", "1998-06-30")
    assert code == 0, said
    (measure,) = run["measures"]
    assert measure["yes"] + measure["no"] == 5999
    assert measure["yes"] == _below_the_line(Path(path))


def _below_the_line(path: Path) -> int:
    """Households whose expenditure per head is below 1,790 thousand dong, reckoned from the file alone."""
    import csv
    import math

    with path.open() as file:
        return sum(math.exp(float(row["lntotal"])) / int(row["hhsize"]) < 1790 for row in csv.DictReader(file))


WRONG = {
    "no such file": (["nowhere.csv", "--profile", "vlss_1998"], "cannot be read"),
    "no such profile": ([__file__, "--profile", "vlss"], "vlss_1998"),
    "no table": ([__file__, "--profile", "vlss_1998"], "rownames"),
    "no profile fits": ([__file__], "--profile"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_taken_in_is_refused_in_words(case: str, home: Path) -> None:
    words, why = WRONG[case]
    code, answer, said = doudi(home, "import", *words)
    assert code == 2
    assert why in answer["error"]["en"]
    assert answer["error"]["zh"]
    assert "Traceback" not in said


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_an_import_killed_at_any_moment_wrote_all_or_nothing(tmp_path: Path, reference_data: Path) -> None:
    path = str(reference_data / "households" / "VietNamH.csv")
    doudi(tmp_path / "warm", "import", path, *SURVEY, "--dry-run")
    begun = time.monotonic()
    doudi(tmp_path / "warm", "import", path, *SURVEY)
    whole = time.monotonic() - begun
    for turn in range(20):
        home = tmp_path / str(turn)
        doudi(home, "import", path, *SURVEY, "--dry-run")  # makes the home; what is killed is the taking in
        child = subprocess.Popen(_command("import", path, *SURVEY), cwd=ROOT, env=_surroundings(home))
        time.sleep(whole * (0.3 + 0.7 * turn / 20))
        child.send_signal(signal.SIGKILL)
        child.wait()
        _, after, _ = doudi(home, "import", path, *SURVEY, "--dry-run")
        assert (after["new"], after["same"]) in ((5999, 0), (0, 5999))
        assert bool(after["taken_before"]) == (after["same"] == 5999)
