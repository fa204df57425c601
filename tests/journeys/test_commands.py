"""The loop, as an operator walks it: each command in a process of its own, one JSON object each."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import homes

PACK = "pengxi_2020"
VALUES = {"bool": "true", "money": "1200", "int": "1", "date": "1980-01-01", "months": "3"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a demo county of 60 households, whose server stays up between the commands."""
    from doudi.cli.cluster import Cluster
    from doudi.cli.home import Home

    folder = tmp_path_factory.mktemp("h")
    homes.put(tmp_path_factory, folder / "home", *homes.DEMO)
    with Cluster(Home(folder / "home")).running():
        yield folder


def doudi(home: Path, *words: str, code: int = 0, typed: str = "") -> dict[str, Any]:
    """One command, with --json; its one object."""
    done = call(home, *words, "--json", typed=typed)
    assert done.returncode == code, done.stderr
    assert done.stdout.count("\n") == 1
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def call(home: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DOUDI_HOME": str(home / "home")}
    environment.pop("DOUDI_SOCKET", None)
    command = [sys.executable, "-m", "doudi", *words]
    return subprocess.run(
        command, env=environment, input=typed, capture_output=True, text=True, timeout=240, check=False
    )


def _asked(home: Path) -> tuple[str, dict[str, Any]]:
    """A household and a question of it that can be answered at the door."""
    for household in range(1, 61):
        for question in doudi(home, "questions", str(household))["questions"]:
            if question["kind"] != "params" and (question["type"] in VALUES or question["choices"]):
                return str(household), question
    pytest.fail("nothing is open in the small county")


def test_decide_ask_answer_and_decide_again(home: Path) -> None:
    first = doudi(home, "run")
    assert {"run", "pack", "snapshot", "as_of", "seconds", "subjects", "measures", "indicators"} <= set(first)
    assert (first["pack"], first["as_of"], first["subjects"]["household"]) == (PACK, "2020-02-27", 60)
    household, question = _asked(home)
    value = question["choices"][0][0] if question["choices"] else VALUES[question["type"]]
    subject = ["--subject", f"{question['kind']}:{question['subject_id']}"]
    done = doudi(home, "answer", household, question["fact"], value, "--source", question["sources"][0], *subject)
    assert done["statement"]
    left = [(each["kind"], each["subject_id"], each["fact"]) for each in done["questions"]]
    assert (question["kind"], question["subject_id"], question["fact"]) not in left
    in_village = doudi(home, "questions", "--village", question["place_code"])
    assert in_village["village"] == question["place_code"]
    second = doudi(home, "run")
    assert second["run"] == first["run"] + 1
    assert second["snapshot"] != first["snapshot"]
    found = doudi(home, "diff", str(first["run"]), str(second["run"]))
    parts = ("gained", "lost", "settled_no", "became_unknown", "amount_changed")
    assert sum(found[part] for part in parts) == len(found["changes"])
    assert [run["run"] for run in doudi(home, "runs")["runs"]][:2] == [second["run"], first["run"]]


def test_why_tells_every_verdict_of_a_household(home: Path) -> None:
    told = doudi(home, "why", "1")
    assert {each["kind"] for each in told["verdicts"]} >= {"household", "person"}
    for each in told["verdicts"]:
        assert each["conditions"]
        assert each["clause_zh"]
    one = doudi(home, "why", "1", "--measure", "02_farm_purchases")
    assert [each["measure"] for each in one["verdicts"]] == ["02_farm_purchases"]


def test_what_if_is_repeated_by_its_own_command(home: Path) -> None:
    (trial,) = doudi(home, "whatif", "--set", "livelihood_award_per_person=150")["trials"]
    again = doudi(home, *trial["command"].split()[1:])
    assert again["trials"] == [trial]


def test_adopting_takes_the_account_of_a_second_person(home: Path) -> None:
    tried = ("whatif", "--set", "posts_per_village=3", "--adopt", "--source", "meeting", "--named-by", "Li")
    made = doudi(home, *tried)
    assert (made["adopted"], made["parameter"], made["value"]) == (False, "posts_per_village", "3")
    (waiting,) = doudi(home, "pack", "proposals")["proposals"]
    assert (waiting["proposal"], waiting["state"]) == (made["proposal"], "waiting")
    adopt = ("pack", "adopt", str(made["proposal"]), "--password-stdin", "--as")
    assert "is wrong" in doudi(home, *adopt, "county2", code=2, typed="guess\n")["error"]["en"]
    assert "no duty" in doudi(home, *adopt, "town", code=2, typed="doudi-demo-2020\n")["error"]["en"]
    version = doudi(home, *adopt, "county2", typed="doudi-demo-2020\n")
    assert doudi(home, "run")["pack_hash"] == version["hash"] == waiting["hash"]
    assert doudi(home, "pack", "proposals")["proposals"] == []


def test_a_replay_ends_with_0_only_when_every_row_agrees(home: Path) -> None:
    newest = doudi(home, "runs")["runs"][0]
    for engine in ("duckdb", "postgres", "memory"):
        assert doudi(home, "replay", str(newest["run"]), "--engine", engine)["agrees"]
    file = home / "home" / "runs" / "answers" / newest["answers"] / "household.parquet"
    kept = file.read_bytes()
    other = next(p for p in file.parent.iterdir() if p.name == "person.parquet")
    file.write_bytes(other.read_bytes())
    try:
        assert not doudi(home, "replay", str(newest["run"]), code=1)["agrees"]
    finally:
        file.write_bytes(kept)


def test_checks_are_listed_with_what_they_found(home: Path) -> None:
    checked = doudi(home, "checks")["checks"]
    assert len(checked) >= 30
    assert all(each["findings"] >= len(each["first"]) for each in checked)


REFUSED = [
    (("why", "no-such-household"), "There is no household"),
    (("replay", "999"), "There is no run 999"),
    (("diff", "1", "999"), "There is no run 999"),
    (("questions",), "Name a household"),
    (("questions", "1", "--village", "510921110212"), "Name a household"),
    (("answer", "1", "labour", "strong", "--source", "field"), "There is no fact"),
    (("whatif",), "Say what to try"),
    (("whatif", "--set", "posts_per_village"), "NAME=VALUE"),
    (("whatif", "--set", "posts_per_vilage=2"), "posts_per_village"),
    (("run", "--pack", "no_such_pack"), "There is no pack"),
    (("run", "--as-of", "1800-01-01"), "holds nothing"),
    (("run", "--as-of", "yesterday"), "is no day"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_a_refusal_ends_with_2_and_says_why(home: Path, words: tuple[str, ...], said: str) -> None:
    done = call(home, *words, "--json")
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    if done.stdout:
        assert said in json.loads(done.stdout)["error"]["en"]


def test_a_survey_of_another_country_is_decided_in_an_empty_home(
    reference_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("v")
    file = reference_data / "households" / "VietNamH.csv"
    doudi(folder, "import", str(file), "--profile", "vlss_1998", "--as-of", "1998-06-30")
    found = doudi(folder, "run", "--pack", "vlss_1998", "--as-of", "1998-06-30")
    (measure,) = found["measures"]
    with file.open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    assert found["subjects"]["household"] == len(rows) == 5999
    assert measure["yes"] + measure["no"] == 5999
    assert 0.25 < measure["yes"] / 5999 < 0.30
    assert doudi(folder, "replay", str(found["run"]), "--engine", "memory")["agrees"]


NUMBERS = "地方,谁的电话,姓名或办公室,电话\n510921110212,医生,何医生,0825-5450123\n510921110999,医生,何医生,120\n"
SAYS_BACK = "号码,状态,回复内容,时间\n13800000000,,退订,2020-02-27 10:30\n13800000001,DELIVRD,退订,\n,DELIVRD,,\n"


@pytest.mark.parametrize(
    ("command", "table", "refused"),
    [("contacts", NUMBERS, {3: "place"}), ("receipts", SAYS_BACK, {3: "state", 4: "number"})],
)
def test_a_table_is_looked_at_taken_in_once_and_says_what_stays_out(
    home: Path, tmp_path: Path, command: str, table: str, refused: dict[int, str]
) -> None:
    file = tmp_path / "表.csv"
    file.write_text(table, encoding="utf-8-sig")
    looked = doudi(home, command, "import", str(file), "--dry-run")
    assert (looked["accepted"], looked["rows"]) == (False, looked["new"] + len(refused))
    assert {each["row"]: each["column"] for each in looked["problems"]} == refused
    taken = doudi(home, command, "import", str(file))
    assert (taken["accepted"], taken["new"], taken["refused"]) == (True, 1, len(refused))
    assert [each["row"] for each in taken["changes"]] == [2]
    again = doudi(home, command, "import", str(file))
    assert (again["accepted"], again["same"], again["new"]) == (False, 1, 0)
    assert again["taken_before"]
    assert "nothing was written again" in call(home, command, "import", str(file)).stdout


@pytest.mark.parametrize("command", ["contacts", "receipts"])
@pytest.mark.parametrize("bad", ["none", "a folder", "no table", "no heading", "no row", "no row in order"])
def test_a_table_that_is_none_is_refused_in_words(home: Path, tmp_path: Path, command: str, bad: str) -> None:
    file = tmp_path / "表.csv"
    needed = {"contacts": "地方,谁的电话,姓名,电话", "receipts": "号码,状态"}[command]
    content = {
        "no table": b"PK\x03\x04\x00nothing",
        "no heading": "甲,乙\n1,2\n".encode(),
        "no row": needed.encode(),
        "no row in order": f"{needed}\n不详,不详,不详,不详\n".encode(),
    }
    if bad in content:
        file.write_bytes(content[bad])
    told = doudi(home, command, "import", str(tmp_path if bad == "a folder" else file), code=2)
    assert told["error"]["en"]
    assert told["error"]["zh"]
