"""Money is whole fen: no float, and no division that makes one, where money is kept, paid or told."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import doudi

ROOT = Path(doudi.__file__).parent
FILES = sorted([*(ROOT / "funds").rglob("*.py"), ROOT / "values" / "money.py", *(ROOT / "web" / "money").rglob("*.py")])


def floats(source: str) -> list[str]:
    """Where a text makes a float: a literal with a point, `float`, a true division that joins no path."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(f"{node.lineno}: {node.value}")
        elif isinstance(node, ast.Name) and node.id == "float":
            found.append(f"{node.lineno}: float")
        elif isinstance(node, ast.Attribute) and node.attr == "FloatField":
            found.append(f"{node.lineno}: FloatField")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and not _path(node):
            found.append(f"{node.lineno}: /")
    return found


def _path(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether a division joins a path: something named so, or a text, is on one of its sides."""
    left = node.left if isinstance(node, ast.BinOp) else node.target
    right = node.right if isinstance(node, ast.BinOp) else node.value
    return "Path" in ast.unparse(left) or (isinstance(right, ast.Constant) and isinstance(right.value, str))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_float_touches_money(path: Path) -> None:
    assert floats(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("source", ["fen = 0.5", "x = float(fen)", "half = fen / 2", "fen /= 2", "f = FloatField"])
def test_a_float_is_seen(source: str) -> None:
    assert floats(source.replace("= FloatField", "= models.FloatField()"))
