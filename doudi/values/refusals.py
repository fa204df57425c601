"""The one exception for a refused action: it says what is wrong, where, and what to do, in Chinese and English."""

from __future__ import annotations


class Refusal(Exception):
    """An action refused. `zh` and `en` say what is wrong and what to do; `where` names the field, file or subject.

    The web shows it with a 4xx status, the command line prints it and exits 2.
    """

    def __init__(self, zh: str, en: str, where: str = "") -> None:
        super().__init__(zh, en, where)
        self.zh = zh
        self.en = en
        self.where = where

    def say(self, language: str) -> str:
        """The text for a reader of `language`: Chinese for any zh variant, English otherwise."""
        text = self.zh if language.lower().startswith("zh") else self.en
        return f"{self.where}: {text}" if self.where else text

    def __str__(self) -> str:
        return self.say("en") + f" ({self.zh})"
