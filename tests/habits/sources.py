"""The project's own files, as git tracks them."""

from __future__ import annotations

import ast
import functools
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every tracked file that is there; in a copy without git, every file that is not made."""
    try:
        names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
        found = [TOP / name for name in names.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [p for p in TOP.rglob("*") if not any(part.startswith(".venv") for part in p.parts)]
    return tuple(path for path in found if path.is_file())


@functools.cache
def python() -> tuple[Path, ...]:
    """Our Python, without migrations (written once, never read again)."""
    return tuple(path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts)


@functools.cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """The path as a reader would write it."""
    return str(path.relative_to(TOP))
