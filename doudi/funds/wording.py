"""Amounts in words for papers that are signed (大写): 人民币壹万贰仟叁佰肆拾伍元陆角柒分."""

from __future__ import annotations

import cn2an

_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def in_words(fen: int) -> str:
    """The amount as financial papers write it; whole yuan, and whole tens of fen, end in 整. Raises ValueError below 0.

    The rule for the zero between yuan and fen is that of the basic standards of bookkeeping (会计基础工作规范, 52).
    """
    if fen < 0:
        raise ValueError("an amount on a paper is not negative")
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    whole = f"{cn2an.an2cn(str(yuan), 'up')}元" if yuan or not rest else ""
    if not rest:
        return f"人民币{whole}整"
    gap = "零" if yuan and (not jiao or yuan % 10 == 0) else ""
    tens = f"{_DIGITS[jiao]}角" if jiao else ""
    return f"人民币{whole}{gap}{tens}" + (f"{_DIGITS[last]}分" if last else "整")
