"""A long picture with a square code for WeChat groups and Moments: drawn here, posted by a person of the village."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno

from doudi.outreach.channels.shape import MESSAGE, SENT, VILLAGE, Channel
from doudi.values.refusals import Refusal

WIDTH, EDGE = 1080, 72  # pixels: a telephone shows it without enlarging
TITLE, BODY, SMALL = 64, 44, 32
INK, SOFT, BRAND, PAPER = "#1d2733", "#5a6675", "#0b5cab", "#ffffff"
LONGEST = 3_000
CODE = 300
_KNOWN = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",)
_PIECES = re.compile(r"[A-Za-z0-9.%-]{1,24}|.")
_NEVER_FIRST = ",。;:!?、)》”’"  # no line begins with one

CHANNEL = Channel("picture", "微信群、朋友圈长图", "long picture for WeChat", VILLAGE, MESSAGE, SENT, "full")


def draw(title: str, text: str, *, foot: str, address: str = "", demo: str = "") -> bytes:
    """The picture as PNG; with an address its square code stands at the end.

    Raises Refusal for a text too long, and where this machine has no Chinese letters.
    """
    from PIL import Image, ImageDraw

    if len(text) > LONGEST:
        raise Refusal(
            f"长图正文有 {len(text)} 字,超过 {LONGEST} 字。请精简。",
            f"The text has {len(text)} characters, more than {LONGEST}. Shorten it.",
            "text",
        )
    lines = [(line, BODY, INK) for line in wrapped(text, BODY)]
    code = _code(address) if address else None
    blocks = [(line, TITLE, PAPER) for line in wrapped(title, TITLE)]
    top = EDGE + sum(_height(size) for _, size, _ in blocks) + EDGE // 2
    tail = [(line, SMALL, SOFT) for part in (foot, demo) if part for line in wrapped(part, SMALL)]
    high = top + EDGE // 2 + sum(_height(size) for _, size, _ in [*lines, *tail]) + EDGE * 2 + (CODE if code else 0)
    picture = Image.new("RGB", (WIDTH, high), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, top), fill=BRAND)
    _write(pen, blocks, EDGE)
    at = _write(pen, lines, top + EDGE // 2) + EDGE // 2
    if code:
        picture.paste(code, ((WIDTH - CODE) // 2, at))
        at += CODE + EDGE // 4
    _write(pen, tail, at)
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True)
    return made.getvalue()


def _write(pen: Any, lines: list[tuple[str, int, str]], at: int) -> int:
    """Write lines from a height on; answers the height below them."""
    for line, size, ink in lines:
        pen.text((EDGE, at), line, font=_font(size), fill=ink)
        at += _height(size)
    return at


def wrapped(text: str, size: int) -> list[str]:
    """The text in lines that fit; a line does not begin with a closing sign, and no word of letters is broken."""
    font, room, lines = _font(size), WIDTH - 2 * EDGE, []
    for part in text.splitlines() or [""]:
        line = ""
        for piece in _PIECES.findall(part):
            if line and font.getlength(line + piece) > room and piece not in _NEVER_FIRST:
                lines.append(line.rstrip())
                line = ""
            line += piece if line or piece != " " else ""
        lines.append(line)
    return lines


def _height(size: int) -> int:
    return size * 3 // 2


def _code(address: str) -> Any:
    from PIL import Image

    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="png", scale=8, border=4)
    return Image.open(made).convert("RGB").resize((CODE, CODE))


@lru_cache(maxsize=8)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(_file(), size)


@lru_cache(maxsize=1)
def _file() -> str:
    """A file of Chinese letters. Raises Refusal where there is none."""
    for known in _KNOWN:
        if Path(known).exists():
            return known
    program = shutil.which("fc-match")
    command = [program or "", "-f", "%{file}\t%{lang}", "sans-serif:lang=zh-cn"]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if program else None
    path, _, tongues = (done.stdout if done else "").partition("\t")
    if "zh" in tongues and Path(path).exists():
        return path
    raise Refusal(
        "这台机器没有中文字体,画不了长图。请管理员运行 apt-get install fonts-noto-cjk。",
        "This machine has no Chinese font to draw with. Ask the administrator to run apt-get install fonts-noto-cjk.",
        "picture",
    )
