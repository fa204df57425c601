"""Unified social credit codes of enterprises (GB 32100-2015): eighteen signs, the last of them a check."""

from __future__ import annotations

from doudi.values.refusals import Refusal

LENGTH = 18
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_WEIGHTS = [pow(3, at, 31) for at in range(LENGTH - 1)]


def check_sign(first: str) -> str:
    """The check sign of the first seventeen."""
    total = sum(SIGNS.index(sign) * weight for sign, weight in zip(first, _WEIGHTS, strict=True))
    return SIGNS[-total % 31]


def read(text: str) -> str:
    """The code in capitals without spaces. Raises Refusal, saying what is wrong: length, a sign, the check."""
    code = "".join(text.split()).upper()
    if len(code) != LENGTH:
        raise Refusal(
            f"统一社会信用代码是18位,这里有 {len(code)} 位。",
            f"A credit code has 18 signs, this has {len(code)}.",
            "credit_code",
        )
    if wrong := [sign for sign in code if sign not in SIGNS]:
        raise Refusal(
            f"统一社会信用代码里不会有“{wrong[0]}”(不用 I、O、S、V、Z)。",
            f"A credit code has no “{wrong[0]}” (nor I, O, S, V, Z).",
            "credit_code",
        )
    if check_sign(code[:-1]) != code[-1]:
        raise Refusal(
            "统一社会信用代码的校验位不对,请照营业执照核对。",
            "The check sign of the credit code is wrong; compare it with the business licence.",
            "credit_code",
        )
    return code
