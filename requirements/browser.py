"""Chromium and a Chinese font, from the system's own packages, for the tests that look at pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Install what is missing where we may; otherwise say what to install."""
    wanted = [] if any(shutil.which(name) for name in PROGRAMS) else ["chromium"]
    if not _has_chinese():
        wanted.append("fonts-noto-cjk")
    if not wanted:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Missing for the browser tests: {', '.join(wanted)} (they are skipped without).", file=sys.stderr)
        return
    print(f"Installing {', '.join(wanted)} ...", file=sys.stderr, flush=True)
    surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
        done = subprocess.run(
            ["apt-get", "-q", *command], env=surroundings, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"apt-get {command[0]} failed; browser tests are skipped.\n{done.stderr[-600:]}", file=sys.stderr)
            return


def _has_chinese() -> bool:
    if not shutil.which("fc-list"):
        return Path("/usr/share/fonts/opentype/noto").is_dir()
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False).stdout.strip())


main()
