"""A county's life at the keyboard: begun, staffed, backed up, upgraded, gone back."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from doudi.cli.cluster import Cluster
from doudi.cli.home import Home
from tests.frame.terminal import Terminal

DIVISIONS = """\
code12,name,kind,town_code9,town_name
510921110212,青杠村村民委员会,village,510921110,鸣凤镇
510921110700,临近社区居民委员会,community,510921110,鸣凤镇
510921102701,远山村村民委员会,village,510921102,文井镇
"""
PASSWORD = "a long enough sentence"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A real county, just begun."""
    folder = tmp_path_factory.mktemp("county")
    (folder / "divisions.csv").write_text(DIVISIONS, encoding="utf-8-sig")
    terminal = Terminal(folder / "home")
    begun = terminal.ask("init", "--county", "510921", "--name", "蓬溪县", "--divisions", str(folder / "divisions.csv"))
    assert begun["places"] == {"county": 1, "town": 2, "village": 3}
    assert terminal.server() is None, "init left the server running"
    with Cluster(Home(terminal.home)).running():  # quicker: the commands find it
        yield terminal
    assert terminal.server() is None, "a command left the server running"


def accounts(terminal: Terminal) -> list[str]:
    return [account["username"] for account in terminal.ask("account", "list")["accounts"]]


def test_a_real_county_has_no_default_account(terminal: Terminal) -> None:
    assert accounts(terminal) == []
    assert [f for f in terminal.ask("doctor")["findings"] if not f["well"]] == []


