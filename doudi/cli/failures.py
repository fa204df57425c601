"""Failures of the machine below, told in words: nothing of the county is lost by them."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from doudi.values.refusals import Refusal

FULL = ("no space left on device", "could not extend file", "disk full", "out of disk space")


def told(error: BaseException) -> Refusal | None:
    """What to tell of a full disk or a lost database; None for anything else, which is a fault of ours."""
    import psycopg  # only here: every command would load it, and most do not fail

    causes = list(_causes(error))
    if any(_is_full(cause) for cause in causes):
        return Refusal(
            "磁盘已满。什么也没有写成一半;请腾出空间后再运行一次。",
            "The disk is full. Nothing was left half written; make room and run it again.",
        )
    if any(isinstance(cause, psycopg.OperationalError) for cause in causes):
        return Refusal(
            f"与数据库的连接中断:{_first_line(causes[-1])}。什么也没有写成一半;请再运行一次,或运行 doudi doctor。",
            f"The database was lost: {_first_line(causes[-1])}. Nothing was left half written; run it again,"
            " or run doudi doctor.",
        )
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    import psycopg

    return isinstance(error, psycopg.errors.DiskFull) or any(word in str(error).lower() for word in FULL)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
