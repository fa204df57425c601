"""The home: private, its own, and never read by a version too old for it."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest

from doudi.cli import home as homes
from doudi.cli.home import FORMAT, Home, locked
from doudi.values.refusals import Refusal


def test_a_home_is_made_once_and_its_rooms_are_closed(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    home.make()
    before = {p.name: p.stat().st_mtime_ns for p in home.path.iterdir()}
    home.make()
    assert {p.name: p.stat().st_mtime_ns for p in home.path.iterdir()} == before
    for room in (home.runs, home.backups, home.work, home.note):
        assert stat.S_IMODE(room.stat().st_mode) & 0o077 == 0, room


def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home").chmod(0o750)
    Home(tmp_path / "home").make()
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o750


def test_someone_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(Refusal, match=r"letter\.txt"):
        Home(tmp_path).make()
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("note", [json.dumps({"format": FORMAT + 1}), "{}", '{"format": "x"}'])
def test_a_newer_home_is_refused(tmp_path: Path, note: str) -> None:
    (tmp_path / "home.json").write_text(note, encoding="utf-8")
    with pytest.raises(Refusal, match="newer doudi"):
        Home(tmp_path).make()
    assert [p.name for p in tmp_path.iterdir()] == ["home.json"]


@pytest.mark.parametrize("note", ["", "not json", "[1"])
def test_a_damaged_note_is_told(tmp_path: Path, note: str) -> None:
    (tmp_path / "home.json").write_text(note, encoding="utf-8")
    with pytest.raises(Refusal, match="cannot be read"):
        Home(tmp_path).make()


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refusal, match="cannot be made"):
        Home(tmp_path / "file" / "home").make()


def test_the_secret_is_made_once_and_differs_between_homes(tmp_path: Path) -> None:
    first, second = Home(tmp_path / "a"), Home(tmp_path / "b")
    first.make()
    second.make()
    assert first.secret() == first.secret() != second.secret()
    assert stat.S_IMODE((first.path / "secret.key").stat().st_mode) == 0o600


def test_the_named_home_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOUDI_HOME", str(tmp_path / "x"))
    assert homes.present().path == tmp_path / "x"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOUDI_HOME", "y")
    assert homes.present().path == tmp_path / "y"


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    held = multiprocessing.get_context("spawn").Event()
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(place, held))
    holder.start()
    assert held.wait(20)
    with pytest.raises(BlockingIOError), locked(place, wait=False):
        pass
    holder.kill()
    holder.join()
    with locked(place, wait=False):
        pass


def _hold(place: Path, held: object) -> None:
    with locked(place):
        held.set()  # type: ignore[attr-defined]
        import time

        time.sleep(60)