def test_a_county_begins_once(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(DIVISIONS, encoding="utf-8")
    refused = terminal.run("init", "--county", "510921", "--divisions", str(tmp_path / "d.csv"), code=2)
    assert "already belongs to 蓬溪县" in refused.stderr


def test_a_demo_cannot_be_made_of_a_real_county(terminal: Terminal) -> None:
    refused = terminal.run("demo", "--households", "60", code=2)
    assert "510921" in refused.stderr


def test_an_account_that_cannot_be_is_refused_whole(terminal: Terminal) -> None:
    words = ["account", "add", "zhao", "--role", "town_clerk", "--place"]
    refused = terminal.ask(*words, "510921999", "--password-stdin", typed=PASSWORD, code=2)
    assert "no division 510921999" in refused["error"]["en"]
    refused = terminal.ask(*words, "510921", "--password-stdin", typed=PASSWORD, code=2)
    assert "held at a town" in refused["error"]["en"]
    refused = terminal.ask(*words, "510921110", "--password-stdin", typed="short\n", code=2)
    assert "too weak" in refused["error"]["en"]
    assert "zhao" not in accounts(terminal)


def test_an_account_is_added_changed_and_closed(terminal: Terminal) -> None:
    words = ["account", "add", "sun", "--role", "auditor", "--place", "510921"]
    assert len(terminal.ask(*words)["password"]) >= 12
    assert "taken" in terminal.ask(*words, code=2)["error"]["en"]
    assert "password" not in terminal.ask("account", "password", "sun", "--password-stdin", typed=PASSWORD)
    terminal.ask("account", "close", "sun")
    assert [a["active"] for a in terminal.ask("account", "list")["accounts"] if a["username"] == "sun"] == [False]
    assert "no user" in terminal.ask("account", "close", "nobody", code=2)["error"]["en"]


def test_a_backup_is_proved_and_goes_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("account", "add", "before", "--role", "administrator")
    file = tmp_path / "county.doudi"
    picture = terminal.home / "evidence" / "ab" / "abcd"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    assert terminal.ask("backup", str(file))["bytes"] > 10_000
    picture.write_bytes(b"lost")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "there already" in terminal.ask("backup", str(file), code=2)["error"]["en"]
    terminal.run("account", "add", "after", "--role", "administrator")
    assert terminal.ask("restore", str(file), "--verify")["verified"]
    assert "after" in accounts(terminal)
    restored = terminal.ask("restore", str(file))
    assert picture.read_bytes() == b"a picture"
    assert "before" in accounts(terminal)
    assert "after" not in accounts(terminal)
    terminal.ask("restore", restored["before"])
    assert "after" in accounts(terminal)


def test_a_damaged_backup_is_told_and_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "county.doudi"
    terminal.run("backup", str(file))
    whole = file.read_bytes()
    at = len(whole) // 2
    file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert "damaged" in terminal.ask("restore", str(file), "--verify", code=2)["error"]["en"]
    file.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in terminal.ask("restore", str(file), code=2)["error"]["en"]
    file.write_text("no backup", encoding="utf-8")
    assert "no backup" in terminal.ask("restore", str(file), code=2)["error"]["en"]
    assert terminal.ask("doctor")["well"]


def owner(terminal: Terminal, statement: str) -> None:
    with Cluster(Home(terminal.home)).running() as cluster, cluster.connect("doudi_owner") as connection:
        connection.execute(statement)


def test_an_upgrade_backs_up_first(terminal: Terminal) -> None:
    """A table of the older version lacks a column; opening the home brings it, after a backup that goes back."""
    before = set((terminal.home / "backups").iterdir())
    owner(terminal, "DELETE FROM django_migrations WHERE app = 'sessions'; DROP TABLE django_session")
    done = terminal.run("account", "list")
    (made,) = set((terminal.home / "backups").iterdir()) - before
    assert str(made) in done.stderr
    assert terminal.ask("restore", str(made), "--verify")["verified"]
    assert terminal.ask("doctor")["well"]


def test_a_database_of_a_newer_version_is_refused(terminal: Terminal) -> None:
    owner(terminal, "INSERT INTO django_migrations (app, name, applied) VALUES ('places', '9999_later', now())")
    refused = terminal.run("account", "list", code=2)
    assert "newer doudi (places.9999_later)" in refused.stderr
    owner(terminal, "DELETE FROM django_migrations WHERE name = '9999_later'")
    terminal.run("account", "list")


def test_a_home_of_a_newer_version_is_refused(terminal: Terminal) -> None:
    note = terminal.home / "home.json"
    said = note.read_text(encoding="utf-8")
    note.write_text(json.dumps({"format": 99}), encoding="utf-8")
    try:
        for words in (["account", "list"], ["serve"]):
            assert "newer doudi (format 99" in terminal.run(*words, code=2).stderr
        assert not terminal.ask("doctor", code=1)["well"]
    finally:
        note.write_text(said, encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "lacks the column code12"),
        ("code12,name\n", "empty"),
        ("code12,name,kind\n510921110212,,village\n", "csv:2: 510921110212 has no name"),
        ("code12,name,kind\n510922110212,x,village\n", "no 12-digit code of 510921"),
        ("code12,name,kind\n51092111021,x,village\n", "no 12-digit code"),
        ("code12,name,kind\n510921110212,x,hamlet\n", "“hamlet” is not known"),
        ("code12,name,kind\n510921110212,x,village\n", "lacks the town 510921110000"),
        (
            "code12,name,kind,town_name\n510921110212,x,village,t\n510921110212,y,village,t\n",
            "csv:3: 510921110212 comes twice",
        ),
    ],
)
def test_a_list_that_is_wrong_is_told_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    from doudi.places import lists
    from doudi.values.refusals import Refusal

    (tmp_path / "d.csv").write_text(content, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        rows = lists.read(tmp_path / "d.csv", county="510921")
        codes = {row.code for row in rows}
        missing = [row.town_code for row in rows if row.town_code and row.town_code not in codes]
        raise Refusal("", f"lacks the town {missing[0]}" if missing else "nothing wrong")
    assert said in str(refused.value)


def test_without_a_home_the_doctor_makes_none(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "none")
    assert terminal.ask("doctor")["well"]
    assert not terminal.home.exists()


def test_removing_the_home_leaves_nothing(tmp_path: Path) -> None:
    import shutil
    import tempfile

    before = set(Path(tempfile.gettempdir()).iterdir())
    terminal = Terminal(tmp_path / "home")
    terminal.run("account", "list")
    shutil.rmtree(terminal.home)
    left = {p for p in set(Path(tempfile.gettempdir()).iterdir()) - before if p.name.startswith("doudi-program")}
    assert left == set()


@pytest.mark.parametrize("name", ["../outside", "/outside", "runs/../../outside", "home.json", "runs/link"])
def test_a_backup_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    import io
    import tarfile

    from doudi.cli import archives
    from doudi.values.refusals import Refusal

    with tarfile.open(tmp_path / "b.doudi", "w") as tar:
        member = tarfile.TarInfo(name)
        if name.endswith("link"):
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member, io.BytesIO(b""))
    (tmp_path / "work").mkdir()
    with pytest.raises(Refusal, match="does not belong in a backup"):
        archives._unpack(tmp_path / "b.doudi", tmp_path / "work")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["b.doudi", "work"]
