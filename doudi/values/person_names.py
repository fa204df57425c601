"""Names of persons as they are compared: the dot within a name is written with many signs (GB/T 13000: U+00B7)."""

from __future__ import annotations

import re

_HAN = "\u3400-\u9fff\U00020000-\U0003134f"
_DOT = re.compile(f"(?<=[{_HAN}])\\s*[·・･•‧∙⋅．.]\\s*(?=[{_HAN}])")


def with_one_dot(name: str) -> str:
    """The name with every dot between two characters as U+00B7: 王・买买提 is 王·买买提."""
    return _DOT.sub("·", name)
