"""Who may import whom, and what nobody may."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.habits import sources

OURS = [path for path in sources.python() if sources.name(path).startswith("doudi/")]
# "helpers" are people here (帮扶责任人)
TOYS = {"core", "common", "utils", "services", "misc", "lib"}


def test_the_layers_hold() -> None:
    """In a process of its own: the linter sets up logging, which would silence every log of the tests after it."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=sources.TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", OURS, ids=sources.name)
def test_no_signals(path: Path) -> None:
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").endswith(("signals", "django.dispatch")), f"line {node.lineno}"
            assert not {"Signal", "receiver"} & {alias.name for alias in node.names}, f"line {node.lineno}"


@pytest.mark.parametrize("path", OURS, ids=sources.name)
def test_no_room_without_a_name(path: Path) -> None:
    words = {part.removesuffix(".py") for part in path.relative_to(sources.TOP).parts}
    assert not words & TOYS


@pytest.mark.parametrize("path", OURS, ids=sources.name)
def test_foreign_keys_name_the_class(path: Path) -> None:
    """A key by string hides who depends on whom; a key to itself can only be said with a word."""
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.Call) and _called(node) in {"ForeignKey", "OneToOneField", "ManyToManyField"}:
            to = node.args[0] if node.args else next(word.value for word in node.keywords if word.arg == "to")
            assert not isinstance(to, ast.Constant) or to.value == "self", f"line {node.lineno}"


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


DOMAIN = [p for p in OURS if p.relative_to(sources.TOP).parts[1] not in {"cli", "web", "settings.py", "wsgi.py"}]


@pytest.mark.parametrize("path", DOMAIN, ids=sources.name)
def test_the_domain_does_not_read_the_clock(path: Path) -> None:
    """Days and moments are handed in; how long something took may be measured."""
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {"now", "today", "utcnow"}, f"line {node.lineno}"
            assert node.args or node.func.attr not in {"localdate", "localtime"}, f"line {node.lineno}"


def test_a_fresh_machines_python_only_sets_up() -> None:
    """It has none of what doudi needs: what a target of the Makefile runs, the environment that was made runs."""
    recipes = [line for line in (sources.TOP / "Makefile").read_text(encoding="utf-8").splitlines() if line[:1] == "\t"]
    theirs = [line.split("$(PYTHON)", 1)[1].split()[0] for line in recipes if "$(PYTHON)" in line]
    assert theirs
    assert all(program.startswith("requirements/") for program in theirs), theirs
