"""What can be wrong with a rule when it is read (`RuleError`), and why a rule can fail when it runs (`CAUSES`)."""

from __future__ import annotations

from collections.abc import Iterable

from doudi.values.refusals import Refusal

# Why an expression has no value though every fact is known. The numbers are stored in answers: never change one.
CAUSES = {"division_by_zero": 1, "overflow": 2, "empty": 3, "date_range": 4}
CAUSE_NAMES = {code: name for name, code in CAUSES.items()}
CAUSE_TEXTS = {
    "division_by_zero": ("除数为零", "division by zero"),
    "overflow": ("数值超出范围", "number out of range"),
    "empty": ("没有可取最大或最小值的项", "minimum or maximum of nothing"),
    "date_range": ("日期超出公元1年至9999年", "date outside the years 1 to 9999"),
}


class RuleError(Refusal):
    """A rule that cannot be read. Lines and columns count from 1; `word` is the wrong word, `nearest` the right one.

    `kind` is one of syntax, name, type, unsupported, size: what the conformance tests tell apart.
    """

    def __init__(
        self,
        message_zh: str,
        message_en: str,
        file: str = "",
        line: int = 1,
        column: int = 1,
        word: str = "",
        nearest: str = "",
        kind: str = "type",
    ) -> None:
        self.message_zh, self.message_en = message_zh, message_en
        self.file, self.line, self.column = file, line, column
        self.word, self.nearest, self.kind = word, nearest, kind
        super().__init__(self._with_nearest_zh(), self._with_nearest_en(), self._place())

    def _place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.file else f"{self.line}:{self.column}"

    def _with_nearest_zh(self) -> str:
        return f"{self.message_zh}(是不是“{self.nearest}”?)" if self.nearest else self.message_zh

    def _with_nearest_en(self) -> str:
        return f"{self.message_en} (did you mean '{self.nearest}'?)" if self.nearest else self.message_en

    def moved(self, *, file: str, line: int) -> RuleError:
        """The same error told for a text that begins at `line` of `file`."""
        return RuleError(
            self.message_zh,
            self.message_en,
            file or self.file,
            self.line + line - 1,
            self.column,
            self.word,
            self.nearest,
            self.kind,
        )


def refuse(
    at: tuple[int, int], zh: str, en: str, *, word: str = "", among: Iterable[str] = (), kind: str = "type"
) -> RuleError:
    """The error at a place in the rule, with the nearest of the words that would have been right."""
    return RuleError(zh, en, "", at[0], at[1], word, nearest(word, among), kind)


def nearest(word: str, among: Iterable[str]) -> str:
    """The most similar of the right words, or "" when none resembles it."""
    from rapidfuzz import fuzz, process, utils  # only here: every command would load it for a wrong word it never meets

    found = process.extractOne(word, list(among), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=55)
    return found[0] if found else ""
