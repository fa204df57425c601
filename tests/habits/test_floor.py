"""The oldest browser we promise is Chromium 90 (the government browsers' engine): nothing newer in style or script.

What is listed came later than that, by its first version of Chrome (interface notes, sections 0 and 3). Where a newer
word only adds to an older one that stands before it (`100vh; 100dvh`), the older browser skips it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
import tinycss2

from tests.habits import sources

STATIC = Path("doudi/web/static")
FIRST_LOAD = 45 * 1024  # style sheets and htmx, compressed: 45 KB
LATER_SELECTORS = {":has": 105, ":modal": 105, ":user-valid": 119, ":user-invalid": 119, "&": 112}
LATER_AT_RULES = {"layer": 99, "container": 105, "scope": 118, "starting-style": 117, "view-transition": 126}
LATER_FUNCTIONS = {"color-mix": 111, "oklch": 111, "oklab": 111, "lab": 111, "lch": 111, "light-dark": 123}
LATER_UNITS = re.compile(r"^(d|s|l)v(h|w|b|i|min|max)$|^cq")  # 108, 105
LATER_PROPERTIES = {
    "translate": 104,
    "rotate": 104,
    "scale": 104,
    "container-type": 105,
    "grid-template-rows:subgrid": 117,
}
LATER_WORDS = {
    r"\.at\(": 92,
    r"\bObject\.hasOwn\b": 93,
    r"\bstructuredClone\b": 98,
    r"\.findLast(Index)?\(": 97,
    r"\.to(Reversed|Sorted|Spliced)\(": 110,
    r"\bcrypto\.randomUUID\b": 92,
    r"\bObject\.groupBy\b": 117,
    r"\bPromise\.(withResolvers|try)\b": 119,
    r"\bstatic\s*\{": 94,
    r"#\w+\s+in\s": 91,
    r"\bAbortSignal\.(timeout|any)\b": 103,
    r"\.(showPopover|togglePopover)\(": 114,
    r"\busing\s+\w+\s*=": 134,
}
LATER_ATTRIBUTES = re.compile(r"\s(popover|popovertarget|inert|command|commandfor)(=|\s|>)")


def ours(suffix: str) -> list[Path]:
    """What a browser gets; papers are drawn as PDF here and never reach one."""
    elsewhere = {"vendor", "papers"}
    return [
        path
        for path in sources.tracked()
        if path.suffix == suffix and "web" in path.parts and not elsewhere & set(path.parts)
    ]


def too_new(text: str) -> Iterator[str]:
    """What of a style sheet the floor does not know."""
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        assert rule.type != "error", f"line {rule.source_line}: {rule.message}"
        yield from _of_rule(rule)


def _of_rule(rule: tinycss2.ast.Node) -> Iterator[str]:
    selector = tinycss2.serialize(rule.prelude)
    if rule.type == "at-rule" and rule.at_keyword.lower() in LATER_AT_RULES:
        yield f"line {rule.source_line}: @{rule.at_keyword}"
    for word in LATER_SELECTORS:
        if rule.type == "qualified-rule" and re.search(re.escape(word) + r"(?![\w-])", selector):
            yield f"line {rule.source_line}: {word}"
    if rule.type == "at-rule" and rule.content and rule.at_keyword.lower() in ("media", "supports"):
        for inner in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
            yield from _of_rule(inner)
    elif rule.content:
        yield from _of_block(tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True))


def _of_block(block: list[tinycss2.ast.Node]) -> Iterator[str]:
    said: set[str] = set()
    for each in block:
        if each.type == "qualified-rule":
            yield f"line {each.source_line}: a rule inside a rule"
        if each.type == "declaration":
            newer = list(_of_value(each.value)) + ([each.name] if each.name in LATER_PROPERTIES else [])
            if newer and each.name not in said:
                yield f"line {each.source_line}: {each.name}: {newer[0]}"
            said.add(each.name)


def _of_value(value: list[tinycss2.ast.Node]) -> Iterator[str]:
    for part in value:
        if part.type == "function":
            if part.lower_name in LATER_FUNCTIONS:
                yield part.name
            yield from _of_value(part.arguments)
        if part.type == "dimension" and LATER_UNITS.match(part.lower_unit):
            yield part.unit


@pytest.mark.parametrize("path", ours(".css"), ids=sources.name)
def test_no_style_is_newer_than_the_floor(path: Path) -> None:
    assert list(too_new(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", ours(".js"), ids=sources.name)
def test_no_script_is_newer_than_the_floor(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|(?<![:\w])//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert [word for word in LATER_WORDS if re.search(word, code)] == []


@pytest.mark.parametrize("path", ours(".html"), ids=sources.name)
def test_no_markup_is_newer_than_the_floor_or_breaks_the_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    assert LATER_ATTRIBUTES.findall(text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text) == []


@pytest.mark.parametrize(
    "css",
    ["a:has(b){color:red}", "@layer x{a{color:red}}", "a{color:color-mix(in srgb,red,blue)}", "a{height:100dvh}",
     "a{b{color:red}}", "@media print{a:has(b){color:red}}", "a{width:calc(100dvw - 1px)}", "a{rotate:1deg}"],
)  # fmt: skip
def test_what_came_later_is_noticed(css: str) -> None:
    assert list(too_new(css))


def test_an_older_word_before_a_newer_one_is_enough() -> None:
    assert list(too_new("a{height:100vh;height:100dvh}")) == []


def test_what_every_page_loads_first_stays_small() -> None:
    """Style sheets and htmx as the server sends them (interface notes, section 4)."""
    static = sources.TOP / STATIC
    loaded = [*static.glob("vendor/bootstrap-*.css"), *static.glob("vendor/htmx-*.js"), *static.glob("desk/*.css")]
    sizes = {path.name: len(brotli.compress(path.read_bytes())) for path in loaded}
    assert len(sizes) >= 4
    assert sum(sizes.values()) <= FIRST_LOAD, sizes
