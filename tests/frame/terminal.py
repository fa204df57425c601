"""Running `doudi` as a person would: another process, a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal whose DOUDI_HOME is `home`."""

    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "DOUDI_HOME": str(self.home), **more}

    def run(self, *words: str, typed: str = "", code: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "doudi", *words],
            input=typed, text=True, capture_output=True, check=False, env=self.environment(**more), timeout=280,
        )  # fmt: skip
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    def ask(self, *words: str, typed: str = "", code: int = 0) -> dict[str, Any]:
        """The JSON object a command answers."""
        answer: dict[str, Any] = json.loads(self.run(*words, "--json", typed=typed, code=code).stdout)
        return answer

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "doudi", *words],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment(**more),
        )  # fmt: skip

    def server(self) -> int | None:
        """The process of the home's database server, if it runs."""
        try:
            pid = int((self.home / "postgres" / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid
