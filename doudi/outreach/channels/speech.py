"""A text read aloud for the village loudspeaker: what is said, and the sound of it made here by espeak-ng."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from doudi.outreach.channels.shape import MESSAGE, SENT, VILLAGE, Channel, Form
from doudi.values.refusals import Refusal

PROGRAM = "espeak-ng"
VOICES = {"zh": "cmn", "en": "en"}
PACE = 135  # words a minute: slow enough for the old to follow
LONGEST = 1_500  # characters; longer nobody listens to
SECONDS = 60  # that making the sound may take
_PER_SECOND = 3.3  # characters a second at that pace, measured over a minute of text
_READ = ((re.compile(r"元/人"), "元每人"), (re.compile(r"元/户"), "元每户"), (re.compile(r"https?://\S+"), ""),
         (re.compile(r"[〔〕【】\[\]*_#]"), " "), (re.compile(r"[ \t]+"), " "))  # fmt: skip
OPENING, CLOSING, AGAIN = "各位乡亲,请注意听。", "有不明白的,请找村干部或您的帮扶干部。", "下面再播一遍。"


class Loudspeaker(Channel):
    """The village loudspeaker: once a village, played by a person of the village who says so."""

    def form(self, text: str) -> Form:
        """What is read: an opening, the text twice, whom to ask."""
        said = aloud(text)
        return Form(said, seconds=round(len(said) / _PER_SECOND))


def aloud(text: str) -> str:
    """The text as it is read: signs nobody can hear become words, and it is said twice."""
    for sign, word in _READ:
        text = sign.sub(word, text)
    body = text.strip()
    return f"{OPENING}{body}\n{AGAIN}{body}\n{CLOSING}"


@lru_cache(maxsize=8)  # the page of a square code may be opened by many at once
def wave(text: str, language: str = "zh") -> bytes:
    """The sound as a WAV file. Raises Refusal for a text too long, and where this machine cannot speak."""
    if len(text) > LONGEST:
        raise Refusal(
            f"广播稿有 {len(text)} 字,超过 {LONGEST} 字,没有人会听完。请写一个短的广播版。",
            f"The text to be read has {len(text)} characters, more than {LONGEST}. Write a shorter version.",
            "text",
        )
    program = shutil.which(PROGRAM)
    if program is None:
        raise _silent("找不到 espeak-ng", "espeak-ng is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = [program, "-v", VOICES.get(language, "cmn"), "-s", str(PACE), "-w", str(path), "--stdin"]
        try:
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, timeout=SECONDS, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired as error:
            raise _silent("读得太久", "it took too long") from error
        if done.returncode or not path.exists():
            said = done.stderr.decode("utf-8", "replace").strip()[:120]
            raise _silent(f"espeak-ng 出错:{said}", f"espeak-ng failed: {said}")
        return path.read_bytes()


def _silent(zh: str, en: str) -> Refusal:
    return Refusal(
        f"这台机器读不出声音:{zh}。请管理员运行 apt-get install espeak-ng;在此之前可照广播稿由人念。",
        f"This machine cannot speak: {en}. Ask the administrator to run apt-get install espeak-ng;"
        " until then somebody can read the text out.",
        "audio",
    )


CHANNEL = Loudspeaker("loudspeaker", "村村通广播", "village loudspeaker", VILLAGE, MESSAGE, SENT, "plain")
