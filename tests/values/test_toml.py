"""Places in TOML: every key and value of any valid document is found where it stands."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import doudi
from doudi.values import toml
from doudi.values.toml import KeyPath, TomlError, place_of

PLAIN = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6)
SCALARS = st.one_of(st.integers(-9, 10**6), st.booleans(), PLAIN)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(PLAIN, inner, max_size=3)),
    max_leaves=8,
)


def written(value: Any, gap: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list):
        return "[" + gap + f",{gap}".join(written(item, gap) for item in value) + gap + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{written(key, '')} = {written(item, '')}" for key, item in value.items()) + " }"
    return str(value)


def leaves(value: Any, path: KeyPath) -> list[tuple[KeyPath, Any]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]
    return [(path, value)]


@given(
    st.dictionaries(PLAIN, st.dictionaries(PLAIN, VALUES, max_size=4), max_size=3),
    st.sampled_from(["", " ", "\n  ", " # x\n"]),
)
def test_every_value_is_found_where_it_stands(tables: dict[str, dict[str, Any]], gap: str) -> None:
    lines = []
    for name, table in tables.items():
        lines.append(f"[{written(name, '')}]  # a table")
        lines += [f"{written(key, '')} = {written(value, gap)}" for key, value in table.items()]
    document = toml.parse("\n".join(lines))
    assert document.data == tables
    for path, value in leaves(tables, ()):
        offset = document.values[path]
        assert document.text.startswith(written(value, gap), offset), path


@given(st.text(alphabet="ab中\"'\\\n\t", max_size=12))
def test_a_place_within_a_text_is_the_place_of_that_character(value: str) -> None:
    quoted = json.dumps(value, ensure_ascii=False)
    document = toml.parse(f"[t]\nk = {quoted}")
    line, column = 1, 1
    for index, character in enumerate(value):
        assert toml.parse(f"k = {quoted}").data["k"][index] == character
        got = document.place_within(("t", "k"), (line, column))
        assert got[0] == 2
        stands = document.text.splitlines()[1][got[1] - 1 :]
        assert stands.startswith(json.dumps(character, ensure_ascii=False)[1:-1])
        line, column = (line + 1, 1) if character == "\n" else (line, column + 1)


@pytest.mark.parametrize(
    ("text", "path", "at", "found"),
    [
        ('k = """\none\ntwo"""', ("k",), (2, 1), "two"),
        ('k = """\none \\\n   two"""', ("k",), (1, 5), "two"),
        ("k = '''one\ntwo'''", ("k",), (2, 2), "wo"),
        ("k = 'a\\b'", ("k",), (1, 3), "b"),
        ('k = "\\u4e2d!"', ("k",), (1, 2), "!"),
        ('a.b.c = "xy"', ("a", "b", "c"), (1, 2), "y"),
        ('[[m]]\n[[m]]\nk = "xy"', ("m", 1, "k"), (1, 2), "y"),
        ('m = [{ k = "x" }, { k = "yz" }]', ("m", 1, "k"), (1, 2), "z"),
    ],
)
def test_places_within_every_kind_of_text(text: str, path: KeyPath, at: tuple[int, int], found: str) -> None:
    document = toml.parse(text)
    line, column = document.place_within(path, at)
    assert document.text.split("\n")[line - 1][column - 1 :].startswith(found)


def test_what_is_absent_is_placed_at_what_encloses_it() -> None:
    document = toml.parse("a = 1\n[t]\nk = 1")
    assert document.place(("t", "missing")) == (2, 1)
    assert document.place(("t", "missing", 3, "more"), value=True) == (2, 1)
    assert document.place(("nowhere",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [("a = ", (1, 5)), ("a = 1\nb = [1,", (2, 8)), ('a = "x', (1, 7)), ("a = 1\na = 2", (2, 6)), ("[t\n", (1, 3))],
)
def test_what_is_no_toml_is_refused_with_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(TomlError) as raised:
        toml.parse(text)
    assert (raised.value.line, raised.value.column) == place


def test_text_that_is_not_utf8_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"a = 1\nb = '" + "中".encode("gb18030") + b"'")
    with pytest.raises(TomlError) as raised:
        toml.read(file)
    assert (raised.value.line, raised.value.column) == (2, 6)


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\r\n[t]\r\nk = 0.10\r\n")
    document = toml.read(file)
    assert document.data == {"a": 1, "t": {"k": Decimal("0.10")}}
    assert place_of(document.text, document.keys["t", "k"]) == (3, 1)


def test_every_shipped_file_is_placed_whole() -> None:
    folder = Path(doudi.__file__).parent
    files = [*folder.glob("packs/**/*.toml"), *folder.glob("facts/*.toml")]
    assert len(files) > 30
    for file in files:
        document = toml.read(file)
        for path, value in leaves(document.data, ()):
            if path not in document.values:
                raise AssertionError(f"{file}: {path} has no place")
            if isinstance(value, str) and value.isidentifier():
                assert value in document.text[document.values[path] : document.values[path] + len(value) + 6]
