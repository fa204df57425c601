"""Writes the page of permissions, who may do what, from the declaration and the resolver: `make docs`."""

from __future__ import annotations

from pathlib import Path

from doudi.access.permissions import DECLARED, PUBLIC, Permission
from doudi.access.roles import CLASSES, ROLES
from tests.access.routes import Route, routes

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/reference/permissions.md"
_HEAD = """<!-- Written by `python -m tests.docs` from doudi/access/permissions.toml; change that file instead. -->

# Permissions 权限

Who may do what, on which rows, and how much of a household is shown. The marks on the views, the access matrix of the
tests and this page are made from one declaration, `doudi/access/permissions.toml`.
谁能做什么、对哪些户、能看到哪些字段,全部出自同一份声明。
"""
_REACH = {
    "public": ("对有此权限的人都一样", "the same for whoever holds it"),
    "own": ("仅本人的", "one's own"),
    "scope": ("职责范围内;范围外视同没有(404)", "within one's duties; the rest is not there (404)"),
    "county": ("全县", "the whole county"),
    "none": ("不涉及任何农户", "no household"),
}
_CLASS = {
    "open": ("公开", "open"),
    "personal": ("个人", "personal"),
    "money": ("收入财务", "money"),
    "health": ("健康", "health"),
    "identity": ("证件、电话、账号(打码)", "ID, phone and account numbers (masked)"),
    "name": ("姓名全文", "names in full"),
    "minor": ("未满14岁者姓名", "names of children under 14"),
}


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, *_roles(), *_matrix(), *_entries(), *_routes()])


def _roles() -> list[str]:
    head = ["## Roles 角色", "", f"| 角色 | role | {' | '.join(_CLASS[c][0] for c in CLASSES)} |"]
    rows = [
        f"| {r.zh} | {r.en} | {' | '.join('●' if c in r.reads else '·' for c in CLASSES)} |" for r in ROLES.values()
    ]
    said = "What each role is shown of a household in its scope; `identity` only masked, and once in full on a reveal."
    return [*head, "|---|---|" + "---|" * len(CLASSES), *rows, "", said, ""]


def _matrix() -> list[str]:
    head = ["## Who may do what 谁能做什么", "", f"| 权限 permission | {' | '.join(r.zh for r in ROLES.values())} |"]
    rows = [
        f"| {p.zh}<br>{p.en} | {' | '.join('●' if r in p.roles else '·' for r in ROLES)} |" for p in DECLARED.values()
    ]
    return [*head, "|---|" + "---|" * len(ROLES), *rows, ""]


def _entries() -> list[str]:
    head = [
        "## On which rows, how 范围与方式",
        "",
        "| | 范围 | which rows | shows at most | conditions |",
        "|---|---|---|---|---|",
    ]
    return [*head, *(_entry(each) for each in DECLARED.values()), ""]


def _entry(each: Permission) -> str:
    zh, en = _REACH[each.reach]
    shows = ", ".join(_CLASS[c][1] for c in CLASSES if c in each.shows) or "–"
    told = [
        "writes 写" if "POST" in each.methods else "reads 读",
        *(["with a reason 须写理由"] if each.reason else []),
        *([f"at most {each.limit} a day and person 每人每天最多 {each.limit} 次"] if each.limit else []),
        *(["a second person agrees 须另一人同意"] if each.second_person else []),
    ]
    return f"| `{each.name}` | {zh} | {en} | {shows} | {'; '.join(told)} |"


def _routes() -> list[str]:
    head = ["## Addresses 网址", "", "| address | answers to | permission |", "|---|---|---|"]
    return [*head, *(_route(each) for each in routes()), ""]


def _route(each: Route) -> str:
    asked = "open to all 无需登录" if each.permission == PUBLIC else f"`{each.permission}`"
    return f"| `/{each.path}` | {' '.join(each.methods)} | {asked} |"


def main() -> None:
    """Write it."""
    (ROOT / PAGE).write_text(render(), encoding="utf-8")
